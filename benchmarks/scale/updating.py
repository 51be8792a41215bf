"""What `reelgraph update` saves, and how long it is enough, on the ratings of a data set in the order of time.

``python -m benchmarks.scale.updating --data DIR [--ratings 10000]`` fits `graph-filter` on all ratings but the last
10,000, adds these, and fits again on all of them: with the settings of the first fit, and as `train` does, which
chooses them again. It prints the largest difference of what is kept for updates to that of the first of these fits, the
CPU seconds of each, and how many of the ten movies of a list are in that of the fit, too, for people with new ratings.

``--drift`` asks how long updates are enough: from the first half of the ratings on, in ten steps, the people with
ratings in the next step get lists from three filters: one that is never updated, one that is updated at each step, and
one that is fitted anew with settings chosen again. NDCG@10 of each comes with its paired difference to the updated one.
People are folded in with all their ratings up to the step in each case.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import Bundle, installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import BoolArray, Dataset, IntArray, Interactions, Ratings, Scorer, SupportsRefit
from reelgraph.core.errors import ConfigError
from reelgraph.data import PerUser, eval_part, index, split
from reelgraph.evaluation import evaluate, paired
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.unlearning.receipt import refit_differences
from reelgraph.updating.new_ratings import update

_STEPS = 10

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set with times.")],
    ratings: Annotated[int, typer.Option(min=1, help="The last ratings, which are added.")] = 10_000,
    drift: Annotated[bool, typer.Option("--drift", help="How long updates are enough.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the fits and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Measure updates."""
    dataset, _ = pipeline.load(data)
    times = dataset.ratings.timestamp
    if times is None or len(dataset.ratings) <= 2 * ratings:
        raise ConfigError("--data", f"{dataset.name} has no times, or fewer than {2 * ratings:,} ratings")
    order = np.argsort(times, kind="stable")
    in_time = dataclasses.replace(dataset, ratings=dataset.ratings.take(order))
    rows = list(drifts(in_time, seed) if drift else [saved(in_time, ratings, seed)])
    about = {"data": dataset.name, "data_sha256": dataset.sha256, "seed": seed, "versions": installed_versions()}
    for row in rows if as_json else ():
        print(json.dumps(finite({**about, **row})), flush=True)
    if not as_json:
        title = f"Updates of graph-filter on {dataset.name}"
        print_table(title, list(rows[0]), [[str(value) for value in row.values()] for row in rows])


def saved(data: Dataset, n_added: int, seed: int) -> dict[str, Any]:
    """CPU seconds of an update and of fits, and how far the update is from a fit."""
    first, last = data.ratings.take(np.arange(len(data.ratings) - n_added)), data.ratings.take(np.arange(-n_added, 0))
    chosen, _ = _chosen(dataclasses.replace(data, ratings=first), seed)
    before, _ = _fitted(dataclasses.replace(data, ratings=first), chosen, seed)
    added = dataclasses.replace(data, ratings=last)
    update(before, dataclasses.replace(data, ratings=last.take(np.arange(1))))  # loops that are compiled on first use
    started = time.process_time()
    after, report = update(before, added)
    update_seconds = time.process_time() - started
    differences = refit_differences(after)
    refit, fit_seconds = _fitted(data, chosen, seed)
    _, choice_seconds = _chosen(data, seed)
    people = np.unique(_rows_of(after, last))
    return {
        "added": report.ratings,
        "people": report.users,
        "exactly": all(part.exactly for part in report.parts),
        "difference": max(differences.values()),
        "in both lists": round(_in_common(after, refit, people), 2),
        "update s": round(update_seconds, 2),
        "fit s": round(fit_seconds, 2),
        "choice and fit s": round(choice_seconds, 2),
        "times as fast as a fit": round(fit_seconds / update_seconds, 1),
        "as choice and fit": round(choice_seconds / update_seconds, 1),
    }


def _rows_of(bundle: Bundle, ratings: Ratings) -> IntArray:
    """Rows of the people of ratings."""
    order = np.argsort(bundle.users.ids, kind="stable")
    rows: IntArray = order[np.searchsorted(bundle.users.ids, ratings.user_id, sorter=order)]
    return rows


