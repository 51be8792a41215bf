"""Top-k lists from scores: full ranking of all unseen items, in batches that fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from reelgraph._util.blas_threads import single_threaded_blas
from reelgraph.core import BoolArray, EvalPart, FloatArray, IntArray, Matrix, Scorer, TopK
from reelgraph.core.errors import TrainingError
from reelgraph.evaluation import full_ranking_kernels as kernels

_BYTES_PER_SCORE = 16  # the scores and the scorer's working copies
_THREADS = 4  # at most, and batches at once that share the memory
_BLOCKS = 3  # for each place of a list, at least
_BLOCK = 64  # items in a block, at most
_LANES = 16  # blocks are a multiple of these, which vector instructions take at once
_CACHE_BYTES = 2**19  # of scores while lists are made of them
MEMORY_BYTES = 64 * 2**20  # measured on 6,040 x 3,628


def top_k(scores: FloatArray, seen: Matrix | None, k: int, candidates: IntArray | BoolArray | None = None) -> TopK:
    """The k best items of each row; equal scores by item row, ascending.

    Args:
        scores: ``(batch, n_items)``, finite as float32, which they are compared as; not changed.
        seen: ``(batch, n_items)`` CSR, pattern only: never in a list; None for nothing.
        k: length of the lists.
        candidates: ``(n_candidates,)`` item rows that may be in a list, or ``(n_items,)`` bool; None for all.

    Returns:
        Lists of length k, filled with -1 where fewer than k items may be in them.

    Cost: O(batch * n_items), once through the scores: the k-th best of the block maxima is a bound that the
    k best items and few others reach, and only these are sorted.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.evaluation import top_k
        >>> top_k(np.array([[0.1, 0.9, 0.5]], np.float32), None, 2).items
        array([[1, 2]])
    """
    batch, n_items = scores.shape
    items, best = np.full((batch, k), -1, np.int64), np.full((batch, k), -np.inf, np.float32)
    if not k or not n_items:
        return TopK(items, best)
    hidden = Matrix(scores.shape, dtype=np.bool_) if seen is None else seen
    # Always of the same types, because numba compiles each combination again; copied only where they differ.
    indptr, indices = (np.require(a, np.int64, ("C", "W")) for a in (hidden.indptr, hidden.indices))
    n_blocks = -(-max(_BLOCKS * k, n_items // _BLOCK) // _LANES) * _LANES
    allowed = candidates
    if allowed is not None and allowed.dtype != np.bool_:
        allowed = np.zeros(n_items, np.bool_)
        allowed[candidates] = True
    for rows in batches(batch, 4 * n_items, _CACHE_BYTES):
        masked = np.array(scores[rows], np.float32, order="C")
        if allowed is not None:
            np.copyto(masked, -np.inf, where=~allowed)
        block_max = np.empty((len(masked), min(n_blocks, n_items)), np.float32)
        kernels.block_maxima(masked, indptr[rows.start : rows.stop + 1], indices, block_max)
        threshold = np.full(len(masked), np.finfo(np.float32).min)  # above what is masked
        if k < block_max.shape[1]:
            np.maximum(threshold, np.sort(block_max, axis=1)[:, -k], out=threshold)
        keys = np.empty((len(masked), 2 * k), np.int64)
        kernels.keys_above(masked, block_max, threshold, keys)
        keys.sort(axis=1)
        kernels.decode(keys, items[rows], best[rows])
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

    The batches run side by side on up to `_THREADS` cores. The batches are the same on every machine and
    independent, so the lists do not depend on the number of threads.

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
        batch_scores = checked_scores(scorer, part.history[rows])
        lists = top_k(batch_scores, part.seen[rows], k, part.candidates)
        items[rows], scores[rows] = lists.items, lists.scores

    parts = batches(n, n_items * _BYTES_PER_SCORE, memory_bytes // _THREADS)
    # Each batch has a core of its own, so multi-threaded products would only wait for each other.
    with single_threaded_blas(), ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        if n:
            scorer.score(part.history[:1])  # alone, so that a scorer computes its cached arrays once
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
    is_hit = np.empty(lists.shape, np.bool_)
    indptr, indices, items = (np.require(a, np.int64, ("C", "W")) for a in (relevant.indptr, relevant.indices, lists))
    kernels.hits(items, indptr, indices, np.zeros(relevant.shape[1], np.bool_), is_hit)
    return is_hit


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
    with np.errstate(over="ignore"):
        finite = np.isfinite(scores.astype(np.float32, copy=False))
    if not finite.all():
        person, item = np.argwhere(~finite)[0].tolist()
        raise TrainingError(
            f"{scorer.kind}: score {scores[person, item]} for item row {item} is not a finite number of 32 bits",
            "training may have diverged: lower the learning rate",
        )
    return scores
