"""Trakt's JSON: ratings, films watched, history and watchlist, with the ids of Trakt, IMDb and TMDB; 1 to 10."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.collect import SERIES, Collected, imdb_id, stars, whole
from reelgraph.importers.dates import seconds
from reelgraph.importers.entry import Entry

NAME = "trakt"
LISTS = "films in lists and collections"
MAX_DEPTH = 32  # an entry is four deep
MAX_PARTS = 5_000_000  # lists, objects and members: what takes memory; 200,000 rows have three million
_TOP = 10.0
# A quote that is never closed reaches to the end, so that the search stays linear.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SECTIONS = ("ratings", "watched", "history", "watchlist")
_NOT_FILMS = ("show", "season", "episode", "person", "list")


def parse(data: bytes, where: str) -> Any:
    """The value of a JSON file.

    Raises:
        DataFormatError: it is no JSON, or is nested deeper than `MAX_DEPTH`, or has more than `MAX_PARTS`.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise DataFormatError(where, f"refused: more than {MAX_PARTS:,} brackets and commas")
    depth = 0
    for token in _TOKEN.finditer(data):
        first = token.group()[:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > MAX_DEPTH:
            raise DataFormatError(where, f"refused: JSON nested deeper than {MAX_DEPTH}")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataFormatError(where, f"expected JSON: {error}") from None


def knows(value: Any) -> bool:
    """Whether it is a list of films, seasons or episodes, or an object of such lists."""
    if isinstance(value, Mapping):
        return any(knows(value.get(name)) for name in _SECTIONS)
    return isinstance(value, list) and any(_is_entry(one) for one in value[:20])


def read(value: Any, where: str, file_name: str, into: Collected) -> None:
    """Take the films of one file.

    Raises:
        DataFormatError: it has another shape.
    """
    if isinstance(value, Mapping):
        for name in _SECTIONS:
            if isinstance(value.get(name), list):
                read(value[name], f"{where}, {name}", name, into)
        return
    wishes = "watchlist" in file_name.lower()
    for place, one in enumerate(value):
        _take(one, f"{where}, entry {place + 1}", wishes, into)


def _is_entry(one: Any) -> bool:
    return isinstance(one, Mapping) and any(isinstance(one.get(name), Mapping) for name in ("movie", *_NOT_FILMS))


def _take(one: Any, where: str, wishes: bool, into: Collected) -> None:
    film = one.get("movie") if isinstance(one, Mapping) else None
    if not isinstance(film, Mapping):
        if _is_entry(one):
            into.set_aside[SERIES] += 1
        else:
            into.fault(f"{where}: no movie")
        return
    if "listed_at" in one and not wishes and "rating" not in one:
        into.set_aside[LISTS] += 1
        return
    if "collected_at" in one and "plays" not in one and "rating" not in one:
        into.set_aside[LISTS] += 1
        return
    found = film.get("ids")
    ids: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    try:
        rating = stars(_text(one.get("rating")), _TOP)
    except ValueError:
        into.fault(f"{where}: rating {one.get('rating')!r}"[:200])
        return
    tmdb = ids.get("tmdb")
    times = (one.get(name) for name in ("rated_at", "watched_at", "last_watched_at", "listed_at"))
    entry = Entry(
        where,
        _text(film.get("title")),
        _year(film.get("year")),
        rating,
        next((found for found in map(seconds, map(_text, times)) if found is not None), None),
        imdb_id=imdb_id(_text(ids.get("imdb"))),
        tmdb_id=tmdb if isinstance(tmdb, int) and tmdb > 0 else 0,
        wish=wishes and rating is None,
        current="rated_at" in one,
    )
    if entry.title or entry.imdb_id or entry.tmdb_id:
        into.add(entry)
    else:
        into.fault(f"{where}: no title and no id")


def _year(value: Any) -> int:
    """A year, given as a number or as text; 0 where it is none."""
    found = whole(_text(value))
    return found if 1000 < found < 10_000 else 0


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
