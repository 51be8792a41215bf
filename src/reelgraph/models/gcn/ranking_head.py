"""The output layer of `gcn` that ranks: a linear map from a person's convolved embedding to all movies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from reelgraph.core import AnyArray, BoolArray, FloatArray, Matrix
from reelgraph.train.random_streams import generator

RIDGES = (1e-3, 1e-2, 1e-1)  # candidates, shares of the diagonal; chosen on validation


@dataclass(frozen=True)
class RankingHead:
    """The sums that the output layer is solved from, for any ridge.

    Args:
        gram: ``(dim + 1, dim + 1)`` float64.
        products: ``(dim + 1, n_items)`` float64.
    """

    gram: FloatArray
    products: FloatArray

    @classmethod
    def of(cls, rated: Matrix, embeddings: FloatArray, unit_stars: float, seed: int) -> RankingHead:
        r"""The sums of the training people.

        A person's ratings are divided in two halves at random, and each is regressed on the other, so that no movie is
        explained by itself:

        .. math:: \min_R \sum_u m_u^{-1/2} \|[n_u^{-1/2} \sum_{j \in a} x_{uj} z_j, 1] R - x_b\|^2

        over both orders of the halves a and b, which have n and m ratings; :math:`x = r / r_1`. Where m is 0 nothing is
        to be explained, and the term is left out.

        Args:
            rated: ``(n_users, n_items)`` CSR of the training ratings, stars.
            embeddings: ``(n_items, dim)`` float64 of the movies after all layers, z.
            unit_stars: :math:`r_1`, stars that count 1.
            seed: draws the halves.

        Cost: O(ratings dim + n_users dim^2), and dim numbers a movie of memory.
        """
        in_first = generator(seed, "halves").random(rated.nnz) < 0.5
        entries = Matrix((rated.data / unit_stars, rated.indices, rated.indptr), shape=rated.shape)
        halves = [_part(entries, mask) for mask in (in_first, ~in_first)]
        size = embeddings.shape[1] + 1
        gram, products = np.zeros((size, size)), np.zeros((size, rated.shape[1]))
        for observed, hidden in (halves, halves[::-1]):
            people = person_vectors(observed, embeddings)
            n_hidden = np.diff(hidden.indptr)
            weighted = people * np.where(n_hidden > 0, np.maximum(n_hidden, 1) ** -0.5, 0.0)[:, None]
            gram += people.T @ weighted
            products += (hidden.T @ weighted).T
        return cls(gram, products)

    def targets(self, ridge: float) -> FloatArray:
        """R transposed, ``(n_items, dim + 1)`` float32, with ``ridge`` times the diagonal added to it."""
        penalised = self.gram + np.diag(ridge * np.diag(self.gram) + 1e-9)
        return np.ascontiguousarray(linalg.solve(penalised, self.products, assume_a="pos").T.astype(np.float32))


def person_vectors(rated: Matrix, embeddings: AnyArray) -> FloatArray:
    """Weighted sums of people's movies' embeddings over the root of their number, and a 1, ``(batch, dim + 1)``."""
    scale = np.maximum(np.diff(rated.indptr), 1) ** -0.5
    with_constant: FloatArray = np.column_stack([(rated @ embeddings) * scale[:, None], np.ones(rated.shape[0])])
    return with_constant


def _part(matrix: Matrix, mask: BoolArray) -> Matrix:
    """The entries where ``mask``, ``(nnz,)``, is true."""
    ends = np.concatenate([[0], np.cumsum(mask)])[matrix.indptr]
    return Matrix((matrix.data[mask], matrix.indices[mask], ends), shape=matrix.shape)
