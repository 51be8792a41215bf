"""Scores as products of vectors: a person's is the sum of their movies' source vectors."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.products import products
from reelgraph.scorers.quantised import QuantisedVectors
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class EmbeddingScorer(SerialisableScorer):
    r"""Ranks by the product of a person's vector, folded in from their movies, and a movie's vector.

    .. math:: z_u = \sum_{j \in N(u)} (r_{uj} / r_1)^\rho p_j, \quad s_{ui} = b_i + q_i \cdot z_u / \|z_u\|

    With ``cosine`` off, z_u is divided by :math:`n_u^a` in place of its length. New and known people take one path.

    Args:
        source: ``(n_items, dim)`` float32, p: what a rated movie adds to the person's vector.
        target: ``(n_items, dim)`` float32, q.
        bias: ``(n_items,)`` float32, b.
        cosine: divide by the length of z_u.
        user_power: a, for scores that are not cosines.
        rating_power: :math:`\rho`; 0 only asks which movies were rated.
        unit_stars: :math:`r_1`, stars that count 1.
    """

    kind: ClassVar[str] = "embedding"
    source: FloatArray
    target: FloatArray
    bias: FloatArray
    cosine: bool
    user_power: float
    rating_power: float
    unit_stars: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.target)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32; the biases alone for someone without ratings."""
        return products(self._user_vectors(history), self._target_and_bias)

    def score_bounds(self, history: Matrix) -> FloatArray:
        """Numbers that no score is above, ``(batch, n_items)`` float32, see `QuantisedVectors`."""
        return self._quantised.bounds(self._user_vectors(history))

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """Scores of ``items`` for one person, ``(n,)`` float32; the bounds are not needed for it."""
        scores: FloatArray = products(self._user_vectors(history), self._target_and_bias[items])[0]
        return scores

    def _user_vectors(self, history: Matrix) -> FloatArray:
        """People's vectors and a 1 for the bias, ``(batch, dim + 1)`` float64."""
        user_vectors = np.empty((history.shape[0], self.source.shape[1]))
        values = entries(history.data, self.rating_power, self.unit_stars)
        kernels.sums(history.indptr, history.indices, values, self.source, user_vectors)
        if self.cosine:
            length = np.linalg.norm(user_vectors, axis=1, keepdims=True)
            user_vectors /= np.where(length > 0, length, 1.0)
        else:
            user_vectors *= np.maximum(np.diff(history.indptr), 1)[:, None] ** -self.user_power
        with_bias: FloatArray = np.column_stack([user_vectors, np.ones(len(user_vectors))])
        return with_bias

    @cached_property
    def _quantised(self) -> QuantisedVectors:
        return QuantisedVectors.of(self._target_and_bias)

    @cached_property
    def _target_and_bias(self) -> FloatArray:
        """``(n_items, dim + 1)``."""
        return np.column_stack([self.target, self.bias])

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the length of the person's vector held, and the biases."""
        source_vectors = self._source_vectors(history, 0)
        shares = self.target[items].astype(np.float64) @ source_vectors.T * self._scale(source_vectors)
        held = "the length of the sum of all movies' vectors" if self.cosine else "the number of ratings"
        is_plain_sum = not self.cosine and not self.user_power
        return Contributions(
            shares, {"bias of the movie": self.bias[items].astype(np.float64)}, "" if is_plain_sum else held
        )

    def with_new_items(self, similarity: Matrix, seed: int) -> EmbeddingScorer:
        """The scorer with more items: their vectors and biases are means of those of the items like them."""
        more: dict[str, Any] = {
            name: np.concatenate([array, (similarity @ array).astype(np.float32)])
            for name, array in self.arrays().items()
        }
        return dataclasses.replace(self, **more)

    def item_vectors(self) -> FloatArray:
        """``(n_items, 2 dim)`` float32: source and target vector of each movie, both centred and of length 1."""
        parts = []
        for table in (self.source, self.target):
            centred = table - table.mean(axis=0, dtype=np.float64)
            length = np.linalg.norm(centred, axis=1, keepdims=True)
            parts.append(np.divide(centred, length, out=np.zeros_like(centred), where=length > 0))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def _source_vectors(self, history: Matrix, row: int) -> FloatArray:
        """What each of a person's movies brings, ``(n, dim)`` float64."""
        part = slice(int(history.indptr[row]), int(history.indptr[row + 1]))
        values = entries(history.data[part], self.rating_power, self.unit_stars)
        source_vectors: FloatArray = self.source[history.indices[part]] * values[:, None]
        return source_vectors

    def _scale(self, source_vectors: FloatArray) -> float:
        """What the sum over a person's movies is multiplied by."""
        if not self.cosine:
            return float(max(len(source_vectors), 1) ** -self.user_power)
        length = float(np.linalg.norm(source_vectors.sum(axis=0)))
        return 1.0 / length if length > 0 else 0.0
