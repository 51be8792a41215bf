"""Exact top-k lists: of many people, and with the exact scores of few items where a scorer bounds them."""

from __future__ import annotations

import numpy as np

from reelgraph.core import (
    BoolArray,
    BoundsScores,
    BoundsScoresInOrder,
    EvalPart,
    FloatArray,
    IntArray,
    Matrix,
    Scorer,
    TopK,
    depends_on_order,
)
from reelgraph.evaluation.full_ranking import (
    MEMORY_BYTES,
    empty_lists,
    in_batches,
    part_scores,
    require_finite,
    top_k,
)

_FIRST_POOL = 4  # items for each place of a list
_GROWTH = 4  # of the number of items, while others might be better


def rank_all(
    scorer: Scorer,
    part: EvalPart,
    k: int,
    memory_bytes: int = MEMORY_BYTES,
    *,
    prune: bool = False,
    threads: int | None = None,
) -> TopK:
    """The top-k list of every person of a part, over all items they have not seen.

    The batches run side by side on threads. The batches are the same on every machine and
    independent, so the lists do not depend on the number of threads.

    Args:
        scorer: a fitted model; ``score`` is called from several threads at once, after one call that ends first.
        part: the people; ``part.seen`` is never ranked, and only ``part.candidates`` where given.
        k: length of the lists.
        memory_bytes: bytes of scores and working copies at once, over four threads.
        prune: make each list by `pruned_top_k` where the scorer has bounds, which pays where a score costs much more
            than its bound.
        threads: that work at once; one for each core, up to four, when None.

    Returns:
        ``(len(part), k)`` items and scores.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    items, scores = empty_lists(len(part), k)
    in_order = depends_on_order(scorer) and part.history_order is not None

    def rank(rows: slice) -> None:
        history, seen = part.history[rows], part.seen[rows]
        if prune and in_order and isinstance(scorer, BoundsScoresInOrder):
            assert part.history_order is not None
            times = None if part.history_time is None else part.history_time[rows]
            bounds = scorer.score_bounds_in_order(history, part.history_order[rows], times)
            lists = pruned_top_k(scorer, history, seen, k, part.candidates, bounds)
        elif prune and not in_order and isinstance(scorer, BoundsScores):
            lists = pruned_top_k(scorer, history, seen, k, part.candidates)
        else:
            lists = top_k(part_scores(scorer, part, rows), seen, k, part.candidates)
        items[rows], scores[rows] = lists.items, lists.scores

    in_batches(rank, part, memory_bytes, threads)
    return TopK(items, scores)


def pruned_top_k(
    scorer: BoundsScores,
    history: Matrix,
    seen: Matrix | None,
    k: int,
    candidates: IntArray | BoolArray | None = None,
    bounds: FloatArray | None = None,
) -> TopK:
    """The lists of `top_k` of all scores, where only those that can be among the best are computed.

    Items are taken by their bounds, largest first, until no bound that is left reaches the k-th best score.

    Args:
        scorer: gives bounds, and scores of single items.
        history: ``(batch, n_items)`` CSR, stars.
        seen: ``(batch, n_items)`` CSR, pattern only: never in a list; None for nothing.
        k: length of the lists.
        candidates: ``(n_candidates,)`` item rows that may be in a list, or ``(n_items,)`` bool; None for all.
        bounds: ``(batch, n_items)``, such as of `BoundsScoresInOrder`; None for those of an unknown order.

    Returns:
        Lists of length k, filled with -1 where fewer than k items may be in them.

    Raises:
        TrainingError: a bound or a score is not finite.

    Cost: that of the bounds, and of the scores of some 4 k items for most people; of all items at worst, where the
    bounds say nothing.
    """
    if bounds is None:
        bounds = scorer.score_bounds(history)
    require_finite(scorer.kind, bounds)
    items, scores = empty_lists(len(bounds), k)
    is_single = len(bounds) == 1
    for row in range(len(bounds)):
        seen_row = seen if seen is None or is_single else seen[[row]]
        listed = _best(scorer, history if is_single else history[[row]], bounds[[row]], seen_row, k, candidates)
        items[row, : len(listed[0])], scores[row, : len(listed[0])] = listed
    return TopK(items, scores)


def _best(
    scorer: BoundsScores,
    history: Matrix,
    bounds: FloatArray,
    seen: Matrix | None,
    k: int,
    candidates: IntArray | BoolArray | None,
) -> tuple[IntArray, FloatArray]:
    """Items and scores of one person's list."""
    n_items, n_scored, pool_size = bounds.shape[1], 0, _FIRST_POOL * k
    items, scores = np.empty(0, np.int64), np.empty(0, np.float32)
    while True:
        # A longer list begins with the shorter one.
        pool = top_k(bounds, seen, min(pool_size, n_items), candidates)
        pool_items = pool.items[0][pool.items[0] >= 0]
        new = pool_items[n_scored:]
        new_scores = scorer.score_items(history, new, bounds[0, new])
        require_finite(scorer.kind, new_scores[None, :])
        items, scores = np.concatenate([items, new]), np.concatenate([scores, new_scores])
        order = np.lexsort((items, -scores))[:k]
        n_scored = len(pool_items)
        if n_scored < pool_size or n_scored == n_items:
            break
        if len(order) == k and pool.scores[0, n_scored - 1] < scores[order[-1]]:
            break
        pool_size *= _GROWTH
    return items[order], scores[order]
