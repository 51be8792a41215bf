"""The order in which people gave their ratings, and scores that depend on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reelgraph.core.abilities import CombinesScorers, Explains, ExplainsInOrder, ScoresInOrder, WrapsScorer
from reelgraph.core.arrays import FloatArray, IntArray, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.core.scoring import Contributions, Scorer

_BLOCK = 2**20  # ratings sorted together, at least one person's


def ranks_in_time(times: Matrix, position: Matrix | None = None) -> Matrix:
    """The place of each rating among those of its person by time, 0 the oldest, as CSR int32; read-only.

    Args:
        times: ``(n, n_items)`` CSR, Unix seconds.
        position: with the pattern of ``times``, any integers that ascend in the order in which ratings of the same
            second were given; None where that is the order of the item rows.

    Returns:
        ``(n, n_items)``, with the pattern of ``times``.

    Cost: O(entries log entries), in blocks of people.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.core import Matrix
        >>> from reelgraph.core.history_order import ranks_in_time
        >>> ranks_in_time(Matrix(np.array([[30, 10, 20], [5, 5, 0]]))).toarray()
        array([[2, 0, 1],
               [0, 1, 0]], dtype=int32)
    """
    ranks = np.empty(times.nnz, np.int32)
    for rows in _blocks(times.indptr):
        start, stop = int(times.indptr[rows.start]), int(times.indptr[rows.stop])
        counts = np.diff(times.indptr[rows.start : rows.stop + 1])
        person = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        keys: tuple[IntArray, ...] = (times.data[start:stop], person)
        if position is not None:
            keys = (position.data[start:stop], *keys)
        first = times.indptr[rows.start : rows.stop] - start
        ranks[start + np.lexsort(keys)] = np.arange(stop - start) - np.repeat(first, counts)
    ranks.flags.writeable = False
    return Matrix((ranks, times.indices, times.indptr), shape=times.shape)


def _blocks(indptr: IntArray) -> Iterator[slice]:
    """Slices over the rows of a CSR matrix of about `_BLOCK` entries each."""
    start, n_rows = 0, len(indptr) - 1
    while start < n_rows:
        stop = int(np.searchsorted(indptr, indptr[start] + _BLOCK, side="right")) - 1
        stop = min(max(stop, start + 1), n_rows)
        yield slice(start, stop)
        start = stop


def depends_on_order(scorer: Scorer) -> bool:
    """Whether a scorer is `ScoresInOrder`; of a combination, a part that counts, and of a wrapper, what it asks."""
    if isinstance(scorer, WrapsScorer):
        return depends_on_order(scorer.scorer)
    if isinstance(scorer, CombinesScorers):
        return any(depends_on_order(part) for _, part in scorer.ranking_parts())
    return isinstance(scorer, ScoresInOrder)


def scores_of(scorer: Scorer, history: Matrix, order: Matrix | None = None, times: Matrix | None = None) -> FloatArray:
    """The scores of all items, in the order of the ratings where it is known and the scorer depends on it.

    Args:
        scorer: a fitted model.
        history: ``(batch, n_items)`` CSR, stars.
        order: see `ScoresInOrder.score_in_order`; None where it is not known.
        times: CSR with the sparsity pattern of ``history``, int64 Unix seconds, or None.

    Returns:
        ``(batch, n_items)``.
    """
    if order is not None and isinstance(scorer, ScoresInOrder):
        return scorer.score_in_order(history, order, times)
    return scorer.score(history)


def contributions_of(scorer: Explains, history: Matrix, items: IntArray, order: Matrix | None = None) -> Contributions:
    """What each rating adds to the scores that `scores_of` gives.

    Args:
        scorer: a fitted model whose scores are sums over the ratings.
        history: ``(1, n_items)`` CSR, stars.
        items: ``(n,)`` item rows.
        order: see `ScoresInOrder.score_in_order`; None where it is not known.

    Raises:
        CapabilityError: the scores depend on the order, and are sums only without it.
    """
    if order is None or not isinstance(scorer, ScoresInOrder) or not depends_on_order(scorer):
        return scorer.contributions(history, items)
    if not isinstance(scorer, ExplainsInOrder):
        raise CapabilityError(f"the scores of {scorer.kind!r} are no sums where the order of the ratings is known")
    return scorer.contributions_in_order(history, order, items)
