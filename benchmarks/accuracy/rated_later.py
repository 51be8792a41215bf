"""What the part of what people rate later brings to whom: `graph-filter` with and without it, by length of the history.

``python -m benchmarks.accuracy.rated_later --data DIR [--within 0.6] [--later 0.5] [--json]`` chooses the settings on
the validation part of a cut in time, once with and once without `later_weight`, fits both and ranks for the test part.
NDCG@10, coverage and the mean popularity percentile of the lists are shown for all people and by the number of their
ratings before the cut; differences of NDCG@10 are paired, with their 95 % interval. ``--within 0.6`` cuts the train
part again, at this share of it, so that its later rest is the test: the test part itself is not looked at. ``--later``
fixes the weight, with the other settings of the choice with it.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.accuracy.history_lengths import by_length
from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import EvalPart, EvalReport, Interactions, Scorer, Split
from reelgraph.data import Temporal, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import SearchLimits, SettingsSearchResult, search_settings

_METRIC = "ndcg@10"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    within: Annotated[float | None, typer.Option(min=0.1, max=0.8, help="Cut the train part again, here.")] = None,
    later: Annotated[list[float] | None, typer.Option(help="A fixed weight of the part; repeatable.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Measure the part."""
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), Temporal(train=0.8, valid=0.1), seed)
    if within is not None:
        parts = split(parts.train, Temporal(train=within, valid=0.1), seed)
    about = {"data": dataset.name, "data_sha256": dataset.sha256, "within": within, "seed": seed,
             "versions": installed_versions()}  # fmt: skip
    rows = []
    for row in measure(dataset, parts, later or [], seed):
        rows.append(row)
        if as_json:
            print(json.dumps(finite({**about, **row})), flush=True)
    if not as_json:
        columns = ["settings", "ratings", "people", _METRIC, "difference", "coverage", "popularity", "search CPU s"]
        print_table(f"what is rated later, on {dataset.name}", columns, [_cells(row) for row in rows])
        print_table("settings", ["name", "chosen"], [[row["name"], row["chosen"]] for row in rows if row["chosen"]])


def measure(dataset: Any, parts: Split, fixed: list[float], seed: int) -> Iterator[dict[str, Any]]:
    """Rows of each choice and each group of people; the differences are to the choice without the part."""
    context = dataclasses.replace(pipeline.fit_context(dataset, parts, seed=seed), valid=None)
    source = GraphSource.of(parts.train, dataset.catalogue)
    groups = _groups(parts.test)
    without: dict[str, EvalReport] = {}
    chosen: GraphFilter | None = None
    for name, limits in (("without", SearchLimits(fixed=("later_weight",))), ("with", SearchLimits())):
        before = _cpu_seconds()
        result = search_settings(GraphFilter(), source, parts.valid, seed, lambda trial, best: None, limits)
        seconds = _cpu_seconds() - before
        assert result is not None
        chosen = _fixed(result)
        reports = _reports(chosen.fit(parts.train, context).scorer, groups, parts.train, seed)
        without = without or reports
        facts = {"search_seconds": round(seconds, 1), "chosen": str(result)}
        yield from _rows(name, reports, without, facts)
    assert chosen is not None
    for weight in fixed:
        model = dataclasses.replace(chosen, later_weight=weight)
        reports = _reports(model.fit(parts.train, context).scorer, groups, parts.train, seed)
        yield from _rows(f"later_weight {weight:g}", reports, without, {"search_seconds": None, "chosen": ""})


def _fixed(result: SettingsSearchResult) -> GraphFilter:
    assert isinstance(result.settings, GraphFilter)
    return dataclasses.replace(result.settings, choose=False)


def _groups(part: EvalPart) -> dict[str, EvalPart]:
    """All people with a target, and the same by the number of their ratings; groups of nobody are left out."""
    part = part.take(np.flatnonzero(np.diff(part.target.indptr)))
    grouping = by_length(part)
    members = {name: np.flatnonzero(grouping.member == place) for place, name in enumerate(grouping.names)}
    return {"all": part, **{name: part.take(rows) for name, rows in members.items() if len(rows)}}


def _reports(scorer: Scorer, groups: dict[str, EvalPart], train: Interactions, seed: int) -> dict[str, EvalReport]:
    """Of each group; popularity is that of the training ratings for all of them."""
    metrics = ["ndcg", "coverage", "popularity"]
    return {name: evaluate(scorer, part, 10, metrics=metrics, train=train, seed=seed) for name, part in groups.items()}


def _rows(
    name: str, reports: dict[str, EvalReport], without: dict[str, EvalReport], facts: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for place, (group, report) in enumerate(reports.items()):
        row: dict[str, Any] = {"name": name, "ratings": group, "people": len(report.per_user[_METRIC])}
        for metric in (_METRIC, "coverage@10", "popularity@10"):
            row[metric] = _figures(report[metric])
        if report is not without[group]:
            row["difference"] = _figures(paired(report, without[group], _METRIC))
        yield row | (facts if place == 0 else dict.fromkeys(facts))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _figures(metric: Any) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cells(row: dict[str, Any]) -> list[object]:
    difference = row.get("difference")
    shown = f"{difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]" if difference else ""
    means = [f"{row[metric]['mean']:.4f}" for metric in ("coverage@10", "popularity@10")]
    seconds = "" if row["search_seconds"] is None else f"{row['search_seconds']:.0f}"
    return [row["name"], row["ratings"], row["people"], f"{row[_METRIC]['mean']:.4f}", shown, *means, seconds]


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.rated_later"))
