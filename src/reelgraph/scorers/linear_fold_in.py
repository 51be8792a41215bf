"""Stars that are linear in a person's vector, and the vector itself folded in from the person's ratings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy import linalg

from reelgraph.core import Contributions, FloatArray, IntArray, LinearRatingModel, Matrix, RatingPrediction
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class FoldInScorer(SerialisableScorer):
    r"""Predicts stars as ``base_i + x_i . z_u``, where z_u is the posterior mean given the person's ratings.

    .. math:: z_u = m + (P + X_u'X_u / \sigma^2)^{-1} X_u'(r_u - base_u - X_u m) / \sigma^2

    With an output layer that ranks, the scores are

    .. math:: s_{ui} = q_{i0} + n_u^{-1/2} \sum_{j \in N(u)} \frac{r_{uj}}{r_1} p_j \cdot q_i

    Without one they are damped stars. Ranked by stars alone, movies that two people loved would fill every list. So the
    score is the stars where many have rated the movie, and the person's stars for the average rating where few have:

    .. math:: s_{ui} = t_i \hat r_{ui} + (1 - t_i) \bar r_u, \quad t_i = n_i / (n_i + \kappa)

    The prior N(m, inverse P) is the spread of the trained users' vectors, so someone without ratings gets the average
    person, and someone with many gets what they say. New and known people take the same path.

    Args:
        design: ``(n_items, dim)`` float64, what multiplies the person's vector.
        base: ``(n_items,)`` float64, stars that do not depend on the person.
        vectors: ``(n_items, v)`` float32; cosines say how similarly people rate two items.
        counts: ``(n_items,)`` int64, training ratings of each item, n.
        prior_mean: ``(dim,)`` float64, m.
        prior_precision: ``(dim, dim)`` float64, P, positive definite.
        noise: :math:`\sigma^2`, stars squared.
        damping: :math:`\kappa`, in ratings.
        low: smallest rating, stars.
        high: largest rating, stars.
        rank_source: ``(n_items, k)`` float32, p; empty without an output layer that ranks.
        rank_target: ``(n_items, k + 1)`` float32, q, its constant last.
        rank_unit: :math:`r_1`, stars that count 1.

    Source: the ridge step of Salakhutdinov and Mnih 2008 (Bayesian PMF), equation 13, with the hyper-parameters held at
    their empirical values.
    """

    kind: ClassVar[str] = "fold-in"
    design: FloatArray
    base: FloatArray
    vectors: FloatArray
    counts: IntArray
    prior_mean: FloatArray
    prior_precision: FloatArray
    noise: float
    damping: float
    low: float
    high: float
    rank_source: FloatArray = dataclasses.field(default_factory=lambda: np.empty((0, 0), np.float32))
    rank_target: FloatArray = dataclasses.field(default_factory=lambda: np.empty((0, 0), np.float32))
    rank_unit: float = 1.0

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.base)

    @cached_property
    def _prior_stars(self) -> FloatArray:
        """Stars of the average person, ``(n_items,)``."""
        stars: FloatArray = self.base + self.design @ self.prior_mean
        return stars

    def fold_in(self, history: Matrix) -> FloatArray:
        """The vector of each person, ``(batch, dim)`` float64.

        Args:
            history: ``(batch, n_items)`` CSR, stars.

        Cost: O(ratings * dim^2 + batch * dim^3).
        """
        user_vectors = np.tile(self.prior_mean, (history.shape[0], 1))
        for row in range(history.shape[0]):
            part = slice(history.indptr[row], history.indptr[row + 1])
            items = history.indices[part]
            if len(items):
                x = self.design[items]
                residual = history.data[part] - self._prior_stars[items]
                precision = self.prior_precision + x.T @ x / self.noise
                factor = linalg.cho_factor(precision, lower=True, overwrite_a=True, check_finite=False)
                user_vectors[row] += linalg.cho_solve(factor, x.T @ residual / self.noise, check_finite=False)
        return user_vectors

    def stars(self, history: Matrix) -> FloatArray:
        """Stars, not clipped, for each of the ``(batch, n_items)`` histories, ``(batch, n_items)`` float64."""
        stars: FloatArray = self.base + self.fold_in(history) @ self.design.T
        return stars

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32; see the class."""
        if len(self.rank_source):
            people = self._rank_vectors(history)
            return (people @ self.rank_target[:, :-1].T + self.rank_target[:, -1]).astype(np.float32)
        stars, total = self.stars(history), max(int(self.counts.sum()), 1)
        mean_stars = stars @ (self.counts / total)
        damped: FloatArray = self._confidence * stars + (1.0 - self._confidence) * mean_stars[:, None]
        return damped.astype(np.float32)

    def _rank_vectors(self, history: Matrix) -> FloatArray:
        """Weighted sums of the vectors of people's movies over the root of their number, ``(batch, k)`` float32."""
        entries = history.data.astype(np.float32) / np.float32(self.rank_unit)
        rated = Matrix((entries, history.indices, history.indptr), shape=history.shape)
        scale = np.maximum(np.diff(history.indptr), 1).astype(np.float32) ** np.float32(-0.5)
        vectors: FloatArray = np.asarray(rated @ self.rank_source) * scale[:, None]
        return vectors

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        r"""What each rating adds to the scores of ``items``, beside the popularity of the movie where a layer ranks.

        Of damped stars, beside the score of the average person:

        .. math:: c_{ij} = w_i' (P + X_u'X_u / \sigma^2)^{-1} x_j (r_j - base_j - x_j m) / \sigma^2, \quad
            w_i = t_i x_i + (1 - t_i) \bar x

        which movies were rated being held: the score is linear in how they were rated.
        """
        if len(self.rank_source):
            targets = self.rank_target[items].astype(np.float64)
            entries = history.data / self.rank_unit * max(history.nnz, 1) ** -0.5
            shares = targets[:, :-1] @ self.rank_source[history.indices].T * entries
            return Contributions(shares, {"popularity of the movie": targets[:, -1]}, "the number of ratings")
        share, confidence = self.counts / max(int(self.counts.sum()), 1), self._confidence[items]
        prior, mean_design = self._prior_stars, self.design.T @ share
        average = confidence * prior[items] + (1.0 - confidence) * (prior @ share)
        x = self.design[history.indices]
        precision = self.prior_precision + x.T @ x / self.noise
        weights = confidence[:, None] * self.design[items] + (1.0 - confidence)[:, None] * mean_design
        effects = weights @ linalg.cho_solve(linalg.cho_factor(precision, lower=True), x.T, check_finite=False)
        shares = effects * ((history.data - prior[history.indices]) / self.noise)
        return Contributions(shares, {"average person": average}, "which movies were rated")

    @cached_property
    def _confidence(self) -> FloatArray:
        """How much the stars of each movie count in its score, t, ``(n_items,)``."""
        confidence: FloatArray = self.counts / np.maximum(self.counts + self.damping, 1e-12)
        return confidence

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)``, clipped to the scale."""
        stars = self.stars(history).astype(np.float32)
        return RatingPrediction(np.clip(stars if items is None else stars[:, items], self.low, self.high))

    def with_new_items(self, similarity: Matrix, seed: int) -> FoldInScorer:
        """The scorer with more items, which nobody has rated: what they have is the mean of the items like them."""
        tables = {"vectors": self.vectors, "rank_source": self.rank_source, "rank_target": self.rank_target}
        wider: dict[str, Any] = {
            name: np.concatenate([table, (similarity @ table).astype(np.float32)])
            for name, table in tables.items()
            if len(table)
        }
        return dataclasses.replace(
            self,
            design=np.concatenate([self.design, similarity @ self.design]),
            base=np.concatenate([self.base, similarity @ self.base]),
            counts=np.concatenate([self.counts, np.zeros(similarity.shape[0], self.counts.dtype)]),
            **wider,
        )

    def linear_models(self) -> list[LinearRatingModel]:
        """The one model of the stars."""
        return [LinearRatingModel(self.design, np.linalg.inv(self.prior_precision), self.noise)]

    def item_vectors(self) -> FloatArray:
        """``(n_items, v)`` float32, see ``vectors``."""
        return self.vectors
