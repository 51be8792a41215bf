"""Compiled loops of the item filters: scores of a batch, and a symmetric matrix kept as its lower triangle."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray

_COLUMNS = 1024  # columns taken together: the sums stay in the innermost cache
_ROWS = 256  # items taken together by a batch of people
_TILE = 64  # rows and columns of a tile when a triangle is mirrored


@jit
def scores(indptr: IntArray, indices: IntArray, values: FloatArray, matrix: FloatArray, out: FloatArray) -> None:
    """``out = history @ matrix``, each person summed by themselves, in float64, eight of their ratings at a time.

    Args:
        indptr: of the history, CSR, ``(batch, n_items)``.
        indices: of the history.
        values: ``(nnz,)`` float64.
        matrix: ``(n_items, n_items)`` float32, C order.
        out: ``(batch, n_items)`` float32, overwritten.
    """
    n_items = matrix.shape[1]
    sums = np.empty(_COLUMNS, np.float64)
    for start in range(0, n_items, _COLUMNS):
        width = min(_COLUMNS, n_items - start)
        end = start + width
        for person in range(indptr.shape[0] - 1):
            sums[:] = 0.0
            first, last = indptr[person], indptr[person + 1]
            whole = last - (last - first) % 8
            for at in range(first, whole, 8):  # eight rows on their way from memory at once
                a, b, c, d = values[at], values[at + 1], values[at + 2], values[at + 3]
                e, f, g, h = values[at + 4], values[at + 5], values[at + 6], values[at + 7]
                row_a = matrix[indices[at], start:end]
                row_b = matrix[indices[at + 1], start:end]
                row_c = matrix[indices[at + 2], start:end]
                row_d = matrix[indices[at + 3], start:end]
                row_e = matrix[indices[at + 4], start:end]
                row_f = matrix[indices[at + 5], start:end]
                row_g = matrix[indices[at + 6], start:end]
                row_h = matrix[indices[at + 7], start:end]
                for column in range(width):
                    early = (a * row_a[column] + b * row_b[column]) + (c * row_c[column] + d * row_d[column])
                    late = (e * row_e[column] + f * row_f[column]) + (g * row_g[column] + h * row_h[column])
                    sums[column] += early + late
            for at in range(whole, last):
                value, row = values[at], matrix[indices[at], start:end]
                for column in range(width):
                    sums[column] += value * row[column]
            for column in range(width):
                out[person, start + column] = sums[column]


@jit
def sums(indptr: IntArray, indices: IntArray, values: FloatArray, matrix: FloatArray, out: FloatArray) -> None:
    """``out = history @ matrix`` for a thin matrix, in float64, in the order of the ratings.

    Args:
        indptr: of the history, CSR, ``(batch, n_items)``.
        indices: of the history.
        values: ``(nnz,)`` float64.
        matrix: ``(n_items, k)`` float32 or int8, C order.
        out: ``(batch, k)`` float64, overwritten.
    """
    out[:] = 0.0
    for person in range(indptr.shape[0] - 1):
        for place in range(indptr[person], indptr[person + 1]):
            value, row = values[place], matrix[indices[place]]
            for column in range(matrix.shape[1]):
                out[person, column] += value * row[column]


@jit
def dot_products(people: FloatArray, items: FloatArray, out: FloatArray) -> None:
    """``out = people @ items.T``, each summed in float64: a user's scores do not depend on the rest of the batch.

    Args:
        people: ``(batch, k)`` float64.
        items: ``(n_items, k)`` float32 or int8, C order; read once, a block at a time, whatever the batch.
        out: ``(batch, n_items)`` float32, overwritten.
    """
    n_items, size = items.shape
    for start in range(0, n_items, _ROWS):
        for person in range(people.shape[0]):
            for item in range(start, min(start + _ROWS, n_items)):
                total = 0.0
                for place in range(size):
                    total += people[person, place] * items[item, place]
                out[person, item] = total


@jit
def pack(lower: FloatArray, packed: FloatArray) -> None:
    """Copy the lower triangle of ``lower``, ``(n, n)``, row by row into ``packed``, ``(n (n + 1) / 2,)``."""
    place = 0
    for row in range(lower.shape[0]):
        packed[place : place + row + 1] = lower[row, : row + 1]
        place += row + 1


@jit
def unpack(packed: FloatArray, full: FloatArray) -> None:
    """The whole symmetric matrix, ``(n, n)``, of the triangle of :func:`pack`."""
    place = 0
    for row in range(full.shape[0]):
        full[row, : row + 1] = packed[place : place + row + 1]
        place += row + 1
    mirror(full)


@jit
def mirror(full: FloatArray) -> None:
    """Copy the lower triangle of ``full``, ``(n, n)``, over its upper one, tile by tile."""
    n = full.shape[0]
    for top in range(0, n, _TILE):
        for left in range(0, top + 1, _TILE):
            for row in range(top, min(top + _TILE, n)):
                for column in range(left, min(left + _TILE, row)):
                    full[column, row] = full[row, column]


@jit
def autoencoder(inverse: FloatArray, weight: float, out: FloatArray) -> None:
    """Set ``out_ij = -weight * C_ij / C_jj``, 0 on the diagonal: the item-item weights of the closed form.

    Args:
        inverse: C, ``(n, n)`` float64; its lower triangle is read.
        weight: of this part.
        out: ``(n, n)`` float32, overwritten.
    """
    n = inverse.shape[0]
    scale = np.empty(n)
    for item in range(n):
        scale[item] = -weight / inverse[item, item]
    for top in range(0, n, _TILE):
        for left in range(0, top + 1, _TILE):
            for row in range(top, min(top + _TILE, n)):
                for column in range(left, min(left + _TILE, row)):
                    out[row, column] = inverse[row, column] * scale[column]
                    out[column, row] = inverse[row, column] * scale[row]
    for item in range(n):
        out[item, item] = 0.0


@jit
def add_sparse_scores(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    weight_indptr: IntArray,
    weight_indices: IntArray,
    weight_data: FloatArray,
    out: FloatArray,
) -> None:
    """``out += history @ S`` for a sparse S, each person summed by themselves, in float64, in the order of the ratings.

    Args:
        indptr: of the history, CSR, ``(batch, n_items)``.
        indices: of the history.
        values: ``(nnz,)`` float64.
        weight_indptr: of S, CSR, ``(n_items, n_items)``.
        weight_indices: of S.
        weight_data: ``(nnz of S,)`` float32 or int8.
        out: ``(batch, n_items)`` float32.
    """
    sums = np.empty(out.shape[1], np.float64)
    for person in range(indptr.shape[0] - 1):
        for column in range(out.shape[1]):
            sums[column] = out[person, column]
        for place in range(indptr[person], indptr[person + 1]):
            value, item = values[place], indices[place]
            for at in range(weight_indptr[item], weight_indptr[item + 1]):
                sums[weight_indices[at]] += value * weight_data[at]
        for column in range(out.shape[1]):
            out[person, column] = sums[column]
