"""Dates and times, in any common notation, as Unix seconds UTC."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

from reelgraph.data.readers.month_names import month_number

AMBIGUOUS_DATES = "dates such as 3/4/20 are read with the month first; the file does not say which is right"
"""The note about a column that `is_ambiguous`."""

_THREE_NUMBERS = re.compile(
    r"""(\d{1,4})(?P<separator>[-/.\ ])\s?(\d{1,2})(?P=separator)\s?(\d{1,4})(?:\b|$)[,T]?\s*(.*)""",
    re.S | re.X,
)
_WITH_MONTH_NAME = re.compile(
    r"""(?: (?P<day>\d{1,2}) (?:st|nd|rd|th|er|º|ª)? \.? [-/\ ]+ (?:de\ |of\ )? (?P<month>[^\W\d]+) \.?
    |   (?P<month_first>[^\W\d]+) \.? \s+ (?P<day_second>\d{1,2}) (?:st|nd|rd|th)? )
    [-/,\ ]+ (?P<between> \d{1,2}:\d{2} (?::\d{2})? (?:\s[+-]\d{4}|\s[A-Z]{3})? \s+ )?
    (?:de\ )? (?P<year>\d{4}|\d{2}) \b \.? (?:\s?г\.?)? ,? \s* (?P<rest>.*)""",
    re.X,
)
_WEEKDAY = re.compile(r"^[^\W\d]+\.?,?\s+(?=[^\W\d]*\.?\s*\d)")
_TIME_OF_DAY = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(am|pm|a\.m\.|p\.m\.)?\s*"
    r"(?:(?:utc|gmt)(?=[+-]))?([a-z]{1,4}|[+-]\d{2}:?(?:\d{2})?)?",
    re.I,
)
_ZONE_NAME = re.compile(r"\s*\([^()\d]*\)$")  # "... GMT+0000 (Coordinated Universal Time)"
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d*)?(?:[eE][+]?\d+)?")
_OFFSET = re.compile(r"\s*(?:(Z|[A-Z]{3,4})|([+-]\d{2}):?(\d{2})?)(?:\[[\w/+-]+\])?$", re.I)
_HOURS_OF_ZONE = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "jst": 9, "kst": 9, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_MONTH_OF_YEAR = re.compile(r"(\d{4})[-/.](\d{1,2})")
_TWO_DIGIT_PIVOT = 70  # 70 to 99 are 1970 to 1999
_YEARS = (1900, 2100)
_DAY = 86_400


def is_day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates such as 03/04/20 begin with the day; None if no date of the column decides it.

    A first number above 12 is a day, and so is a second one. Dates with dots, such as 03.04.20, have the day first.
    """
    has_dots, n_day_first, n_month_first = False, 0, 0
    for text in texts:
        match = _THREE_NUMBERS.match(text.strip())
        if match is None or len(match.group(1)) > 2:
            continue
        has_dots |= match.group("separator") == "."
        n_day_first += int(match.group(1)) > 12
        n_month_first += int(match.group(3)) > 12
    if n_day_first or n_month_first:
        return n_day_first >= n_month_first
    return True if has_dots else None


def is_ambiguous(texts: Sequence[str]) -> bool:
    """Whether the column has dates such as 03/04/20, and no date decides which number is the day."""
    matches = [_THREE_NUMBERS.match(text.strip()) for text in texts]
    return any(match and len(match.group(1)) <= 2 for match in matches) and is_day_first(texts) is None


def parse_seconds(text: str, *, day_first: bool = False) -> int | None:
    """Unix seconds UTC of a date or time; None if it is not one.

    Args:
        text: ISO 8601 with any offset, three numbers with the year first or last, a date with the name of the month,
            compact digits such as 20240125, or Unix seconds, milli-, micro- or nanoseconds. A time of day may follow.
        day_first: 03/04/20 is 3 April, not 4 March.
    """
    text = _ZONE_NAME.sub("", text.strip())
    if not text or len(text) > 80:
        return None
    if _NUMBER.fullmatch(text):
        return _from_digits(text)
    iso = _from_iso(text)
    if iso is not None:
        return iso
    month = _MONTH_OF_YEAR.fullmatch(text)
    if month is not None:
        return _at(int(month[1]), int(month[2]), 1, "")
    match = _THREE_NUMBERS.fullmatch(text)
    if match is not None:
        first, _, second, third, time_of_day = match.groups()
        year_first = len(first) > 2
        return _from_numbers(
            int(first), int(second), int(third), time_of_day, year_first=year_first, day_first=day_first
        )
    return _from_month_name(text)


