"""Re-rankers: they choose and order a list from a longer one, for diversity or for a person's own mix of genres.

Both take the candidates of many people at once, as `TopK` lists longer than k, and a weight from 0, which keeps the
first k as they are, to 1, which uses the scores only to break ties. They are greedy: the list grows by the candidate
with the best value at each step. A person's scores are scaled to [0, 1] over their candidates, so that a weight means
the same for every model. Ties always go to the better ranked candidate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray, Matrix, TopK
from reelgraph.core.errors import ConfigError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.evaluation.full_ranking import batches
from reelgraph.evaluation.metrics.beyond_accuracy import ALPHA, directions, divergence, genre_shares, shares

_MEMORY_BYTES = 32 * 2**20
_MIN_POOL_SIZE = 100
_TOLERANCE = 1e-9  # values nearer than this differ by rounding only


def pool_size(k: int) -> int:
    """Number of candidates for a list of ``k``: five times as many, at least 100."""
    return max(5 * k, _MIN_POOL_SIZE)


class _Cost(Protocol):
    """The cost of adding each candidate to the lists as they are."""

    weight: float

    def costs(self) -> FloatArray:
        """``(batch, pool)`` float64."""
        ...

    def add(self, positions: IntArray) -> None:
        """Add to each list the candidate at its position in the pool, ``(batch,)``."""
        ...


def mmr(pool: TopK, k: int, features: Matrix | FloatArray, weight: float) -> TopK:
    """Maximal marginal relevance: each place goes to an item with a high score that differs from those above it.

    ``argmax_i (1 - weight) s_i - weight max_(j in list) cos(f_i, f_j)``

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists; each has k items if the person has k candidates.
        features: ``(n_items, dim)``, genres or item vectors; an item without features counts as equal to all others.
        weight: 1 - lambda, in [0, 1].

    Returns:
        ``(batch, k)``; the scores are those of the pool, which need not decrease along the list.

    Raises:
        ConfigError: the weight is not in [0, 1].

    Source: Carbonell and Goldstein 1998, with the scores scaled to [0, 1] for the similarity with the query.

    Cost: O(batch * k * n_candidates * dim).
    """
    return rerank(pool, k, diversity=weight, features=features)


def calibrated(pool: TopK, k: int, history: Matrix, genres: Matrix, weight: float) -> TopK:
    """Calibrated re-ranking: the genres of the list come close to those of the history.

    Greedy on ``(1 - weight) sum_(i in list) s_i - weight KL(p, q(list))`` with p the genres of the history and q those
    of the list, see `beyond_accuracy.divergence`. If the first k of the pool are no worse by this measure, they are
    kept, so that no list is further from its person's genres than they are. An item without genres does not change q.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists; each has k items if the person has k candidates.
        history: ``(batch, n_items)`` CSR, pattern only.
        genres: ``(n_items, n_genres)`` 0/1 CSR.
        weight: lambda, in [0, 1].

    Returns:
        ``(batch, k)``; the scores are those of the pool, which need not decrease along the list.

    Raises:
        ConfigError: the weight is not in [0, 1].

    Source: Steck 2018, "Calibrated recommendations", equation 7; the scaling of the scores and the comparison with the
    list that is not re-ranked are ours.

    Cost: O(batch * k * n_candidates * n_genres).
    """
    return rerank(pool, k, calibration=weight, history=history, genres=genres)


def rerank(
    pool: TopK,
    k: int,
    *,
    diversity: float = 0.0,
    features: Matrix | FloatArray | None = None,
    calibration: float = 0.0,
    history: Matrix | None = None,
    genres: Matrix | None = None,
) -> TopK:
    """`mmr`, `calibrated`, or both: ``(1 - diversity) (1 - calibration) s`` minus both costs, each with its weight.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists.
        diversity: weight of `mmr`.
        features: ``(n_items, dim)``, needed if that is not 0.
        calibration: weight of `calibrated`.
        history: ``(batch, n_items)`` CSR, needed if that is not 0.
        genres: ``(n_items, n_genres)`` 0/1 CSR, likewise.

    Raises:
        ConfigError: a weight is not in [0, 1], or an argument it needs is missing.
    """
    for name, weight in (("diversity", diversity), ("calibration", calibration)):
        if not 0 <= weight <= 1:
            raise ConfigError(name, f"{weight} is not valid: expected a number from 0 to 1")
    unit_features, item_genres, history_genres = _inputs(diversity, features, calibration, history, genres)
    items, scores = pool.items.astype(np.int64), pool.scores
    n_lists, n_candidates = items.shape
    row_bytes = 8 * n_candidates * (unit_features.shape[1] + 4 * item_genres.shape[1] + 4)
    positions = np.full((n_lists, k), -1, np.int64)
    for batch in batches(n_lists, row_bytes, _MEMORY_BYTES):
        batch_items = items[batch]
        is_candidate = batch_items >= 0
        relevance = scale_to_unit(scores[batch], is_candidate)
        costs: list[_Cost] = []
        if diversity:
            costs.append(_SimilarityCost(diversity, unit_features[batch_items]))
        if calibration:
            costs.append(_CalibrationCost(calibration, item_genres[batch_items], history_genres[batch]))
        positions[batch] = _greedy(relevance, is_candidate, k, costs)
        if calibration and not diversity:
            first_k = _first_k(is_candidate, k)
            reranked_value, first_k_value = (
                _calibrated_value(lists, relevance, item_genres[batch_items], history_genres[batch], calibration)
                for lists in (positions[batch], first_k)
            )
            keeps_first_k = (first_k_value >= reranked_value - _TOLERANCE)[:, None]
            positions[batch] = np.where(keeps_first_k, first_k, positions[batch])
    return _lists_at(pool, positions)


def _inputs(
    diversity: float,
    features: Matrix | FloatArray | None,
    calibration: float,
    history: Matrix | None,
    genres: Matrix | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Features of length 1, genre shares of the items and genre shares of the histories; empty if not needed."""
    unit_features: FloatArray = np.zeros((0, 0))
    item_genres, history_genres = unit_features, unit_features
    if diversity:
        if features is None:
            raise ConfigError("diversity", "needs features of the items, and none are given")
        unit_features = directions(features)
    if calibration:
        if history is None or genres is None:
            raise ConfigError("calibration", "needs the histories and the genres of the items")
        item_genres, history_genres = shares(genres), genre_shares(history, genres)
    return unit_features, item_genres, history_genres


