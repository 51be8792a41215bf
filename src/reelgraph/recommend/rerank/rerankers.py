"""Re-rankers: they choose and order a list anew from a longer one, for variety or for a person's own mix of genres.

Both take the candidates of many people at once, `TopK` lists longer than the k wanted, and a dial from 0, which keeps
the first k as they are, to 1, which no longer looks at the scores (but to settle draws). They are greedy: the list
grows by the candidate that adds most now. A person's scores are scaled to [0, 1] over their candidates, so that a dial
means the same for every model. All draws go to the better ranked candidate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray, Matrix, TopK
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.full_ranking import batches
from reelgraph.evaluation.metrics.beyond_accuracy import ALPHA, directions, divergence, genre_shares, shares

_MEMORY_BYTES = 32 * 2**20
_LEAST_POOL = 100
_DRAW = 1e-9  # values nearer than this differ by rounding only


def pool_size(k: int) -> int:
    """Candidates to choose k from: five times as many, at least 100."""
    return max(5 * k, _LEAST_POOL)


class _Cost(Protocol):
    """What each candidate would cost the list as it stands; told which one was taken."""

    dial: float

    def now(self) -> FloatArray:
        """``(batch, pool)`` float64."""
        ...

    def take(self, place: IntArray) -> None:
        """``(batch,)`` place in the pool of the candidate that each list takes."""
        ...


def mmr(pool: TopK, k: int, features: Matrix | FloatArray, dial: float) -> TopK:
    """Maximal marginal relevance: each place goes to what is liked and unlike everything above it.

    ``argmax_i (1 - dial) s_i - dial max_(j in list) cos(f_i, f_j)``

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists; there are k wherever a person has k candidates.
        features: ``(n_items, dim)``, genres or item vectors; an item without any does not count as unlike the others.
        dial: 1 - lambda, in [0, 1].

    Returns:
        ``(batch, k)``; the scores are those of the pool, which need not fall along the list.

    Raises:
        ConfigError: the dial is not in [0, 1].

    Source: Carbonell and Goldstein 1998, with the scores scaled to [0, 1] for the similarity with the query.

    Cost: O(batch * k * n_candidates * dim).
    """
    return rerank(pool, k, diversity=dial, features=features)


def calibrated(pool: TopK, k: int, history: Matrix, genres: Matrix, dial: float) -> TopK:
    """Calibrated re-ranking: the genres of the list come near those of the history.

    Greedy on ``(1 - dial) sum_(i in list) s_i - dial KL(p, q(list))`` with p the genres of the history and q those of
    the list, see `evaluation.beyond.divergence`. Where the first k of the pool do no worse by this measure they are
    kept, so that no list is further from its person's genres than they are. A movie without genres changes no q.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists; there are k wherever a person has k candidates.
        history: ``(batch, n_items)`` CSR, pattern only.
        genres: ``(n_items, n_genres)`` 0/1 CSR.
        dial: lambda, in [0, 1].

    Returns:
        ``(batch, k)``; the scores are those of the pool, which need not fall along the list.

    Raises:
        ConfigError: the dial is not in [0, 1].

    Source: Steck 2018, "Calibrated recommendations", equation 7; the scaling of the scores and the comparison with the
    plain list are ours.

    Cost: O(batch * k * n_candidates * n_genres).
    """
    return rerank(pool, k, calibration=dial, history=history, genres=genres)


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
    """`mmr`, `calibrated`, or both: ``(1 - diversity) (1 - calibration) s`` less both costs, each by its dial.

    Args:
        pool: ``(batch, n_candidates)``, best first.
        k: length of the lists.
        diversity: dial of `mmr`.
        features: ``(n_items, dim)``, needed where that is not 0.
        calibration: dial of `calibrated`.
        history: ``(batch, n_items)`` CSR, needed where that is not 0.
        genres: ``(n_items, n_genres)`` 0/1 CSR, likewise.

    Raises:
        ConfigError: a dial is not in [0, 1], or what it needs is not given.
    """
    for name, dial in (("diversity", diversity), ("calibration", calibration)):
        if not 0 <= dial <= 1:
            raise ConfigError(name, f"{dial} is not valid: expected a number from 0 to 1")
    unit, split, wanted = _needed(diversity, features, calibration, history, genres)
    items, scores = pool.items.astype(np.int64), pool.scores
    n, width = items.shape
    row_bytes = 8 * width * (unit.shape[1] + 4 * split.shape[1] + 4)
    places = np.full((n, k), -1, np.int64)
    for rows in batches(n, row_bytes, _MEMORY_BYTES):
        ours = items[rows]
        worth = scale_to_unit(scores[rows], ours >= 0)
        costs: list[_Cost] = []
        if diversity:
            costs.append(_Nearest(diversity, unit[ours]))
        if calibration:
            costs.append(_Astray(calibration, split[ours], wanted[rows]))
        places[rows] = _greedy(worth, ours >= 0, k, costs)
        if calibration and not diversity:
            plain = _plain(ours >= 0, k)
            value = [_value(p, worth, split[ours], wanted[rows], calibration) for p in (places[rows], plain)]
            places[rows] = np.where((value[1] >= value[0] - _DRAW)[:, None], plain, places[rows])
    return _taken(pool, places)


def _needed(
    diversity: float,
    features: Matrix | FloatArray | None,
    calibration: float,
    history: Matrix | None,
    genres: Matrix | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Directions of the items, their genres in equal parts and the genres of the histories; empty where not needed."""
    unit: FloatArray = np.zeros((0, 0))
    split, wanted = unit, unit
    if diversity:
        if features is None:
            raise ConfigError("diversity", "needs features of the items, and none are given")
        unit = directions(features)
    if calibration:
        if history is None or genres is None:
            raise ConfigError("calibration", "needs the histories and the genres of the items")
        split, wanted = shares(genres), genre_shares(history, genres)
    return unit, split, wanted


