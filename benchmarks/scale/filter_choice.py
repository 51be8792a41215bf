"""What the search for the settings of graph-filter loses by what it leaves out: people, ratings, a starting point.

``python -m benchmarks.scale.filter_choice --data DIR [--people 600] [--ratings 200] [--one-start] [--no-low-pass]``
chooses settings on half of the validation people, first from the whole train part, then once for each limit given, and
fits the dense form with each choice. NDCG@10 is that of the other half of the people, whom no choice has seen, with the
paired difference to the first row and its 95 % interval. The test part is not looked at.
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

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import EvalPart, EvalReport, Metric, Split
from reelgraph.data import PerUser, Temporal, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import SearchLimits, search_settings
from reelgraph.models.graph_filter.validation_ndcg import restricted

_METRIC = "ndcg@10"
_ALL = 10**9

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    people: Annotated[list[int] | None, typer.Option(help="People whose ratings make the graph; repeatable.")] = None,
    ratings: Annotated[list[int] | None, typer.Option(help="Ratings of one of them; repeatable.")] = None,
    one_start: Annotated[bool, typer.Option("--one-start", help="The given settings alone as starting point.")] = False,
    no_low_pass: Annotated[bool, typer.Option("--no-low-pass", help="Leave the low pass out.")] = False,
    items: Annotated[int, typer.Option(min=1, help="Movies that each search ranks.")] = SearchLimits.n_items,
    ranked: Annotated[int, typer.Option(min=1, help="People that each search ranks.")] = SearchLimits.n_ranked_people,
    by_time: Annotated[bool, typer.Option("--by-time", help="One cut in time in place of a part per person.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the halves and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a choice.")] = False,
) -> None:
    """Measure the choices."""
    dataset, _ = pipeline.load(data)
    splitter = Temporal(train=0.8, valid=0.1) if by_time else PerUser(valid=0.1, test=0.1)
    parts = split(index(dataset.ratings), splitter, seed)
    everything = SearchLimits(ranked, items, n_graph_people=_ALL, max_ratings=_ALL)
    limits = {"all": everything}
    limits |= {f"{n:,} people": dataclasses.replace(everything, n_graph_people=n) for n in people or []}
    limits |= {f"{n:,} ratings a person": dataclasses.replace(everything, max_ratings=n) for n in ratings or []}
    limits |= {"one start": dataclasses.replace(everything, n_starts=1)} if one_start else {}
    limits |= {"no low pass": dataclasses.replace(everything, fixed=("low_pass_weight",))} if no_low_pass else {}
    about = {"data": dataset.name, "data_sha256": dataset.sha256, "seed": seed, "part": "half of valid",
             "split": "temporal" if by_time else "per-user", "versions": installed_versions()}  # fmt: skip
    rows = []
    for row in measure(dataset, parts, limits, seed):
        rows.append(row)
        if as_json:
            print(json.dumps(finite({**about, **row})), flush=True)
    if not as_json:
        columns = ["search", "trials", "CPU s", _METRIC, "difference", "chosen"]
        print_table(f"choices of graph-filter on {dataset.name}", columns, [_cells(row) for row in rows])


def measure(dataset: Any, parts: Split, limits: dict[str, SearchLimits], seed: int) -> Iterator[dict[str, Any]]:
    """One row for each search, the first being what the others are compared with."""
    context = dataclasses.replace(pipeline.fit_context(dataset, parts, seed=seed), valid=None)
    source = GraphSource.of(parts.train, dataset.catalogue)
    for_choice, for_judgement = _halves(parts.valid, seed)
    first: EvalReport | None = None
    for name, limit in limits.items():
        before = _cpu_seconds()
        result = search_settings(GraphFilter(), source, for_choice, seed, lambda trial, best: None, limit)
        seconds = _cpu_seconds() - before
        assert result is not None
        assert isinstance(result.settings, GraphFilter)
        model = dataclasses.replace(result.settings, form="dense", choose=False)
        report = evaluate(model.fit(parts.train, context).scorer, for_judgement, 10, metrics=["ndcg"], seed=seed)
        first = first or report
        row = {"search": name, "trials": result.n_trials, "cpu_seconds": round(seconds, 1), "chosen": str(result)}
        row |= {_METRIC: _figures(report[_METRIC])}
        yield row | ({} if report is first else {"difference": _figures(paired(report, first, _METRIC))})


def _halves(part: EvalPart, seed: int) -> tuple[EvalPart, EvalPart]:
    rated = np.flatnonzero(np.diff(part.target.indptr))
    shuffled = np.random.default_rng(np.random.SeedSequence([seed, len(rated)])).permutation(rated)
    items = np.arange(part.target.shape[1])
    middle = len(rated) // 2
    return (
        restricted(part, np.sort(shuffled[:middle]), items),
        restricted(part, np.sort(shuffled[middle:]), items),
    )


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _figures(metric: Metric) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cells(row: dict[str, Any]) -> list[object]:
    difference = row.get("difference")
    shown = (
        "" if difference is None else f"{difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    )
    return [row["search"], row["trials"], row["cpu_seconds"], f"{row[_METRIC]['mean']:.4f}", shown, row["chosen"]]


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.filter_choice"))
