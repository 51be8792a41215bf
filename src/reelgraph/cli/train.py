"""``reelgraph train``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from reelgraph import pipeline
from reelgraph.bundle import require_bundle_path
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, fitter_of, require_divided
from reelgraph.cli.options import Columns, Config, Data, Device, FeedbackKind, Json, ModelName, Scale, Seed, Settings
from reelgraph.cli.output import err, out, print_json, progress_bar
from reelgraph.cli.outside import allow_note, chosen_model
from reelgraph.cli.sources import open_data, read_options
from reelgraph.cli.tables import clean_summary, report_row, report_table
from reelgraph.core import Dataset
from reelgraph.core.errors import ConfigError
from reelgraph.data.readers.options import ReadOptions


def train(
    data: Data,
    out_path: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write; replaced when there.")],
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume from the checkpoint beside BUNDLE.")] = False,
    seed: Seed = 0,
    device: Device = "cpu",
    engine: Engine = "threads",
    workers: Workers = None,
    address: Address = None,
    as_json: Json = False,
) -> None:
    """Train a model and write a bundle that can recommend.

    A tenth of each person's ratings chooses the epoch, another tenth measures the result. A checkpoint is kept beside
    the bundle (BUNDLE.checkpoint) until training is done. With --engine ray each batch of lightgcn is divided among
    --workers processes, and one that dies is replaced. Without --model and --config it is a blend: graph-filter
    ranks, bayes-gcn predicts the stars.

    Examples:
      reelgraph train sample --model gcn --out out/sample

      reelgraph train ml-1m/ --config configs/gcn-reference.toml --set epochs=20 --out out/ml-1m

      reelgraph train ml-1m/ --model lightgcn --engine ray --workers 4 --out out/ml-1m
    """
    chosen = chosen_model(model, config_file, settings)
    if device not in ("cpu", "cuda"):
        raise ConfigError.unknown(device, ("cpu", "cuda"))
    engine_choice = EngineChoice(engine, workers, address)
    require_divided(engine_choice, chosen)
    options = read_options(scale, columns, feedback)
    checkpoints = out_path.parent / f"{out_path.name}.checkpoint"
    require_bundle_path(out_path)  # before the work, not after it
    with engine_choice.cluster() as cluster, progress_bar() as progress:
        done = pipeline.train(
            _clean_data(data, options, quiet=as_json),  # no name here holds it, so its ids can be released on the way
            chosen,
            seed=seed,
            device=device,
            checkpoint_dir=checkpoints,
            resume=resume,
            progress=progress,
            fitter=fitter_of(cluster),
        )
    done.bundle.save(out_path)
    _remove(checkpoints)
    measured = done.measured
    if as_json:
        print_json({"bundle": str(out_path), **report_row(chosen.name, measured)})
        return
    report_table({chosen.name: measured.report}, f"{chosen.name} on {done.bundle.info['data']['name']}")
    out.print(f"{measured.fit.stopped_because}; {measured.fit.seconds:.1f} s; wrote {out_path}", soft_wrap=True)
    if note := allow_note(done.bundle.scorer):
        out.print(note, soft_wrap=True)


def _clean_data(source: str, options: ReadOptions, *, quiet: bool) -> Dataset:
    dataset, report = open_data(source, options)
    if not quiet:
        err.print(clean_summary(report))
    return dataset


def _remove(checkpoints: Path) -> None:
    """Take away the checkpoint, those of the parts of a blend, and each folder when nothing else is in it."""
    for folder in (*checkpoints.glob("*/"), checkpoints):
        with contextlib.suppress(OSError):
            (folder / "checkpoint.safetensors").unlink(missing_ok=True)
            folder.rmdir()