def scale_to_unit(scores: FloatArray, is_candidate: BoolArray) -> FloatArray:
    """Scores ``(batch, pool)`` scaled from 0, a person's lowest, to 1, their highest; 0 if all are equal."""
    values = np.where(is_candidate, scores, np.nan).astype(np.float64)
    if not values.size:
        return values
    low = np.where(is_candidate, values, np.inf).min(axis=1, keepdims=True)
    span = np.where(is_candidate, values, -np.inf).max(axis=1, keepdims=True) - low
    scaled: FloatArray = np.where(is_candidate & (span > 0), (values - low) / np.where(span > 0, span, 1.0), 0.0)
    return scaled


def _greedy(relevance: FloatArray, is_candidate: BoolArray, k: int, costs: list[_Cost]) -> IntArray:
    """Positions in the pool in the order they are chosen, ``(batch, k)``, -1 if no candidate is left."""
    batch = np.arange(len(relevance))
    weighted_relevance = relevance * np.prod([1 - cost.weight for cost in costs])
    is_available = is_candidate.copy()
    positions = np.full((len(relevance), k), -1, np.int64)
    for rank in range(min(k, relevance.shape[1])):
        raise_if_interrupted()
        value = weighted_relevance.copy()
        for cost in costs:
            value -= cost.weight * cost.costs()
        value[~is_available] = -np.inf
        best = (value >= value.max(axis=1, keepdims=True) - _TOLERANCE).argmax(axis=1)
        positions[:, rank] = np.where(is_available[batch, best], best, -1)
        is_available[batch, best] = False
        for cost in costs:
            cost.add(best)
    return positions


