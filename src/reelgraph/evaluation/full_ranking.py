"""Top-k lists from scores: full ranking of all unseen items, in batches that fit in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from reelgraph._util.blas_threads import single_threaded_blas
from reelgraph.core import BoolArray, EvalPart, FloatArray, IntArray, Matrix, Scorer, TopK, depends_on_order, scores_of
from reelgraph.core.errors import TrainingError
from reelgraph.evaluation import full_ranking_kernels as kernels
from reelgraph.evaluation.metrics.tied_hits import TiedHits
from reelgraph.evaluation.tie_order import TieOrder

_BYTES_PER_SCORE = 16  # the scores and the scorer's working copies
_THREADS = 4  # at most, and batches at once that share the memory
_BLOCKS = 3  # for each place of a list, at least
_BLOCK = 64  # items in a block, at most
_LANES = 16  # blocks are a multiple of these, which vector instructions take at once
_CACHE_BYTES = 2**19  # of scores while lists are made of them
MEMORY_BYTES = 64 * 2**20  # measured on 6,040 x 3,628
NO_MATRICES: Mapping[str, Matrix] = MappingProxyType({})


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
    items, best = empty_lists(len(scores), k)
    for rows, _, keys in _sorted_keys(scores, seen, k, candidates):
        kernels.decode(keys, items[rows], best[rows])
    return TopK(items, best)


@dataclass(frozen=True)
class RankedHits:
    """Top-k lists and what is relevant in them.

    Args:
        lists: ``(n, k)``.
        hits: ``(n, k)``, by group of equal scores.
        named_hits: the same of other items than the relevant ones, such as those that a person disliked.
    """

    lists: TopK
    hits: TiedHits
    named_hits: Mapping[str, TiedHits] = field(default_factory=dict)

    def rows(self, rows: slice | IntArray) -> RankedHits:
        """The lists of some rows."""

        def of_rows(hits: TiedHits) -> TiedHits:
            return TiedHits(hits.offset[rows], hits.size[rows], hits.relevant[rows])

        lists = TopK(self.lists.items[rows], self.lists.scores[rows])
        return RankedHits(lists, of_rows(self.hits), {name: of_rows(hits) for name, hits in self.named_hits.items()})

    @classmethod
    def concatenated(cls, parts: Sequence[RankedHits]) -> RankedHits:
        """The lists of several parts, of the same length, as one."""

        def joined(hits: Sequence[TiedHits]) -> TiedHits:
            return TiedHits(
                *(np.concatenate([getattr(h, name) for h in hits]) for name in ("offset", "size", "relevant"))
            )

        lists = TopK(*(np.concatenate([getattr(p.lists, name) for p in parts]) for name in ("items", "scores")))
        named = {name: joined([p.named_hits[name] for p in parts]) for name in parts[0].named_hits}
        return cls(lists, joined([p.hits for p in parts]), named)

    def first(self, k: int) -> RankedHits:
        """The first k places of each list."""
        lists = TopK(self.lists.items[:, :k], self.lists.scores[:, :k])
        return RankedHits(lists, self.hits.first(k), {name: hits.first(k) for name, hits in self.named_hits.items()})


def top_k_hits(
    scores: FloatArray,
    seen: Matrix | None,
    relevant: Matrix,
    k: int,
    candidates: IntArray | BoolArray | None = None,
    tie_order: TieOrder | None = None,
    named: Mapping[str, Matrix] = NO_MATRICES,
) -> RankedHits:
    """As `top_k`, with the groups of equal scores and how many items of each are relevant.

    Two scores are equal where they are the same as 32-bit floats; what is masked is equal to nothing.

    Args:
        scores: as in `top_k`.
        seen: as in `top_k`.
        relevant: ``(batch, n_items)`` CSR, pattern only.
        k: length of the lists.
        candidates: as in `top_k`.
        tie_order: the order of equal scores in the lists; None for that of `top_k`. It does not change the hits.
        named: further items to count, like ``relevant``.

    Cost: that of `top_k`, and once more through the scores of each person whose k-th and next best are equal.
    """
    batch, n_items = scores.shape
    items, best = empty_lists(batch, k)
    offset, size = (np.full((batch, k), fill, np.int32) for fill in (0, 1))
    counted = [_index_arrays(matrix) for matrix in (relevant, *named.values())]
    counts = [np.zeros((batch, k), np.int32) for _ in counted]
    is_relevant, random_keys = np.zeros(n_items, np.bool_), None
    if tie_order is not None:
        random_keys = tuple(np.require(a, np.int64, ("C", "W")) for a in (tie_order.user_key, tie_order.item_key))
    for rows, masked, keys in _sorted_keys(scores, seen, k, candidates):
        kernels.decode(keys, items[rows], best[rows])
        for (indptr, indices), n_counted in zip(counted, counts, strict=True):
            of_rows, groups = indptr[rows.start : rows.stop + 1], (offset[rows], size[rows], n_counted[rows])
            kernels.tie_groups(masked, keys, items[rows], best[rows], of_rows, indices, is_relevant, *groups)
        if random_keys is not None:
            user_key, item_key = random_keys
            kernels.shuffle_ties(masked, best[rows], offset[rows], size[rows], user_key[rows], item_key, items[rows])
    hits, *others = (TiedHits(offset, size, n_counted) for n_counted in counts)
    return RankedHits(TopK(items, best), hits, dict(zip(named, others, strict=True)))


def empty_lists(batch: int, k: int) -> tuple[IntArray, FloatArray]:
    """Items and scores of lists that hold nothing yet, ``(batch, k)``."""
    return np.full((batch, k), -1, np.int64), np.full((batch, k), -np.inf, np.float32)


def _index_arrays(matrix: Matrix) -> tuple[IntArray, IntArray]:
    """``indptr`` and ``indices``, always of the same types, because numba compiles each combination again."""
    indptr, indices = (np.require(a, np.int64, ("C", "W")) for a in (matrix.indptr, matrix.indices))
    return indptr, indices


def _sorted_keys(
    scores: FloatArray, seen: Matrix | None, k: int, candidates: IntArray | BoolArray | None
) -> Iterator[tuple[slice, FloatArray, IntArray]]:
    """Some rows at a time, their masked scores, and the keys of their best 2 k items, ascending."""
    batch, n_items = scores.shape
    if not k or not n_items:
        return
    indptr, indices = (
        _index_arrays(seen) if seen is not None else (np.zeros(batch + 1, np.int64), np.zeros(0, np.int64))
    )
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
        yield rows, masked, keys


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


def rank_hits(
    scorer: Scorer,
    part: EvalPart,
    relevant: Matrix,
    k: int,
    *,
    tie_order: TieOrder | None = None,
    named: Mapping[str, Matrix] = NO_MATRICES,
    memory_bytes: int = MEMORY_BYTES,
) -> RankedHits:
    """The top-k list of every person of a part, see `rank_all`, with the groups of equal scores and the relevant ones.

    Args:
        scorer: a fitted model; ``score`` is called from several threads at once, after one call that ends first.
        part: the people; ``part.seen`` is never ranked, and only ``part.candidates`` where given.
        relevant: ``(len(part), n_items)`` CSR, pattern only, such as ``part.target``.
        k: length of the lists.
        tie_order: the order of equal scores in the lists, see `top_k_hits`.
        named: further items to count, see `top_k_hits`.
        memory_bytes: bytes of scores and working copies at once, over all threads.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    items, scores = empty_lists(len(part), k)
    offset, size, *counts = (np.empty((len(part), k), np.int32) for _ in range(3 + len(named)))

    def rank(rows: slice) -> None:
        batch_scores = part_scores(scorer, part, rows)
        named_rows = {name: matrix[rows] for name, matrix in named.items()}
        order = None if tie_order is None else TieOrder(tie_order.user_key[rows], tie_order.item_key)
        ranked = top_k_hits(batch_scores, part.seen[rows], relevant[rows], k, part.candidates, order, named_rows)
        items[rows], scores[rows] = ranked.lists.items, ranked.lists.scores
        offset[rows], size[rows] = ranked.hits.offset, ranked.hits.size
        for n_counted, hits in zip(counts, (ranked.hits, *ranked.named_hits.values()), strict=True):
            n_counted[rows] = hits.relevant

    in_batches(rank, part, memory_bytes)
    hits, *others = (TiedHits(offset, size, n_counted) for n_counted in counts)
    return RankedHits(TopK(items, scores), hits, dict(zip(named, others, strict=True)))


