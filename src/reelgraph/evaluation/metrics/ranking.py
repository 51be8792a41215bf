"""Metrics as pure functions on arrays: one idea each, one value a person.

Ranking metrics take ``hits``: ``(n, k)`` bool, True where the item at that rank is relevant, best rank first, ranks
beyond the end of a short list False; or a `TiedHits`, where items may have equal scores. Then the value is the
expectation over all orders of the equal scores, exact and in closed form, so that it does not hang on the numbering of
the items. ``n_relevant``, shape ``(n,)``, counts all relevant items of a person, found or not. A person without a
relevant item has no value: NaN.
"""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, BoolArray, FloatArray, IntArray
from reelgraph.evaluation.metrics.tied_hits import TiedHits

Hits = BoolArray | TiedHits


def _or_nan(numerator: AnyArray, denominator: AnyArray) -> FloatArray:
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    ratio = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratio, where=bottom > 0)
    return ratio


def _blank_where_none(values: AnyArray, n_relevant: IntArray) -> FloatArray:
    return np.where(n_relevant > 0, values, np.nan)


def _expected(hits: Hits) -> AnyArray:
    """How many relevant items a place holds in the mean, ``(n, k)``: 0 or 1 where the order is certain."""
    return hits.expected() if isinstance(hits, TiedHits) else hits


def _tied(hits: Hits) -> TiedHits:
    return hits if isinstance(hits, TiedHits) else TiedHits.without_ties(hits)


def ndcg(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """Normalised discounted cumulative gain with binary gain.

    ``sum_r hit_r / log2(r + 1)`` over ranks r = 1..k, divided by the same sum for the best list possible, which has
    ``min(k, n_relevant)`` hits in front.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.

    Source: Järvelin and Kekäläinen 2002, with the log2(rank + 1) discount in common use since.
    """
    expected = _expected(hits)
    k = expected.shape[1]
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(n_relevant, k)]
    return _or_nan(expected @ discount, ideal)


def expected_hits(hits: Hits) -> FloatArray:
    """How many relevant items a list holds in the mean, ``(n,)`` float64.

    Args:
        hits: ``(n, k)``.
    """
    return np.asarray(_expected(hits).sum(axis=1), np.float64)


