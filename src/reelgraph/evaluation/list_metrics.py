"""Metrics of ranked lists: how many relevant items they hold, how popular and how varied they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from reelgraph.core import (
    BoolArray,
    EvalPart,
    FloatArray,
    IntArray,
    Interactions,
    Matrix,
    Metric,
    RatingScale,
    TopK,
    at_least,
)
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.evaluation.full_ranking import NO_MATRICES, RankedHits, hits_in
from reelgraph.evaluation.metric_names import HITS, OF_POPULARITY
from reelgraph.evaluation.metrics import beyond_accuracy
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.metrics.distribution import LIKED
from reelgraph.evaluation.metrics.tied_hits import TiedHits

DISLIKED = 2.0  # of five stars
_METRICS = dict(zip(HITS, (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision), strict=True))


def checked_lists(
    lists: TopK | RankedHits, part: EvalPart, k: int, relevant: Matrix, named: Mapping[str, Matrix] = NO_MATRICES
) -> RankedHits:
    """Given lists, after a check that they have length ``k`` and hold no seen item; without hits they have no ties.

    Those with hits may be longer. Of ``named`` items that were not counted with them, equal scores are those within
    the lists.

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
        missing = {name: matrix for name, matrix in named.items() if name not in lists.named_hits}
        counted = {name: TiedHits.of_lists(lists.lists.scores, hits_in(items, m)) for name, m in missing.items()}
        return RankedHits(lists.lists, lists.hits, {**lists.named_hits, **counted})
    hits, *others = (TiedHits.without_ties(hits_in(items, matrix)) for matrix in (relevant, *named.values()))
    return RankedHits(lists, hits, dict(zip(named, others, strict=True)))


def list_metrics(
    ranked: RankedHits,
    n_relevant: IntArray,
    part: EvalPart,
    names: Collection[str],
    *,
    n_liked: IntArray | None = None,
    train: Interactions | None = None,
    genres: Matrix | None = None,
) -> dict[str, FloatArray]:
    """Metrics of lists by name, with a value for each row of the part; for those of all together see `of_catalogue`.

    Args:
        ranked: lists of the people and their hits, ``(len(part), k)``.
        n_relevant: ``(len(part),)`` relevant target items of each person, in the list or not.
        part: the people and their target items.
        names: metrics without ``@k`` to compute, of `RANKING` and `OF_GENRES`; others are ignored.
        n_liked: ``(len(part),)`` liked target items of each person, for ``ndcg_liked``.
        train: gives the popularity of the items; None takes it from ``part.history``.
        genres: ``(n_items, n_genres)`` 0/1 CSR, or None.
    """
    lists = ranked.lists.items
    values = {name: metric(ranked.hits, n_relevant) for name, metric in _METRICS.items() if name in names}
    if "ndcg_liked" in names and n_liked is not None:
        values["ndcg_liked"] = m.ndcg(ranked.named_hits["ndcg_liked"], n_liked)
    if "disliked" in names:
        values["disliked"] = m.expected_hits(ranked.named_hits["disliked"])
    if any(name in OF_POPULARITY + OF_GENRES for name in names):
        popularity, n_users = item_popularity(part, train)
        values["novelty"] = m.mean_over_list(m.self_information(popularity, n_users), lists)
        values["popularity"] = m.mean_over_list(m.popularity_percentile(popularity), lists)
        values |= beyond_accuracy.of_lists(lists, part.history, popularity, genres)
    return values


def times_shown(lists: IntArray, n_items: int) -> IntArray:
    """In how many lists each item is, ``(n_items,)``; lists ``(n, k)`` have -1 for an empty place."""
    return np.bincount(lists[lists >= 0], minlength=n_items)


def of_catalogue(times_listed: IntArray, candidates: IntArray | None) -> dict[str, Metric]:
    """Metrics of all lists together, by name.

    Args:
        times_listed: ``(n_items,)``, see `times_shown`.
        candidates: item rows that may be in a list; None for all.
    """
    if candidates is not None:
        times_listed = times_listed[candidates]
    overall = {"coverage": m.coverage(times_listed), "gini": m.gini(times_listed)}
    return {name: Metric(figure, figure, figure) for name, figure in overall.items()}


def item_popularity(part: EvalPart, train: Interactions | None) -> tuple[IntArray, int]:
    """How many people rated each item, ``(n_items,)``, and how many people there are."""
    edges, n_users = (part.history.indices, len(part)) if train is None else (train.item_row, train.n_users)
    return np.bincount(edges, minlength=part.target.shape[1]), n_users


def relevant_targets(part: EvalPart, relevant_from: float | None) -> Matrix:
    """The target items of at least ``relevant_from`` stars, all for None: ``(len(part), n_items)`` CSR."""
    target = part.target
    return target if relevant_from is None else _selected(target, at_least(target.data, relevant_from))


def liked_targets(part: EvalPart, liked_from: float) -> Matrix:
    """The target items that a person liked: of at least ``liked_from`` stars, and of at least their own mean before.

    The mean is that of the stars in their history; people without one have only the first condition.

    Returns:
        ``(len(part), n_items)`` CSR.
    """
    target, history = part.target, part.history
    n_rated = np.diff(history.indptr)
    total = np.asarray(history.sum(axis=1), np.float64).ravel()
    mean = np.divide(total, n_rated, out=np.full(len(part), -np.inf), where=n_rated > 0)
    lowest = np.maximum(mean, liked_from)[np.repeat(np.arange(len(part)), np.diff(target.indptr))]
    return _selected(target, at_least(target.data, lowest))


def disliked_targets(part: EvalPart, disliked_to: float) -> Matrix:
    """The target items of at most ``disliked_to`` stars: ``(len(part), n_items)`` CSR."""
    return _selected(part.target, at_least(-part.target.data, -disliked_to))


def targets_by_liking(part: EvalPart, scale: RatingScale | None) -> dict[str, Matrix]:
    """The target items that each metric of `OF_LIKING` counts, by its name; empty where there are no stars."""
    if scale is None:
        return {}
    return {
        "ndcg_liked": liked_targets(part, scale.of_five(LIKED)),
        "disliked": disliked_targets(part, scale.of_five(DISLIKED)),
    }


def _selected(target: Matrix, is_relevant: BoolArray) -> Matrix:
    """The entries that are True, the others left out."""
    indptr = np.concatenate([[0], np.cumsum(is_relevant)])[target.indptr]
    return Matrix((target.data[is_relevant], target.indices[is_relevant], indptr), shape=target.shape)
