"""Metrics of ranked lists: how many relevant items they hold, how popular and how varied they are."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Interactions, Matrix, Metric, TopK, at_least
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.evaluation.full_ranking import RankedHits, hits_in
from reelgraph.evaluation.metric_names import HITS, OF_CATALOGUE, OF_POPULARITY
from reelgraph.evaluation.metrics import beyond_accuracy
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.metrics.tied_hits import TiedHits

_METRICS = dict(zip(HITS, (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision), strict=True))


def checked_lists(lists: TopK | RankedHits, part: EvalPart, k: int, relevant: Matrix) -> RankedHits:
    """Given lists, after a check that they have length ``k`` and hold no seen item; without hits they have no ties.

    Those with hits may be longer.

    Raises:
        ConfigError: they have another shape, or an item row is out of range.
        LeakError: a list shows an item that is in ``part.seen``.
    """
    items, longest = (lists.items, k) if isinstance(lists, TopK) else (lists.lists.items, lists.lists.items.shape[1])
    if len(items) != len(part) or not k <= items.shape[1] <= longest:
        raise ConfigError("lists", f"of shape {items.shape}, expected {(len(part), k)}")
    n_items = part.target.shape[1]
    if items.size and not -1 <= items.min() <= items.max() < n_items:
        raise ConfigError("lists", f"item rows are not all from -1 to {n_items - 1}")
    if hits_in(items, part.seen).any():
        raise LeakError("a list shows an item that is in seen")
    if isinstance(lists, RankedHits):
        return lists
    return RankedHits(lists, TiedHits.without_ties(hits_in(items, relevant)))


def list_metrics(
    ranked: RankedHits,
    n_relevant: IntArray,
    part: EvalPart,
    names: Collection[str],
    *,
    train: Interactions | None = None,
    genres: Matrix | None = None,
) -> tuple[dict[str, FloatArray], dict[str, Metric]]:
    """Metrics of lists by name: those with a value for each person, and those of all lists together.

    Args:
        ranked: lists of the people and their hits, ``(len(part), k)``.
        n_relevant: ``(len(part),)`` relevant target items of each person, in the list or not.
        part: the people and their target items.
        names: metrics without ``@k`` to compute, of `RANKING` and `OF_GENRES`; others are ignored.
        train: gives the popularity of the items; None takes it from ``part.history``.
        genres: ``(n_items, n_genres)`` 0/1 CSR, or None.
    """
    lists = ranked.lists.items
    values = {name: metric(ranked.hits, n_relevant) for name, metric in _METRICS.items() if name in names}
    n_items = part.target.shape[1]
    if any(name in OF_POPULARITY + OF_GENRES for name in names):
        popularity, n_users = item_popularity(part, train)
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


def item_popularity(part: EvalPart, train: Interactions | None) -> tuple[IntArray, int]:
    """How many people rated each item, ``(n_items,)``, and how many people there are."""
    edges, n_users = (part.history.indices, len(part)) if train is None else (train.item_row, train.n_users)
    return np.bincount(edges, minlength=part.target.shape[1]), n_users


def relevant_targets(part: EvalPart, relevant_from: float | None) -> Matrix:
    """The target items of at least ``relevant_from`` stars, all for None: ``(len(part), n_items)`` CSR."""
    target = part.target
    if relevant_from is None:
        return target
    is_relevant = at_least(target.data, relevant_from)
    indptr = np.concatenate([[0], np.cumsum(is_relevant)])[target.indptr]
    return Matrix((target.data[is_relevant], target.indices[is_relevant], indptr), shape=target.shape)
