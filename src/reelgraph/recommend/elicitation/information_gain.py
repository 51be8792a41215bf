"""What an answer would bring: to the stars predicted for a person, and to the list made for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, IntArray, Matrix, Scorer
from reelgraph.scorers import BayesScorer, BlendScorer, FoldInScorer, ItemFilterScorer, LowRankFilterScorer

_DRAWS = 4  # of a sampled model that the gain is averaged over
_LISTED = 4000  # movies whose scores are summed
_ENTRIES = 250_000  # scores computed together, what a processor keeps near

Additive = ItemFilterScorer | LowRankFilterScorer


@dataclass
class RatingVarianceGain:
    r"""One normal model of a person: stars are :math:`x_i \cdot z`, z normal.

    Its covariance after some answers, S, does not hang on what was answered, so what asking about j takes off the
    variance of the stars of what people watch, as a share of what there was before the first answer, is known before:

    .. math:: g_j = \frac{\sum_i p_i (x_i' S x_j)^2}{(\sigma^2 + x_j' S x_j) \sum_i p_i x_i' S_0 x_i}

    Args:
        design: ``(n_items, d)``, X.
        covariance: ``(d, d)``, S.
        noise: variance of a rating.
        middle: ``(d, d)``, sum of p_i x_i x_i', with p the share of the viewers of each movie.
        whole: variance there was before the first answer.

    Source: A-optimal design (Chaloner and Verdinelli 1995, "Bayesian experimental design"); for ordinal stars the
    unit noise of the probit stands for :math:`\sigma^2`.
    """

    design: FloatArray
    covariance: FloatArray
    noise: float
    middle: FloatArray
    whole: float

    @classmethod
    def models(cls, scorer: Scorer, weight: FloatArray) -> list[RatingVarianceGain]:
        """Those of a scorer, one or a few draws of it; none where it has no such model.

        Args:
            scorer: a model of the stars that is linear in the person, or a blend with one.
            weight: ``(n_items,)``, p.
        """
        return [cls._of(*one, weight) for one in _linear(scorer)]

    @classmethod
    def _of(cls, design: FloatArray, covariance: FloatArray, noise: float, weight: FloatArray) -> RatingVarianceGain:
        middle = design.T @ (weight[:, None] * design)
        return cls(design, covariance, noise, middle, max(float(np.sum(middle * covariance)), 1e-300))

    def learn(self, item: int) -> None:
        """The person has rated ``item``."""
        spread = self.covariance @ self.design[item]
        self.covariance = self.covariance - np.outer(spread, spread) / (self.noise + self.design[item] @ spread)

    def gain(self, items: IntArray) -> FloatArray:
        """Share of the variance that the answer about each of ``items`` would take away. Cost: O(items d^2)."""
        design = self.design[items]
        spread = design @ self.covariance
        own = np.einsum("nd,nd->n", spread, design)
        taken = np.einsum("nd,nd->n", spread @ self.middle, spread)
        share: FloatArray = taken / (self.noise + own) / self.whole
        return share


class ExpectedHitsGain:
    r"""How much more the list of a person would say after one more answer.

    The score s of a graph filter estimates the chance that the person watches a movie. Someone who picked each movie
    with that chance would be right :math:`L = \sum_i \max(s_i, 0)^2` times, over the movies not yet answered: little
    while all scores are low and alike, much when some stand out. The scores after a yes about j are
    :math:`s + w_j`, w_j the row of the item-item matrix, so the gain is

    .. math:: D_j = \sum_{i \notin A, i \ne j} \max(s_i + w_{ji}, 0)^2 - \sum_{i \notin A} \max(s_i, 0)^2

    with A what was answered and i among the movies most watched, of which lists consist. A movie that tells what the
    answers have told already has little of it, and so has one whose viewers have nothing in common.

    Args:
        ranker: scores that are a sum over the person's movies.
        viewers: ``(n_items,)``, of each movie; the 4,000 with most are summed over.
    """

    def __init__(self, ranker: Additive, viewers: FloatArray) -> None:
        self._ranker = ranker
        self._listed: IntArray = np.sort(np.argsort(-viewers, kind="stable")[:_LISTED])
        self._place = np.full(ranker.n_items, -1)
        self._place[self._listed] = np.arange(len(self._listed))
        self._scores = np.zeros(len(self._listed))
        self._open = np.ones(len(self._listed), np.bool_)

    @classmethod
    def of(cls, scorer: Scorer, viewers: FloatArray) -> ExpectedHitsGain | None:
        """That of the graph filter of a scorer, of a blend the one that weighs most; None where there is none."""
        if isinstance(scorer, Additive):
            return cls(scorer, viewers)
        if not isinstance(scorer, BlendScorer):
            return None
        found = [(w, part) for w, part in zip(scorer.weights, scorer.parts, strict=True) if isinstance(part, Additive)]
        weight, part = max(found, key=lambda one: one[0], default=(0.0, None))
        return cls(part, viewers) if part is not None and weight > 0 else None

    def learn(self, item: int, stars: float) -> None:
        """The person has given ``item`` so many stars."""
        self._scores += self._rows(np.array([item]), stars)[0]
        if self._place[item] >= 0:
            self._open[self._place[item]] = False

    def gain(self, items: IntArray) -> FloatArray:
        """D of each of ``items``, as if answered with the stars that count 1. Cost: O(items * listed)."""
        before = np.maximum(self._scores, 0.0)[self._open]
        after, size = np.empty(len(items)), max(_ENTRIES // len(self._listed), 1)
        for start in range(0, len(items), size):
            some = items[start : start + size]
            scores = self._rows(some, self._ranker.unit_stars) + self._scores
            own = np.flatnonzero(self._place[some] >= 0)
            scores[own, self._place[some[own]]] = 0.0
            np.maximum(scores, 0.0, out=scores)
            scores *= self._open
            after[start : start + size] = np.einsum("ni,ni->n", scores, scores)
        gain: FloatArray = after - before @ before
        return gain

    def _rows(self, items: IntArray, stars: float) -> FloatArray:
        """What each of ``items`` adds to the scores, with so many stars: ``(len(items), listed)`` float64."""
        rated = Matrix(
            (np.full(len(items), stars, np.float32), items, [0, len(items)]), shape=(1, self._ranker.n_items)
        )
        return self._ranker.contributions(rated, self._listed).ratings.T


def _linear(scorer: Scorer) -> Sequence[tuple[FloatArray, FloatArray, float]]:
    """Design ``(n_items, d)``, covariance of the person ``(d, d)`` and noise variance, one or a few draws of them."""
    if isinstance(scorer, BlendScorer):
        return _linear(scorer.parts[-1])
    if isinstance(scorer, FoldInScorer):
        return [(scorer.design, np.linalg.inv(scorer.prior_precision), scorer.noise)]
    if not isinstance(scorer, BayesScorer):
        return []
    found = []
    for draw in np.unique(np.linspace(0, len(scorer.item) - 1, _DRAWS).astype(np.int64)).tolist():
        design = scorer.item[draw].astype(np.float64) + scorer.date_drawn[draw]
        design[:, 0] = 1.0
        covariance = np.diag(1.0 / scorer.prior_precision[draw].astype(np.float64)) + scorer.neighbour_covariance[draw]
        noise = 1.0 if scorer.cuts.shape[1] else 1.0 / float(scorer.noise[draw])
        found.append((design, covariance, noise))
    return found
