"""How a list is re-ranked: more or less varied, near to the person's genres, popular or niche, safe or bold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from reelgraph.core import (
    FloatArray,
    HasItemVectors,
    IntArray,
    Matrix,
    PredictsDistribution,
    PredictsRating,
    Scorer,
    TopK,
)
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.rerank.rerankers import pool_size, rerank, scale_to_unit
from reelgraph.recommend.weighted_history import WeightedHistory


class RerankWeights(TypedDict, total=False):
    """The fields of `RerankOptions` as keyword arguments."""

    diversity: float
    calibration: float
    niche: float
    bold: float


@dataclass(frozen=True)
class RerankOptions:
    """Weights of the re-rankers. With all of them at 0 the list stays as the model ranks it.

    Args:
        diversity: from 0 to 1, how different the movies of the list should be from each other, see `rerankers.mmr`: by
            genre, or by item vectors where the catalogue has no genres.
        calibration: from 0 to 1, how close the genres of the list should be to those of the person's own movies, see
            `rerankers.calibrated`.
        niche: from -1, the most popular candidates first, to 1, the least popular first.
        bold: from -1, the candidates with the most certain stars first, to 1, those with the least certain first, by
            the standard deviation of the predicted distribution.

    Raises:
        ConfigError: a weight is not in its range.
    """

    diversity: float = 0.0
    calibration: float = 0.0
    niche: float = 0.0
    bold: float = 0.0

    def __post_init__(self) -> None:
        for name, lowest in (("diversity", 0), ("calibration", 0), ("niche", -1), ("bold", -1)):
            weight = getattr(self, name)
            if not lowest <= weight <= 1:
                raise ConfigError(name, f"{weight} is not valid: expected a number from {lowest} to 1")

    def __bool__(self) -> bool:
        return bool(self.diversity or self.calibration or self.niche or self.bold)

    def __str__(self) -> str:
        names = ("diversity", "calibration", "niche", "bold")
        return " and ".join(f"{name} {getattr(self, name):g}" for name in names if getattr(self, name))

    def pool_size(self, k: int) -> int:
        """Number of candidates needed for a list of ``k``."""
        return pool_size(k) if self else k

    def apply(
        self, pool: TopK, k: int, history: WeightedHistory, scorer: Scorer, n_ratings: IntArray, genres: Matrix
    ) -> TopK:
        """Re-rank the candidates of one person. The scores stay those of the pool.

        Args:
            pool: ``(1, n_candidates)``, best first.
            k: length of the list.
            history: the person.
            scorer: the model.
            n_ratings: ``(n_items,)`` number of people who rated each item.
            genres: ``(n_items, n_genres)`` 0/1 CSR.

        Raises:
            CapabilityError: the catalogue or the model lacks what an option needs.
        """
        if not self:
            return pool
        reranked = pool
        if self.niche:
            reranked = blend_scores(reranked, niche_values(reranked, n_ratings, self.niche), abs(self.niche))
        if self.bold:
            uncertainty = np.sign(self.bold) * rating_std(scorer, history.rated().ratings, reranked)
            reranked = blend_scores(reranked, uncertainty, abs(self.bold))
        if self.diversity or self.calibration:
            reranked = rerank(
                reranked, k, diversity=self.diversity, features=self._features(scorer, genres),
                calibration=self.calibration, history=history.ratings, genres=genres,
            )  # fmt: skip
        return _with_pool_scores(pool, reranked.items[:, :k])

    def _features(self, scorer: Scorer, genres: Matrix) -> Matrix | FloatArray:
        if genres.nnz:
            return genres
        if self.calibration:
            raise CapabilityError("the catalogue has no genres, so a list cannot be calibrated to them")
        if not isinstance(scorer, HasItemVectors):
            raise CapabilityError("the catalogue has no genres and the model no item vectors to tell movies apart")
        return scorer.item_vectors()


AS_RANKED = RerankOptions()
"""No re-ranking."""


def blend_scores(pool: TopK, values: FloatArray, weight: float) -> TopK:
    """Order candidates by ``(1 - weight) s + weight v``, both scaled to [0, 1] over each person's candidates.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        values: ``(batch, n_candidates)`` v.
        weight: from 0 to 1.

    Returns:
        All candidates, with the blended values as scores; ties go to the better ranked candidate.
    """
    is_candidate = pool.items >= 0
    blended = (1.0 - weight) * scale_to_unit(pool.scores, is_candidate) + weight * scale_to_unit(values, is_candidate)
    blended[~is_candidate] = -np.inf
    order = np.argsort(-blended, axis=1, kind="stable")
    items, scores = (np.take_along_axis(columns, order, axis=1) for columns in (pool.items, blended))
    return TopK(items, scores.astype(np.float32))


def niche_values(pool: TopK, n_ratings: IntArray, sign: float) -> FloatArray:
    """Values for `blend_scores` that prefer niche (``sign`` above 0) or popular items, ``(batch, n_candidates)``.

    They are the logarithms of the numbers of ratings, negative for niche.
    """
    values: FloatArray = -np.sign(sign) * np.log1p(n_ratings[np.maximum(pool.items, 0)])
    return values


def rating_std(scorer: Scorer, history: Matrix, pool: TopK) -> FloatArray:
    """Standard deviation of the predicted stars of each candidate, ``(batch, n_candidates)``.

    Args:
        scorer: the model.
        history: ``(batch, n_items)`` CSR, stars.
        pool: ``(batch, n_candidates)``.

    Raises:
        CapabilityError: the model predicts no distribution of the stars.
    """
    std = np.zeros(pool.items.shape)
    for user, item_rows in enumerate(pool.items):
        distribution = None
        if isinstance(scorer, PredictsRating) and isinstance(scorer, PredictsDistribution):
            distribution = scorer.rate(history[[user]], np.maximum(item_rows, 0)).distribution
        if distribution is None:
            hint = "train a blend or bayes-gcn for this"
            raise CapabilityError(f"the model {scorer.kind!r} predicts no distribution of the stars", hint)
        mean_square = (distribution.probability @ distribution.levels**2)[0]
        std[user] = np.sqrt(np.maximum(mean_square - distribution.mean()[0] ** 2, 0.0))
    return std


def _with_pool_scores(pool: TopK, items: IntArray) -> TopK:
    """The list of one person, ``(1, k)``, with the scores of the pool."""
    score_of = dict(zip(pool.items[0].tolist(), pool.scores[0].tolist(), strict=True)) | {-1: -np.inf}
    scores = np.array([[score_of[item] for item in items[0].tolist()]], np.float32)
    return TopK(items.copy(), scores)
