"""The result of a query to Wikidata: a row for each movie, or several with one value each.

Columns: ``imdb`` (P345) or ``tmdb`` (P4947), and any of ``title``, ``year``, ``director``, ``writer``, ``cast``,
``runtime``, ``language``, ``country``, ``series``, ``keywords``, ``otherTitle``, and ``titleDe`` and the like for
titles in a language; several values of a cell are parted by "|". See ``docs/how-to/enrich.md`` for the query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.core.languages_and_countries import country_code, language_code
from reelgraph.enrichment.ids import imdb_id_of, tmdb_id_of, wikidata_id_of
from reelgraph.enrichment.joiner import SourceRow
from reelgraph.enrichment.refusals import Refuse
from reelgraph.enrichment.tables import names_of, number_or_text, rows_of, start_of, text_of, year_of
from reelgraph.importers.export_entry import ExportEntry

TERMS = "Wikidata: free of rights (CC0): https://www.wikidata.org/wiki/Wikidata:Licensing"
_LISTS = {
    "directors": ("director", "directors"),
    "writers": ("writer", "writers", "screenwriter"),
    "cast": ("cast", "castmember", "actor"),
    "languages": ("language", "languages", "originallanguage"),
    "countries": ("country", "countries", "countryoforigin"),
    "keywords": ("keywords", "keyword", "mainsubject"),
    "translated_titles": ("othertitle", "othertitles", "alias", "aliases"),
}
_SINGLE = {
    "imdb_id": ("imdb", "imdbid"),
    "tmdb_id": ("tmdb", "tmdbid"),
    "title": ("title", "film", "filmlabel", "item", "itemlabel", "label"),
    "year": ("year", "publicationdate", "date"),
    "runtime": ("runtime", "duration"),
    "overview": ("overview", "description"),
    "series": ("series", "partoftheseries"),
    "original_title": ("originaltitle",),
}
_LOCAL = "title in "  # a language
_CODES = {"languages": language_code, "countries": country_code}


def read(path: Path, refuse: Refuse) -> list[SourceRow]:
    """The movies of a file.

    Args:
        path: the file.
        refuse: called for what cannot be read.

    Raises:
        DataFormatError: the file cannot be read, or no row has an id or a title.
    """
    movies: dict[str, dict[str, Any]] = {}
    for row in rows_of(path):
        texts = {re.sub(r"[^a-z]", "", name.lower()): text_of(value) for name, value in row.items()}
        cells, entity = _cells(texts), wikidata_id_of(texts.get("item", "")) or wikidata_id_of(texts.get("film", ""))
        imdb_id, tmdb_id = imdb_id_of(cells.pop("imdb_id", ""), refuse), tmdb_id_of(cells.pop("tmdb_id", ""), refuse)
        if not (imdb_id or tmdb_id or cells.get("title")):
            refuse("rows without an id that can be read, and without a title", start_of(row))
            continue
        key = imdb_id or tmdb_id or entity or (cells.get("title", ""), cells.get("year", ""))
        movie = movies.setdefault(str(key), {"imdb_id": imdb_id, "tmdb_id": tmdb_id})
        movie["tmdb_id"] = movie["tmdb_id"] or tmdb_id
        for name, value in cells.items():
            if name in _LISTS:
                values = [_CODES.get(name, str)(entry) for entry in _named(names_of(value, "|"), name, refuse)]
                movie[name] = list(dict.fromkeys((*movie.get(name, ()), *values)))
            else:
                movie[name] = movie.get(name) or "".join(_named([value], name, refuse))
    if not movies:
        raise DataFormatError(path, "a column imdb, tmdb or title, as of the query in docs/how-to/enrich.md")
    return [_source_row(movie) for movie in movies.values()]


def _cells(texts: Mapping[str, str]) -> dict[str, str]:
    """The cells that are known, by field; of ``director`` and ``directorLabel`` the label. Titles have no ids."""
    cells = {}
    for name, columns in {**_SINGLE, **_LISTS}.items():
        options = [texts.get(f"{column}label") or texts.get(column, "") for column in columns]
        value = next((option for option in options if option and not wikidata_id_of(option)), "")
        value = value or next(filter(None, options), "")
        if value and not (name == "title" and wikidata_id_of(value)):
            cells[name] = value
    titles = {name: text for name, text in texts.items() if re.fullmatch("title[a-z]{2}(label)?", name) and text}
    return cells | {f"{_LOCAL}{name[5:7]}": text for name, text in titles.items()}


def _named(entries: list[str], name: str, refuse: Refuse) -> list[str]:
    """The entries that are names; ids of Wikidata, which say nothing to people, are refused."""
    for entry in filter(wikidata_id_of, entries):
        refuse(f"{name.replace('_', ' ')} of which there is only the id of Wikidata: ask for labels", entry)
    return [entry for entry in entries if not wikidata_id_of(entry)]


def _source_row(movie: dict[str, Any]) -> SourceRow:
    imdb_id, tmdb_id, year = movie.pop("imdb_id"), movie.pop("tmdb_id"), year_of(movie.pop("year", ""))
    title = movie.pop("title", "")
    runtime = number_or_text(movie.pop("runtime", ""))
    entry = ExportEntry(
        "", title, year, original_title=movie.get("original_title", ""), imdb_id=imdb_id, tmdb_id=tmdb_id
    )
    local = {name.removeprefix(_LOCAL): movie.pop(name) for name in list(movie) if name.startswith(_LOCAL)}
    return SourceRow(
        entry,
        {**movie, "local_titles": local, "imdb_id": imdb_id, "tmdb_id": tmdb_id, "year": year, "runtime": runtime},
    )
