"""Fading histories: what a rating counts by the number of ratings that came after it."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.core.errors import CapabilityError

NEGLIGIBLE = 1e-4  # of the weight of the last rating: what fades to less counts 0, in the fit as well


def fading_entries(decays: FloatArray, history: Matrix, order: Matrix | None) -> FloatArray:
    r""":math:`\delta_k^a` for each rating, a its age: the number of ratings of its person that came after it.

    Args:
        decays: ``(h,)`` float64, 0 to 1; of 0 only the last rating counts.
        history: ``(batch, n_items)`` CSR.
        order: CSR with the sparsity pattern of ``history``: the place of each rating among those of its person, 0 the
            oldest; None where it is not known: then each rating counts as it does on average over all orders.

    Returns:
        ``(h, nnz)`` float64.

    Raises:
        CapabilityError: the places are not those of this history.
    """
    counts = np.diff(history.indptr)
    most = int(counts.max(initial=0))
    powers = decays[:, None] ** np.arange(max(most, 1))[None, :]
    powers[powers < NEGLIGIBLE] = 0.0
    if order is None:
        means = np.cumsum(powers, axis=1) / np.arange(1, powers.shape[1] + 1)
        is_known = counts > 0
        return np.repeat(means[:, counts[is_known] - 1], counts[is_known], axis=1)
    ages = np.repeat(counts, counts) - 1 - order.data
    if order.nnz != history.nnz or (len(ages) and (ages.min() < 0 or ages.max() >= most)):
        raise CapabilityError("the places of the ratings are not those of this history", "give those of its rows")
    entries: FloatArray = powers[:, ages]
    return entries


def used_rows(entries: FloatArray, rows: IntArray, n_rows: int, history: Matrix) -> Matrix:
    """The entries that count, as one matrix for all histories beside each other, ``(batch, h n_rows)`` CSR float64.

    Args:
        entries: ``(h, nnz)``, of `fading_entries`.
        rows: ``(nnz,)`` the row of each rating's movie; negative ones are left out.
        n_rows: of each history.
        history: ``(batch, n_items)`` CSR.
    """
    batch = history.shape[0]
    person = np.repeat(np.arange(batch), np.diff(history.indptr))
    rate, position = np.nonzero((entries != 0) & (rows >= 0))
    by_person = np.argsort(person[position], kind="stable")
    rate, position = rate[by_person], position[by_person]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(person[position], minlength=batch))])
    return Matrix(
        (entries[rate, position], rate * n_rows + rows[position], indptr), shape=(batch, len(entries) * n_rows)
    )
