"""Dates in the forms that services and countries write them, to Unix seconds UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

_THREE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})\b")
_UNIX = re.compile(r"\d{9,13}(?:\.0)?")
_WORDS = (
    "%a %b %d %H:%M:%S %Y",  # Fri Mar  1 00:00:00 2019: IMDb until 2017
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
)


def day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates such as 03/04/20 begin with the day; None when no date of the column tells."""
    for text in texts:
        found = _THREE.match(text.strip())
        if found is None or len(found.group(1)) > 2:
            continue
        if int(found.group(1)) > 12:
            return True
        if int(found.group(2)) > 12:
            return False
    return None


def ambiguous(texts: Sequence[str]) -> bool:
    """Whether some date of the column may be read two ways, and none tells which."""
    found = [_THREE.match(text.strip()) for text in texts]
    return any(one and len(one.group(1)) <= 2 for one in found) and day_first(texts) is None


def seconds(text: str, *, days_first: bool = False) -> int | None:
    """Unix seconds UTC of one date or time; None when it is none.

    Args:
        text: ISO 8601, three numbers with the year first or last, Unix seconds or milliseconds, or the name of a month.
        days_first: 03/04/20 is the third of April.
    """
    text = text.strip()
    if not text:
        return None
    if _UNIX.fullmatch(text):
        number = int(text.split(".")[0])
        return number // 1000 if number > 10**11 else number
    try:
        return _epoch(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    found = _THREE.match(text)
    if found is not None:
        return _three(*map(int, found.groups()), year_first=len(found.group(1)) > 2, days_first=days_first)
    for form in _WORDS:
        try:
            return _epoch(datetime.strptime(" ".join(text.split()), form))
        except (ValueError, OverflowError):
            continue
    return None


def _three(one: int, two: int, three: int, *, year_first: bool, days_first: bool) -> int | None:
    if year_first:
        year, month, day = one, two, three
    else:
        year, month, day = (three, two, one) if days_first else (three, one, two)
        year += 2000 if year < 100 else 0
    try:
        return _epoch(datetime(year, month, day))
    except (ValueError, OverflowError):
        return None


def _epoch(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None
