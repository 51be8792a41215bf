"""Well-known items: floors on how known an item is, one item a series, and a first choice from different tastes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

import numpy as np

from reelgraph.bundle.item_statistics import ItemStatistics
from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.data.titles.series import find_series

QUESTION_HEAD, CHOICE_HEAD = 0.3, 0.2  # share of all views that the items asked about, or to choose from, make up
_MAX_POOL = 300  # items that a first choice is taken from
_BLOCK_USERS = 8192


class WellKnownItems:
    r"""The most watched items of a data set, and how alike their audiences are.

    How known an item must be is a share of all views: the *head* of share q is the smallest set of items that together
    have at least that share. So a floor follows the data: the head of 0.3 has 260 items in ml-latest-small (610 people,
    seen by 11 % of them or more) and 202 in ml-1m (6,040 people, 17 %).

    Args:
        history: ``(n_users, n_items)`` CSR, stars; without users no two items count as alike.
        titles: of the items, for their series.
        liked_from: stars from which a rating says that an item was liked.
        statistics: of the items; those of ``history`` if None.
    """

    def __init__(
        self, history: Matrix, titles: Sequence[str], liked_from: float, statistics: ItemStatistics | None = None
    ) -> None:
        statistics = statistics or ItemStatistics.of(history, None, liked_from)
        self._history, self._statistics, self._titles = history, statistics, titles
        self._liked_from = liked_from
        self.viewer_counts: FloatArray = statistics.counts.astype(np.float64)
        self._n_users = max(statistics.n_users, 1)

    @cached_property
    def series_keys(self) -> Sequence[str | None]:
        """The series of each item; None for one that stands alone."""
        return [None if series is None else series.key for series in find_series(self._titles)]

    def floor(self, share: float) -> float:
        """The share of people who have seen the least known item of the head of ``share``."""
        n_head = len(self.head(share))
        return float(-np.sort(-self.viewer_counts)[n_head - 1]) / self._n_users if n_head else 0.0

    def head(self, share: float) -> IntArray:
        """Rows of the most watched items that together have ``share`` of all views, the most watched first."""
        order = np.argsort(-self.viewer_counts, kind="stable")
        cumulative = np.cumsum(self.viewer_counts[order])
        total = cumulative[-1] if len(cumulative) else 0.0
        return order[: int(np.searchsorted(cumulative, share * total)) + 1] if total else order[:0]

    def one_per_series(self, item_rows: Iterable[int], answered: Collection[int] = ()) -> tuple[list[int], list[int]]:
        """``item_rows`` of a new series or of none, and the further items of a series, each in their order.

        Args:
            item_rows: rows of items, the best first.
            answered: rows of items whose series are not new.
        """
        used = {self.series_keys[row] for row in answered} - {None}
        first: list[int] = []
        further: list[int] = []
        for row in item_rows:
            key = self.series_keys[row]
            (further if key in used else first).append(row)
            if key is not None:
                used.add(key)
        return first, further

    def choice(self, k: int, exclude: Collection[int] = ()) -> IntArray:
        r"""Rows of k well-known items of different tastes, one of a series, ``(k,)`` or fewer.

        From the most liked items P, each next one adds most to :math:`\sum_{i \in P} l_i \max_{j \in S} r_{ij}`, where
        :math:`l_i` people like i, :math:`r_{ij}` is the correlation of liking i and liking j, or 0 where it is
        negative, and S are the items chosen so far and those excluded.

        Args:
            k: number of items.
            exclude: rows of items that are not chosen, nor others of their series while there are enough.

        Source: facility location, greedily (Nemhauser, Wolsey and Fisher 1978).
        Cost: O(n_users * 300^2) once, then O(k * 300^2).
        """
        pool, liked, correlation = self._pool
        n_pool = max(len(self.head(CHOICE_HEAD)), 3 * (k + len(exclude)))
        position = {row: place for place, row in enumerate(pool[:n_pool].tolist())}
        first, further = self.one_per_series((row for row in position if row not in exclude), exclude)
        candidates = [position[row] for row in (first if len(first) >= k else first + further)]
        weight, similarity = liked[:n_pool], correlation[:n_pool, :n_pool]
        excluded = [position[row] for row in exclude if row in position]
        covered = similarity[:, excluded].max(axis=1, initial=0.0)
        chosen: list[int] = []
        while candidates and len(chosen) < k:
            gains = weight @ np.maximum(similarity[:, candidates] - covered[:, None], 0.0)
            best = candidates.pop(int(np.argmax(gains)))
            covered = np.maximum(covered, similarity[:, best])
            chosen.append(best)
        rows: IntArray = pool[np.array(chosen, np.int64)]
        return rows

    @cached_property
    def _pool(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Rows of the most liked items, how many people like each, and the correlations of liking them."""
        n_items = self._history.shape[1]
        counts = self._statistics.liked_counts.astype(np.float64)
        rows = np.lexsort((-self.viewer_counts, -counts))[: min(_MAX_POOL, int(np.count_nonzero(self.viewer_counts)))]
        column = np.full(n_items, -1)
        column[rows] = np.arange(len(rows))
        both = np.zeros((len(rows), len(rows)))
        for start in range(0, self._history.shape[0], _BLOCK_USERS):
            block = self._history[start : start + _BLOCK_USERS].tocoo()
            counted = (block.data >= self._liked_from) & (column[block.col] >= 0)
            likes = np.zeros((block.shape[0], len(rows)), np.float32)
            likes[block.row[counted], column[block.col[counted]]] = 1.0
            both += likes.T @ likes
        rate = counts[rows] / self._n_users
        deviation = np.sqrt(rate * (1 - rate))
        scale = np.outer(deviation, deviation)
        covariance = both / self._n_users - np.outer(rate, rate) if self._history.shape[0] else both
        correlation = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
        np.fill_diagonal(correlation, 1.0)
        return rows, counts[rows], np.maximum(correlation, 0.0)
