"""``reelgraph train``."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reelgraph import pipeline
from reelgraph.bundle import Bundle, require_bundle_path
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, fitter_of, require_divided
from reelgraph.cli.interruption import resumable
from reelgraph.cli.model_options import allow_note, chosen_model, with_blend_options
from reelgraph.cli.options import (
    Columns,
    Config,
    Data,
    Device,
    FeedbackKind,
    Json,
    ModelName,
    Scale,
    Seed,
    Settings,
    require_device,
)
from reelgraph.cli.output import err, out, print_json, progress_bar
from reelgraph.cli.part_names import part_name
from reelgraph.cli.sources import locate, open_data, read_options
from reelgraph.cli.tables import clean_summary, report_row, report_table
from reelgraph.cli.tracking import to_all, tracked
from reelgraph.core import Dataset, Split, SupportsNewItems
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data.movie_details import details_path, read_details
from reelgraph.data.read import source_path
from reelgraph.data.readers.options import ReadOptions
from reelgraph.unlearning.plan import ForgettingPlan, forgetting_plan
from reelgraph.updating.new_items import with_new_items

BundleFolder = Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write; replaced when there.")]
Resume = Annotated[bool, typer.Option("--resume", help="Resume from the checkpoint beside BUNDLE.")]
KeepForgetting = Annotated[
    bool, typer.Option("--keep-forgetting", help="Keep what is needed to forget people at once: a large file.")
]
ExactForgetting = Annotated[
    bool,
    typer.Option("--exact-forgetting", help="Fit only parts that forget people at once, and keep what that needs."),
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Closed forms only: one minute instead of many; stars without intervals.")
]
Budget = Annotated[
    float | None,
    typer.Option(
        metavar="MINUTES", help="Minutes of one core to keep to; what that leaves out is printed.", show_default="60"
    ),
]
Quality = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL", help="Quality of the predicted stars: standard, or high, in three to four times the time."
    ),
]
WithoutPeople = Annotated[
    bool, typer.Option("--without-people", help="Leave users and their ratings out of the bundle.")
]
Track = Annotated[
    str | None,
    typer.Option("--track", metavar="WHERE", help="Record the run: a folder for TensorBoard, or mlflow:URI."),
]


def train(
    data: Data,
    out_path: BundleFolder,
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    resume: Resume = False,
    seed: Seed = 0,
    device: Device = "cpu",
    engine: Engine = "threads",
    workers: Workers = None,
    address: Address = None,
    keep_forgetting: KeepForgetting = False,
    exact_forgetting: ExactForgetting = False,
    quick: Quick = False,
    budget: Budget = None,
    quality: Quality = None,
    without_people: WithoutPeople = False,
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Train a model and write a bundle that can recommend.

    What people rated when they came back another day is held back to choose settings and to measure the result; a
    random tenth of each person's ratings for either where the data have no times or few people came back. A checkpoint
    is kept beside the bundle (BUNDLE.checkpoint) until training is done. With --engine ray each batch of lightgcn is
    divided among --workers processes, and one that dies is replaced. Without --model and --config it is a blend:
    graph-filter and, where torch is installed, lightgcn rank, bayes-gcn predicts the stars; --quick and --budget are
    for it.

    Examples:
      reelgraph train sample --model gcn --out out/sample

      reelgraph train ml-1m/ --config configs/gcn-reference.toml --set epochs=20 --out out/ml-1m

      reelgraph train ml-1m/ --track mlflow:sqlite:///mlflow.db --out out/ml-1m

      reelgraph train ml-1m/ --model lightgcn --engine ray --workers 4 --out out/ml-1m
    """
    chosen = with_blend_options(chosen_model(model, config_file, settings), quick=quick, budget=budget, quality=quality)
    if without_people and (keep_forgetting or exact_forgetting):
        raise ConfigError("--without-people", "leaves nobody to forget: give it without the options of forgetting")
    if quality is not None and exact_forgetting:
        raise ConfigError("--quality", "not with --exact-forgetting, which has no bayes-gcn")
    require_device(device)
    engine_choice = EngineChoice(engine, workers, address)
    require_divided(engine_choice, chosen)
    options = read_options(scale, columns, feedback)
    checkpoints = out_path.parent / f"{out_path.name}.checkpoint"
    require_bundle_path(out_path)  # before the work, not after it
    with (
        resumable(lambda: _how_to_go_on(checkpoints)),
        engine_choice.cluster() as cluster,
        tracked(track, chosen) as tracker,
        progress_bar() as bar,
    ):
        done = pipeline.train(
            _clean_data(data, options, quiet=as_json),  # no name here holds it, so its ids can be released on the way
            chosen,
            seed=seed,
            device=device,
            checkpoint_dir=checkpoints,
            resume=resume,
            progress=to_all(bar, tracker),
            fitter=fitter_of(cluster),
            keep_forgetting=keep_forgetting,
            exact_forgetting=exact_forgetting,
        )
        bundle, n_new = _with_new_movies(done.bundle, data, seed)
        bundle.save(out_path, with_people=not without_people)  # before the report, for which a server may be waited
        _remove(checkpoints)
        if tracker is not None:
            tracker.log_report(done.measured.report)
    plan = [] if without_people else forgetting_plan(done.bundle.scorer)
    if as_json:
        forgetting = [dataclasses.asdict(part) for part in plan]
        print_json({"bundle": str(out_path), **report_row(chosen.name, done.measured), "forgetting": forgetting})
    else:
        _print_result(done, out_path, plan, n_new)


