"""What the form of graph-filter that bundles and exported pages have loses against its weights in full.

``python -m benchmarks.accuracy.compact_loss --data DIR`` chooses the settings on the validation people of
a split by people, fits once with the weights whole (from a closed form in double precision), brings them into the
8-bit form of `page_model`, and ranks for the test people with both. NDCG@10 comes with the paired difference and its
95 % interval, and with the share of the first ten films that are the same. With ``--folds 5`` everybody is a test
person once, in five fits: for data of few people.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import Dataset, FloatArray, IntArray
from reelgraph.data import HeldOutUsers, index, split
from reelgraph.evaluation import evaluate
from reelgraph.evaluation.bootstrap import summarise_sums
from reelgraph.evaluation.ranked_lists import rank_all
from reelgraph.export import page_model
from reelgraph.models.graph_filter.model import GraphFilter

_METRIC, _K = "ndcg@10", 10


@dataclass(frozen=True)
class _FoldOfPeople(HeldOutUsers):
    """Each fold holds out other people for the test; together the folds hold out everybody."""

    fold: int = 0

    def order(self, users: IntArray, rng: np.random.Generator) -> IntArray:
        """The people of this fold first."""
        return np.roll(super().order(users, rng), -round(self.fold * self.test_users * len(users)))


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    folds: Annotated[
        int, typer.Option(min=1, help="Fits, each with other test people; with one a tenth of the people is the test.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure the compact form."""
    dataset, _ = pipeline.load(data)
    splitters = [_FoldOfPeople(test_users=0.1 if folds == 1 else 1 / folds, fold=fold) for fold in range(folds)]
    figures = np.concatenate([_figures(dataset, splitter, seed) for splitter in splitters])
    figures = figures[~np.isnan(figures).any(axis=1)]  # of people with a relevant film
    whole, compact, same = figures.mean(axis=0)
    difference = summarise_sums(np.column_stack([figures[:, 1] - figures[:, 0], np.ones(len(figures))]), _mean, seed)
    row = {
        "data": dataset.name, "people": len(figures), "whole": whole, "compact": compact,
        "difference": [difference.mean, difference.low, difference.high], "same": same,
    }  # fmt: skip
    if as_json:
        about = {"data_sha256": dataset.sha256, "folds": folds, "seed": seed, "versions": installed_versions()}
        print(json.dumps(finite({**row, **about})))
        return
    text = f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
    cells = [dataset.name, len(figures), f"{whole:.4f}", f"{compact:.4f}", text, f"{same:.3f}"]
    columns = ["data", "people", f"{_METRIC} whole", "compact", "difference", "same films"]
    print_table("the compact form of graph-filter", columns, [cells])


def _figures(dataset: Dataset, splitter: HeldOutUsers, seed: int) -> FloatArray:
    """NDCG@10 with whole and with compact weights, and the share of films that are the same, ``(n_test_people, 3)``."""
    parts = split(index(dataset.ratings), splitter, seed)
    context = pipeline.fit_context(dataset, parts, seed=seed)
    whole = dataclasses.replace(GraphFilter(), compact=False).fit(parts.train, context).scorer
    scorers = (whole, page_model(whole).scorer)
    ndcg = [evaluate(scorer, parts.test, _K, metrics=[_METRIC], seed=seed).per_user[_METRIC] for scorer in scorers]
    lists = [rank_all(scorer, parts.test, _K).items for scorer in scorers]
    same = [len(np.intersect1d(*pair)) / _K for pair in zip(*lists, strict=True)]
    return np.column_stack([*ndcg, same])


def _mean(sums: FloatArray) -> FloatArray:
    means: FloatArray = sums[:, 0] / sums[:, 1]
    return means


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.compact_loss"))
