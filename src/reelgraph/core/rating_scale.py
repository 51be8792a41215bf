"""The scale of ratings: what values they may have, and which of them mean that a movie is liked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core.arrays import BoolArray, FloatArray, IntArray
from reelgraph.core.errors import CapabilityError, ConfigError

Feedback = Literal["explicit", "implicit", "counts"]
"""What a rating is: stars on a scale, a view (1 in every row), or how often an item was used (above 0)."""

_MAX_LEVELS = 41  # the scale 0 to 10 in quarters; finer ones are shown and predicted in coarser levels
_COARSE_INTERVALS = 20
_BLOCK = 2**18  # ratings that are looked at together: their intermediate results stay in the cache
_TOLERANCE = 1e-6  # stars: above the rounding of float32 ratings, far below any step of a scale


def at_least(ratings: FloatArray, threshold: float | FloatArray) -> BoolArray:
    """True where ``ratings``, stars of any shape and float type, are at least ``threshold``, within rounding.

    Use it for every comparison with `RatingScale.liked_from`: a float32 rating of 5.6 is at least 0.8 * 7.
    """
    reached: BoolArray = ratings >= threshold - _TOLERANCE
    return reached


@dataclass(frozen=True)
class RatingScale:
    """The values that a rating may have: ``low, low + step, ..., high``, or any number from ``low`` to ``high``.

    Args:
        low: smallest rating, stars; may be 0 or negative.
        high: largest rating, stars.
        step: distance between neighbouring values, stars; None for continuous ratings.

    Examples:
        >>> from reelgraph import RatingScale
        >>> RatingScale(low=1.0, high=5.0, step=1.0).levels()
        array([1., 2., 3., 4., 5.])
        >>> RatingScale(low=0.0, high=100.0, step=1.0).levels().size
        21
    """

    low: float
    high: float
    step: float | None = None

    @classmethod
    def parse(cls, text: str) -> RatingScale:
        """The scale ``LOW:HIGH:STEP``; without a step ``LOW:HIGH`` has steps of 1 if both ends are whole numbers.

        Raises:
            ConfigError: it is not of that form, or no scale.

        Examples:
            >>> from reelgraph import RatingScale
            >>> RatingScale.parse("1:10"), RatingScale.parse("0:1")
            (RatingScale(low=1.0, high=10.0, step=1.0), RatingScale(low=0.0, high=1.0, step=None))
        """
        try:
            low, high, *steps = map(float, text.replace(",", ".").split(":"))
            step = steps[0] if steps else None
        except ValueError:
            low, high, steps, step = 0.0, 0.0, [], None
        is_valid = len(steps) <= 1 and np.isfinite([low, high, step or 1.0]).all() and low < high
        if not is_valid or (step is not None and not 0 < step <= high - low):
            problem = f"{text!r} is not valid: expected LOW:HIGH or LOW:HIGH:STEP, such as 1:10 or 0.5:5:0.5"
            raise ConfigError("scale", problem)
        if step is None and low % 1 == 0 and high % 1 == 0 and high - low > 2:
            step = 1.0
        return cls(low, high, step)

    @property
    def level_step(self) -> float:
        """Distance between neighbouring :meth:`levels`, stars."""
        if self.step is not None and round((self.high - self.low) / self.step) < _MAX_LEVELS:
            return self.step
        return (self.high - self.low) / _COARSE_INTERVALS

    def levels(self) -> FloatArray:
        """The ratings of the scale, ascending, shape ``(n_levels,)``; 21 evenly spaced ones if there are more than 41.

        Distributions of ratings are given over these levels.
        """
        count = round((self.high - self.low) / self.level_step) + 1
        return self.low + self.level_step * np.arange(count)

    def level_of(self, ratings: FloatArray) -> IntArray:
        """Position of the nearest of the :meth:`levels`, ``(n,)`` int64."""
        n_levels = len(self.levels())
        nearest = np.round((np.asarray(ratings, np.float64) - self.low) / self.level_step)
        return np.clip(nearest, 0, n_levels - 1).astype(np.int64)

    @property
    def liked_from(self) -> float:
        """Stars from which a movie counts as liked: four fifths of the highest rating, such as four of five stars.

        It depends on the scale alone, not on anybody's ratings. If ratings may be negative, it is four fifths of the
        way from the lowest to the highest.
        """
        return 0.8 * self.high + 0.2 * min(self.low, 0.0)

    def of_five(self, stars: float) -> float:
        """The rating that corresponds to ``stars`` of five, such as 7 for 3.5 if the highest rating is 10."""
        return stars / 5 * self.high + (1 - stars / 5) * min(self.low, 0.0)

    def contains(self, ratings: FloatArray) -> BoolArray:
        """True where a rating, shape ``(n,)``, is within the scale and on its step."""
        contained = np.empty(np.shape(ratings), np.bool_)
        for start in range(0, len(contained), _BLOCK):
            block = slice(start, start + _BLOCK)
            contained[block] = self._contains(ratings[block])
        return contained

    def _contains(self, ratings: FloatArray) -> BoolArray:
        in_range: BoolArray = (ratings >= self.low - 1e-9) & (ratings <= self.high + 1e-9)
        if self.step is None:
            return in_range
        steps = (ratings - self.low) / self.step
        on_step: BoolArray = in_range & (np.abs(steps - np.round(steps)) < 1e-4)
        return on_step

    def __str__(self) -> str:
        steps = "(continuous)" if self.step is None else f"in steps of {self.step:g}"
        return f"{self.low:g} to {self.high:g} {steps}"

    def clip(self, ratings: FloatArray) -> FloatArray:
        """The ratings, limited to the ends of the scale."""
        return np.clip(ratings, self.low, self.high)


def require_scale(scale: RatingScale | None, what: str) -> RatingScale:
    """The scale of explicit ratings, for ``what`` needs stars.

    Raises:
        CapabilityError: the data have no stars.
    """
    if scale is None:
        raise CapabilityError(f"these data have no stars: {what} needs ratings on a scale")
    return scale


def liked_threshold(scale: RatingScale | None) -> float:
    """The rating from which a movie counts as liked: `RatingScale.liked_from`, or 0 without a scale (all views)."""
    return 0.0 if scale is None else scale.liked_from


def unit_rating(scale: RatingScale | None) -> float:
    """The rating that counts 1 in a graph of ratings: `RatingScale.liked_from`, or one view without a scale."""
    return 1.0 if scale is None or scale.high <= 0 else scale.liked_from


def check_feedback(feedback: str, scale: RatingScale | None) -> None:
    """Check that there is a scale exactly if the feedback is explicit.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """
    if feedback not in get_args(Feedback):
        raise ConfigError.unknown(str(feedback), get_args(Feedback), "feedback")
    if feedback == "explicit" and scale is None:
        raise ConfigError("scale", "explicit ratings need a scale", None)
    if feedback != "explicit" and scale is not None:
        raise ConfigError("scale", f"{feedback} feedback has no scale of stars")
