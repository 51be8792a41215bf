"""Top-k lists from scores: full ranking of all unseen items, in batches that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reelgraph.errors import TrainingError
from reelgraph.types import BoolArray, EvalPart, FloatArray, IntArray, Matrix, Scorer, TopK

# Of one batch: the scores of the scorer and two float32 working copies, with room for the scorer's own.
_BYTES_A_SCORE = 16
MEMORY_BYTES = 32 * 2**20  # measured on 6,040 x 3,706: the fastest from 8 to 128 MiB


def top_k(scores: FloatArray, seen: Matrix | None, k: int, candidates: IntArray | None = None) -> TopK:
    """The k best items of each row; equal scores by item row, ascending.

    Args:
        scores: ``(batch, n_items)``, finite; not changed.
        seen: ``(batch, n_items)`` CSR, pattern only: never in a list; None for nothing.
        k: length of the lists.
        candidates: ``(n_candidates,)`` item rows, ascending, that may be in a list; None for all.

    Returns:
        Lists of length k, filled with -1 where fewer than k items may be in them.

    Cost: O(batch * n_items): the k-th best score is found by selection, nothing but the k winners is sorted.
    """
    masked = np.array(scores, dtype=np.float32)
    batch = len(masked)
    if seen is not None:
        masked[np.repeat(np.arange(batch), np.diff(seen.indptr)), seen.indices] = -np.inf
    if candidates is not None:
        masked = masked[:, candidates]
    width = min(k, masked.shape[1])
    columns = np.nonzero(_chosen(masked, width))[1].reshape(batch, width)
    best = np.take_along_axis(masked, columns, axis=1)
    # Columns come in ascending order, so a stable sort leaves equal scores by item row.
    order = np.argsort(-best, axis=1, kind="stable")
    ordered = np.take_along_axis(columns, order, axis=1)
    items = np.full((batch, k), -1, np.int64)
    values = np.full((batch, k), -np.inf, np.float32)
    values[:, :width] = np.take_along_axis(best, order, axis=1)
    items[:, :width] = ordered if candidates is None else candidates[ordered]
    items[values == -np.inf] = -1
    return TopK(items, values)


def _chosen(masked: FloatArray, width: int) -> BoolArray:
    """True at exactly ``width`` places of each row: the best, ties at the edge by item row."""
    if width == 0:
        return np.zeros(masked.shape, np.bool_)
    n_items = masked.shape[1]
    edge = np.partition(masked, n_items - width, axis=1)[:, n_items - width, None]
    chosen = masked >= edge
    too_many = np.flatnonzero(np.count_nonzero(chosen, axis=1) > width)
    if len(too_many):
        rows, edges = masked[too_many], edge[too_many]
        above, level = rows > edges, rows == edges
        room = width - np.count_nonzero(above, axis=1)[:, None]
        chosen[too_many] = above | (level & (np.cumsum(level, axis=1, dtype=np.int32) <= room))
    return chosen


def batches(n: int, row_bytes: int, memory_bytes: int = MEMORY_BYTES) -> Iterator[slice]:
    """Slices over n rows, each of at most ``memory_bytes`` but at least one row.

    Args:
        n: rows.
        row_bytes: bytes of work for a row.
        memory_bytes: bytes of work at once.
    """
    size = max(1, memory_bytes // max(1, row_bytes))
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def rank_all(scorer: Scorer, part: EvalPart, k: int, memory_bytes: int = MEMORY_BYTES) -> TopK:
    """The top-k list of every person of a part, over all items they have not seen.

    Args:
        scorer: a fitted model.
        part: the people; ``part.seen`` is never ranked, and only ``part.candidates`` where given.
        k: length of the lists.
        memory_bytes: bytes of scores and working copies at once.

    Returns:
        ``(len(part), k)`` items and scores.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    n, n_items = part.history.shape
    items = np.empty((n, k), np.int64)
    scores = np.empty((n, k), np.float32)
    for rows in batches(n, n_items * _BYTES_A_SCORE, memory_bytes):
        found = checked_scores(scorer, part.history[rows])
        lists = top_k(found, part.seen[rows], k, part.candidates)
        items[rows], scores[rows] = lists.items, lists.scores
    return TopK(items, scores)


def checked_scores(scorer: Scorer, history: Matrix) -> FloatArray:
    """The scores of all items, known to be finite.

    Args:
        scorer: a fitted model.
        history: ``(batch, n_items)`` CSR, stars.

    Returns:
        ``(batch, n_items)``.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    scores = scorer.score(history)
    if scores.shape != history.shape:
        raise TrainingError(f"{scorer.kind}: scores of shape {scores.shape} for histories of shape {history.shape}")
    if not np.isfinite(scores).all():
        person, item = np.argwhere(~np.isfinite(scores))[0].tolist()
        raise TrainingError(
            f"{scorer.kind}: score {scores[person, item]} for item row {item} is not a finite number",
            "training may have diverged: lower the learning rate",
        )
    return scores
