"""The ratings of the known users as arrays of a file, each in the smallest type that holds its numbers exactly."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from reelgraph.core import AnyArray, BoolArray, IntArray, Matrix
from reelgraph.core.display import counted

_TYPES: Mapping[str, type[np.generic]] = MappingProxyType(
    {"data": np.float32, "indices": np.int32, "indptr": np.int64, "times": np.int64, "learnt": np.bool_}
)


def history_arrays(history: Matrix, times: IntArray | None, is_train: BoolArray | None) -> dict[str, AnyArray]:
    """Everything that is stored of the ratings; ``is_train`` is called ``learnt`` in the file."""
    arrays = {
        "data": _smallest(history.data, (np.float16,)),
        "indices": _smallest(history.indices, (np.uint16,)),
        "indptr": _smallest(history.indptr, (np.uint32,)),
    }
    if times is not None:
        arrays["times"] = _smallest(times, (np.uint32,))
    if is_train is not None:
        arrays["learnt"] = is_train.astype(np.uint8)
    return arrays


def unpacked(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """The arrays of `history_arrays` in the types in which they are used."""
    return {name: array.astype(_TYPES[name]) if name in _TYPES else array for name, array in arrays.items()}


def history_of(
    arrays: Mapping[str, AnyArray], shape: tuple[int, int]
) -> tuple[Matrix, IntArray | None, BoolArray | None]:
    """The ratings, ``(n_users, n_items)`` float32, with times and which of them are training ratings, where known.

    Args:
        arrays: as `unpacked` gives them.
        shape: of the ratings.

    Raises:
        KeyError: an array is missing.
        ValueError: the arrays do not go together.
    """
    history = Matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
    times, is_train = (_require_length(arrays.get(name), history.nnz) for name in ("times", "learnt"))
    return history, times, is_train


def no_history(n_items: int) -> Matrix:
    """The ratings of nobody, ``(0, n_items)`` float32."""
    return Matrix((np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64)), shape=(0, n_items))


def _smallest(array: AnyArray, types: tuple[type[np.generic], ...]) -> AnyArray:
    """The array in the first of some types that holds its numbers exactly; as it is if none does."""
    for dtype in types:
        with np.errstate(over="ignore", invalid="ignore"):
            smaller = array.astype(dtype)
        if np.array_equal(smaller.astype(array.dtype), array):
            return smaller
    return array


def _require_length(array: AnyArray | None, n_ratings: int) -> AnyArray | None:
    if array is not None and array.shape != (n_ratings,):
        raise ValueError(f"{counted(len(array), 'value')} for {counted(n_ratings, 'rating')}")
    return array
