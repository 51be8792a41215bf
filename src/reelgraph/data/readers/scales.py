"""Rating scales: those of MovieLens, and the inference of a scale from the ratings, whatever their file is called."""

from __future__ import annotations

import numpy as np

from reelgraph.core import BoolArray, FloatArray, RatingScale
from reelgraph.core.display import counted

WHOLE_STARS = RatingScale(1.0, 5.0, 1.0)
HALF_STARS = RatingScale(0.5, 5.0, 0.5)
SET_SCALE = "if this is not right, set it: --scale LOW:HIGH[:STEP], in Python scale=rg.RatingScale(low, high, step)"
"""What to do about a scale that was inferred wrongly."""

_HIGHS = (1.0, 5.0, 10.0, 20.0, 100.0)  # ends of the usual scales
_MAX_ERRORS = 0.05  # share of the ratings that may be errors: off the scale, or between its steps
_MAX_ERRORS_NEAR = 0.02  # the same for ratings that the next wider scale has: they are less likely to be errors
_MIN_TAIL = 0.1  # ratings beyond an end of a scale, as a share of those at the end, that are no errors
_STEPS = (1.0, 0.5, 0.25, 0.2, 0.1)  # finer ratings are continuous
_MIN_FINER = 0.02  # a smaller share of half stars among whole ones is taken for errors
_PER_LEVEL = {4: 3, 7: 3}  # ratings for each level that prove a scale with another end than those of `_HIGHS`
_PER_LEVEL_OF_OTHERS = 6
_MIN_NEAR_ONE = 8  # ratings from 1 to 2, but none below, that prove a scale from 1
_MIN_RATINGS = 20  # fewer are no evidence for an unusual scale
_MIN_MISSING_SHARE = 0.1  # a greater share of -1 beside positive ratings stands for "not rated"


def choose_scale(
    rating: FloatArray, published: RatingScale | None = None, highest: float | None = None
) -> tuple[RatingScale, tuple[str, ...]]:
    """The scale of ratings, and notes about it.

    Args:
        rating: ``(n,)`` stars; NaN is ignored.
        published: the scale of data sets of this layout; it is kept if the ratings fit it.
        highest: the highest possible rating, where the source says it.
    """
    scale = infer_scale(rating, highest)
    present = rating[np.isfinite(rating)]
    notes = _notes_on_markers(present, scale)
    if published is not None and _fits(scale, published):
        scale = published
    elif published is not None and len(present):
        reading = f"ratings are read as {scale}, although data sets of this layout have {published}"
        notes = (f"{reading}; {SET_SCALE}", *notes)
    n_off = int(np.count_nonzero(~scale.contains(present)))
    if n_off and not notes:
        notes = (
            f"{n_off:,} of {counted(len(present), 'rating')} are not on the scale {scale} of the others; {SET_SCALE}",
        )
    return (published or scale) if len(present) == 0 else scale, notes


def _fits(scale: RatingScale, published: RatingScale) -> bool:
    """True if ratings on the inferred ``scale`` may be on the published one: small samples lack some of its values."""
    return scale.high == published.high and scale.step in (1.0, 0.5) and scale.low >= published.low


def infer_scale(rating: FloatArray, highest: float | None = None) -> RatingScale:
    """The most likely scale of the ratings.

    A few errors, up to 5 % of the ratings, do not change it. The highest rating is 1, 5, 10, 20 or 100, the first that
    covers the others; it is another number if every whole number up to it occurs often enough and none above it, as
    on scales from 1 to 4 or 1 to 7. The lowest is 1, or one step on half stars; it is 0 on scales to 1, 20 and 100 and
    if there are ratings of 0; if there are negative ratings it is the negative of the highest. The step is the largest
    of 1, 0.5, 0.25, 0.2 and 0.1 that fits; finer ratings are continuous.

    Args:
        rating: ``(n,)`` stars; NaN is ignored.
        highest: the highest possible rating, where the source says it.
    """
    present = rating[np.isfinite(rating)]
    if len(present) == 0:
        return WHOLE_STARS
    if _has_markers(present):
        present = present[present >= 0]
    if _share(present < 0) >= _MAX_ERRORS_NEAR:
        return _signed_scale(present)
    high = highest or _high(present)
    inside = present[(present >= 0) & (present <= high)]
    step = _step(inside)
    tight = None if highest else _tight_high(inside, step, high)
    high = high if tight is None else tight
    return RatingScale(_low(inside, step, high), high, step)


def _share(mask: BoolArray) -> float:
    return float(np.mean(mask))


def _high(present: FloatArray) -> float:
    """The first of the usual ends that covers the ratings, apart from errors; the largest rating if none does."""
    for end, wider_end in zip(_HIGHS, (*_HIGHS[1:], np.inf), strict=True):
        above = present > end + 1e-9
        near = above & (present <= wider_end)
        if end == 1.0:
            covers = not above.any() or (_is_fractional(present) and _share(above) < _MAX_ERRORS_NEAR)
        elif end == 20.0:  # rare, so it needs more evidence than one to 100
            covers = len(present) >= _MIN_RATINGS and bool((np.abs(present - end) < 1e-9).any())
            covers = covers and _share(above) <= _MAX_ERRORS_NEAR
        else:
            covers = _share(above) <= _MAX_ERRORS
            if end < 100.0:
                at_end = (present > end - 1) & ~above
                covers = covers and _share(near) < _MAX_ERRORS_NEAR and not _is_tail(near, at_end)
        if covers and (end > 1.0 or _is_fractional(present) or not (present > 0).any()):
            return end
    return float(np.quantile(present, 1 - _MAX_ERRORS_NEAR, method="higher"))