def _print_result(done: pipeline.Trained, out_path: Path, plan: Sequence[ForgettingPlan], n_new: int) -> None:
    """Quality on the test, what was held back and chosen, where the bundle is, and what it forgets when."""
    measured, scorer = done.measured, done.bundle.scorer
    name = measured.model.name
    report_table({name: measured.report}, f"{name} on {done.bundle.info['data']['name']}")
    lines = [
        _held_back(done.parts),
        measured.fit.stopped_because.replace("; ", "\n"),
        f"{measured.fit.seconds:.1f} s; wrote {out_path}",
        forgetting_note(plan, name),
    ]
    if n_new:
        lines.append(f"{counted(n_new, 'new movie is', 'new movies are')} scored by movies like them")
    if note := allow_note(scorer):
        lines.append(note)
    for line in filter(None, lines):
        out.print(line, soft_wrap=True)


def _held_back(parts: Split) -> str:
    """What the settings were chosen on, and what the result was measured on."""
    description = (
        "what people rated when they came back another day" if parts.spec.kind == "last-visits" else "ratings drawn"
    )
    sizes = [
        f"{counted(part.target.nnz, 'rating')} of {counted(len(part), 'person')}" for part in (parts.valid, parts.test)
    ]
    return f"held back, {description}: {sizes[0]} for validation, {sizes[1]} for the test"


def _with_new_movies(bundle: Bundle, source: str, seed: int) -> tuple[Bundle, int]:
    """The bundle with the movies that `reelgraph data enrich` added to a data set, where its model can score them."""
    located = locate(source)
    path = details_path(source_path(located)) if isinstance(located, Path) else None
    if path is None or not path.is_file() or not isinstance(bundle.scorer, SupportsNewItems):
        return bundle, 0
    whole = with_new_items(bundle, read_details(path, only_new=True), seed)
    return whole, len(whole.items) - len(bundle.items)


def _clean_data(source: str, options: ReadOptions, *, quiet: bool) -> Dataset:
    dataset, report = open_data(source, options)
    if not quiet:
        err.print(clean_summary(report))
    return dataset


def forgetting_note(plan: Sequence[ForgettingPlan], model: str) -> str:
    """What a person's wish to be forgotten will change at once, and what at the next fit."""
    if not plan:
        return "no person is in the bundle: neither ids nor ratings"
    parts = "; ".join(f"{part_name(part.kind, model)} {part.when} ({part.how})" for part in plan)
    return f"`reelgraph forget` removes a person's ratings at once. What was learnt from them goes: {parts}"


def _how_to_go_on(checkpoints: Path) -> str:
    """What to do after Ctrl-C; an empty text where no checkpoint was written."""
    is_kept = any(checkpoints.rglob("checkpoint.safetensors"))
    return "the same command with --resume goes on from the last checkpoint" if is_kept else ""


def _remove(checkpoints: Path) -> None:
    """Take away the checkpoint, those of the parts of a blend, and each folder when nothing else is in it."""
    for folder in (*checkpoints.glob("*/"), checkpoints):
        with contextlib.suppress(OSError):
            (folder / "checkpoint.safetensors").unlink(missing_ok=True)
            folder.rmdir()
