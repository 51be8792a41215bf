"""The regression of the next item on fading histories, solved."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray, IntArray
from reelgraph.core.errors import TrainingError
from reelgraph.models.next_item.moments import Moments, Sequences
from reelgraph.models.next_item.settings import NextItemSettings
from reelgraph.models.next_item.sparse_transitions import tail_weights
from reelgraph.scorers.next_item.closed_form import ClosedForm

_LARGEST = 2.0**14  # of the weights in half precision


def fit_regression(settings: NextItemSettings, sequences: Sequences, counts: IntArray) -> ClosedForm:
    """B of the most rated movies, and single transitions from and to the others.

    Args:
        settings: of the closed form.
        sequences: of all items.
        counts: ``(n_items,)`` ratings of each.

    Raises:
        TrainingError: no positive definite matrix.
    """
    n_items, n_head = len(counts), settings.n_head(len(counts))
    head = np.sort(np.argsort(-counts, kind="stable")[:n_head]).astype(np.int32)
    scale = (np.maximum(counts, 1) / max(counts.mean(), 1.0)) ** -settings.popularity_power
    moments = Moments.of(sequences.within(head, n_items), settings.decays, n_head)
    solution = solve(moments, settings.ridge, settings.dropout)
    solution *= scale[head].astype(np.float32)
    base = counts / counts.sum() * scale
    base[head] = solution[-1]
    weights = solution[:-1]
    unit = max(float(np.abs(weights).max(initial=0.0)), 1e-30) / _LARGEST
    is_head = np.isin(np.arange(n_items), head)
    tail = tail_weights(sequences, settings.decays, is_head, settings.ridge, scale, settings.tail_weights)
    halves = np.ascontiguousarray(weights / np.float32(unit), np.float16)
    shape = (len(settings.decays), n_head, n_head)
    return ClosedForm(np.array(settings.decays), halves.reshape(shape), unit, base.astype(np.float32), head, *tail)


def solve(moments: Moments, ridge: float, dropout: float) -> FloatArray:
    r""":math:`(A + \lambda I + p / (1 - p) diag A)^{-1} T`, the constant not held back.

    Args:
        moments: of ``h`` histories of ``n`` items; their matrices are destroyed.
        ridge: :math:`\lambda`.
        dropout: p.

    Returns:
        ``(h n + 1, n)`` float32, the last row that of the constant.

    Raises:
        TrainingError: no positive definite matrix.

    Cost: O((h n)^3).
    """
    gram = moments.histories
    diagonal = tuple(places[:-1] for places in np.diag_indices(len(gram)))
    gram[diagonal] += np.float32(ridge) + np.float32(dropout / (1.0 - dropout)) * gram[diagonal]
    # The lower triangle in C order is the upper one in Fortran order, which LAPACK overwrites.
    factor, fault = linalg.lapack.spotrf(gram.T, lower=0, clean=0, overwrite_a=1)
    if fault:
        raise TrainingError("the matrix of the histories is not positive definite", "give a larger ridge")
    solution: FloatArray = linalg.lapack.spotrs(factor, moments.targets.T, lower=0, overwrite_b=1)[0]
    return solution