def recall(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """Share of the relevant items that are in the list: ``hits / n_relevant``, not ``/ min(k, n_relevant)``.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.
    """
    return _or_nan(_expected(hits).sum(axis=1), n_relevant)


def precision(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """Share of the k places that hold a relevant item; always divided by k, also for a short list.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.
    """
    return _blank_where_none(_expected(hits).mean(axis=1), n_relevant)


def hit(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """1 where the list holds a relevant item, else 0 (hit rate when averaged); with ties the probability of it.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.
    """
    return _blank_where_none(1.0 - _tied(hits).none_yet()[:, -1], n_relevant)


def mrr(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """One over the rank of the first relevant item; 0 where none is in the list.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.
    """
    none_yet = _tied(hits).none_yet()
    is_first = -np.diff(none_yet, axis=1, prepend=1.0)  # probability that the first relevant item is here
    return _blank_where_none(is_first @ (1.0 / np.arange(1, none_yet.shape[1] + 1)), n_relevant)


def average_precision(hits: Hits, n_relevant: IntArray) -> FloatArray:
    """Mean of the precision at the rank of each hit (MAP when averaged over people).

    ``sum_r hit_r * (hits up to r) / r``, divided by ``min(k, n_relevant)``, so that a perfect list gives 1; trec_eval
    and ranx divide by ``n_relevant``.

    Args:
        hits: ``(n, k)``.
        n_relevant: ``(n,)`` int.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN without a relevant item.
    """
    groups = _tied(hits)
    ranks = np.arange(1, groups.size.shape[1] + 1)
    # Where an item of a group is relevant, so is each of the others with probability (r - 1) / (t - 1).
    in_group = groups.offset * (groups.relevant - 1) / np.maximum(groups.size - 1, 1)
    at_rank = (groups.before_group() + 1 + in_group) / ranks
    return _or_nan((groups.expected() * at_rank).sum(axis=1), np.minimum(n_relevant, len(ranks)))


def mean_over_list(values: FloatArray, items: IntArray) -> FloatArray:
    """Mean of a value of each item over each list, empty places (-1) left out.

    Args:
        values: ``(n_items,)``.
        items: ``(n, k)`` item rows, -1 where the list is short.

    Returns:
        ``(n,)`` float64, NaN for an empty list.
    """
    is_item = items >= 0
    return _or_nan(np.where(is_item, values[items], 0.0).sum(axis=1), is_item.sum(axis=1))


def self_information(popularity: IntArray, n_users: int) -> FloatArray:
    """Novelty of each item: ``-log2((c + 1) / (n_users + 1))`` bits when c of the people know it.

    The two ones keep an item that nobody knows finite. Average it over lists with `mean_over_list`.

    Args:
        popularity: ``(n_items,)`` people who know the item.
        n_users: people in all.

    Returns:
        ``(n_items,)`` float64, bits, 0 for an item known to all.

    Source: Zhou et al. 2010 (mean self-information); the ones are ours.
    """
    return np.asarray(-np.log2((popularity + 1.0) / (n_users + 1.0)), np.float64)


def popularity_percentile(popularity: IntArray) -> FloatArray:
    """Popularity percentile of each item: the share of items less popular, equals counted half.

    Its mean over lists is the popularity bias: 0.5 for lists drawn evenly from the catalogue, near 1 for best-sellers.

    Args:
        popularity: ``(n_items,)`` people who know the item.

    Returns:
        ``(n_items,)`` float64 within (0, 1).
    """
    ordered = np.sort(popularity)
    below, up_to = np.searchsorted(ordered, popularity), np.searchsorted(ordered, popularity, side="right")
    return (below + up_to) / (2.0 * len(popularity))


def coverage(times_listed: IntArray) -> float:
    """Share of the catalogue that is in at least one list.

    Args:
        times_listed: ``(n_items,)`` number of lists each item is in.
    """
    return float(np.mean(times_listed > 0))


def gini(times_listed: IntArray) -> float:
    """Inequality of how often items are listed: 0 when all equally, near 1 when a few take all the places.

    ``sum_i (2 i - n - 1) x_i / (n sum x)`` with x ascending, i = 1..n.

    Args:
        times_listed: ``(n_items,)`` number of lists each item is in, at least one not 0.
    """
    ordered = np.sort(times_listed).astype(np.float64)
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def rated_precision_recall(
    predicted: FloatArray, true: FloatArray, person: IntArray, n: int, k: int, threshold: float
) -> tuple[FloatArray, FloatArray]:
    """Precision and recall among the items that each person rated in the target, by a threshold on the stars.

    Of a person's items the k with the highest prediction are looked at; *recommended* are those of them predicted at
    ``threshold`` or more, *relevant* are items truly rated so. Precision is the share of the recommended that are
    relevant, recall the share of all relevant that are recommended; each is 0 where its denominator is. Of t equal
    predictions of which m fit in the k places, each counts m / t: both are expectations over all orders of them.

    Args:
        predicted: ``(n_ratings,)`` stars.
        true: ``(n_ratings,)`` stars.
        person: ``(n_ratings,)`` int, whose rating it is, from 0 below ``n``.
        n: people.
        k: items of a person to look at.
        threshold: stars.

    Returns:
        Two ``(n,)`` float64 in [0, 1], NaN for a person without ratings.

    Source: the FAQ of the Surprise library, "How to compute precision@k and recall@k".
    """
    order = np.lexsort((-predicted, person))
    stars, of = predicted[order], person[order]
    count = np.bincount(person, minlength=n)
    rank = np.arange(len(of)) - (np.cumsum(count) - count)[of]
    is_new = np.ones(len(of), np.bool_)
    is_new[1:] = (stars[1:] != stars[:-1]) | (of[1:] != of[:-1])
    group = np.cumsum(is_new) - 1
    share_in_places = np.clip((k - rank[is_new]) / np.bincount(group), 0.0, 1.0)[group]
    recommended = share_in_places * (stars >= threshold)
    relevant = true[order] >= threshold
    both = np.bincount(of, weights=recommended * relevant, minlength=n)
    n_recommended = np.minimum(np.bincount(of[stars >= threshold], minlength=n), k)

    def share(of_all: IntArray) -> FloatArray:
        return np.where(count > 0, both / np.maximum(of_all, 1), np.nan)

    return share(n_recommended), share(np.bincount(of[relevant], minlength=n))
