"""Names for array types, and read-only arrays."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

AnyArray = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
Matrix = sparse.csr_array  # CSR with sorted indices and no duplicates, in every function of this library

_Array = TypeVar("_Array", bound=AnyArray)


def read_only(array: _Array) -> _Array:
    """Return the same array, marked so that writing to it raises."""
    array.flags.writeable = False
    return array


def wide(values: AnyArray) -> AnyArray:
    """Numbers ``(n,)`` in 64 bits, int64 or float64; other arrays as they are."""
    dtype = {"i": np.int64, "f": np.float64}.get(values.dtype.kind)
    return values if dtype is None else values.astype(dtype, copy=False)


def single_row(values: AnyArray, columns: IntArray, n_columns: int) -> Matrix:
    """A matrix of one row, ``(1, n_columns)`` CSR, such as the ratings of one person.

    Args:
        values: ``(nnz,)``, of any dtype.
        columns: ``(nnz,)`` column of each value.
        n_columns: number of columns.
    """
    return Matrix((values, columns, np.array([0, len(columns)])), shape=(1, n_columns))


def freeze(instance: Any) -> None:
    """Mark all arrays of a dataclass read-only, including those of its sparse matrices."""
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if isinstance(value, np.ndarray):
            read_only(value)
        elif isinstance(value, sparse.csr_array):
            for array in (value.data, value.indices, value.indptr):
                read_only(array)
