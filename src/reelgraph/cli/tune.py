"""``reelgraph tune``."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph import pipeline, plots, tuning
from reelgraph.bundle import installed_versions
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, executor_of
from reelgraph.cli.files import require_writable, write
from reelgraph.cli.interruption import resumable
from reelgraph.cli.model_options import import_from_current_folder
from reelgraph.cli.options import MODEL_HELP, Columns, Data, FeedbackKind, Json, Scale, Seed, Settings
from reelgraph.cli.output import out, print_json, print_table, progress_bar
from reelgraph.cli.sources import locate, print_losses, print_notes, read_options
from reelgraph.core import config
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.evaluation import PROTOCOLS

_SHOWN = 5  # best trials in the table
_PICTURES = (".png", ".svg", ".pdf")

SpaceFile = Annotated[
    Path | None, typer.Option("--space", metavar="FILE.toml", help="Ranges to search in place of the model's own.")
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", min=0, metavar="SECONDS", help="Start no trial after so many seconds.")
]


def tune(
    data: Data,
    model: Annotated[str, typer.Option("--model", help=MODEL_HELP)],
    out_path: Annotated[Path, typer.Option("--out", metavar="FILE.toml", help="Config file to write.")] = Path(
        "best.toml"
    ),
    protocol: Annotated[str, typer.Option("--protocol", help=f"One of: {', '.join(PROTOCOLS)}.")] = "temporal",
    trials: Annotated[
        int, typer.Option("--trials", min=1, help="Trials in all, including those already in the study.")
    ] = 50,
    metric: Annotated[
        str | None, typer.Option("--metric", help="One of the protocol's; its first if not given.")
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="FILE.db", help="Keep the trials here; resume where it exists.")
    ] = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    space: SpaceFile = None,
    timeout: Timeout = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Write a plot of the trials to this file.")
    ] = None,
    seed: Seed = 0,
    engine: Engine = "threads",
    workers: Workers = None,
    address: Address = None,
    as_json: Json = False,
) -> None:
    r"""Search for a model's best settings on validation, and write them as a config file.

    The test part is taken away before the first trial. With --study a killed run goes on where it was. A setting fixed
    by --set is not searched. A file for --space holds a table \[space] with lines such as dim = [16, 64],
    layers = { low = 1, high = 4 } or learning_rate = { low = 0.001, high = 0.1, log = true }.
    With --workers N trials run side by side, on threads or, with --engine ray, in processes.

    Examples:
      reelgraph tune ml-1m/ --model gcn --protocol temporal --metric rmse --trials 30 --study gcn.db --out best.toml

      reelgraph tune sample --model bias --protocol strong --metric rmse --trials 20 --out best.toml

      reelgraph tune ml-1m/ --model lightgcn --engine ray --workers 8 --trials 60 --study lightgcn.db
    """
    if protocol not in PROTOCOLS:
        raise ConfigError.unknown(protocol, PROTOCOLS, "protocol")
    engine_choice = EngineChoice(engine, workers, address)
    import_from_current_folder(model)
    options = read_options(scale, columns, feedback)
    fixed = config.parse_assignments(settings or [])
    custom_space = None if space is None else tuning.read_space(space, model)
    tuning.space_of(model, fixed, custom_space)  # and the places to write: before the data are read
    for path in (out_path, study, plot):
        require_writable(path)
    _require_picture(plot)
    prepared = pipeline.prepare(PROTOCOLS[protocol], locate(data), seed, options=options)
    print_notes(prepared.dataset.ratings.notes)
    print_losses(prepared.cleaning)
    with (
        resumable(lambda: _how_to_go_on(study)),
        engine_choice.cluster() as cluster,
        executor_of(cluster) as executor,
        progress_bar() as progress,
    ):
        result = tuning.tune(
            model,
            PROTOCOLS[protocol],
            prepared,
            trials=trials,
            metric=metric,
            space=custom_space,
            fixed=fixed,
            study=study,
            seed=seed,
            timeout=timeout,
            progress=progress,
            workers=workers or 1 if cluster is None else cluster.workers,
            executor=executor,
        )
    write(out_path, result.to_toml().encode())
    if plot is not None:
        _draw(plot, result)
    if as_json:
        print_json(_row(result, out_path, study))
    else:
        _tables(result)
        named = f" --model {model}" if ":" in result.model else ""
        next_step = f"reelgraph evaluate {data} --protocol {protocol} --config {out_path}{named}"
        out.print(f"{result.stopped_because}; wrote {out_path}; next: {next_step}", soft_wrap=True)


def _how_to_go_on(study: Path | None) -> str:
    """What to do after Ctrl-C; an empty text where no trial is kept."""
    return "" if study is None or not study.is_file() else "the same command goes on where this one stopped"


def _require_picture(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix.lower() not in _PICTURES:
        raise ConfigError(str(path), f"is no picture's name: expected one that ends in {', '.join(_PICTURES)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise CapabilityError("pictures need matplotlib", 'pip install "reelgraph[plots]"')


def _draw(path: Path, result: tuning.TuningResult) -> None:
    figure = plots.tuning_history([trial.value for trial in result.trials], result.metric)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=150)
    write(path, buffer.getvalue())


def _row(result: tuning.TuningResult, out_path: Path, study: Path | None) -> dict[str, Any]:
    return {
        "model": result.model,
        "protocol": result.protocol,
        "metric": result.metric,
        "value": result.best.value,
        "settings": dict(result.settings),
        "trials": len(result.trials),
        "pruned": result.count("pruned"),
        "failed": result.count("failed"),
        "best": [{"trial": trial.number, "value": trial.value, **trial.settings} for trial in result.ranked()[:_SHOWN]],
        "importance": dict(result.importance),
        "stopped_because": result.stopped_because,
        "seed": result.seed,
        "data_sha256": result.data_sha256,
        "versions": installed_versions(),
        "out": str(out_path),
        "study": None if study is None else str(study),
    }


def _tables(result: tuning.TuningResult) -> None:
    names = list(result.best.settings)
    rows = [
        [trial.number, trial.value, *(trial.settings[name] for name in names), round(trial.seconds, 1)]
        for trial in result.ranked()[:_SHOWN]
    ]
    ended = ", ".join(f"{count} {state}" for state in ("pruned", "failed") if (count := result.count(state)))
    caption = f"{counted(len(result.trials), 'trial')}{f', {ended}' if ended else ''}; the test was not read"
    title = f"{result.model}, protocol {result.protocol}: best trials on validation"
    print_table(title, ["trial", result.metric, *names, "seconds"], rows, caption)
    if result.importance:
        shares = [[name, f"{share:.2f}"] for name, share in result.importance.items()]
        print_table("What mattered", ["setting", "share"], shares)
