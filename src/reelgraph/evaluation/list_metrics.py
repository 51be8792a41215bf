"""Metrics of ranked lists: how many relevant items they hold, how popular and how varied they are."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Interactions, Matrix, Metric, TopK, at_least
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.evaluation.full_ranking import hits_in
from reelgraph.evaluation.metric_names import HITS, OF_CATALOGUE, OF_POPULARITY
from reelgraph.evaluation.metrics import beyond_accuracy
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_METRICS = dict(zip(HITS, (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision), strict=True))


def checked_lists(lists: TopK, part: EvalPart, k: int) -> TopK:
    """Given lists, after a check that they have length ``k`` and hold no seen item.

    Raises:
        ConfigError: they have another shape, or an item row is out of range.
        LeakError: a list shows an item that is in ``part.seen``.
    """
    if lists.items.shape != (len(part), k):
        raise ConfigError("lists", f"of shape {lists.items.shape}, expected {(len(part), k)}")
    n_items = part.target.shape[1]
    if lists.items.size and not -1 <= lists.items.min() <= lists.items.max() < n_items:
        raise ConfigError("lists", f"item rows are not all from -1 to {n_items - 1}")
    if hits_in(lists.items, part.seen).any():
        raise LeakError("a list shows an item that is in seen")
    return lists


def list_metrics(
    lists: IntArray,
    part: EvalPart,
    names: Collection[str],
    *,
    relevant_from: float | None = None,
    train: Interactions | None = None,
    genres: Matrix | None = None,
) -> tuple[dict[str, FloatArray], dict[str, Metric]]:
    """Metrics of lists by name: those with a value for each person, and those of all lists together.

    Args:
        lists: ``(len(part), k)`` item rows, best first, -1 for an empty place.
        part: the people and their target items.
        names: metrics without ``@k`` to compute, of `RANKING` and `OF_GENRES`; others are ignored.
        relevant_from: stars from which a target item is relevant; None for all.
        train: gives the popularity of the items; None takes it from ``part.history``.
        genres: ``(n_items, n_genres)`` 0/1 CSR, or None.
    """
    relevant = part.target if relevant_from is None else _relevant_entries(part.target, relevant_from)
    n_relevant = np.diff(relevant.indptr)
    hits = hits_in(lists, relevant)
    values = {name: metric(hits, n_relevant) for name, metric in _METRICS.items() if name in names}
    n_items = part.target.shape[1]
    if any(name in OF_POPULARITY + OF_GENRES for name in names):
        edges, n_users = (part.history.indices, len(part)) if train is None else (train.item_row, train.n_users)
        popularity = np.bincount(edges, minlength=n_items)
        values["novelty"] = m.mean_over_list(m.self_information(popularity, n_users), lists)
        values["popularity"] = m.mean_over_list(m.popularity_percentile(popularity), lists)
        values |= beyond_accuracy.of_lists(lists, part.history, popularity, genres)
    if not any(name in OF_CATALOGUE for name in names):
        return values, {}
    times_shown = np.bincount(lists[lists >= 0], minlength=n_items)
    if part.candidates is not None:
        times_shown = times_shown[part.candidates]
    overall = {"coverage": m.coverage(times_shown), "gini": m.gini(times_shown)}
    return values, {name: Metric(figure, figure, figure) for name, figure in overall.items()}


def _relevant_entries(target: Matrix, stars: float) -> Matrix:
    is_relevant = at_least(target.data, stars)
    indptr = np.concatenate([[0], np.cumsum(is_relevant)])[target.indptr]
    return Matrix((target.data[is_relevant], target.indices[is_relevant], indptr), shape=target.shape)
