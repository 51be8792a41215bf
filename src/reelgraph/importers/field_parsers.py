"""Parse the fields that the exports of all services have: years and ids."""

from __future__ import annotations

import re

_MAX_QUOTED = 200
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d|2100)(?!\d)")
_IMDB = re.compile(r"(?:[^?#]*/)?(?:tt)?(\d{5,10})/?(?:[?#].*)?", re.DOTALL)


def quoted(text: str) -> str:
    """A text of a file between quotes, for messages; of a long one the first 200 letters."""
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…")


def parse_year(text: str) -> int:
    """The year in a year or a date: "1995", "1995.0", "15.12.1995", "1995 / USA"; 0 if there is none."""
    match = _YEAR.search(text)
    return int(match.group(1)) if match else 0


def parse_imdb_id(text: str) -> str:
    """An IMDb id as "tt0114709", from the id, its number, or the URL of its page; "" if it is not one.

    The query and fragment of a URL ("?ref_=ttls_li_i") are ignored.
    """
    match = _IMDB.fullmatch(text.strip())
    return f"tt{int(match.group(1)):07d}" if match and int(match.group(1)) else ""


def parse_positive_integer(text: str) -> int:
    """A positive integer, also as "862.0"; 0 if it is not one."""
    text = text.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
