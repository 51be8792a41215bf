"""What fewer posterior draws cost the stars of bayes-gcn, on the validation part of a split per person.

``python -m benchmarks.accuracy.thinned_draws --data DIR [--keep 50] [--keep 40]`` fits bayes-gcn once with a hundred
draws and predicts the held-back ratings of the validation part from all of them and from fewer. RMSE, CRPS, log loss
and the coverage of the intervals come with the paired difference and its 95 % interval, the expected calibration error
with its own. The test part is not looked at.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import EvalReport, Metric
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.scorers import BayesScorer

_DRAWS = 100
_METRICS = ("rmse", "crps", "log_loss", "coverage_80", "coverage_95", "ece")
_OF_ALL = ("ece",)  # figures of all people together, which have no difference of each person

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    keep: Annotated[list[int] | None, typer.Option(min=1, help="Draws kept; repeatable.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the draws and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a number of draws.")] = False,
) -> None:
    """Measure fewer draws."""
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), seed)
    context = dataclasses.replace(pipeline.fit_context(dataset, parts, seed=seed), valid=None)
    scorer: Any = BayesGCN(keep=_DRAWS).fit(parts.train, context).scorer
    everything = evaluate(scorer, parts.valid, 10, metrics=list(_METRICS), seed=seed)
    rows = [_row(_DRAWS, everything, everything)]
    for n_draws in keep or [50, 40, 32]:
        report = evaluate(thinned(scorer, n_draws), parts.valid, 10, metrics=list(_METRICS), seed=seed)
        rows.append(_row(n_draws, report, everything))
    if as_json:
        about = {"data": dataset.name, "data_sha256": dataset.sha256, "seed": seed, "part": "valid",
                 "versions": installed_versions()}  # fmt: skip
        for row in rows:
            print(json.dumps(finite({**about, **row})), flush=True)
        return
    cells = [[row["draws"], *(_cell(row, name) for name in _METRICS)] for row in rows]
    print_table(f"bayes-gcn on {dataset.name}", ["draws", *_METRICS], cells)


def thinned(scorer: BayesScorer, n_draws: int) -> BayesScorer:
    """The scorer of some of its draws, evenly spaced."""
    kept = np.unique(np.linspace(0, len(scorer.item) - 1, n_draws).round().astype(np.int64))
    by_draw = {name: array for name, array in scorer.arrays().items() if len(array) == len(scorer.item)}
    arrays: dict[str, Any] = {name: array[kept] for name, array in by_draw.items()}
    return dataclasses.replace(scorer, **arrays)


def _row(n_draws: int, report: EvalReport, everything: EvalReport) -> dict[str, Any]:
    row: dict[str, Any] = {"draws": n_draws}
    row |= {name: _figures(report[name]) for name in _METRICS}
    names = [name for name in _METRICS if name not in _OF_ALL]
    row["difference"] = {name: _figures(paired(report, everything, name)) for name in names}
    return row


def _figures(metric: Metric) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cell(row: dict[str, Any], name: str) -> str:
    figures = row[name]
    if name in _OF_ALL:
        return f"{figures['mean']:.4f} [{figures['low']:.4f}, {figures['high']:.4f}]"
    difference = row["difference"][name]
    return f"{figures['mean']:.4f} {difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.thinned_draws"))
