"""``python -m benchmarks PROTOCOL --models a,b --data DIR [--seeds N] [--peers] [--json] [--save]``.

With ``--save`` each fit is kept as soon as it is measured, see `benchmarks.stored_runs`. The same command goes on where
it was interrupted; ``--fresh`` fits everything again, ``--remeasure`` nothing that has been fitted once.

``MODEL:liked`` measures the lists that people see by default, in the order of what they will be glad to have watched;
``MODEL`` alone those of what they will watch.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks import results
from benchmarks.accuracy import paired_differences
from benchmarks.peers import compare
from benchmarks.peers.run import run_peers
from benchmarks.run import Row, key_of, run_model
from benchmarks.speed.time_to_target import seconds_to
from benchmarks.stored_runs import RunStore
from reelgraph import pipeline
from reelgraph.cli.app import run
from reelgraph.cli.output import err, print_table
from reelgraph.core import Model
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import PROTOCOLS, protocol_named
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.recommend import Order

FOLDER = Path(__file__).parent  # of the results
_LIKED = ":liked"  # ends the name of a model in the order of liking
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def benchmark(
    protocol: Annotated[str, typer.Argument(help=f"One of: {', '.join(PROTOCOLS)}; temporal:PERCENT.")],
    models: Annotated[str, typer.Option(help="Models, separated by commas.")] = "popularity,bias,gcn",
    data: Annotated[Path, typer.Option(help="The folder that holds the data sets, or one data set.")] = Path("data"),
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds 0 .. N-1; the protocol's own number if not given.")
    ] = None,
    config: Annotated[
        list[Path] | None, typer.Option(help="TOML file of a model, in place of the one in --models; may be repeated.")
    ] = None,
    join_valid: Annotated[
        bool, typer.Option("--join-valid", help="Fit on train and validation; for models that choose nothing on it.")
    ] = False,
    peers: Annotated[
        bool, typer.Option("--peers", help="Other libraries as well; those for stars fitted on train and validation.")
    ] = False,
    peer: Annotated[str | None, typer.Option(help="Only these peers, separated by commas; means --peers.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a model on stdout, nothing else.")] = False,
    save: Annotated[
        bool, typer.Option(help="Add the figures to benchmarks/RESULTS.md and results.jsonl; fit nothing again.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="With --save: fit again what is stored.")] = False,
    remeasure: Annotated[
        bool,
        typer.Option("--remeasure", help="With --save: metrics anew from stored lists, also those of older code."),
    ] = False,
) -> None:
    """Measure models under a protocol; each runs in a process of its own, with its time and peak memory."""
    named = protocol_named(protocol)
    if named.folds > 1:
        raise ConfigError(protocol, "has several splits; measure it with reelgraph evaluate --protocol")
    store = kept = _store(save=save, fresh=fresh, remeasure=remeasure)
    chosen = _chosen(_names(models), config or [])
    if store is None and any(name.endswith(_LIKED) for name in chosen):
        temporary = TemporaryDirectory()  # removed at the end; so that both orders are of one fit
        store = RunStore(Path(temporary.name))
    count = seeds or named.seeds
    asked = None if peer is None else _names(peer)
    others = run_peers(protocol, data, count, asked, join_valid=join_valid, store=store) if peers or peer else ()
    theirs, rows = list(others), []
    for name, model in chosen.items():
        err.print(f"{protocol}: {name}, {count} seed{'s' if count > 1 else ''}")
        order: Order = "liked" if name.endswith(_LIKED) else "watch"
        measured = run_model(
            protocol, model, data, count,
            join_valid=join_valid, store=store, order=order, with_liked=f"{name}{_LIKED}" in chosen,
        )  # fmt: skip
        row = {**measured, "model": name}
        for line in row.pop("warnings", ()):
            err.print(f"WARNING: {name}: {line}", soft_wrap=True)
        if theirs and isinstance(model, BayesGCN):
            err.print(f"{protocol}: {name}, seconds to the errors of the others")
            row["seconds_to"] = _seconds_to(protocol, model, data, theirs, row, store)
        rows.append(row)
    for row in rows + theirs:
        row.pop("warnings", None)
        if (stored := row.pop("n_stored", 0)) and kept is not None:
            err.print(f"{protocol}: {row['model']}, {stored} of {row['seeds']} seeds from {FOLDER / 'values'}")
    paired_differences.pair(rows + theirs, {row["model"]: row.pop("reports", ()) for row in rows + theirs})
    if as_json:
        for row in rows + theirs:
            print(json.dumps(row), flush=True)
    else:
        _table(protocol, rows + theirs)
        columns, differences = paired_differences.table(rows + theirs)
        if differences:
            print_table("paired differences", columns, differences, "* the 95 % interval does not hold 0")
        if ratios := compare.ratios(rows, theirs):
            print_table("peers against ours", compare.COLUMNS, ratios)
    if save:
        results.save(rows + theirs, FOLDER)


def _store(*, save: bool, fresh: bool, remeasure: bool) -> RunStore | None:
    if (fresh or remeasure) and not save:
        raise ConfigError("--fresh" if fresh else "--remeasure", "only with --save, which keeps fits")
    if fresh and remeasure:
        raise ConfigError("--fresh", "not with --remeasure, which fits nothing again")
    if not save:
        return None
    return RunStore(FOLDER / "values", "nothing" if fresh else "any-code" if remeasure else "same-code")


def _seconds_to(
    protocol: str, model: BayesGCN, data: Path, peers: list[Row], row: Row, store: RunStore | None
) -> dict[str, float | None]:
    """Seconds to the RMSE of each peer."""
    goals = {peer["model"]: peer["metrics"]["rmse"]["mean"] for peer in peers if "rmse" in peer["metrics"]}

    def follow() -> dict[str, float | None]:
        return seconds_to(protocol, model, data, goals)

    if store is None:
        return follow()
    key = key_of(protocol, model, row["data_sha256"], 0, join_valid=row["fitted_on"] == "train+valid")
    return store.seconds_to(key, goals, follow)


def _chosen(names: list[str], configs: list[Path]) -> dict[str, Model]:
    """Models by the name to show; a config file takes the place of its model, or comes last."""
    chosen: dict[str, Model] = {name: pipeline.make_model(name.removesuffix(_LIKED)) for name in names}
    for config in configs:
        model = pipeline.make_model(None, config)
        name = f"{model.name}:{config.stem}"
        if model.name in chosen:
            chosen = {
                (name if old == model.name else old): (model if old == model.name else m) for old, m in chosen.items()
            }
        else:
            chosen[name] = model
    return chosen


def _names(words: str) -> list[str]:
    return [name.strip() for name in words.split(",") if name.strip()]


def _table(protocol: str, rows: list[Row]) -> None:
    metrics = list(dict.fromkeys(metric for row in rows for metric in row["metrics"]))
    table: list[list[object]] = []
    for row in rows:
        figures = [results.figure(row["metrics"].get(metric)) for metric in metrics]
        table.append([row["model"], *figures, f"{row['fit_seconds']:.1f}", f"{row['peak_mib']:,.0f}"])
    columns = ["model", *metrics, "fit s", "peak MiB"]
    print_table(protocol, columns, table, protocol_named(protocol).text)


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks"))