def default_threads() -> int:
    """Threads of a ranking when nothing else is asked for: one for each core, up to four."""
    return min(_THREADS, os.cpu_count() or 1)


def in_batches(rank: Callable[[slice], None], part: EvalPart, memory_bytes: int, threads: int | None = None) -> None:
    """Call ``rank`` for batches of the people, on several cores, after one call for the first person."""
    n, n_items = part.history.shape
    parts = batches(n, n_items * _BYTES_PER_SCORE, memory_bytes // _THREADS)
    # Each batch has a core of its own, so multi-threaded products would only wait for each other.
    with single_threaded_blas(), ThreadPoolExecutor(threads or default_threads()) as pool:
        if n:
            rank(slice(0, 1))  # alone, so that a scorer computes its cached arrays once
        for _ in pool.map(rank, parts):
            pass  # raises what a batch raised


def hits_in(lists: IntArray, relevant: Matrix) -> BoolArray:
    """True where a listed item is among the person's relevant ones.

    Args:
        lists: ``(n, k)`` item rows, -1 for an empty place.
        relevant: ``(n, n_items)`` CSR, pattern only.

    Returns:
        ``(n, k)`` bool.
    """
    is_hit = np.empty(lists.shape, np.bool_)
    indptr, indices = _index_arrays(relevant)
    items = np.require(lists, np.int64, ("C", "W"))
    kernels.hits(items, indptr, indices, np.zeros(relevant.shape[1], np.bool_), is_hit)
    return is_hit


def part_scores(scorer: Scorer, part: EvalPart, rows: slice) -> FloatArray:
    """The scores of all items for some people of a part, known to be finite.

    They are those of `ScoresInOrder` where the scorer has them and the part has times.

    Args:
        scorer: a fitted model.
        part: the people.
        rows: which of them.

    Returns:
        ``(batch, n_items)``.

    Raises:
        TrainingError: a score is not finite, or the scorer does not score these items.
    """
    history, order, times = part.history[rows], None, None
    if depends_on_order(scorer) and part.history_order is not None and part.history_time is not None:
        order, times = part.history_order[rows], part.history_time[rows]
    scores = scores_of(scorer, history, order, times)
    if scores.shape != history.shape:
        raise TrainingError(f"{scorer.kind}: scores of shape {scores.shape} for histories of shape {history.shape}")
    require_finite(scorer.kind, scores)
    return scores


def require_finite(kind: str, scores: FloatArray) -> None:
    """Check that scores, ``(batch, n_items)``, are finite as 32-bit floats.

    Raises:
        TrainingError: one is not.
    """
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(scores.astype(np.float32, copy=False))
    if not is_finite.all():
        person, item = np.argwhere(~is_finite)[0].tolist()
        raise TrainingError(
            f"{kind}: score {scores[person, item]} for item row {item} is not a finite number of 32 bits",
            "training may have diverged: lower the learning rate",
        )
