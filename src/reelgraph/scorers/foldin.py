"""Stars that are linear in a person's vector, and the vector itself folded in from the person's ratings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy import linalg

from reelgraph.types import AnyArray, FloatArray, IntArray, Matrix, RatingPrediction


@dataclass(frozen=True)
class FoldInScorer:
    r"""Predicts stars as ``base_i + x_i . z_u``, where z_u is the posterior mean given the person's ratings.

    .. math:: z_u = m + (P + X_u'X_u / \sigma^2)^{-1} X_u'(r_u - base_u - X_u m) / \sigma^2

    The prior N(m, inverse P) is the spread of the trained users' vectors, so someone without ratings gets the average
    person, and someone with many gets what they say. New and known people take the same path.

    Args:
        design: ``(n_items, dim)`` float64, what multiplies the person's vector.
        base: ``(n_items,)`` float64, stars apart from the person.
        vectors: ``(n_items, v)`` float32; the cosine of two says how alike people rate the two items.
        prior_mean: ``(dim,)`` float64, m.
        prior_precision: ``(dim, dim)`` float64, P, positive definite.
        noise: :math:`\sigma^2`, stars squared.
        low: smallest rating, stars.
        high: largest rating, stars.

    Source: the ridge step of Salakhutdinov and Mnih 2008 (Bayesian PMF), equation 13, with the hyper-parameters held at
    their empirical values.
    """

    kind: ClassVar[str] = "fold-in"
    design: FloatArray
    base: FloatArray
    vectors: FloatArray
    prior_mean: FloatArray
    prior_precision: FloatArray
    noise: float
    low: float
    high: float

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
        people = np.tile(self.prior_mean, (history.shape[0], 1))
        for row in range(history.shape[0]):
            part = slice(history.indptr[row], history.indptr[row + 1])
            items = history.indices[part]
            if len(items):
                x = self.design[items]
                residual = history.data[part] - self._prior_stars[items]
                precision = self.prior_precision + x.T @ x / self.noise
                factor = linalg.cho_factor(precision, lower=True, overwrite_a=True, check_finite=False)
                people[row] += linalg.cho_solve(factor, x.T @ residual / self.noise, check_finite=False)
        return people

    def score(self, history: Matrix) -> FloatArray:
        """Stars, not clipped, for each of the ``(batch, n_items)`` histories, float32."""
        return (self.base + self.fold_in(history) @ self.design.T).astype(np.float32)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)``, clipped to the scale."""
        stars = self.score(history)
        return RatingPrediction(np.clip(stars if items is None else stars[:, items], self.low, self.high))

    def item_vectors(self) -> FloatArray:
        """``(n_items, v)`` float32, see ``vectors``."""
        return self.vectors

    def arrays(self) -> dict[str, AnyArray]:
        """What was fitted."""
        names = ("design", "base", "vectors", "prior_mean", "prior_precision")
        return {name: getattr(self, name) for name in names}

    def settings(self) -> dict[str, Any]:
        """The numbers beside the arrays."""
        return {"noise": self.noise, "low": self.low, "high": self.high}
