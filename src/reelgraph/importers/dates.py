"""Parse dates in the formats of different services and countries to Unix seconds UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

AMBIGUOUS_DATES = "dates such as 3/4/20 are read with the month first; the file does not say which is right"
"""The note about a column that `is_ambiguous`."""

_THREE_NUMBERS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})\b")
_UNIX_TIME = re.compile(r"\d{9,13}(?:\.0)?")
_FORMATS_WITH_MONTH_NAMES = (
    "%a %b %d %H:%M:%S %Y",  # Fri Mar  1 00:00:00 2019: IMDb until 2017
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
)


def is_day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates such as 03/04/20 begin with the day; None if no date of the column decides it."""
    for text in texts:
        match = _THREE_NUMBERS.match(text.strip())
        if match is None or len(match.group(1)) > 2:
            continue
        if int(match.group(1)) > 12:
            return True
        if int(match.group(2)) > 12:
            return False
    return None


def is_ambiguous(texts: Sequence[str]) -> bool:
    """Whether the column has dates such as 03/04/20, and no date decides which number is the day."""
    matches = [_THREE_NUMBERS.match(text.strip()) for text in texts]
    return any(match and len(match.group(1)) <= 2 for match in matches) and is_day_first(texts) is None


def parse_seconds(text: str, *, day_first: bool = False) -> int | None:
    """Unix seconds UTC of a date or time; None if it is not one.

    Args:
        text: ISO 8601, three numbers with the year first or last, Unix seconds or milliseconds, or a date with the name
            of the month.
        day_first: 03/04/20 is 3 April, not 4 March.
    """
    text = text.strip()
    if not text:
        return None
    if _UNIX_TIME.fullmatch(text):
        number = int(text.split(".")[0])
        return number // 1000 if number > 10**11 else number
    try:
        return _to_seconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    match = _THREE_NUMBERS.match(text)
    if match is not None:
        return _from_numbers(*map(int, match.groups()), year_first=len(match.group(1)) > 2, day_first=day_first)
    for date_format in _FORMATS_WITH_MONTH_NAMES:
        try:
            return _to_seconds(datetime.strptime(" ".join(text.split()), date_format))
        except (ValueError, OverflowError):
            continue
    return None


def _from_numbers(first: int, second: int, third: int, *, year_first: bool, day_first: bool) -> int | None:
    if year_first:
        year, month, day = first, second, third
    else:
        year, month, day = (third, second, first) if day_first else (third, first, second)
        year += 2000 if year < 100 else 0
    try:
        return _to_seconds(datetime(year, month, day))
    except (ValueError, OverflowError):
        return None


def _to_seconds(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None
