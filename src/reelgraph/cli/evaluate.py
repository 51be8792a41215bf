"""``reelgraph evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.cli.evaluation_inputs import (
    Lengths,
    Metrics,
    OptionalData,
    SplitFiles,
    TestFile,
    TrainFile,
    ValidFile,
    chosen_protocol,
    prepared_folds,
)
from reelgraph.cli.group_tables import group_rows, group_table, grouped
from reelgraph.cli.model_options import chosen_model
from reelgraph.cli.options import Columns, Config, FeedbackKind, Json, ModelName, Scale, Seed, Settings
from reelgraph.cli.output import err, print_json, progress_bar
from reelgraph.cli.sources import read_options
from reelgraph.cli.table_files import require_table_path, write_table
from reelgraph.cli.tables import report_row, report_table
from reelgraph.core import AnyArray, EvalReport, IntArray, Model
from reelgraph.core.errors import ConfigError
from reelgraph.data import read_lists
from reelgraph.evaluation import PROTOCOLS, PreparedData, Protocol, as_rows, per_user_rows, pool_folds


class _Evaluation(NamedTuple):
    """One fold, measured.

    Args:
        name: of the model, or of the file of lists.
        row: JSON-ready figures.
        report: the figures.
        prepared: the data.
        warnings: doubts about the figures.
        users: ``(n,)`` user rows of the per-user values; None for those of the test part.
    """

    name: str
    row: dict[str, Any]
    report: EvalReport
    prepared: PreparedData
    warnings: tuple[str, ...]
    users: IntArray | None = None

    @property
    def user_ids(self) -> AnyArray:
        """Ids of the people of the per-user values, ``(n,)``."""
        split = self.prepared.split
        ids: AnyArray = split.train.users.ids[split.test.users if self.users is None else self.users]
        return ids


def evaluate(
    data: OptionalData = None,
    protocol_name: Annotated[
        str | None,
        typer.Option("--protocol", help=f"temporal if not given; one of: {', '.join(PROTOCOLS)}; last-n:N, k-fold:K."),
    ] = None,
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    lengths: Lengths = None,
    metrics: Metrics = None,
    lists_file: Annotated[
        Path | None,
        typer.Option("--lists", metavar="FILE", help="Measure lists made elsewhere: user_id, item_id, rank or score."),
    ] = None,
    train_file: TrainFile = None,
    valid_file: ValidFile = None,
    test_file: TestFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the values of each person: .parquet, .csv or .tsv.")
    ] = None,
    seed: Seed = 0,
    with_groups: Annotated[
        bool, typer.Option("--by-group", help="Also by number of ratings, gender, age and occupation, where known.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit a model and measure it under a named protocol, each figure with its 95 % interval.

    Parts that overlap or reach across a cut in time are refused. Figures below the popularity floor, or better than
    is known to be possible, are warned of on stderr. With --lists nothing is fitted: the lists of a file are measured.

    Examples:
      reelgraph evaluate ml-100k/ --protocol ml-100k-u1 --model gcn

      reelgraph evaluate ratings.csv --protocol leave-last-out -k 5,10,20 --metrics ndcg,hit --out per-user.parquet

      reelgraph evaluate --train train.csv --valid valid.csv --test test.csv --model graph-filter

      reelgraph evaluate ml-1m/ --protocol recbole-ml-1m --lists lists.parquet --by-group
    """
    files = SplitFiles(train_file, valid_file, test_file)
    protocol = chosen_protocol(protocol_name, files, lengths, metrics)
    if lists_file is not None and (model or config_file or settings):
        raise ConfigError("--lists", "measures lists that are ready: it goes without --model, --config and --set")
    if with_groups and protocol.folds > 1:
        raise ConfigError("--by-group", f"is for one split, and {protocol.name} has {protocol.folds}")
    require_table_path(out)
    chosen = chosen_model(model, config_file, settings) if lists_file is None else None
    lists = {} if lists_file is None else read_lists(lists_file)
    options = read_options(scale, columns, feedback)
    folds = [
        _measure_model(chosen, fold_protocol, prepared, seed)
        if chosen is not None
        else _measure_lists(lists, str(lists_file), fold_protocol, prepared, seed)
        for fold_protocol, prepared in prepared_folds(
            protocol, data, files, seed, options, are_metrics_named=metrics is not None
        )
    ]
    measured = folds[0] if len(folds) == 1 else _pooled(folds)
    for fold in folds:
        for line in fold.warnings:
            err.print(f"WARNING: {measured.name}: {line}", soft_wrap=True)
    not_measured = [name for name in protocol.metrics if metrics is not None and not _is_in(name, measured.report)]
    if not_measured:
        err.print(f"NOTE: {measured.name} has no {', '.join(not_measured)}", soft_wrap=True)
    if out is not None:
        write_table(out, per_user_rows(measured.report, measured.user_ids))
    _show(measured, protocol, with_groups, as_json)


def _show(measured: _Evaluation, protocol: Protocol, with_groups: bool, as_json: bool) -> None:
    groups = grouped(measured.report, measured.prepared) if with_groups else ()
    if as_json:
        row = {**measured.row, **({"groups": group_rows(groups)} if with_groups else {})}
        sha256 = measured.prepared.dataset.sha256
        print_json({**row, "protocol": protocol.name, "text": row["protocol"], "data_sha256": sha256})
        return
    report_table({measured.name: measured.report}, f"{measured.name}, protocol {protocol.name}")
    if with_groups:
        group_table(groups, f"{measured.name} by group")


def _measure_model(model: Model, protocol: Protocol, prepared: PreparedData, seed: int) -> _Evaluation:
    with progress_bar() as progress:
        measured = pipeline.run_protocol(protocol, prepared, model, seed, progress)
    warnings = pipeline.plausibility_warnings(protocol, prepared, measured)
    return _Evaluation(model.name, report_row(model.name, measured), measured.report, prepared, warnings)


def _measure_lists(
    lists: dict[str, Any], path: str, protocol: Protocol, prepared: PreparedData, seed: int
) -> _Evaluation:
    genres = pipeline.genres_of(prepared.dataset, prepared.split)
    report = protocol.measure(lists, prepared.split, seed=seed, genres=genres)
    row = {**as_rows({path: report})[0], "versions": installed_versions()}
    return _Evaluation(path, row, report, prepared, pipeline.report_warnings(protocol, prepared, report))


def _pooled(folds: Sequence[_Evaluation]) -> _Evaluation:
    """All folds as one; the seconds are sums."""
    report, users = pool_folds([fold.report for fold in folds], [fold.prepared.split.test.users for fold in folds])
    first = folds[0]
    seconds = {key: round(sum(fold.row[key] for fold in folds), 3) for key in first.row if key.endswith("_seconds")}
    row = {**first.row, **as_rows({first.name: report})[0], **seconds, "folds": len(folds)}
    return first._replace(row=row, report=report, users=users)


def _is_in(metric: str, report: EvalReport) -> bool:
    return any(metric in (label, label.partition("@")[0]) for label in report)