@dataclass
class _SimilarityCost:
    """Highest cosine of each candidate with an item of the list; 0 while that is empty, 1 without features.

    Args:
        weight: of diversity.
        features: ``(batch, pool, dim)``, of length 1 or 0.
    """

    weight: float
    features: FloatArray
    _max_cosine: FloatArray | None = field(default=None, init=False)

    def costs(self) -> FloatArray:
        return np.zeros(self.features.shape[:2]) if self._max_cosine is None else self._max_cosine

    def add(self, positions: IntArray) -> None:
        added = self.features[np.arange(len(positions)), positions]
        cosine = np.where(self.features.any(axis=2), (self.features @ added[:, :, None])[:, :, 0], 1.0)
        self._max_cosine = cosine if self._max_cosine is None else np.maximum(self._max_cosine, cosine)


@dataclass
class _CalibrationCost:
    """The `divergence` of the list's genres from those of the history after adding each candidate, up to a constant.

    A genre that the history lacks has no weight; a 1 in its place keeps the logarithm finite.

    Args:
        weight: of calibration.
        item_genres: ``(batch, pool, n_genres)``, rows sum to 1 or are 0.
        history_genres: ``(batch, n_genres)``, rows sum to 1 or are 0.
    """

    weight: float
    item_genres: FloatArray
    history_genres: FloatArray

    def __post_init__(self) -> None:
        self._has_genres: FloatArray = np.asarray(self.item_genres.any(axis=2), np.float64)
        self._total, self._count = np.zeros(self.history_genres.shape), np.zeros(len(self.history_genres))
        self._mixed_in = ALPHA * self.history_genres + (self.history_genres == 0)

    def costs(self) -> FloatArray:
        factor = (1 - ALPHA) / np.maximum(self._count[:, None] + self._has_genres, 1)
        mixed = self._total[:, None] + self.item_genres
        mixed *= factor[:, :, None]
        mixed += self._mixed_in[:, None]
        np.log(mixed, out=mixed)
        expected_log: FloatArray = mixed @ self.history_genres[:, :, None]
        cost: FloatArray = -expected_log[:, :, 0]
        return cost

    def add(self, positions: IntArray) -> None:
        rows = np.arange(len(positions))
        self._total += self.item_genres[rows, positions]
        self._count += self._has_genres[rows, positions]


def _first_k(is_candidate: BoolArray, k: int) -> IntArray:
    """The first k positions of the pool, -1 where there is no candidate."""
    positions = np.full((len(is_candidate), k), -1, np.int64)
    width = min(k, is_candidate.shape[1])
    positions[:, :width] = np.where(is_candidate[:, :width], np.arange(width), -1)
    return positions


def _calibrated_value(
    positions: IntArray, relevance: FloatArray, item_genres: FloatArray, history_genres: FloatArray, weight: float
) -> FloatArray:
    """What `calibrated` maximises, for whole lists of positions ``(batch, k)``: ``(batch,)``."""
    is_item, rows = positions >= 0, np.arange(len(positions))[:, None]
    list_genres = np.where(is_item[:, :, None], item_genres[rows, positions], 0.0)
    count = np.maximum(np.count_nonzero(list_genres.any(axis=2), axis=1)[:, None], 1)
    total_relevance = np.where(is_item, relevance[rows, positions], 0.0).sum(axis=1)
    cost = divergence(history_genres, list_genres.sum(axis=1) / count)
    value: FloatArray = (1 - weight) * total_relevance - weight * cost
    return value


def _lists_at(pool: TopK, positions: IntArray) -> TopK:
    """The candidates at these positions, as lists."""
    if not pool.items.shape[1]:
        return TopK(positions.copy(), np.full(positions.shape, -np.inf, np.float32))
    is_item = positions >= 0
    items = np.where(is_item, np.take_along_axis(pool.items, positions, axis=1), -1)
    scores = np.where(is_item, np.take_along_axis(pool.scores, positions, axis=1), -np.inf)
    return TopK(items, scores.astype(np.float32))
