"""Trakt's JSON: ratings (1 to 10), watched movies, history and watchlist, with ids of Trakt, IMDb and TMDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import parse_seconds
from reelgraph.importers.collect import SERIES, EntryCollector, parse_imdb_id, parse_positive_integer, parse_stars
from reelgraph.importers.entry import ExportEntry

NAME = "trakt"
LISTS = "films in lists and collections"
MAX_DEPTH = 32  # of nesting; an entry has four levels
MAX_VALUES = 5_000_000  # lists, objects and members, which take memory; 200,000 rows have three million
_HIGHEST = 10.0
# An unclosed quote extends to the end, so that the search remains linear.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SECTIONS = ("ratings", "watched", "history", "watchlist")
_NOT_MOVIES = ("show", "season", "episode", "person", "list")


def parse_json(data: bytes, source: str) -> Any:
    """The value of a JSON file.

    Raises:
        DataFormatError: it is not JSON, is nested deeper than `MAX_DEPTH`, or has more than `MAX_VALUES` values.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise DataFormatError(source, f"refused: more than {MAX_VALUES:,} brackets and commas")
    depth = 0
    for token in _TOKEN.finditer(data):
        character = token.group()[:1]
        depth += (character in b"[{") - (character in b"]}")
        if depth > MAX_DEPTH:
            raise DataFormatError(source, f"refused: JSON nested deeper than {MAX_DEPTH}")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataFormatError(source, f"expected JSON: {error}") from None


def matches(value: Any) -> bool:
    """Whether it is a list of movies, seasons or episodes, or an object with such lists."""
    if isinstance(value, Mapping):
        return any(matches(value.get(name)) for name in _SECTIONS)
    return isinstance(value, list) and any(_is_entry(element) for element in value[:20])


def read(value: Any, source: str, file_name: str, collector: EntryCollector) -> None:
    """Add the movies of one file.

    Args:
        value: from `parse_json`, and it `matches`.
        source: the file, for messages.
        file_name: without folder; a watchlist has "watchlist" in its name.
        collector: gets the entries.
    """
    if isinstance(value, Mapping):
        for name in _SECTIONS:
            if isinstance(value.get(name), list):
                read(value[name], f"{source}, {name}", name, collector)
        return
    is_watchlist = "watchlist" in file_name.lower()
    for position, element in enumerate(value, start=1):
        _add_element(element, f"{source}, entry {position}", is_watchlist, collector)


def _is_entry(element: Any) -> bool:
    return isinstance(element, Mapping) and any(
        isinstance(element.get(name), Mapping) for name in ("movie", *_NOT_MOVIES)
    )


def _add_element(element: Any, where: str, is_watchlist: bool, collector: EntryCollector) -> None:
    movie = element.get("movie") if isinstance(element, Mapping) else None
    if not isinstance(movie, Mapping):
        if _is_entry(element):
            collector.skipped[SERIES] += 1
        else:
            collector.add_unreadable(f"{where}: no movie")
        return
    if _is_from_list(element, is_watchlist):
        collector.skipped[LISTS] += 1
        return
    try:
        entry = _to_entry(element, movie, where, is_watchlist)
    except ValueError:
        collector.add_unreadable(f"{where}: rating {element.get('rating')!r}"[:200])
        return
    if entry.title or entry.imdb_id or entry.tmdb_id:
        collector.add(entry)
    else:
        collector.add_unreadable(f"{where}: no title and no id")


def _is_from_list(element: Mapping[str, Any], is_watchlist: bool) -> bool:
    """Whether the element is from a list or a collection, which says nothing about watching."""
    if "rating" in element:
        return False
    return ("listed_at" in element and not is_watchlist) or ("collected_at" in element and "plays" not in element)


def _to_entry(element: Mapping[str, Any], movie: Mapping[str, Any], where: str, is_watchlist: bool) -> ExportEntry:
    """One movie; raises ValueError for an invalid rating."""
    stars = parse_stars(_to_text(element.get("rating")), _HIGHEST)
    ids = movie.get("ids")
    if not isinstance(ids, Mapping):
        ids = {}
    tmdb_id = ids.get("tmdb")
    times = (element.get(name) for name in ("rated_at", "watched_at", "last_watched_at", "listed_at"))
    return ExportEntry(
        where,
        _to_text(movie.get("title")),
        _to_year(movie.get("year")),
        stars,
        next((seconds for seconds in map(parse_seconds, map(_to_text, times)) if seconds is not None), None),
        imdb_id=parse_imdb_id(_to_text(ids.get("imdb"))),
        tmdb_id=tmdb_id if isinstance(tmdb_id, int) and tmdb_id > 0 else 0,
        on_watchlist=is_watchlist and stars is None,
        is_current="rated_at" in element,
    )


def _to_year(value: Any) -> int:
    """A year, given as number or text; 0 if it is not one."""
    year = parse_positive_integer(_to_text(value))
    return year if 1000 < year < 10_000 else 0


def _to_text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
