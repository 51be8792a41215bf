"""Hits of a ranked list in which items have equal scores, for metrics that count every order of them alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.core.arrays import freeze


@dataclass(frozen=True)
class TiedHits:
    """For each place of each list the group of items with equal scores that the place belongs to.

    All orders of a group are equally likely, so that a place of a group of t items, r of them relevant, holds a
    relevant one with probability r / t. A group reaches from its first place to the one before the next group, and
    the last one may go on behind the end of the list. An item of a score of its own is a group of one.

    Args:
        offset: ``(n, k)`` int, number of places of the same group before this one.
        size: ``(n, k)`` int, t, those behind place k among them.
        relevant: ``(n, k)`` int, r; 0 for an empty place.

    Source: McSherry and Najork 2008, "Computing information retrieval performance measures efficiently in the
    presence of tied scores".
    """

    offset: IntArray
    size: IntArray
    relevant: IntArray

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def without_ties(cls, hits: BoolArray) -> TiedHits:
        """Lists of which the order is certain.

        Args:
            hits: ``(n, k)`` bool, True where the item is relevant.
        """
        return cls(np.zeros(hits.shape, np.int32), np.ones(hits.shape, np.int32), hits.astype(np.int32))

    @classmethod
    def of_lists(cls, scores: FloatArray, hits: BoolArray) -> TiedHits:
        """Lists of which the scores are known, but nothing behind place k.

        Args:
            scores: ``(n, k)``, descending, compared as they are; ``-inf`` in an empty place.
            hits: ``(n, k)`` bool, True where the item is relevant.
        """
        n, k = hits.shape
        is_first = np.ones((n, k), np.bool_)
        is_first[:, 1:] = (scores[:, 1:] != scores[:, :-1]) | np.isneginf(scores[:, 1:])
        group = np.cumsum(is_first.ravel()) - 1
        start = np.flatnonzero(is_first.ravel())
        offset = np.arange(n * k) - start[group]
        size, relevant = np.bincount(group), np.bincount(group, weights=hits.ravel()).astype(np.int32)
        return cls(
            offset.reshape(n, k).astype(np.int32),
            size[group].reshape(n, k).astype(np.int32),
            relevant[group].reshape(n, k),
        )

    def first(self, k: int) -> TiedHits:
        """The first k places of each list: what a ranking of length k would have given."""
        return TiedHits(self.offset[:, :k], self.size[:, :k], self.relevant[:, :k])

    def expected(self) -> FloatArray:
        """Probability that a place holds a relevant item, ``(n, k)`` float64: r / t."""
        return np.asarray(self.relevant / self.size, np.float64)

    def none_yet(self) -> FloatArray:
        """Probability that no place up to this one holds a relevant item, ``(n, k)`` float64.

        Where no place before it does, a place with j places of its group before it holds one of the r relevant items
        among the t - j that remain.
        """
        return np.cumprod(1.0 - np.minimum(self.relevant / (self.size - self.offset), 1.0), axis=1)

    def before_group(self) -> IntArray:
        """Relevant items in the groups before that of each place, ``(n, k)`` int; they are all in the list."""
        at_start = np.where(self.offset == 0, self.relevant, 0)
        return np.asarray(np.cumsum(at_start, axis=1) - self.relevant, np.int64)
