"""Rating scales: those of MovieLens, and the inference of a scale from the ratings."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, RatingScale
from reelgraph.core.errors import DataFormatError

WHOLE_STARS = RatingScale(1.0, 5.0, 1.0)
HALF_STARS = RatingScale(0.5, 5.0, 0.5)

_MIN_SHARE = 0.95  # a scale must contain this share of the ratings; `clean` counts the others
_MIN_HALVES = 0.02  # a smaller share of half stars is taken for errors
_FINER_STEPS = (0.25, 0.2, 0.1, 0.05, 0.01)


def infer_scale(rating: FloatArray, source: str) -> RatingScale:
    """The most likely scale of a file without a known layout.

    A few wrong ratings do not change the scale. The step is 1 star, unless at least 2 % of the ratings are half stars.
    The highest rating is 5, or 10, if that covers 95 % of the ratings; otherwise it is the largest rating.

    Args:
        rating: ``(n,)`` stars; NaN is ignored.
        source: the file, for the message.

    Raises:
        DataFormatError: the ratings have no common step of at least 0.01 stars.
    """
    present = rating[~np.isnan(rating)]
    if len(present) == 0:
        return WHOLE_STARS
    values, counts = np.unique(present, return_counts=True)
    share = counts / counts.sum()

    def share_where(mask: np.typing.NDArray[np.bool_]) -> float:
        return float(share[mask].sum())

    step = _infer_step(values, share, source)
    high = next((high for high in (5.0, 10.0) if share_where(values <= high) >= _MIN_SHARE), float(values[-1]))
    if high > 10 or share_where(values < 0) > 1 - _MIN_SHARE:
        low = float(values[0])
    elif share_where(values <= 0) > 1 - _MIN_SHARE:
        low = 0.0
    else:
        low = step if step in (1.0, 0.5) else float(values[values > 0][0])
    low, high = round(low / step) * step, round(high / step) * step
    return RatingScale(low, max(high, low), step)


def _infer_step(values: FloatArray, share: FloatArray, source: str) -> float:
    def share_on(step: float) -> float:
        return float(share[np.abs(values / step - np.round(values / step)) < 1e-6].sum())

    on_whole, on_half = share_on(1.0), share_on(0.5)
    if on_whole >= _MIN_SHARE and on_half - on_whole < _MIN_HALVES:
        return 1.0
    if on_half >= _MIN_SHARE:
        return 0.5
    for step in _FINER_STEPS:
        if share_on(step) >= _MIN_SHARE:
            return step
    raise DataFormatError(
        source,
        "expected ratings with a step of at least 0.01 stars",
        column="rating",
        hint="round them, or pass the scale: read(..., scale=RatingScale(low, high, step))",
    )
