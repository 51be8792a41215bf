"""A kept beside its inverse C: after a change of people, one inversion in place of two, and the product with A."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.item_filter.inverse_updates import (
    GraphSettings,
    PeopleChange,
    add_to_graph,
    inverted,
    n_ratings_of,
    update_by_blocks,
)
from reelgraph.scorers.item_filter.symmetric_inverse import invert_in_place

_SHARE_BY_BLOCKS = 0.25  # of the items: with more ratings than that a new inverse takes less time
_MAX_ERROR = 5e-6  # of an inverse in single precision, of its largest entry
_PROBES = 8


class UpdatedInverse(NamedTuple):
    """C and A after a change.

    Args:
        inverse: C, ``(n, n)``, the whole symmetric matrix, float64 or float32.
        graph: A, rows of its lower triangle; empty where it is not known.
    """

    inverse: FloatArray
    graph: FloatArray


def updated_inverse(
    packed_inverse: FloatArray,
    packed_graph: FloatArray,
    row_of_item: IntArray,
    changes: Sequence[PeopleChange],
    settings: GraphSettings,
) -> UpdatedInverse:
    """C and A after the changes.

    Args:
        packed_inverse: rows of the lower triangle of C, not changed.
        packed_graph: likewise of A; empty where it was not kept: then it is the inverse of C, if that is needed.
        row_of_item: as for `update_people`.
        changes: people, one after the other.
        settings: of the graph.

    Raises:
        CapabilityError: the ratings that are taken out cannot have been in, or there are no times.

    Cost: O(n^2 n_u) a person of n_u ratings; from n / 4 ratings of all on an inversion, O(n^3), in single precision
    where that is accurate enough. Without A from n ratings on, and two inversions in double precision.
    """
    n_items, n_ratings = int(row_of_item.max(initial=-1)) + 1, n_ratings_of(changes, row_of_item)
    knows_graph = len(packed_graph) > 0
    if n_ratings < n_items * (_SHARE_BY_BLOCKS if knows_graph else 1.0):
        inverse = _unpacked(packed_inverse, n_items)
        update_by_blocks(inverse, row_of_item, changes, settings)
        if knows_graph:
            graph = _unpacked(packed_graph, n_items)
            add_to_graph(graph, row_of_item, changes, settings)
            packed_graph = packed(graph, packed_graph.dtype)
        return UpdatedInverse(inverse, packed_graph)
    if knows_graph:
        graph = _unpacked(packed_graph, n_items)
    else:
        graph = inverted(_unpacked(packed_inverse, n_items).astype(np.float64, copy=False))
    add_to_graph(graph, row_of_item, changes, settings)
    return UpdatedInverse(_inverse_of(graph), packed(graph, packed_inverse.dtype))


def packed(lower: FloatArray, dtype: np.dtype[np.floating]) -> FloatArray:
    """Rows of the lower triangle of a matrix ``(n, n)``, in the precision ``dtype``."""
    rows = np.empty(len(lower) * (len(lower) + 1) // 2, dtype)
    kernels.pack(lower, rows)
    return rows


def _unpacked(rows: FloatArray, n_items: int) -> FloatArray:
    whole = np.empty((n_items, n_items), rows.dtype)
    kernels.unpack(rows, whole)
    return whole


def _inverse_of(graph: FloatArray) -> FloatArray:
    """The whole inverse of A, whose lower triangle is read: float32, or float64 where that is not accurate enough."""
    inverse = invert_in_place(graph.astype(np.float32))
    if inverse is not None:
        kernels.mirror(inverse)
        if graph.dtype == np.float32 or inversion_error(graph, inverse) <= _MAX_ERROR:
            return inverse
    inverse = inverted(graph.astype(np.float64))
    kernels.mirror(inverse)
    return inverse


def inversion_error(graph: FloatArray, inverse: FloatArray) -> float:
    r"""An estimate, from above, of the largest error of an entry of C, of its largest entry.

    With random p the error of C is seen in :math:`(A^{-1} - C) p = A^{-1} (p - A C p) \approx C (p - A C p)`, whose
    entries have the length of a row of :math:`A^{-1} - C` as their standard deviation.

    Args:
        graph: A, ``(n, n)`` float64, its lower triangle.
        inverse: C, ``(n, n)``, the whole matrix.

    Cost: three products with eight vectors.
    """
    probes = np.random.default_rng(0).normal(size=(len(graph), _PROBES))
    images = (inverse @ probes.astype(inverse.dtype)).astype(np.float64)
    # The lower triangle in C order is the upper one in Fortran order.
    residual = probes - linalg.blas.dsymm(1.0, graph.T, images, lower=0)
    error = inverse @ residual.astype(inverse.dtype)
    length = np.sqrt(np.mean(error.astype(np.float64) ** 2, axis=1))
    return float(length.max(initial=0.0) / np.diag(inverse).max(initial=1e-300))
