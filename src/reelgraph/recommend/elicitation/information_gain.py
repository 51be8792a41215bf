"""Expected information gain of one more rating, for a person's predicted stars and for their list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import (
    AdditiveScorer,
    CombinesScorers,
    FloatArray,
    HasLinearRatingModels,
    IntArray,
    LinearRatingModel,
    Scorer,
)
from reelgraph.core.interruption import raise_if_interrupted

_MAX_LISTED = 4000  # items whose scores are summed
_BLOCK_SCORES = 250_000  # scores computed together, so that they stay in the cache


@dataclass
class RatingVarianceGain:
    r"""How much of the variance of a person's stars a rating removes, for stars :math:`x_i \cdot z` with normal z.

    The covariance S of z after some ratings does not depend on their stars. So the expected decrease of the variance
    of the stars of what people watch, as a share of the variance before the first rating, is known in advance:

    .. math:: g_j = \frac{\sum_i p_i (x_i' S x_j)^2}{(\sigma^2 + x_j' S x_j) \sum_i p_i x_i' S_0 x_i}

    Args:
        design: ``(n_items, d)``, X.
        covariance: ``(d, d)``, S.
        noise: variance of a rating, :math:`\sigma^2`.
        item_moment: ``(d, d)``, sum of :math:`p_i x_i x_i'`, p being the share of each item in all views.
        prior_variance: variance before the first rating.

    Source: A-optimal design (Chaloner and Verdinelli 1995, "Bayesian experimental design"); for ordinal stars the
    unit noise of the probit stands for :math:`\sigma^2`.
    """

    design: FloatArray
    covariance: FloatArray
    noise: float
    item_moment: FloatArray
    prior_variance: float

    @classmethod
    def from_scorer(cls, scorer: Scorer, item_shares: FloatArray) -> list[RatingVarianceGain]:
        """One for each linear rating model of the scorer; empty when it has none.

        Args:
            scorer: the model.
            item_shares: ``(n_items,)``, p.
        """
        models = scorer.linear_models() if isinstance(scorer, HasLinearRatingModels) else []
        return [cls._from_model(model, item_shares) for model in models]

    @classmethod
    def _from_model(cls, model: LinearRatingModel, item_shares: FloatArray) -> RatingVarianceGain:
        item_moment = model.design.T @ (item_shares[:, None] * model.design)
        prior_variance = max(float(np.sum(item_moment * model.covariance)), 1e-300)
        return cls(model.design, model.covariance, model.noise, item_moment, prior_variance)

    def add_rating(self, item_row: int) -> None:
        """The person has rated ``item_row``."""
        x = self.design[item_row]
        covariance_x = self.covariance @ x
        self.covariance = self.covariance - np.outer(covariance_x, covariance_x) / (self.noise + x @ covariance_x)

    def gain(self, item_rows: IntArray) -> FloatArray:
        """G of each of ``item_rows``, ``(n,)``. Cost: O(n d^2)."""
        design = self.design[item_rows]
        design_covariance = design @ self.covariance
        item_variance = np.einsum("nd,nd->n", design_covariance, design)
        removed = np.einsum("nd,nd->n", design_covariance @ self.item_moment, design_covariance)
        share: FloatArray = removed / (self.noise + item_variance) / self.prior_variance
        return share


class ExpectedHitsGain:
    r"""How much more hits a list is expected to have after one more answer.

    The score s of a graph filter estimates the probability that the person watches an item. Picking each item with
    that probability gives :math:`L = \sum_i \max(s_i, 0)^2` hits over the items not yet answered: few while all scores
    are low and similar, many when some stand out. After the answer "seen" to item j the scores are :math:`s + w_j`,
    with w_j the row of the item-item matrix, so the gain is

    .. math:: D_j = \sum_{i \notin A, i \ne j} \max(s_i + w_{ji}, 0)^2 - \sum_{i \notin A} \max(s_i, 0)^2

    where A are the items answered, and i runs over the most watched items, which lists consist of. The gain is small
    for an item that says the same as earlier answers, and for one whose viewers have little in common.

    Args:
        ranker: the scorer.
        viewer_counts: ``(n_items,)``, viewers of each item; the 4,000 items with most are summed over.
    """

    def __init__(self, ranker: AdditiveScorer, viewer_counts: FloatArray) -> None:
        self._ranker = ranker
        self._listed: IntArray = np.sort(np.argsort(-viewer_counts, kind="stable")[:_MAX_LISTED])
        self._position = np.full(ranker.n_items, -1)  # of each item within _listed
        self._position[self._listed] = np.arange(len(self._listed))
        self._scores = np.zeros(len(self._listed))
        self._is_unanswered = np.ones(len(self._listed), np.bool_)
        self._counted = np.zeros(ranker.n_items)  # weight that each item already counts with

    @classmethod
    def from_scorer(cls, scorer: Scorer, viewer_counts: FloatArray) -> ExpectedHitsGain | None:
        """For an additive scorer, or the additive part with the largest weight of a blend; None when there is none."""
        if isinstance(scorer, AdditiveScorer):
            return cls(scorer, viewer_counts)
        if not isinstance(scorer, CombinesScorers):
            return None
        additive = [(weight, part) for weight, part in scorer.ranking_parts() if isinstance(part, AdditiveScorer)]
        weight, ranker = max(additive, key=lambda weighted: weighted[0], default=(0.0, None))
        return cls(ranker, viewer_counts) if ranker is not None and weight > 0 else None

    def add_rating(self, item_row: int, stars: float, weight: float = 1.0) -> None:
        """The person has rated ``item_row`` with ``stars``, which counts with ``weight``."""
        self._scores += weight * self._effects(np.array([item_row]), stars)[0]
        self._counted[item_row] = weight
        if self._position[item_row] >= 0:
            self._is_unanswered[self._position[item_row]] = False

    def gain(self, item_rows: IntArray) -> FloatArray:
        """D of each of ``item_rows``, for a rating that counts 1, ``(n,)``.

        The rating takes the place of a view of the item, which counts already with its weight.

        Cost: O(n * items summed over).
        """
        before = np.maximum(self._scores, 0.0)[self._is_unanswered]
        after, block_size = np.empty(len(item_rows)), max(_BLOCK_SCORES // len(self._listed), 1)
        for start in range(0, len(item_rows), block_size):
            raise_if_interrupted()
            block = item_rows[start : start + block_size]
            effects = self._effects(block, self._ranker.unit_stars)
            scores = effects * (1.0 - self._counted[block])[:, None] + self._scores
            is_listed = np.flatnonzero(self._position[block] >= 0)
            scores[is_listed, self._position[block[is_listed]]] = 0.0
            np.maximum(scores, 0.0, out=scores)
            scores *= self._is_unanswered
            after[start : start + block_size] = np.einsum("ni,ni->n", scores, scores)
        gain: FloatArray = after - before @ before
        return gain

    def _effects(self, item_rows: IntArray, stars: float) -> FloatArray:
        """What a rating of ``stars`` for each of ``item_rows`` adds to the scores summed over, ``(n, listed)``."""
        return self._ranker.item_effects(item_rows, stars, self._listed)
