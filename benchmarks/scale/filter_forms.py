"""What the forms and parts of graph-filter do for quality, on the validation part of a split per person.

``python -m benchmarks.scale.filter_forms --data DIR [--head 1814] [--head 907] [--factors 128] [--weights 50]`` fits
the dense form with all its weights, the same compact, and each head, with the same settings on the train part, and
ranks the held-back movies of the validation people. ``--low-pass 0.1`` and ``--spectral 0.1`` fit the dense form with
that weight of either low pass, ``--rank 512`` the low-rank form; ``--head 0`` leaves the heads out. ``--auto`` fits the
compact dense form and the one that ``auto`` takes, and no other. ``--by-time`` cuts in time in place of a part per
person; ``--later 1`` gives that weight to what is rated later in all forms. NDCG@10 and recall@10 come with their 95 %
interval and the paired difference to the first form. ``neighbours`` is how many of the ten most similar movies by item
vectors are those of the first form, for the most rated 1,000. The test part is not looked at.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
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
from reelgraph.core import EvalReport, FloatArray, IntArray, Metric, Split
from reelgraph.core.errors import ConfigError
from reelgraph.data import PerUser, Temporal, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.models.graph_filter.model import GraphFilter

_METRICS = ("ndcg@10", "recall@10")
_POPULAR = 1000
_NEIGHBOURS = 10

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    head: Annotated[list[int] | None, typer.Option(help="Movies of the head; repeatable.")] = None,
    factors: Annotated[int, typer.Option(min=1, help="Columns of the two thin matrices.")] = 128,
    weights: Annotated[int, typer.Option(min=1, help="Weights kept of each movie beside them.")] = 50,
    low_pass: Annotated[list[float] | None, typer.Option(help="Weight of the low pass of the inverse.")] = None,
    spectral: Annotated[list[float] | None, typer.Option(help="Weight of the ideal low pass.")] = None,
    rank: Annotated[list[int] | None, typer.Option(help="Eigenvectors of the low-rank form.")] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Compact dense form and auto alone.")] = False,
    by_time: Annotated[bool, typer.Option("--by-time", help="One cut in time in place of a part per person.")] = False,
    later: Annotated[float | None, typer.Option(help="Weight of what is rated later, of all forms.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with the settings of both forms.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a form.")] = False,
) -> None:
    """Measure the forms."""
    dataset, _ = pipeline.load(data)
    splitter = Temporal(train=0.8, valid=0.1) if by_time else PerUser(valid=0.1, test=0.1)
    parts = split(index(dataset.ratings), splitter, seed)
    given = pipeline.make_model("graph-filter", config)
    if not isinstance(given, GraphFilter):
        raise ConfigError("--config", f"{config} is for {given.name}: expected graph-filter")
    model = dataclasses.replace(given, choose=False)
    model = model if later is None else dataclasses.replace(model, later_weight=later)
    n_items = parts.train.n_items
    heads = [n_items, *(head or [round(0.5 * n_items), round(0.25 * n_items)])] if head != [0] else []
    model = dataclasses.replace(model, factors=factors, weights_per_item=weights)
    dense = dataclasses.replace(model, form="dense", compact=False)
    forms = [dense, dataclasses.replace(dense, compact=True)] if heads else [dense]
    forms += [dataclasses.replace(model, form="head", head_items=n_head) for n_head in heads]
    forms += [dataclasses.replace(dense, low_pass_weight=weight) for weight in low_pass or []]
    forms += [dataclasses.replace(dense, spectral_weight=weight) for weight in spectral or []]
    forms += [dataclasses.replace(model, form="low-rank", rank=n) for n in rank or []]
    forms = [dataclasses.replace(model, form="dense"), model] if auto else forms
    rows = list(measure(forms, dataset, parts, seed))
    if as_json:
        about = {"data": dataset.name, "data_sha256": dataset.sha256, "seed": seed, "part": "valid",
                 "split": "temporal" if by_time else "per-user", "later_weight": model.later_weight,
                 "versions": installed_versions()}  # fmt: skip
        for row in rows:
            print(json.dumps(finite({**about, **row})), flush=True)
        return
    columns = ["form", "head", "weights", *_METRICS, "difference of ndcg@10", "neighbours", "fit s", "MB"]
    print_table(f"forms of graph-filter on {dataset.name}", columns, [_cells(row) for row in rows])


def measure(forms: list[GraphFilter], dataset: Any, parts: Split, seed: int) -> Iterator[dict[str, Any]]:
    """One row for each form, all but the first with the paired differences to it."""
    context = dataclasses.replace(pipeline.fit_context(dataset, parts, seed=seed), valid=None)
    exact: tuple[EvalReport, IntArray] | None = None
    popular = np.argsort(-np.bincount(parts.train.item_row, minlength=parts.train.n_items), kind="stable")[:_POPULAR]
    for form in forms:
        started = time.perf_counter()
        scorer: Any = form.fit(parts.train, context).scorer
        seconds = time.perf_counter() - started
        report = evaluate(scorer, parts.valid, 10, metrics=["ndcg", "recall"], seed=seed)
        neighbours = _neighbours(scorer.item_vectors(), popular)
        size = sum(array.nbytes for array in scorer.arrays().values())
        row: dict[str, Any] = {"form": _name(form), "fit_seconds": round(seconds, 2), "megabytes": round(size / 1e6, 2)}
        row |= {name: _figures(report[name]) for name in _METRICS}
        if exact is None:
            exact = report, neighbours
        else:
            if form.form == "head":
                row |= {"head": form.head_items, "factors": form.factors, "weights": form.weights_per_item}
            row["difference"] = {name: _figures(paired(report, exact[0], name)) for name in _METRICS}
            common = [len(set(mine) & set(theirs)) for mine, theirs in zip(neighbours, exact[1], strict=True)]
            row["neighbours"] = round(float(np.mean(common)) / _NEIGHBOURS, 4)
        yield row


def _name(form: GraphFilter) -> str:
    parts = {"low pass": form.low_pass_weight, "ideal low pass": form.spectral_weight}
    text = "".join(f", {name} {weight:g}" for name, weight in parts.items() if weight)
    text += ", compact" if form.compact and form.form == "dense" else ""
    return form.form + text + (f" {form.rank}" if form.form == "low-rank" else "")


def _neighbours(vectors: FloatArray, popular: IntArray) -> IntArray:
    """Positions of the ten nearest of the popular movies by cosine, ``(n, 10)``."""
    unit = vectors[popular] / np.maximum(np.linalg.norm(vectors[popular], axis=1, keepdims=True), 1e-12)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2.0)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :_NEIGHBOURS]


def _figures(metric: Metric) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cells(row: dict[str, Any]) -> list[object]:
    difference = row.get("difference", {}).get("ndcg@10")
    shown = (
        "" if difference is None else f"{difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    )
    return [
        row["form"], row.get("head", ""), row.get("weights", ""), *(f"{row[name]['mean']:.4f}" for name in _METRICS),
        shown, row.get("neighbours", ""), row["fit_seconds"], row["megabytes"],
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.filter_forms"))
