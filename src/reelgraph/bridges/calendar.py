"""An evening with a film as a calendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reelgraph.bridges.listed_movie import ListedMovie
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError

EVENING_YEARS = range(1970, 2101)
"""The years in which an evening may be."""

_LINE_BYTES = 75  # of a line, at most; what follows stands on the next, after a space
_USUAL_MINUTES = 120  # of an evening whose film is of unknown length


def evening_calendar(movie: ListedMovie, start: datetime, uid: str, created: int, people: str = "") -> bytes:
    """A calendar with one event.

    Args:
        movie: what is watched; an event of unknown length lasts two hours, and says so.
        start: local time of whoever reads it if it has no time zone, otherwise the point in time.
        uid: of the event; one with the same takes its place.
        created: when the event was made, Unix seconds UTC.
        people: who watches, or "".

    Raises:
        ConfigError: ``start`` is in none of `EVENING_YEARS`.
    """
    require_evening_year("start", start)
    end = start + timedelta(minutes=movie.minutes or _USUAL_MINUTES)
    year = f" ({movie.year})" if movie.year else ""
    length = counted(movie.minutes, "minute") if movie.minutes else "its length is not known: two hours are set aside"
    notes = [length, *([people] if people else []), *([movie.reason] if movie.reason else [])]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//reelgraph//evening//EN",
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}",
        f"DTSTAMP:{_time(datetime.fromtimestamp(created, UTC))}",
        f"DTSTART:{_time(start)}",
        f"DTEND:{_time(end)}",
        f"SUMMARY:{_text(movie.title + year)}",
        f"DESCRIPTION:{_text(chr(10).join(notes))}",
        *([f"URL:{movie.url}"] if movie.url else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def require_evening_year(name: str, start: datetime) -> None:
    """Refuse a beginning in none of `EVENING_YEARS`.

    Args:
        name: of the argument or option, for the message.
        start: when the evening begins.

    Raises:
        ConfigError: it is.
    """
    if start.year not in EVENING_YEARS:
        raise ConfigError(name, f"expected a year from {EVENING_YEARS[0]} to {EVENING_YEARS[-1]}, got {start.year}")


def _time(time: datetime) -> str:
    if time.tzinfo is None:
        return time.strftime("%Y%m%dT%H%M%S")
    return time.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A text value: its own signs escaped, control characters left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(character for character in text if character == "\n" or character.isprintable())
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A line with its end, cut into pieces of at most 75 bytes, and never within a character."""
    pieces, piece = [], b""
    for character in line:
        encoded = character.encode(errors="replace")
        if len(piece) + len(encoded) > _LINE_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
