"""The parts of the item-item matrix: closed form, ideal low-pass and Chebyshev, dense or of low rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from scipy import linalg

from reelgraph.core import FloatArray
from reelgraph.core.errors import TrainingError
from reelgraph.models.graph_filter.item_graph import ItemGraph
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.item_filter.symmetric_inverse import invert_in_place

_ITERATIONS = 6  # of subspace iteration
_EXTRA_DIRECTIONS = 32  # carried along with the leading ones, at least: they converge faster so


def inverse(gram: FloatArray, ridge: float, dropout: float) -> FloatArray:
    r"""C of the closed form, ``(G + ridge I + p / (1 - p) diag G)^-1``, its lower triangle, in place of ``gram``.

    Args:
        gram: G, ``(n, n)`` float64 or float32, C order; its lower triangle is read, and the matrix destroyed.
        ridge: added to each diagonal entry.
        dropout: p, below 1.

    Raises:
        TrainingError: the matrix is not positive definite in its precision.

    Source: Steck 2020, "Autoencoders that don't overfit towards the identity", equation 9 (EDLAE); p = 0 is EASE.

    Cost: O(n^3), n^3 multiplications.
    """
    return inverse_of(regularised(gram, ridge, dropout))


def regularised(gram: FloatArray, ridge: float, dropout: float) -> FloatArray:
    """A of the closed form, ``G + ridge I + p / (1 - p) diag G``, in place of ``gram``; see `inverse`."""
    diagonal = np.diag_indices_from(gram)
    gram[diagonal] += ridge + dropout / (1.0 - dropout) * gram[diagonal]
    return gram


def inverse_of(regularised_gram: FloatArray) -> FloatArray:
    """The lower triangle of the inverse of a matrix of `regularised`, in place of it; errors and cost as `inverse`."""
    lower = invert_in_place(regularised_gram)
    if lower is None:
        raise TrainingError("the item graph is not positive definite", "give a larger ridge")
    return lower


@dataclass(frozen=True)
class Spectrum:
    r"""Leading eigenpairs of the normalised graph :math:`N = D^{-1/2} G D^{-1/2}`, D the row sums of G.

    All eigenvalues lie from 0 to 1. With weights 1 / n_u this N is that of GF-CF.

    Args:
        values: ``(rank,)`` float64, descending.
        vectors: ``(n_items, rank)`` float64.
        root: ``(n_items,)`` float64, the roots of D; 1 where an item has no edge.
    """

    values: FloatArray
    vectors: FloatArray
    root: FloatArray

    @classmethod
    def of(cls, product: Callable[[FloatArray], FloatArray], n_items: int, rank: int, seed: int) -> Spectrum:
        """The leading ``rank`` eigenpairs of the graph that ``product`` multiplies blocks ``(n_items, k)`` by.

        By block subspace iteration from a start drawn by ``seed``, with the Rayleigh-Ritz values at its end. The last
        pairs are approximate; where ``rank`` is all of the graph, all are exact.

        Cost: seven products with ``rank`` and a quarter more vectors, and O(n_items rank^2) each.
        """
        root = _root(product(np.ones((n_items, 1))).ravel())[:, None]
        n_directions = min(n_items, rank + max(_EXTRA_DIRECTIONS, rank // 4))
        rng = np.random.default_rng(np.random.SeedSequence([seed, n_items]))
        basis = _orthonormal(rng.normal(size=(n_items, n_directions)))
        image = product(basis / root) / root
        for _ in range(_ITERATIONS):
            basis = _orthonormal(image)
            image = product(basis / root) / root
        inner = basis.T @ image
        values, directions = linalg.eigh((inner + inner.T) / 2)
        leading = slice(None, -min(rank, n_items) - 1, -1)
        return cls(np.asarray(values[leading], np.float64), basis @ directions[:, leading], root.ravel())

    def filtered(self, response: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``D^-1/2 V f(values)`` and ``D^1/2 V``: the filter is the first times the second transposed."""
        passes = response != 0
        vectors = self.vectors[:, passes]
        return vectors * response[passes] / self.root[:, None], vectors * self.root[:, None]


def _orthonormal(block: FloatArray) -> FloatArray:
    basis: FloatArray = linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)[0]
    return basis


def _root(sums: FloatArray) -> FloatArray:
    return np.sqrt(np.where(sums > 0, sums, 1.0))


