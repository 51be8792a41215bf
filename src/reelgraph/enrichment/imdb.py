"""IMDb's own files: title.basics, title.ratings, title.crew, title.principals, name.basics and title.akas.

Source: https://developer.imdb.com/non-commercial-datasets. Each file is read once from end to end, title.ratings twice;
of its rows only those about the movies are taken apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelgraph.core import Catalogue
from reelgraph.core.errors import DataFormatError
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.enrichment.joiner import SourceRow
from reelgraph.enrichment.tables import number_or_text, text_of
from reelgraph.enrichment.title_languages import LocalTitles
from reelgraph.enrichment.tsv_stream import TsvStream
from reelgraph.importers.export_entry import ExportEntry

TERMS = (
    "IMDb: information courtesy of IMDb (https://www.imdb.com), used with permission; for personal and non-commercial "
    "use only, and not to be passed on: https://developer.imdb.com/non-commercial-datasets"
)

_UNKNOWN = b"\\N"
_COLUMNS = {
    "title.basics": (
        "tconst", "titleType", "primaryTitle", "originalTitle", "isAdult", "startYear", "runtimeMinutes", "genres",
    ),
    "title.ratings": ("tconst", "numVotes"),
    "title.crew": ("tconst", "directors", "writers"),
    "title.principals": ("tconst", "ordering", "nconst", "category"),
    "name.basics": ("nconst", "primaryName"),
    "title.akas": ("titleId", "title", "region", "language", "types", "isOriginalTitle"),
}  # fmt: skip
_KINDS = {b"movie": 0, b"tvMovie": 1, b"video": 1, b"tvSpecial": 2, b"tvMiniSeries": 2, b"short": 2, b"tvShort": 3}
_EPISODE = b"\ttvEpisode\t"
_CAST = (b"actor", b"actress", b"self")
_MAX_CAST = 12

Report = Callable[[str], None]


@dataclass(frozen=True)
class NewMovies:
    """Which movies that the data set does not have enter it.

    Args:
        year_from: of their release; None for the newest year of the data set.
        min_votes: at IMDb.
        limit: those with most votes enter; 0 for none.
    """

    year_from: int | None = None
    min_votes: int = 1_000
    limit: int = 5_000


@dataclass
class ImdbTitles:
    """The titles that may be movies of the catalogue, and those that may enter it.

    Args:
        known: may be a movie of the catalogue.
        new: is recent, a film for cinemas, and has votes enough.
    """

    known: list[SourceRow] = field(default_factory=list)
    new: list[SourceRow] = field(default_factory=list)


class ImdbFolder:
    """A folder with files of IMDb, as they are published: ``.tsv.gz``, or ``.tsv``.

    Args:
        folder: has at least title.basics.
        report: called with the name of each file before it is read.

    Raises:
        DataFormatError: there is no such folder, it cannot be read, or it has no title.basics.
    """

    def __init__(self, folder: Path, report: Report = lambda name: None) -> None:
        self._report = report
        self._paths = {}
        for name in _COLUMNS:
            paths = [folder / f"{name}.tsv.gz", folder / f"{name}.tsv"]
            try:
                existing = next((path for path in paths if path.is_file()), None)
            except OSError as error:
                raise DataFormatError(folder, f"cannot be read: {error.strerror}") from None
            if existing is not None:
                self._paths[name] = existing
        if "title.basics" not in self._paths:
            hint = "take them from https://datasets.imdbws.com"
            raise DataFormatError(folder, "title.basics.tsv.gz and the other files of IMDb", hint=hint)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the files that are not there."""
        return tuple(name for name in _COLUMNS if name not in self._paths)

    def titles(self, catalogue: Catalogue, index: TitleIndex, new: NewMovies) -> ImdbTitles:
        """The titles that may be movies of a catalogue: by id, or by title and year where a movie has no id.

        Args:
            catalogue: the movies.
            index: of their titles.
            new: which other movies enter.
        """
        ids = {key.encode() for key in catalogue.imdb_id.tolist() if key}
        popular = self._popular(new.min_votes) if new.limit else set()
        year_from = new.year_from or max(index.years, default=0)
        years = {
            year + off
            for year, key in zip(index.years, catalogue.imdb_id.tolist(), strict=True)
            if not key
            for off in (-1, 0, 1)
        }
        titles = ImdbTitles()
        for row in self._rows("title.basics", None if years else ids | popular, without=_EPISODE):
            key, kind, title, original, adult, year_text, minutes, genres = row
            year = _number(year_text)
            is_known = key in ids or (kind in _KINDS and year in years and _has_title(index, title, original))
            is_new = key in popular and kind == b"movie" and adult != b"1" and year >= year_from
            if is_known or is_new:
                source = _source_row(key, kind, title, original, year, minutes, genres)
                if is_known:
                    titles.known.append(source)
                if is_new and key not in ids:
                    titles.new.append(source)
        votes = self._votes({row.entry.imdb_id.encode() for row in (*titles.known, *titles.new)})
        return ImdbTitles(
            [_with_votes(row, votes) for row in titles.known], [_with_votes(row, votes) for row in titles.new]
        )

    def further(self, imdb_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """People and titles in other languages: id -> field of `Catalogue` -> value."""
        keys = {key.encode() for key in imdb_ids}
        people = self._people(keys)
        names = {
            key: _text(name)
            for key, name in self._rows(
                "name.basics", {key for roles in people.values() for role in roles.values() for key in role}
            )
        }
        details: dict[str, dict[str, Any]] = {
            key.decode(): {
                role: [names[person] for person in persons if person in names] for role, persons in roles.items()
            }
            for key, roles in people.items()
        }
        translated: dict[bytes, dict[str, None]] = defaultdict(dict)
        local: dict[bytes, LocalTitles] = defaultdict(LocalTitles)
        for key, title, region, language, types, is_original in self._rows("title.akas", keys):
            if is_original != b"1" and types != b"working":
                translated[key][_text(title)] = None
                local[key].add(_text(title), _text(language), _text(region), 0 if types == b"imdbDisplay" else 1)
        for key, titles in translated.items():
            titles_found = {"translated_titles": list(titles), "local_titles": local[key].titles()}
            details.setdefault(key.decode(), {}).update(titles_found)
        return details

    def _people(self, keys: set[bytes]) -> dict[bytes, dict[str, list[bytes]]]:
        """Title -> role -> ids of people."""
        people: dict[bytes, dict[str, list[bytes]]] = defaultdict(dict)
        for key, directors, writers in self._rows("title.crew", keys):
            for role, text in (("directors", directors), ("writers", writers)):
                if text != _UNKNOWN:
                    people[key][role] = text.split(b",")[:10]
        cast: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
        for key, ordering, person, category in self._rows("title.principals", keys):
            if category in _CAST:
                cast[key].append((_number(ordering), person))
        for key, persons in cast.items():
            people[key]["cast"] = [person for _, person in sorted(persons)[:_MAX_CAST]]
        return people

    def _popular(self, min_votes: int) -> set[bytes]:
        return {key for key, votes in self._rows("title.ratings", None) if _number(votes) >= min_votes}

    def _votes(self, keys: set[bytes]) -> Mapping[str, int]:
        return {key.decode(): _number(votes) for key, votes in self._rows("title.ratings", keys)}

    def _rows(self, name: str, keys: set[bytes] | None, *, without: bytes = b"") -> Iterable[list[bytes]]:
        path = self._paths.get(name)
        if path is None or (keys is not None and not keys):
            return ()
        self._report(name)
        return TsvStream(path, _COLUMNS[name]).rows(keys, without=without)


def _has_title(index: TitleIndex, title: bytes, original: bytes) -> bool:
    """Whether a movie has one of two titles, or one that it is a part of."""
    return any(index.has_title(_text(name)) for name in {title, original})


def _source_row(
    key: bytes, kind: bytes, title: bytes, original: bytes, year: int, minutes: bytes, genres: bytes
) -> SourceRow:
    details: dict[str, Any] = {"imdb_id": key.decode(), "year": year, "runtime": number_or_text(_text(minutes))}
    if original not in (title, _UNKNOWN):
        details["original_title"] = _text(original)
    if genres != _UNKNOWN:
        details["genres"] = _text(genres).split(",")
    entry = ExportEntry("", _text(title), year, original_title=_text(original), imdb_id=key.decode())
    return SourceRow(entry, details, _KINDS.get(kind, 9))


def _with_votes(row: SourceRow, votes: Mapping[str, int]) -> SourceRow:
    return SourceRow(row.entry, row.details, row.kind_rank, votes.get(row.entry.imdb_id, 0))


def _text(field_of_row: bytes) -> str:
    return "" if field_of_row == _UNKNOWN else text_of(field_of_row.decode("utf-8", "replace"))


def _number(field_of_row: bytes) -> int:
    return int(field_of_row) if field_of_row.isdigit() and len(field_of_row) < 10 else 0
