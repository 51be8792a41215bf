"""Dials of a list: how like or unlike, how near to one's own genres, how popular or niche, how safe or bold."""

from __future__ import annotations

from dataclasses import dataclass

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
from reelgraph.recommend.rerank.rerankers import pool_size, rerank, scaled


@dataclass(frozen=True)
class Dials:
    """All at 0: the list as the model ranks it.

    Args:
        diversity: from 0 to 1, movies as unlike as can be, see `rerank.mmr`.
        calibration: from 0 to 1, genres in the proportions of the person's own, see `rerank.calibrated`.
        niche: from -1, the most popular of the candidates, to 1, the least.
        bold: from -1, the candidates whose stars are most certain, to 1, those whose stars are most open, by the
            spread of the predicted distribution.

    Raises:
        ConfigError: a dial is not in its range.
    """

    diversity: float = 0.0
    calibration: float = 0.0
    niche: float = 0.0
    bold: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("diversity", 0), ("calibration", 0), ("niche", -1), ("bold", -1)):
            value = getattr(self, name)
            if not least <= value <= 1:
                raise ConfigError(name, f"{value} is not valid: expected a number from {least} to 1")

    def __bool__(self) -> bool:
        return bool(self.diversity or self.calibration or self.niche or self.bold)

    def __str__(self) -> str:
        names = ("diversity", "calibration", "niche", "bold")
        return " and ".join(f"{name} {getattr(self, name):g}" for name in names if getattr(self, name))

    def pool_size(self, k: int) -> int:
        """Candidates to choose k from."""
        return pool_size(k) if self else k

    def apply(self, pool: TopK, k: int, history: Matrix, scorer: Scorer, viewers: IntArray, genres: Matrix) -> TopK:
        """The list of one person, chosen from a longer one; the scores stay those of the pool.

        Args:
            pool: ``(1, n_candidates)``, best first.
            k: length of the list.
            history: ``(1, n_items)`` CSR, stars.
            scorer: the model.
            viewers: ``(n_items,)`` people who rated each movie.
            genres: ``(n_items, n_genres)`` 0/1 CSR.

        Raises:
            CapabilityError: nothing is known of the movies that a dial could go by.
        """
        if not self:
            return pool
        leaned = pool
        if self.niche:
            leaned = lean(leaned, popularity(leaned, viewers, self.niche), abs(self.niche))
        if self.bold:
            leaned = lean(leaned, np.sign(self.bold) * spreads(scorer, history, leaned), abs(self.bold))
        if self.diversity or self.calibration:
            features = self._features(scorer, genres)
            leaned = rerank(
                leaned, k, diversity=self.diversity, features=features, calibration=self.calibration, history=history,
                genres=genres,
            )  # fmt: skip
        return _with_scores_of(pool, leaned.items[:, :k])

    def _features(self, scorer: Scorer, genres: Matrix) -> Matrix | FloatArray:
        if genres.nnz:
            return genres
        if self.calibration:
            raise CapabilityError("the catalogue has no genres, so a list cannot be calibrated to them")
        if not isinstance(scorer, HasItemVectors):
            raise CapabilityError("the catalogue has no genres and the model no item vectors to tell movies apart")
        return scorer.item_vectors()


def lean(pool: TopK, value: FloatArray, dial: float) -> TopK:
    """Candidates ordered anew by ``(1 - dial) s + dial v``, both scaled to [0, 1] over a person's candidates.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        value: ``(batch, n_candidates)``, what to lean to.
        dial: from 0 to 1.

    Returns:
        All candidates, with what they were ordered by; draws go to the better ranked one.
    """
    there = pool.items >= 0
    blended = (1.0 - dial) * scaled(pool.scores, there) + dial * scaled(value, there)
    blended[~there] = -np.inf
    order = np.argsort(-blended, axis=1, kind="stable")
    items, scores = (np.take_along_axis(one, order, axis=1) for one in (pool.items, blended))
    return TopK(items, scores.astype(np.float32))


def popularity(pool: TopK, viewers: IntArray, sign: float) -> FloatArray:
    """What `lean` takes for popular (``sign`` below 0) or niche: the logarithm of the viewers, ``(batch, n)``."""
    value: FloatArray = -np.sign(sign) * np.log1p(viewers[np.maximum(pool.items, 0)])
    return value


def spreads(scorer: Scorer, history: Matrix, pool: TopK) -> FloatArray:
    """Standard deviation of the predicted stars of each candidate, ``(batch, n_candidates)``.

    Args:
        scorer: the model.
        history: ``(batch, n_items)`` CSR, stars.
        pool: ``(batch, n_candidates)``.

    Raises:
        CapabilityError: the model predicts no distribution of the stars.
    """
    made = np.zeros(pool.items.shape)
    for row, items in enumerate(pool.items):
        found = None
        if isinstance(scorer, PredictsRating) and isinstance(scorer, PredictsDistribution):
            found = scorer.rate(history[[row]], np.maximum(items, 0)).distribution
        if found is None:
            hint = "train a blend or bayes-gcn for this"
            raise CapabilityError(f"the model {scorer.kind!r} predicts no distribution of the stars", hint)
        square = (found.probability @ found.levels**2)[0]
        made[row] = np.sqrt(np.maximum(square - found.mean()[0] ** 2, 0.0))
    return made


def _with_scores_of(pool: TopK, items: IntArray) -> TopK:
    """Lists of one person with the scores that the pool gives them."""
    score = dict(zip(pool.items[0].tolist(), pool.scores[0].tolist(), strict=True)) | {-1: -np.inf}
    scores = np.array([[score[item] for item in items[0].tolist()]], np.float32)
    return TopK(items.copy(), scores)
