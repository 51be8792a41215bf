"""JSON of Trakt and Simkl: ratings (1 to 10), watched movies, history and watchlist, with ids of IMDb and TMDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import parse_seconds
from reelgraph.importers import row_state, state_words
from reelgraph.importers.entry_collector import SERIES, EntryCollector
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.field_parsers import parse_imdb_id, parse_positive_integer
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.rating_text import RatingConverter

NAME, SIMKL = "trakt", "simkl"
MAX_DEPTH = 32  # of nesting; an entry has four levels
MAX_VALUES = 5_000_000  # lists, objects and members, which take memory; 200,000 rows have three million
_HIGHEST = 10.0
# An unclosed quote extends to the end, so that the search remains linear.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_NOT_MOVIES = ("show", "season", "episode", "person", "list", "anime")


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
        lines = data.splitlines()
        if len(lines) > 1 and all(line[:1] == b"{" for line in lines if line.strip()):  # an object a line
            return [
                parse_json(line, f"{source}, line {number}") for number, line in enumerate(lines, 1) if line.strip()
            ]
        raise DataFormatError(source, f"expected JSON: {error}") from None


def matches(value: Any) -> bool:
    """Whether it is a list of movies, seasons or episodes, or an object with such lists, also in its objects."""
    if isinstance(value, Mapping):
        return any(isinstance(section, list | Mapping) and matches(section) for section in value.values())
    return isinstance(value, list) and any(_is_entry(element) for element in value[:20])


def service_of(value: Any) -> str:
    """The service that wrote it: Simkl's entries have a status and its own ids."""
    entries = (
        value
        if isinstance(value, list)
        else [entry for part in value.values() if isinstance(part, list) for entry in part]
    )
    has_status = any(
        isinstance(entry, Mapping) and ("status" in entry or "user_rating" in entry) for entry in entries[:20]
    )
    return SIMKL if has_status else NAME


def read(
    value: Any, source: str, file_name: str, collector: EntryCollector, options: ImportOptions | None = None
) -> None:
    """Add the movies of one file.

    Args:
        value: from `parse_json`, and it `matches`.
        source: the file, for messages.
        file_name: without folder; it tells what the entries of a file without their own state are.
        collector: gets the entries.
        options: the scale of the ratings, if the person states it.
    """
    if isinstance(value, Mapping):
        for name, section in value.items():
            if isinstance(section, list | Mapping) and matches(section):
                state_name = name if row_state.state_of_file(name) else file_name
                read(section, f"{source}, {name}", state_name, collector, options)
        return
    converter = RatingConverter(_HIGHEST, options.scale if options else None)
    file_state = row_state.state_of_file(file_name)
    for position, element in enumerate(value, start=1):
        _add_element(element, f"{source}, entry {position}", file_state, converter, collector)


def _is_entry(element: Any) -> bool:
    return isinstance(element, Mapping) and any(
        isinstance(element.get(name), Mapping) for name in ("movie", *_NOT_MOVIES)
    )


def _add_element(
    element: Any, where: str, file_state: str, converter: RatingConverter, collector: EntryCollector
) -> None:
    movie = element.get("movie") if isinstance(element, Mapping) else None
    if isinstance(element, Mapping) and element.get("anime_type") == "movie":
        movie = movie or element.get("show") or element.get("anime")
    if not isinstance(movie, Mapping):
        if _is_entry(element):
            collector.skipped[SERIES] += 1
        else:
            collector.add_unreadable(f"{where}: no movie")
        return
    rating = _to_text(element.get("rating")) or _to_text(element.get("user_rating"))
    try:
        stars = converter.stars(rating)
    except ValueError:
        collector.add_unreadable(f"{where}: rating {rating!r}"[:200])
        return
    state = state_words.SEEN if stars is not None else _state(element, file_state)
    entry = _to_entry(element, movie, where, stars, state)
    if not (entry.title or entry.imdb_id or entry.tmdb_id):
        collector.add_unreadable(f"{where}: no title and no id")
    elif state in (state_words.SEEN, state_words.WISH):
        collector.add(entry)
    else:
        collector.skipped[state] += 1


def _state(element: Mapping[str, Any], file_state: str) -> str:
    """The state of an entry without a rating: by its status, by its kind, or by the name of the file."""
    status = _to_text(element.get("status"))
    if status:
        return row_state.state_of_text(status) or state_words.NOT_UNDERSTOOD
    if "hidden_at" in element:
        return state_words.HIDDEN
    if "comment" in element or "commented_at" in element or "note" in element:
        return state_words.COMMENTED
    if "watched_at" in element or "last_watched_at" in element or "plays" in element:
        return state_words.NOT_SEEN if element.get("plays") == 0 else state_words.SEEN
    if "paused_at" in element or "progress" in element:
        return state_words.UNFINISHED
    if file_state:
        return file_state
    if "listed_at" in element or "collected_at" in element:
        return state_words.COLLECTED
    return state_words.SEEN


def _to_entry(
    element: Mapping[str, Any], movie: Mapping[str, Any], where: str, stars: float | None, state: str
) -> ExportEntry:
    ids = movie.get("ids")
    if not isinstance(ids, Mapping):
        ids = {}
    tmdb_id = ids.get("tmdb")
    times = (element.get(name) for name in ("rated_at", "user_rated_at", "watched_at", "last_watched_at", "listed_at"))
    return ExportEntry(
        where,
        _to_text(movie.get("title")),
        _to_year(movie.get("year")),
        stars,
        next((seconds for seconds in map(parse_seconds, map(_to_text, times)) if seconds is not None), None),
        imdb_id=parse_imdb_id(_to_text(ids.get("imdb"))),
        tmdb_id=parse_positive_integer(_to_text(tmdb_id)),
        on_watchlist=state == state_words.WISH,
        is_current="rated_at" in element or "user_rating" in element,
    )


def _to_year(value: Any) -> int:
    """A year, given as number or text; 0 if it is not one."""
    year = parse_positive_integer(_to_text(value))
    return year if 1000 < year < 10_000 else 0


def _to_text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
