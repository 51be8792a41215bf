"""Top-k lists from scores: full ranking of all unseen items, in batches that fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from reelgraph.errors import TrainingError
from reelgraph.types import BoolArray, EvalPart, FloatArray, IntArray, Matrix, Scorer, TopK

_BYTES_A_SCORE = 16  # the scores of the scorer, and room for its own working copies
_THREADS = 4  # at most, and batches at once that share the memory
MEMORY_BYTES = 64 * 2**20  # measured on 6,040 x 3,628


def top_k(scores: FloatArray, seen: Matrix | None, k: int, candidates: IntArray | None = None) -> TopK:
    """The k best items of each row; equal scores by item row, ascending.

    Args:
        scores: ``(batch, n_items)``, finite; compared as float32; not changed.
        seen: ``(batch, n_items)`` CSR, pattern only: never in a list; None for nothing.
        k: length of the lists.
        candidates: ``(n_candidates,)`` item rows, ascending, that may be in a list; None for all.

    Returns:
        Lists of length k, filled with -1 where fewer than k items may be in them.

    Cost: O(batch * n_items), one row copied at a time; nothing but the k winners is sorted.
    """
    from reelgraph.evaluation import ranking_kernels as kernels  # here: numba takes half a second to import

    batch, n_items = scores.shape
    masked = Matrix((batch, n_items), dtype=np.bool_) if seen is None else seen
    pool = np.arange(n_items) if candidates is None else candidates
    items, best = np.empty((batch, k), np.int64), np.empty((batch, k), np.float32)
    if k:
        # Always of the same types, for each other combination would be compiled anew; copied only where they are not.
        ranked = np.require(scores, np.float32, ("C", "W"))
        indptr, indices, rows = (np.require(a, np.int64, ("C", "W")) for a in (masked.indptr, masked.indices, pool))
        kernels.top_k(ranked, indptr, indices, rows, items, best)
    return TopK(items, best)


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

    The batches run side by side on up to `_THREADS` cores. They are the same on every machine, and none knows of
    another, so the lists do not hang on the number of threads.

    Args:
        scorer: a fitted model; ``score`` is called from several threads at once, after one call that ends first.
        part: the people; ``part.seen`` is never ranked, and only ``part.candidates`` where given.
        k: length of the lists.
        memory_bytes: bytes of scores and working copies at once, over all threads.

    Returns:
        ``(len(part), k)`` items and scores.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    n, n_items = part.history.shape
    items = np.empty((n, k), np.int64)
    scores = np.empty((n, k), np.float32)

    def rank(rows: slice) -> None:
        found = checked_scores(scorer, part.history[rows])
        lists = top_k(found, part.seen[rows], k, part.candidates)
        items[rows], scores[rows] = lists.items, lists.scores

    parts = batches(n, n_items * _BYTES_A_SCORE, memory_bytes // _THREADS)
    for first in parts:  # alone: what a scorer makes on first use is made once
        rank(first)
        break
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        for _ in pool.map(rank, parts):
            pass  # raises what a batch raised
    return TopK(items, scores)


def hits_in(lists: IntArray, relevant: Matrix) -> BoolArray:
    """True where a listed item is among the person's relevant ones.

    Args:
        lists: ``(n, k)`` item rows, -1 for an empty place.
        relevant: ``(n, n_items)`` CSR, pattern only.

    Returns:
        ``(n, k)`` bool.
    """
    found = np.zeros(lists.shape, np.bool_)
    for rows in batches(len(lists), relevant.shape[1]):
        wanted = relevant[rows]
        own = np.zeros(wanted.shape, np.bool_)
        own[np.repeat(np.arange(len(own)), np.diff(wanted.indptr)), wanted.indices] = True
        found[rows] = np.take_along_axis(own, np.maximum(lists[rows], 0), axis=1) & (lists[rows] >= 0)
    return found


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
