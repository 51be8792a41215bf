"""Parse ratings as people and services write them, and find the scale of a column of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reelgraph.core import RatingScale
from reelgraph.core.errors import DataFormatError

UNRATED = frozenset(("", "-", "–", "—", "n/a", "na", "null", "none", "nan", "unrated", "not rated", "\\n", "?"))
"""Texts that mean that a movie has no rating."""

_HIGHEST_RATINGS = (5.0, 10.0, 100.0)
_MIN_SHARE = 0.95  # a scale must contain this share of the ratings; others are counted as unreadable
_MIN_SHARE_OF_KNOWN = 0.5  # the scale of a known service
_STARS = 5.0
_MAX_LETTERS = 40  # of a rating
_LOWEST_STARS = 0.5
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)?")
_FRACTION = re.compile(rf"({_NUMBER.pattern})\s*(?:/|out of|of|von|sur|de|su|av|из|z)\s*(\d+)", re.IGNORECASE)
_UNIT = re.compile(
    rf"({_NUMBER.pattern})\s*(%|stars?|sterne?|étoiles?|estrellas?|stelle|★|⭐|点|分|점|pts?|points?|punkte)?"
)
_STAR_SIGNS = re.compile(r"([★⭐]\ufe0f?)*([½⯨]|1/2)?[☆✩ ]*")


@dataclass(frozen=True)
class ParsedRating:
    """A number and, where its text says it, the highest rating.

    Args:
        value: as written.
        highest: 10 in "8/10", 5 for star signs; 0 if the text does not say it.
    """

    value: float
    highest: float = 0.0


def parse_rating(text: str) -> ParsedRating | None:
    """A rating such as "4,5", "8/10", "85%" or "★★★½"; None if it is not one."""
    text = text.strip()
    if len(text) > _MAX_LETTERS:
        return None
    if text[:1] in "★⭐½" and text and _STAR_SIGNS.fullmatch(text):
        half = 0.5 if "½" in text or "⯨" in text or "1/2" in text else 0.0
        return ParsedRating(text.count("★") + text.count("⭐") + half, _STARS)
    fraction = _FRACTION.fullmatch(text)
    if fraction is not None:
        return ParsedRating(_to_number(fraction.group(1)), float(fraction.group(2)))
    match = _UNIT.fullmatch(text)
    if match is not None:
        return ParsedRating(_to_number(match.group(1)), 100.0 if match.group(2) == "%" else 0.0)
    try:
        value = float(text)
    except ValueError:
        return None
    return ParsedRating(value) if math.isfinite(value) else None


def _to_number(text: str) -> float:
    return float(text.replace(",", ".").replace("−", "-"))


@dataclass(frozen=True)
class RatingConverter:
    """Converts the ratings of a file to stars.

    Args:
        highest: the highest rating, which is 5 stars.
        scale: stated by the person; None if it was inferred.
    """

    highest: float
    scale: RatingScale | None = None

    def stars(self, text: str) -> float | None:
        """Stars above 0 and up to 5; None when unrated, as 0 is where no scale was stated.

        Raises:
            ValueError: it is not a rating on the scale.
        """
        if text.strip().casefold() in UNRATED:
            return None
        parsed = parse_rating(text)
        if parsed is None:
            raise ValueError(text)
        highest = parsed.highest or self.highest
        if self.scale is not None and not parsed.highest:
            return _on_stated_scale(parsed.value, self.scale, text)
        if not 0 <= parsed.value <= highest:
            raise ValueError(text)
        return parsed.value * _STARS / highest or None

    @property
    def note(self) -> str:
        """How ratings were converted; "" if they are stars."""
        if self.scale is not None:
            return f"ratings from {self.scale.low:g} to {self.scale.high:g}, as stated, are converted to stars"
        if self.highest == _STARS:
            return ""
        return f"ratings are out of {self.highest:g}: divided by {self.highest / _STARS:g} to make stars"


def _on_stated_scale(value: float, scale: RatingScale, text: str) -> float:
    if not scale.low <= value <= scale.high:
        raise ValueError(text)
    if scale.low >= 0:
        return value * _STARS / scale.high
    return _LOWEST_STARS + (value - scale.low) * (_STARS - _LOWEST_STARS) / (scale.high - scale.low)


def find_converter(texts: Sequence[str], scale: RatingScale | None, highest: float, source: str) -> RatingConverter:
    """The converter of a column of ratings.

    Args:
        texts: the column.
        scale: stated by the person, or None.
        highest: of the service or of the name of the column; 0 to infer the smallest of 5, 10 and 100 that contains
            95 % of the ratings.
        source: the file, for messages.

    Raises:
        DataFormatError: the ratings have no such scale.
    """
    if scale is not None:
        return RatingConverter(scale.high, scale)
    parsed = [parse_rating(text) for text in texts if text.strip().casefold() not in UNRATED]
    values = [rating.value for rating in parsed if rating is not None and not rating.highest]
    candidates, min_share = ((highest,), _MIN_SHARE_OF_KNOWN) if highest else (_HIGHEST_RATINGS, _MIN_SHARE)
    for candidate in candidates:
        if sum(value <= candidate for value in values) >= min_share * len(values):
            return RatingConverter(candidate)
    largest = f"{max(values):g}"
    expected = f"ratings from 0 to {highest:g}" if highest else "ratings from 0 to 5, 10 or 100"
    raise DataFormatError(source, expected, column="rating", value=largest, hint="say which scale: --scale LOW:HIGH")