def scale_to_unit(scores: FloatArray, there: BoolArray) -> FloatArray:
    """Scores ``(batch, pool)`` from 0, the least of a person's candidates, to 1, the best; 0 where all are equal."""
    known = np.where(there, scores, np.nan).astype(np.float64)
    if not known.size:
        return known
    low = np.where(there, known, np.inf).min(axis=1, keepdims=True)
    span = np.where(there, known, -np.inf).max(axis=1, keepdims=True) - low
    out: FloatArray = np.where(there & (span > 0), (known - low) / np.where(span > 0, span, 1.0), 0.0)
    return out


def _greedy(scaled: FloatArray, there: BoolArray, k: int, costs: list[_Cost]) -> IntArray:
    """Places in the pool in the order taken, ``(batch, k)``, -1 where no candidate is left."""
    batch = np.arange(len(scaled))
    worth = scaled * np.prod([1 - cost.dial for cost in costs])
    left = there.copy()
    places = np.full((len(scaled), k), -1, np.int64)
    for rank in range(min(k, scaled.shape[1])):
        value = worth.copy()
        for cost in costs:
            value -= cost.dial * cost.now()
        value[~left] = -np.inf
        best = (value >= value.max(axis=1, keepdims=True) - _DRAW).argmax(axis=1)
        places[:, rank] = np.where(left[batch, best], best, -1)
        left[batch, best] = False
        for cost in costs:
            cost.take(best)
    return places


@dataclass
class _Nearest:
    """The cosine of each candidate with what is most like it in the list; 0 while that is empty, 1 for the unknown.

    Args:
        dial: of diversity.
        unit: ``(batch, pool, dim)``, of length 1 or 0.
    """

    dial: float
    unit: FloatArray
    _most: FloatArray | None = field(default=None, init=False)

    def now(self) -> FloatArray:
        return np.zeros(self.unit.shape[:2]) if self._most is None else self._most

    def take(self, place: IntArray) -> None:
        chosen = self.unit[np.arange(len(place)), place]
        cosine = np.where(self.unit.any(axis=2), (self.unit @ chosen[:, :, None])[:, :, 0], 1.0)
        self._most = cosine if self._most is None else np.maximum(self._most, cosine)


@dataclass
class _Astray:
    """The `divergence` of the list's genres from the wanted ones, were each candidate added, less its fixed term.

    A genre that is not wanted weighs nothing; a one in its place keeps the logarithm finite.

    Args:
        dial: of calibration.
        split: ``(batch, pool, n_genres)``, rows sum to 1 or are 0.
        wanted: ``(batch, n_genres)``, rows sum to 1 or are 0.
    """

    dial: float
    split: FloatArray
    wanted: FloatArray

    def __post_init__(self) -> None:
        self._has: FloatArray = np.asarray(self.split.any(axis=2), np.float64)
        self._total, self._count = np.zeros(self.wanted.shape), np.zeros(len(self.wanted))
        self._fixed = ALPHA * self.wanted + (self.wanted == 0)

    def now(self) -> FloatArray:
        share = (1 - ALPHA) / np.maximum(self._count[:, None] + self._has, 1)
        mixed = self._total[:, None] + self.split
        mixed *= share[:, :, None]
        mixed += self._fixed[:, None]
        np.log(mixed, out=mixed)
        logs: FloatArray = mixed @ self.wanted[:, :, None]
        cost: FloatArray = -logs[:, :, 0]
        return cost

    def take(self, place: IntArray) -> None:
        rows = np.arange(len(place))
        self._total += self.split[rows, place]
        self._count += self._has[rows, place]


def _plain(there: BoolArray, k: int) -> IntArray:
    """The first k places of the pool, -1 where no candidate is."""
    places = np.full((len(there), k), -1, np.int64)
    width = min(k, there.shape[1])
    places[:, :width] = np.where(there[:, :width], np.arange(width), -1)
    return places


def _value(places: IntArray, scaled: FloatArray, split: FloatArray, wanted: FloatArray, dial: float) -> FloatArray:
    """What `calibrated` maximises, of whole lists ``(batch, k)`` of places: ``(batch,)``."""
    there, rows = places >= 0, np.arange(len(places))[:, None]
    parts = np.where(there[:, :, None], split[rows, places], 0.0)
    count = np.maximum(np.count_nonzero(parts.any(axis=2), axis=1)[:, None], 1)
    gain = np.where(there, scaled[rows, places], 0.0).sum(axis=1)
    out: FloatArray = (1 - dial) * gain - dial * divergence(wanted, parts.sum(axis=1) / count)
    return out


def _taken(pool: TopK, places: IntArray) -> TopK:
    """The candidates at these places, as lists."""
    if not pool.items.shape[1]:
        return TopK(places.copy(), np.full(places.shape, -np.inf, np.float32))
    items = np.where(places >= 0, np.take_along_axis(pool.items, places, axis=1), -1)
    scores = np.where(places >= 0, np.take_along_axis(pool.scores, places, axis=1), -np.inf)
    return TopK(items, scores.astype(np.float32))
