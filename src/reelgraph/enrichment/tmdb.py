"""Files of TMDB: answers of its API as JSON, and tables of its movies, credits and keywords as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.core.languages_and_countries import country_code, language_code
from reelgraph.enrichment.ids import imdb_id_of, tmdb_id_of
from reelgraph.enrichment.joiner import SourceRow
from reelgraph.enrichment.refusals import Refuse
from reelgraph.enrichment.tables import entries_of, names_of, number_or_text, rows_of, start_of, text_of, year_of
from reelgraph.enrichment.title_languages import LocalTitles
from reelgraph.importers.export_entry import ExportEntry

TERMS = (
    "TMDB: this product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB; "
    "terms of use: https://www.themoviedb.org/api-terms-of-use"
)
_IDS = ("id", "movie_id", "tmdb_id", "tmdbId")
_COLLECTION = re.compile(r"\s*[(\[]?\b(?:the )?collection[)\]]?\s*$", re.IGNORECASE)
_WRITERS = ("writer", "screenplay", "story", "author", "novel")


def read(paths: Sequence[Path], refuse: Refuse) -> list[SourceRow]:
    """The movies of several files, what they say of one movie put together.

    Args:
        paths: the files.
        refuse: called for what cannot be read.

    Raises:
        DataFormatError: a file cannot be read, or none of its rows has an id or a title.
    """
    movies: dict[object, dict[str, Any]] = {}
    for path in paths:
        n_before, n_rows = len(movies), 0
        for row in rows_of(path):
            tmdb_id = next((tmdb_id_of(row[name], refuse) for name in _IDS if row.get(name)), 0)
            imdb_id = imdb_id_of(row.get("imdb_id"), refuse)
            key = tmdb_id or imdb_id or (text_of(row.get("title")), year_of(row.get("release_date")))
            if key == ("", 0):
                refuse("rows without an id that can be read, and without a title", start_of(row))
                continue
            n_rows += 1
            movie = movies.setdefault(key, {"tmdb_id": tmdb_id})
            movie.update(
                {name: value for name, value in _details(row, imdb_id).items() if value and not movie.get(name)}
            )
        if n_rows == 0 and len(movies) == n_before:
            raise DataFormatError(path, f"movies with an id ({', '.join(_IDS[:3])} or imdb_id), or a title")
    return [_source_row(movie) for movie in movies.values()]


def _source_row(movie: dict[str, Any]) -> SourceRow:
    title = movie.pop("title", "")
    original = movie.get("original_title", "")
    entry = ExportEntry(
        "",
        title,
        movie.get("year", 0),
        original_title=original,
        imdb_id=movie.get("imdb_id", ""),
        tmdb_id=movie["tmdb_id"],
    )
    if original == title:
        movie.pop("original_title", None)
    return SourceRow(entry, movie)


def _details(row: Mapping[str, Any], imdb_id: str) -> dict[str, Any]:
    """The fields of `Catalogue` that a row has, and its title."""
    credits = row["credits"] if isinstance(row.get("credits"), dict) else row
    crew = [person for person in entries_of(credits.get("crew")) if isinstance(person, dict)]
    return {
        "title": text_of(row.get("title")),
        "original_title": text_of(row.get("original_title")),
        "imdb_id": imdb_id,
        "year": year_of(row.get("release_date")) or year_of(row.get("year")),
        "runtime": number_or_text(row.get("runtime")),
        "overview": text_of(row.get("overview")),
        "genres": names_of(row.get("genres")),
        "keywords": names_of(_inside(row.get("keywords"), "keywords", "results")),
        "languages": list(_languages(row)),
        "countries": list(_countries(row)),
        "series": _COLLECTION.sub("", (names_of(row.get("belongs_to_collection"), "") or [""])[0]),
        "cast": names_of(_billed(credits.get("cast"))),
        "directors": _crew(crew, ("director",)) or names_of(row.get("directors") or row.get("director")),
        "writers": _crew(crew, _WRITERS) or names_of(row.get("writers")),
        "translated_titles": list(_translated(row)),
        "local_titles": _local(row),
    }


def _inside(value: Any, *keys: str) -> Any:
    """The list in an object such as ``{"keywords": [...]}``; other values as they are."""
    return next((value[key] for key in keys if key in value), []) if isinstance(value, dict) else value


def _billed(cast: Any) -> list[Any]:
    entries = entries_of(cast)
    if all(isinstance(entry, dict) and isinstance(entry.get("order"), int) for entry in entries):
        return sorted(entries, key=lambda entry: entry["order"])
    return entries


def _crew(crew: Iterable[Mapping[str, Any]], jobs: tuple[str, ...]) -> list[str]:
    return [text_of(person.get("name")) for person in crew if text_of(person.get("job")).lower() in jobs]


def _languages(row: Mapping[str, Any]) -> Iterator[str]:
    original = text_of(row.get("original_language"))
    if original:
        yield language_code(original)
    for entry in entries_of(row.get("spoken_languages"), "|,"):
        is_object = isinstance(entry, dict)
        text = text_of((entry.get("iso_639_1") or entry.get("name")) if is_object else entry)
        if text:
            yield language_code(text)


def _countries(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("production_countries", "origin_country"):
        for entry in entries_of(row.get(name), "|,"):
            is_object = isinstance(entry, dict)
            text = text_of((entry.get("iso_3166_1") or entry.get("name")) if is_object else entry)
            if text:
                yield country_code(text)


def _local(row: Mapping[str, Any]) -> dict[str, str]:
    """Language -> title, of translations."""
    local = LocalTitles()
    for entry in entries_of(_inside(row.get("translations"), "translations")):
        if isinstance(entry, dict) and isinstance(entry.get("data"), dict):
            codes = (text_of(entry.get("iso_639_1")), text_of(entry.get("iso_3166_1")))
            local.add(text_of(entry["data"].get("title")), *codes)
    return local.titles()


def _translated(row: Mapping[str, Any]) -> Iterator[str]:
    yield from names_of(_inside(row.get("alternative_titles"), "titles", "results"), "|")
    for entry in entries_of(_inside(row.get("translations"), "translations")):
        inner = entry.get("data") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and text_of(inner.get("title")):
            yield text_of(inner["title"])
