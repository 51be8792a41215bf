"""Which stars a rating may take: known by layout, or inferred from the values."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, RatingScale
from reelgraph.core.errors import DataFormatError

WHOLE_STARS = RatingScale(1.0, 5.0, 1.0)
HALF_STARS = RatingScale(0.5, 5.0, 0.5)

_MOST = 0.95  # a scale must hold this share of the ratings; the rest is for `clean` to count
_HALVES = 0.02  # a smaller share of halves is taken for errors on a whole-star scale
_FINER = (0.25, 0.2, 0.1, 0.05, 0.01)


def infer_scale(rating: FloatArray, source: str) -> RatingScale:
    """The scale that a file without a known layout most likely uses.

    The scale is the one that most ratings fit, so that a few wrong ones stand out instead of stretching it: whole
    stars unless at least 2 % are halves; up to 5, else up to 10, when that holds 95 % of them, else from the
    smallest to the largest.

    Args:
        rating: ``(n,)`` stars; NaN is passed over.
        source: the file, for the message.

    Raises:
        DataFormatError: the ratings follow no step of at least 0.01 star.
    """
    known = rating[~np.isnan(rating)]
    if len(known) == 0:
        return WHOLE_STARS
    values, counts = np.unique(known, return_counts=True)
    share = counts / counts.sum()

    def held(mask: np.typing.NDArray[np.bool_]) -> float:
        return float(share[mask].sum())

    step = _step(values, share, source)
    top = next((high for high in (5.0, 10.0) if held(values <= high) >= _MOST), float(values[-1]))
    if top > 10 or held(values < 0) > 1 - _MOST:
        low = float(values[0])
    elif held(values <= 0) > 1 - _MOST:
        low = 0.0
    else:
        low = step if step in (1.0, 0.5) else float(values[values > 0][0])
    low, top = round(low / step) * step, round(top / step) * step
    return RatingScale(low, max(top, low), step)


def _step(values: FloatArray, share: FloatArray, source: str) -> float:
    def on(step: float) -> float:
        return float(share[np.abs(values / step - np.round(values / step)) < 1e-6].sum())

    whole, half = on(1.0), on(0.5)
    if whole >= _MOST and half - whole < _HALVES:
        return 1.0
    if half >= _MOST:
        return 0.5
    for step in _FINER:
        if on(step) >= _MOST:
            return step
    raise DataFormatError(
        source,
        "expected ratings on a step of at least 0.01 star",
        column="rating",
        hint="round them, or name the scale: read(..., scale=RatingScale(low, high, step))",
    )
