"""Lists that name movies and say nothing of a person: of Letterboxd, or the library of Radarr, Jellyfin or Plex."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelgraph.core import Catalogue
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.importers import trakt
from reelgraph.importers.archive import ExportArchive
from reelgraph.importers.column_roles import count_known, may_identify_movies
from reelgraph.importers.entry_collector import SERIES, EntryCollector
from reelgraph.importers.export_entry import MAX_ROWS, ExportEntry
from reelgraph.importers.field_parsers import parse_imdb_id, parse_positive_integer, parse_year
from reelgraph.importers.file_format import require_text, to_utf8
from reelgraph.importers.import_export import import_export
from reelgraph.importers.import_result import ImportResult
from reelgraph.importers.nested_table import flatten, lists_of_objects
from reelgraph.importers.table import column_key, read_header, read_table

_HEADING = "Letterboxd list export"
_JSON = re.compile(rb"\s*(?:\{|\[\s*[\[{\]])")
_MAX_HEADING_LINES = 10
_GUID = re.compile(r"(imdb|tmdb)://(?:movie/)?((?:tt)?\d+)")  # how Plex writes ids
_MOVIES = frozenset(("", "movie", "movies", "film", "video"))
_TITLES, _ORIGINALS = ("title", "name"), ("originaltitle", "originalname")
_YEARS = ("year", "releaseyear", "productionyear", "releasedate")


def import_movie_list(
    path: str | Path,
    catalogue: Catalogue,
    *,
    titles: TitleIndex | None = None,
    popularity: Sequence[float] | None = None,
) -> ImportResult:
    """The movies that a file names, matched to a catalogue by the rules of `import_export`.

    Lists of Letterboxd, of Trakt and of this package's feeds, and the libraries of Radarr, Jellyfin, Emby and Plex as
    their APIs give them, are read as lists: it does not matter what they say of a movie. Everything else is read as
    `import_export` reads it.

    Args:
        path: the file, or an export.
        catalogue: the movies.
        titles: index of the catalogue's titles; None to build it.
        popularity: (n_items,), number of ratings of each movie, see `import_export`; None if unknown.

    Returns:
        Every movie of the file with what was found, in ``movies``.

    Raises:
        DataFormatError: as `import_export`.
    """
    importer = _ListImporter.for_file(Path(path))
    return import_export(path, catalogue, importer=importer, titles=titles, popularity=popularity)


@runs_after_fork
def is_list_of_names(path: str | Path) -> bool:
    """Whether a file is plain text with an id or a title a line, rather than a table, JSON or an export."""
    path = Path(path)
    if not path.is_file():
        return not path.exists()
    archive = ExportArchive(path)
    if len(archive.members) != 1 or archive.members[0].display_name != str(path):
        return False
    data = archive.read(archive.members[0])
    content = to_utf8(data).lstrip(b"\xef\xbb\xbf \t\r\n")
    if _JSON.match(content) or content[:1] == b"<" or content.startswith(_HEADING.encode()):
        return False
    header = read_header(content, str(path))
    n_known = count_known(header)
    return not (may_identify_movies(header) and (n_known > 1 or n_known == len(header)))


@dataclass(frozen=True)
class _ListImporter:
    """Reads every movie of one file, whatever it says of it.

    Args:
        name: of the kind of list, for the report.
    """

    name: str

    @classmethod
    def for_file(cls, path: Path) -> _ListImporter | None:
        """The importer of a list; None for what `import_export` reads by itself."""
        archive = ExportArchive(path)
        if len(archive.members) != 1:
            return None
        content = to_utf8(archive.read(archive.members[0])).lstrip(b"\xef\xbb\xbf \t\r\n")
        if content.startswith(_HEADING.encode()) or "letterboxduri" in map(column_key, read_header(content, str(path))):
            return cls("letterboxd list")
        return cls("list of movies") if _JSON.match(content) else None

    def read(self, archive: ExportArchive, collector: EntryCollector) -> None:
        """Add the entries of the file.

        Raises:
            DataFormatError: it is damaged, or has no movies.
        """
        member = archive.members[0]
        data = archive.read(member)
        require_text(data, member.display_name)
        data = to_utf8(data)
        if _JSON.match(data.lstrip(b"\xef\xbb\xbf")):
            rows = _json_rows(trakt.parse_json(data, member.display_name), member.display_name)
        else:
            rows = _table_rows(data, member.display_name)
        for where, fields in rows:
            _add(where, fields, collector)


def _json_rows(value: Any, source: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The fields of each object in the lists of a JSON value, by the key of their name."""
    n_rows = 0
    for name, rows in lists_of_objects(value):
        for position, row in enumerate(rows, start=1):
            n_rows += 1
            if n_rows > MAX_ROWS:
                raise DataFormatError(source, f"refused: more than {MAX_ROWS:,} rows in total")
            where = f"{source}, {name}, entry {position}" if name else f"{source}, entry {position}"
            movie = row.get("movie")
            is_other = isinstance(row.get("show"), Mapping) or isinstance(row.get("episode"), Mapping)
            fields = flatten(movie if isinstance(movie, Mapping) else row)
            kind = {"type": "show"} if is_other and not isinstance(movie, Mapping) else {}
            yield where, {column_key(key): text for key, text in fields.items()} | kind


def _table_rows(data: bytes, source: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The fields of each row of a table below the heading that a list of Letterboxd has."""
    if data.lstrip(b"\xef\xbb\xbf").startswith(_HEADING.encode()):
        data = _below_heading(data, source)
    table = read_table(data, source)
    table.require("Name", *_TITLES)
    for where, row in table.rows():
        yield where, {key: values[row] for key, values in table.columns.items()}


def _below_heading(data: bytes, source: str) -> bytes:
    """The table of the movies, with blank lines in place of what stands above it, so that line numbers stay."""
    lines = data.splitlines(keepends=True)
    for number in range(1, min(len(lines), _MAX_HEADING_LINES)):
        if {"position", "year"} <= set(map(column_key, read_header(lines[number], source))):
            return b"\n" * number + b"".join(lines[number:])
    raise DataFormatError(source, "a header with Position, Name and Year below the heading of the list")


def _add(where: str, fields: Mapping[str, str], collector: EntryCollector) -> None:
    if fields.get("type", "").lower() not in _MOVIES:
        collector.skipped[SERIES] += 1
        return
    guids = dict(_GUID.findall(" ".join((fields.get("guid", ""), fields.get("guids", "")))))
    entry = ExportEntry(
        where,
        _first(fields, _TITLES),
        parse_year(_first(fields, _YEARS)),
        original_title=_first(fields, _ORIGINALS),
        imdb_id=parse_imdb_id(_first(fields, ("imdbid", "imdb")) or guids.get("imdb", "")),
        tmdb_id=parse_positive_integer(_first(fields, ("tmdbid", "tmdb")) or guids.get("tmdb", "")),
    )
    if entry.title or entry.original_title or entry.imdb_id or entry.tmdb_id:
        collector.add(entry)
    else:
        collector.add_unreadable(f"{where}: no title and no id")


def _first(fields: Mapping[str, str], names: Sequence[str]) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")