def _in_common(bundle: Bundle, other: Bundle, people: IntArray) -> float:
    """How many of the ten movies that each of some people should watch are the same for both, on average."""
    history = bundle.history[people]
    user_of_rating = np.repeat(np.arange(len(people)), np.diff(history.indptr))
    lists = []
    for scorer in (bundle.scorer, other.scorer):
        scores = scorer.score(history)
        scores[user_of_rating, history.indices] = -np.inf
        lists.append(np.argpartition(-scores, 9, axis=1)[:, :10])
    return float(np.mean([len(np.intersect1d(ours, theirs)) for ours, theirs in zip(*lists, strict=True)]))


def drifts(data: Dataset, seed: int) -> Iterator[dict[str, Any]]:
    """One row a step: NDCG@10 of the next step's ratings, never updated, updated and fitted anew."""
    edges = np.linspace(len(data.ratings) // 2, len(data.ratings), _STEPS + 1).astype(int).tolist()
    first, _ = _chosen(_until(data, edges[0]), seed)
    updated, _ = _fitted(_until(data, edges[0]), first, seed)
    never = updated.scorer
    for step, (start, stop) in enumerate(itertools.pairwise(edges)):
        if step:
            new = data.ratings.take(np.arange(edges[step - 1], start))
            updated, _ = update(updated, dataclasses.replace(data, ratings=new))
        anew, _ = _fitted(_until(data, start), _chosen(_until(data, start), seed)[0], seed)
        yield _compared(
            _until(data, stop), start, {"never": never, "updated": updated.scorer, "anew": anew.scorer}, seed
        )


def _compared(data: Dataset, start: int, scorers: Mapping[str, Scorer], seed: int) -> dict[str, Any]:
    """Figures of the ratings after ``start``, for people with ratings before it."""
    ratings = _indexed(data)
    is_next = _is_after(data, ratings, start)
    known = np.zeros(ratings.n_users, np.bool_)
    known[ratings.user_row[~is_next]] = True
    part = eval_part(ratings, is_next & known[ratings.user_row], ~is_next)
    reports = {name: evaluate(scorer, part, 10, metrics=["ndcg"], seed=seed) for name, scorer in scorers.items()}
    row: dict[str, Any] = {"ratings": start, "people": len(part)}
    for name, report in reports.items():
        row[name] = round(report["ndcg@10"].mean, 4)
        if name != "updated":
            difference = paired(report, reports["updated"], "ndcg@10")
            figures = f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
            row[f"{name} - updated"] = figures
    return row


def _is_after(data: Dataset, ratings: Interactions, start: int) -> BoolArray:
    """Which edges are ratings after the first ``start`` ones in time."""
    n_items = ratings.n_items
    later = data.ratings.take(np.arange(start, len(data.ratings)))
    keys = ratings.users.rows(later.user_id) * n_items + ratings.items.rows(later.item_id)
    return np.isin(ratings.user_row.astype(np.int64) * n_items + ratings.item_row, keys)


def _until(data: Dataset, stop: int) -> Dataset:
    return dataclasses.replace(data, ratings=data.ratings.take(np.arange(stop)))


def _indexed(data: Dataset) -> Interactions:
    """With a row for each movie of the catalogue, so that all fits have the same rows."""
    return index(data.ratings, extra_items=data.catalogue.item_id)


def _chosen(data: Dataset, seed: int) -> tuple[GraphFilter, float]:
    """The model that is best for a tenth of each person's ratings, and the seconds of choosing and fitting it."""
    parts = split(_indexed(data), PerUser(valid=0.1, test=0.0), seed)
    started = time.process_time()
    fit = GraphFilter(exact_updates=True).fit(parts.train, pipeline.fit_context(data, parts, seed=seed))
    seconds = time.process_time() - started
    assert isinstance(fit.scorer, SupportsRefit)
    name_and_settings = fit.scorer.refit_settings()
    assert name_and_settings is not None
    return GraphFilter(**name_and_settings[1]), seconds


def _fitted(data: Dataset, model: GraphFilter, seed: int) -> tuple[Bundle, float]:
    """A bundle of a fit on all ratings with given settings, and the seconds of the fit."""
    parts = split(_indexed(data), PerUser(valid=0.0, test=0.0), seed)
    started = time.process_time()
    fit = model.fit(parts.train, pipeline.fit_context(data, parts, seed=seed))
    seconds = time.process_time() - started
    return Bundle.create(fit, data, parts, model=model), seconds


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.updating"))
