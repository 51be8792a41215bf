"""How the known users rated the items, in numbers that name nobody: all that is kept of them without people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reelgraph.core import AnyArray, BoolArray, FloatArray, IntArray, Matrix, at_least
from reelgraph.core.arrays import freeze

MIN_PEOPLE = 5  # stars of fewer people than this are left out of what is saved without people
_BLOCK = 2**18  # ratings counted together: their intermediate results stay in the cache


@dataclass(frozen=True)
class ItemStatistics:
    """Counts and sums by item.

    Args:
        counts: ``(n_items,)`` int64, ratings.
        train_counts: ``(n_items,)`` int64, ratings that the model was fitted on; empty where it is not known which.
        liked_counts: ``(n_items,)`` int64, ratings of four fifths of the highest one or more.
        star_totals: ``(n_items,)`` float64, stars added up; NaN where they are left out.
        n_users: number of users with ratings.
        mean: of all ratings, stars; 0 where there are none.
    """

    counts: IntArray
    train_counts: IntArray
    liked_counts: IntArray
    star_totals: FloatArray
    n_users: int
    mean: float

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def of(cls, history: Matrix, is_train: BoolArray | None, liked_from: float) -> ItemStatistics:
        """The statistics of the ratings of all known users. Cost: O(ratings)."""
        n_items, n_ratings = history.shape[1], history.nnz
        counts, totals = np.zeros((n_items, 2, 2), np.int64), np.zeros(n_items)  # (item, is train, is liked)
        size = max(_BLOCK, 4 * n_items)
        for start in range(0, n_ratings, size):
            block = slice(start, start + size)
            stars, key = history.data[block], history.indices[block].astype(np.intp)
            totals += np.bincount(key, stars, minlength=n_items)
            key *= 4
            key += 2 * is_train[block] if is_train is not None else 0
            key += at_least(stars, liked_from)
            counts += np.bincount(key, minlength=counts.size).reshape(counts.shape)
        return cls(
            counts.sum(axis=(1, 2)),
            np.empty(0, np.int64) if is_train is None else counts[:, 1].sum(axis=1),
            counts[:, :, 1].sum(axis=1),
            totals,
            int(np.count_nonzero(np.diff(history.indptr))),
            float(history.data.mean(dtype=np.float64)) if n_ratings else 0.0,
        )

    def without_few(self) -> ItemStatistics:
        """The same without the stars of items that fewer than `MIN_PEOPLE` people rated."""
        is_few = self.counts < MIN_PEOPLE
        return ItemStatistics(
            self.counts,
            self.train_counts,
            np.where(is_few, 0, self.liked_counts),
            np.where(is_few, np.nan, self.star_totals),
            self.n_users,
            self.mean,
        )

    def with_unrated(self, n: int) -> ItemStatistics:
        """The same with ``n`` more items, after the others, that nobody has rated."""
        zeros = np.zeros(n, np.int64)
        return ItemStatistics(
            np.concatenate([self.counts, zeros]),
            np.concatenate([self.train_counts, zeros]) if len(self.train_counts) else self.train_counts,
            np.concatenate([self.liked_counts, zeros]),
            np.concatenate([self.star_totals, np.zeros(n)]),
            self.n_users,
            self.mean,
        )

    def arrays(self) -> dict[str, AnyArray]:
        """For a file."""
        return {
            "counts": self.counts,
            "train_counts": self.train_counts,
            "liked_counts": self.liked_counts,
            "star_totals": self.star_totals,
            "n_users": np.array([self.n_users], np.int64),
            "mean": np.array([self.mean]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray], n_items: int) -> ItemStatistics:
        """The statistics of :meth:`arrays`.

        Raises:
            KeyError: an array is missing.
            ValueError: one is not of this number of items.
        """
        names = ("counts", "train_counts", "liked_counts", "star_totals")
        for name in names:
            if len(arrays[name]) != n_items and not (name == "train_counts" and not len(arrays[name])):
                raise ValueError(f"{len(arrays[name])} {name} for {n_items} items")
        columns = {name: arrays[name] for name in names}
        return cls(**columns, n_users=int(arrays["n_users"][0]), mean=float(arrays["mean"][0]))