def plateau(degree: int, flatness: int) -> FloatArray:
    r"""Chebyshev coefficients of a low-pass filter that is flat in the middle, ``(degree + 1,)`` float64.

    .. math:: f(\lambda) = (1 + sgn(x) |x|^\phi) / 2, \quad x = 2 \lambda - 1

    on the eigenvalues 0 to 1 of the normalised graph, interpolated at the Chebyshev nodes.

    Args:
        degree: of the polynomial.
        flatness: :math:`\phi`, at least 1; 1 is the linear filter N itself.
    """
    return chebyshev.chebinterpolate(lambda x: (1.0 + np.sign(x) * np.abs(x) ** flatness) / 2.0, degree)


def polynomial(gram: FloatArray, coefficients: FloatArray) -> FloatArray:
    """``D^-1/2 f(N) D^1/2`` by the Chebyshev recursion, ``(n, n)`` float32, of the whole symmetric ``gram``.

    Args:
        gram: G, ``(n, n)`` float64.
        coefficients: ``(degree + 1,)``, of :func:`plateau`.

    Cost: O(degree n^3).
    """
    root = _root(gram.sum(axis=1))
    shifted = (2.0 * gram / np.outer(root, root)).astype(np.float32)
    unit = np.eye(len(gram), dtype=np.float32)
    shifted -= unit
    total = np.float32(coefficients[0]) * unit
    previous, current = unit, shifted
    for coefficient in coefficients[1:]:
        total += np.float32(coefficient) * current
        previous, current = current, 2.0 * (shifted @ current) - previous
    filtered: FloatArray = total * (root[None, :] / root[:, None]).astype(np.float32)
    return filtered


def spectral(gram: FloatArray, cutoff: int, seed: int) -> FloatArray:
    """The ideal low-pass filter ``D^-1/2 V V' D^1/2``, ``(n, n)`` float32, see `low_pass`."""
    left, right = low_pass(gram, cutoff, 1.0, seed)
    return left @ right.T


def low_pass(gram: FloatArray, cutoff: int, weight: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """The factors of ``weight`` times the ideal low-pass filter, ``(n, cutoff)`` float32 each.

    Args:
        gram: G, ``(n, n)`` float64, the whole symmetric matrix.
        cutoff: eigenvectors that pass.
        weight: of the filter.
        seed: of the first vectors.

    Source: Shen et al. 2021, "How powerful is graph convolution for recommendation?" (GF-CF), equation 10.
    """
    single = gram.astype(np.float32)  # half the bytes to read for each product
    spectrum = Spectrum.of(lambda block: single @ block.astype(np.float32), len(gram), cutoff, seed)
    left, right = spectrum.filtered(np.full_like(spectrum.values, weight))
    return left.astype(np.float32), right.astype(np.float32)


def factored_autoencoder(
    graph: ItemGraph, spectrum: Spectrum, ridge: float, dropout: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""The closed form with G of low rank beside its exact diagonal: ``B = diag(d) + left right'``.

    With :math:`Z = D^{1/2} V \Lambda^{1/2}` the matrix is :math:`A = Z Z' + \Delta`, where the diagonal
    :math:`\Delta = ridge + p/(1-p) diag\,G + diag(G - Z Z')` makes that of A exact. Then
    :math:`C = \Delta^{-1} - Q Q'`, :math:`Q = \Delta^{-1} Z (I + Z' \Delta^{-1} Z)^{-1/2}`, and B follows as in the
    dense form, its diagonal 0. With all eigenvectors it is the dense form.

    Returns:
        left ``(n, rank)``, right ``(n, rank)`` and the diagonal d ``(n,)``, float64.

    Cost: O(n rank^2).
    """
    low = spectrum.vectors * np.sqrt(np.maximum(spectrum.values, 0.0)) * spectrum.root[:, None]
    diagonal = graph.diagonal()
    delta = ridge + diagonal * dropout / (1.0 - dropout) + np.maximum(diagonal - np.sum(low**2, axis=1), 0.0)
    scaled = low / delta[:, None]
    factor = linalg.cholesky(np.eye(low.shape[1]) + low.T @ scaled, lower=True)
    left = linalg.solve_triangular(factor, scaled.T, lower=True).T
    inverse_diagonal = 1.0 / delta - np.sum(left**2, axis=1)
    return left, left / inverse_diagonal[:, None], 1.0 - 1.0 / (delta * inverse_diagonal)


def mirrored(gram: FloatArray) -> FloatArray:
    """The whole symmetric matrix of a lower triangle, a copy, ``(n, n)`` float64."""
    whole = gram.copy()
    kernels.mirror(whole)
    return whole
