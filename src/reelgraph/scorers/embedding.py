"""Scores as dot products of vectors: a person's is the sum of their movies' source vectors."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, Contributions, FloatArray, IntArray, Matrix
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.dot_products import dot_products
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.quantised import QuantisedVectors
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class EmbeddingScorer(SerialisableScorer):
    r"""Ranks by the product of a person's vector, folded in from their movies, and a movie's vector.

    .. math:: z_u = \sum_{j \in N(u)} (r_{uj} / r_1)^\rho p_j, \quad s_{ui} = b_i + q_i \cdot z_u / \|z_u\|

    With ``cosine`` off, z_u is divided by :math:`n_u^a` in place of its length. New and known people take one path.

    Args:
        source: ``(n_items, dim)`` float32, p: what a rated movie adds to the person's vector; or int8, in units of
            ``source_step``.
        target: ``(n_items, dim)`` float32, q; or int8, in units of ``target_step``.
        bias: ``(n_items,)`` float32, b.
        cosine: divide by the length of z_u.
        user_power: a, for scores that are not cosines.
        rating_power: :math:`\rho`; 0 only asks which movies were rated.
        unit_stars: :math:`r_1`, stars that count 1.
        source_step: ``(n_items,)`` float32, see :meth:`rounded`; empty where ``source`` is not rounded.
        target_step: the same of ``target``.
    """

    kind: ClassVar[str] = "embedding"
    source: AnyArray
    target: AnyArray
    bias: FloatArray
    cosine: bool
    user_power: float
    rating_power: float
    unit_stars: float
    source_step: FloatArray = dataclasses.field(default_factory=lambda: np.empty(0, np.float32))
    target_step: FloatArray = dataclasses.field(default_factory=lambda: np.empty(0, np.float32))

    def rounded(self) -> EmbeddingScorer:
        """The scorer with vectors of one byte a number, see `QuantisedVectors`: a quarter of the room in a bundle."""
        source, target = QuantisedVectors.of(self.source_vectors), QuantisedVectors.of(self.target_vectors)
        return dataclasses.replace(
            self, source=source.codes, source_step=source.step, target=target.codes, target_step=target.step
        )

    @cached_property
    def source_vectors(self) -> FloatArray:
        """P, ``(n_items, dim)``."""
        return _vectors(self.source, self.source_step)

    @cached_property
    def target_vectors(self) -> FloatArray:
        """Q, ``(n_items, dim)``."""
        return _vectors(self.target, self.target_step)

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.target)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32; the biases alone for someone without ratings."""
        return dot_products(self._user_vectors(history), self._target_and_bias)

    def score_bounds(self, history: Matrix) -> FloatArray:
        """Numbers that no score is above, ``(batch, n_items)`` float32, see `QuantisedVectors`."""
        return self._quantised.bounds(self._user_vectors(history))

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """Scores of ``items`` for one person, ``(n,)`` float32; the bounds are not needed for it."""
        scores: FloatArray = dot_products(self._user_vectors(history), self._target_and_bias[items])[0]
        return scores

    def _user_vectors(self, history: Matrix) -> FloatArray:
        """People's vectors and a 1 for the bias, ``(batch, dim + 1)`` float64."""
        user_vectors = np.empty((history.shape[0], self.source.shape[1]))
        values = entries(history.data, self.rating_power, self.unit_stars)
        kernels.sums(history.indptr, history.indices, values, self.source_vectors, user_vectors)
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
        return np.column_stack([self.target_vectors, self.bias])

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the length of the person's vector held, and the biases."""
        source_vectors = self._person_vectors(history, 0)
        shares = self.target_vectors[items].astype(np.float64) @ source_vectors.T * self._scale(source_vectors)
        held_constant = "the length of the sum of all movies' vectors" if self.cosine else "the number of ratings"
        is_plain_sum = not self.cosine and not self.user_power
        return Contributions(
            shares, {"bias of the movie": self.bias[items].astype(np.float64)}, "" if is_plain_sum else held_constant
        )

    def with_new_items(self, similarity: Matrix, seed: int) -> EmbeddingScorer:
        """The scorer with more items: their vectors and biases are means of those of the items like them."""
        empty = np.empty(0, np.float32)
        arrays = {"source": self.source_vectors, "target": self.target_vectors, "bias": self.bias}
        more: dict[str, Any] = {
            name: np.concatenate([array, (similarity @ array).astype(np.float32)]) for name, array in arrays.items()
        }
        wider = dataclasses.replace(self, **more, source_step=empty, target_step=empty)
        return wider.rounded() if len(self.source_step) else wider

    def item_vectors(self) -> FloatArray:
        """``(n_items, 2 dim)`` float32: source and target vector of each movie, both centred and of length 1."""
        parts = []
        for table in (self.source_vectors, self.target_vectors):
            centred = table - table.mean(axis=0, dtype=np.float64)
            length = np.linalg.norm(centred, axis=1, keepdims=True)
            parts.append(np.divide(centred, length, out=np.zeros_like(centred), where=length > 0))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def _person_vectors(self, history: Matrix, row: int) -> FloatArray:
        """What each of a person's movies brings, ``(n, dim)`` float64."""
        part = slice(int(history.indptr[row]), int(history.indptr[row + 1]))
        values = entries(history.data[part], self.rating_power, self.unit_stars)
        source_vectors: FloatArray = self.source_vectors[history.indices[part]] * values[:, None]
        return source_vectors

    def _scale(self, source_vectors: FloatArray) -> float:
        """What the sum over a person's movies is multiplied by."""
        if not self.cosine:
            return float(max(len(source_vectors), 1) ** -self.user_power)
        length = float(np.linalg.norm(source_vectors.sum(axis=0)))
        return 1.0 / length if length > 0 else 0.0


def _vectors(table: AnyArray, step: FloatArray) -> FloatArray:
    """A table of vectors, multiplied by the step of each row where it has any."""
    return QuantisedVectors(table, step).vectors() if len(step) else table
