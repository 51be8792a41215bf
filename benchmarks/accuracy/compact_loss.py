"""What the form of graph-filter that bundles and exported pages have loses against its weights in full.

``python -m benchmarks.accuracy.compact_loss --data DIR`` chooses the settings on the validation people of
a split by people, fits once with the weights whole (from a closed form in double precision), brings them into the
8-bit form of `page_model`, and ranks for the test people with both. NDCG@10 comes with the paired difference and its
95 % interval, and with the share of the first ten films that are the same.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.data import HeldOutUsers, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.evaluation.ranked_lists import rank_all
from reelgraph.export import page_model
from reelgraph.models.graph_filter.model import GraphFilter

_METRIC, _K = "ndcg@10", 10

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure the compact form."""
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), HeldOutUsers(), seed)
    context = pipeline.fit_context(dataset, parts, seed=seed)
    whole = dataclasses.replace(GraphFilter(), compact=False).fit(parts.train, context).scorer
    compact = page_model(whole).scorer
    reports = [evaluate(scorer, parts.test, _K, metrics=[_METRIC], seed=seed) for scorer in (whole, compact)]
    lists = [rank_all(scorer, parts.test, _K).items for scorer in (whole, compact)]
    same = np.mean([len(np.intersect1d(*pair)) / _K for pair in zip(*lists, strict=True)])
    difference = paired(reports[1], reports[0], _METRIC)
    row = {
        "data": dataset.name, "people": len(parts.test), "whole": reports[0][_METRIC].mean,
        "compact": reports[1][_METRIC].mean, "difference": [difference.mean, difference.low, difference.high],
        "same": float(same),
    }  # fmt: skip
    if as_json:
        print(
            json.dumps(finite({**row, "data_sha256": dataset.sha256, "seed": seed, "versions": installed_versions()}))
        )
        return
    text = f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
    cells = [row["data"], row["people"], f"{row['whole']:.4f}", f"{row['compact']:.4f}", text, f"{same:.3f}"]
    columns = ["data", "people", f"{_METRIC} whole", "compact", "difference", "same films"]
    print_table("the compact form of graph-filter", columns, [cells])


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.compact_loss"))
