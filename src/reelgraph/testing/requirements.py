"""How a check fails, and how it says that it does not apply."""

from __future__ import annotations

import unittest

import numpy as np

from reelgraph.core import AnyArray, Matrix


class ContractError(AssertionError):
    """A model breaks a promise; the message says which one, and what is expected."""


#: Raised by a check of an ability that the model does not have; pytest and unittest count it as skipped.
NotApplicable = unittest.SkipTest


def require(is_kept: bool | np.bool_, model: str, message: str) -> None:
    """Fail with ``message`` unless the promise is kept."""
    if not is_kept:
        raise ContractError(f"{model}: {message}")


def require_equal(first: AnyArray, second: AnyArray, model: str, message: str) -> None:
    """Fail unless both arrays are the same to the last bit."""
    is_equal = np.array_equal(first, second, equal_nan=np.asarray(first).dtype.kind == "f")
    require(is_equal, model, message)


def no_ratings(n_items: int, people: int = 1) -> Matrix:
    """Histories of people who have rated nothing."""
    return Matrix(np.zeros((people, n_items), np.float32))