def _is_fractional(present: FloatArray) -> bool:
    """True if most of the ratings from 0 to 1 lie between them."""
    inside = present[(present >= 0) & (present <= 1)]
    return len(inside) > 0 and _share((inside > 0) & (inside < 1)) >= 0.5


def _step(inside: FloatArray) -> float | None:
    """The largest usual step that fits; None for continuous ratings."""

    def share_on(step: float) -> float:
        return _share(np.abs(inside / step - np.round(inside / step)) < 1e-4)

    shares = {step: share_on(step) for step in _STEPS}
    if shares[1.0] >= 1 - _MAX_ERRORS and shares[0.5] - shares[1.0] < _MIN_FINER:
        return 1.0
    return next((step for step in _STEPS[1:] if shares[step] >= 1 - _MAX_ERRORS), None)


def _tight_high(inside: FloatArray, step: float | None, high: float) -> float | None:
    """The largest rating, if the scale ends there: all whole numbers up to it occur, and there are ratings enough."""
    if step == 1.0 and high == 100.0:
        return _high_of_tens(inside)
    if step != 1.0 or high > 20.0:
        return None
    values, counts = np.unique(inside[inside % 1 == 0], return_counts=True)
    largest = float(values[-1])
    low = 0.0 if _has_zeros(inside) else 1.0
    n_levels = int(largest - low) + 1
    enough = max(_PER_LEVEL.get(int(largest), _PER_LEVEL_OF_OTHERS) * n_levels, 12)
    if largest == high or largest < 2 or counts.sum() < enough:
        return None
    return largest if np.isin(np.arange(max(low, 1.0), largest + 1), values).all() else None


def _high_of_tens(inside: FloatArray) -> float | None:
    """50 if the ratings are those of five stars times ten: 10, 20, ..., 50, perhaps with 5, 15, ... between."""
    values, counts = np.unique(inside, return_counts=True)
    largest, n_on_step = values[-1], counts[values % 5 == 0].sum()
    is_tens = largest == 50.0 and n_on_step == len(inside) and np.isin((20.0, 30.0, 40.0), values).all()
    return 50.0 if is_tens and len(inside) >= _PER_LEVEL_OF_OTHERS * 5 else None


def _has_zeros(inside: FloatArray) -> bool:
    """True if 0 is one of the ratings, and not an error."""
    return _share(inside == 0) >= _MAX_ERRORS_NEAR or _is_tail(inside == 0, (inside > 0) & (inside <= 1))


def _is_tail(beyond: BoolArray, at_end: BoolArray) -> bool:
    """True if ratings beyond an end of a scale are too many, compared with those at that end, to be errors."""
    n_beyond, n_at_end = int(np.count_nonzero(beyond)), int(np.count_nonzero(at_end))
    return n_beyond >= 2 and 0 < _MIN_TAIL * n_at_end <= n_beyond


def _low(inside: FloatArray, step: float | None, high: float) -> float:
    if high in (1.0, 20.0) or high > 20.0:
        n_low = int(np.count_nonzero(inside <= 0.1 * high))
        proves_one = high > 1.0 and step == 1.0 and n_low >= _MIN_RATINGS and inside.min() == 1.0
        return 1.0 if proves_one else 0.0
    if _has_zeros(inside):
        return 0.0
    smallest = float(np.min(inside[inside > 0], initial=high))
    if step in (1.0, 0.5):
        return step
    proves_one = np.count_nonzero(inside < 2) >= _MIN_NEAR_ONE  # there would be some below 1, too
    return 1.0 if smallest >= 1.0 and (high == 5.0 or proves_one) else 0.0


def _signed_scale(present: FloatArray) -> RatingScale:
    """A scale from a negative number to its opposite."""
    high = _high(np.abs(present))
    step = _step(present[np.abs(present) <= high])
    tight = _tight_high(np.abs(present[np.abs(present) <= high]), step, high)
    high = high if tight is None else tight
    return RatingScale(-high, high, step)


def _has_markers(present: FloatArray) -> bool:
    """True if -1 is the only negative number, beside ratings from 1 to 5 or more: it stands for "not rated"."""
    negative = present[present < 0]
    return len(negative) > 0 and bool((negative == -1).all()) and float(present.max()) >= 5


def _notes_on_markers(present: FloatArray, scale: RatingScale) -> tuple[str, ...]:
    if len(present) and scale.low >= 0 and _has_markers(present) and _share(present < 0) >= _MIN_MISSING_SHARE:
        return ("-1 is taken for 'not rated': these rows are off the scale",)
    if len(present) and scale.low == 0 and scale.high in (5.0, 10.0) and _share(present == 0) > 0.3:
        low = scale.step or 1.0
        return (f"0 is read as a rating; if it means 'not rated', set --scale {low:g}:{scale.high:g}:{low:g}",)
    return ()
