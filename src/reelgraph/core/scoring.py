"""Fitted models (`Scorer`) and what they give: scores, predicted stars, contributions of single ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from reelgraph.core.ability import Ability
from reelgraph.core.arrays import AnyArray, FloatArray, Matrix, freeze
from reelgraph.core.errors import ConfigError
from reelgraph.core.rating_scale import at_least

_ROUNDING = 1e-9  # probabilities that differ by less are equal


@dataclass(frozen=True)
class RatingDistribution:
    """Probability of each star level.

    Args:
        levels: ``(n_levels,)`` stars, ascending, equally spaced.
        probability: ``(..., n_levels)``, sums to 1 along the last axis.

    Examples:
        >>> import numpy as np
        >>> from reelgraph import RatingDistribution
        >>> chances = RatingDistribution(np.array([1.0, 2.0, 3.0]), np.array([0.25, 0.25, 0.5]))
        >>> float(chances.mean()), float(chances.at_least(2.0))
        (2.25, 0.75)
    """

    levels: FloatArray
    probability: FloatArray

    def __post_init__(self) -> None:
        freeze(self)

    def mean(self) -> FloatArray:
        """Expected stars, shape ``(...)``."""
        return self.probability @ self.levels

    def median(self) -> FloatArray:
        """The median, stars ``(...)`` float64, with each level's probability spread over its cell, see `interval`.

        It is within the scale, or less than half a step outside.
        """
        return self._quantile(0.5)

    @property
    def step(self) -> float:
        """Distance between neighbouring levels, stars."""
        return float(self.levels[-1] - self.levels[0]) / max(len(self.levels) - 1, 1)

    def at_least(self, stars: float) -> FloatArray:
        """Probability of a rating of ``stars`` or more, shape ``(...)`` float64."""
        total: FloatArray = self.probability[..., at_least(self.levels, stars)].sum(axis=-1, dtype=np.float64)
        return total

    def interval(self, coverage: float = 0.8) -> tuple[FloatArray, FloatArray]:
        """The central interval that holds the rating with probability ``coverage``.

        Each level's probability is spread evenly over the level's cell, half a step to both sides, including the
        ends of the scale. An end of the interval can therefore be up to half a step outside the scale. Clip it for
        display, see `RatingScale.clip`, but not for metrics.

        Args:
            coverage: above 0 and below 1.

        Returns:
            Its two ends, ``(...)`` float64 stars: the quantiles ``(1 - coverage) / 2`` and ``(1 + coverage) / 2``.

        Raises:
            ConfigError: ``coverage`` is not between 0 and 1.
        """
        _require_coverage(coverage)
        return self._quantile((1 - coverage) / 2), self._quantile((1 + coverage) / 2)

    def likely_levels(self, coverage: float = 0.8) -> tuple[FloatArray, FloatArray]:
        """The fewest neighbouring levels that hold the rating with probability ``coverage`` or more.

        It is what people are shown: "3.5 to 4.5 stars" holds the ratings 3.5, 4 and 4.5. Of several such runs of levels
        it is the most probable, of equal ones the lowest. `interval` cuts levels in two and so does not say which
        ratings are within.

        Args:
            coverage: above 0 and below 1.

        Returns:
            The first and the last level, ``(...)`` float64 stars.

        Raises:
            ConfigError: ``coverage`` is not between 0 and 1.

        Cost: O(n_levels^2) a distribution.
        """
        _require_coverage(coverage)
        n_levels = len(self.levels)
        below = _cumulative(self.probability)
        first, last = (np.full(below.shape[:-1], end) for end in (0, n_levels - 1))
        is_open = np.ones(below.shape[:-1], bool)
        for n_held in range(1, n_levels):
            probability_within = below[..., n_held:] - below[..., :-n_held]
            most = probability_within.max(axis=-1)
            holds = is_open & (most >= coverage - _ROUNDING)
            start = (probability_within > most[..., None] - _ROUNDING).argmax(axis=-1)
            first[holds], last[holds] = start[holds], start[holds] + n_held - 1
            is_open &= ~holds
            if not is_open.any():
                break
        levels = self.levels.astype(np.float64)
        return levels[first], levels[last]

    def _quantile(self, q: float) -> FloatArray:
        below = _cumulative(self.probability)
        cell = np.count_nonzero(below[..., 1:] < q, axis=-1)[..., None]
        start, end = (np.take_along_axis(below, index, axis=-1)[..., 0] for index in (cell, cell + 1))
        stars: FloatArray = self.levels[0] + self.step * (cell[..., 0] - 0.5 + (q - start) / (end - start))
        return stars


def _cumulative(probability: FloatArray) -> FloatArray:
    """The probability below each level and in all, ``(..., n_levels + 1)`` float64, from 0 to 1."""
    cumulative = np.cumsum(probability, axis=-1, dtype=np.float64)
    cumulative /= cumulative[..., -1:]  # sums of float32 are near 1, not exactly 1
    return np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative], axis=-1)


def _require_coverage(coverage: float) -> None:
    if not 0 < coverage < 1:
        raise ConfigError("coverage", f"{coverage} is not valid: expected a number between 0 and 1")


@dataclass(frozen=True)
class RatingPrediction:
    """Predicted stars, with their distribution where the model has one.

    Args:
        stars: ``(batch, n)`` float32, clipped to the scale.
        distribution: ``(batch, n, n_levels)``, or None for point predictions.
    """

    stars: FloatArray
    distribution: RatingDistribution | None = None

    def of(self, columns: Sequence[int]) -> RatingPrediction:
        """The prediction of some of the ``n`` items, ``(batch, len(columns))``."""
        if self.distribution is None:
            return RatingPrediction(self.stars[:, columns])
        chosen = RatingDistribution(self.distribution.levels.copy(), self.distribution.probability[:, columns])
        return RatingPrediction(self.stars[:, columns], chosen)


@runtime_checkable
class Scorer(Ability, Protocol):
    """A fitted model: arrays and a scoring method. Higher scores rank higher; scores need not be stars."""

    kind: ClassVar[str]

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        ...

    def score(self, history: Matrix) -> FloatArray:
        """Scores of all items for each history.

        Args:
            history: ``(batch, n_items)`` CSR, stars.

        Returns:
            ``(batch, n_items)`` float32; items in the history are scored, too.
        """
        ...

    def arrays(self) -> dict[str, AnyArray]:
        """All fitted arrays by name, for the bundle."""
        ...

    def settings(self) -> dict[str, Any]:
        """JSON-serialisable settings that, with :meth:`arrays`, restore the scorer."""
        ...


@dataclass(frozen=True)
class Contributions:
    """Scores of some items as sums over the person's ratings.

    ``ratings.sum(axis=1)`` plus all ``baseline_terms`` are the scores, up to rounding.

    Args:
        ratings: ``(n, nnz)`` float64, what each rating adds to each score, in the order of ``history.indices``.
        baseline_terms: name -> ``(n,)`` float64, the parts of the scores that depend on no single rating, such as the
            popularity of the item.
        conditioned_on: what depends on all ratings together and was held fixed, in words for people; "" where the
            share of each rating does not depend on the other ratings.
    """

    ratings: FloatArray
    baseline_terms: Mapping[str, FloatArray] = field(default_factory=dict)
    conditioned_on: str = ""

    def total(self) -> FloatArray:
        """The scores, ``(n,)`` float64."""
        total: FloatArray = self.ratings.sum(axis=1) + sum(self.baseline_terms.values())
        return total
