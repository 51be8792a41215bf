"""Splits of published results, reimplemented so that the same rows are held back."""

from __future__ import annotations

import numpy as np

from reelgraph.core import IntArray
from reelgraph.data import PredefinedSplit, Splitter


def sklearn_holdout(n: int, test_size: float, random_state: int) -> tuple[IntArray, IntArray]:
    """Rows of train and test as scikit-learn's ``train_test_split(range(n), ...)`` draws them.

    Args:
        n: rows.
        test_size: share of the test, rounded up.
        random_state: seed of the legacy generator, as there.

    Returns:
        ``(n_train,)`` and ``(n_test,)`` int64, in the order drawn.

    Source: scikit-learn 1.9, ``ShuffleSplit``; reimplemented, so that it is not a dependency.
    """
    order = np.random.RandomState(random_state).permutation(n)
    n_test = int(np.ceil(test_size * n))
    return order[n_test:], order[:n_test]


def source_split(n_ratings: int) -> Splitter:
    """The split of the protocols ``source-literal`` and ``source-honest``."""
    _, held_out = sklearn_holdout(n_ratings, 0.2, random_state=1)
    valid, test = sklearn_holdout(len(held_out), 0.5, random_state=1)
    return PredefinedSplit(held_out[test], held_out[valid], name="train_test_split twice, random_state 1")


def ninety_ten_split(n_ratings: int) -> Splitter:
    """The split of the protocol ``ml-1m-90-10``."""
    test = np.random.RandomState(0).permutation(n_ratings)[: n_ratings // 10 + 1]
    return PredefinedSplit(test, valid=0.02, name="RandomState(0).shuffle, first n // 10 + 1")