def seconds_per_unit(magnitude: float) -> int:
    """How many of the unit make a second: seconds, milli-, micro- or nanoseconds, recognised by their size."""
    return 1 if magnitude < 1e11 else 10**3 if magnitude < 1e14 else 10**6 if magnitude < 1e17 else 10**9


def from_compact_digits(digits: str) -> int | None:
    """Seconds of ``YYYY``, ``YYYYMMDD``, ``YYYYMMDDhhmm`` or ``YYYYMMDDhhmmss``; None for another text."""
    if not digits.isdecimal() or len(digits) not in (4, 8, 12, 14) or not _YEARS[0] <= int(digits[:4]) <= _YEARS[1]:
        return None
    parts = [int(digits[start : start + 2] or default) for start, default in ((4, 1), (6, 1), (8, 0), (10, 0), (12, 0))]
    try:
        return _to_seconds(datetime(int(digits[:4]), *parts))  # type: ignore[arg-type]
    except ValueError:
        return None


def _from_digits(text: str) -> int | None:
    compact = from_compact_digits(text) if len(text) > 4 else None
    if compact is not None:
        return compact
    if text.lstrip("+-").isdecimal() and len(text) < 25:
        number = int(text)
    else:
        try:
            number = int(float(text.replace(",", ".")))
        except (ValueError, OverflowError):
            return None
    seconds = number // seconds_per_unit(abs(number))
    return seconds if 10**7 <= abs(seconds) < 10**11 else None


def _from_iso(text: str) -> int | None:
    match = _OFFSET.search(text) if ":" in text else None
    body, offset = text, timedelta(0)
    if match is not None and len(text) > 10 + len(match.group()):
        body = text[: match.start()]
        if match.group(1):
            hours = _HOURS_OF_ZONE.get(match.group(1).lower())
            if hours is None:
                return None
            offset = timedelta(hours=hours)
        elif match.group(2):
            sign = -1 if match.group(2)[0] == "-" else 1
            offset = sign * timedelta(hours=int(match.group(2)[1:]), minutes=int(match.group(3) or 0))
    try:
        moment = datetime.fromisoformat(body.upper().replace(",", "."))
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        try:
            moment = moment.replace(tzinfo=timezone(offset))
        except ValueError:
            return None
    return _to_seconds(moment)


def _from_numbers(
    first: int, second: int, third: int, time_of_day: str, *, year_first: bool, day_first: bool
) -> int | None:
    if year_first:
        year, month, day = first, second, third
    elif first > 12:  # whatever the column says, there are only twelve months
        year, month, day = third, second, first
    else:
        year, month, day = (third, second, first) if day_first else (third, first, second)
    return _at(year, month, day, time_of_day)


def _from_month_name(text: str) -> int | None:
    text = " ".join(text.split())
    for candidate in (text, _WEEKDAY.sub("", text)):
        match = _WITH_MONTH_NAME.fullmatch(candidate)
        if match is None:
            continue
        month = month_number(match["month"] or match["month_first"])
        if month is not None:
            day = int(match["day"] or match["day_second"])
            return _at(int(match["year"]), month, day, (match["between"] or match["rest"]).strip())
    return None


def _at(year: int, month: int, day: int, time_of_day: str) -> int | None:
    """Seconds of a day and a time of day such as ``1:45 PM``, ``13:45:06+01:00`` or none; None if it is impossible."""
    if year < 100:
        year += 1900 if year >= _TWO_DIGIT_PIVOT else 2000
    try:
        seconds = (date(year, month, day) - date(1970, 1, 1)).days * _DAY
    except (ValueError, OverflowError):
        return None
    if not time_of_day:
        return seconds
    match = _TIME_OF_DAY.fullmatch(time_of_day.strip())
    if match is None:
        return None
    hours, minutes, whole_seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hours = hours % 12 + (12 if match[4][0] in "pP" else 0)
    if hours > 24 or minutes > 59 or whole_seconds > 60:
        return None
    offset = _offset_seconds(match[5] or "z")
    return None if offset is None else seconds + hours * 3600 + minutes * 60 + whole_seconds - offset


def _offset_seconds(offset: str) -> int | None:
    """Seconds east of Greenwich; None for an unknown time zone."""
    if offset[:1] not in ("+", "-"):
        hours = _HOURS_OF_ZONE.get(offset.lower())
        return None if hours is None else hours * 3600
    digits = offset[1:].replace(":", "")
    return (-1 if offset[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60)


@functools.cache
def _epoch() -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC)


def _to_seconds(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int((moment - _epoch()).total_seconds() // 1)
    except (ValueError, OverflowError):
        return None
