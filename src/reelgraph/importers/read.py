"""Read an export of any known service, recognised by the contents of its files, not by their names."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reelgraph.core import plugins
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.importers import generic_csv, imdb, letterboxd, netflix, trakt
from reelgraph.importers.archive import ArchiveMember, ExportArchive
from reelgraph.importers.collect import UNREADABLE, EntryCollector
from reelgraph.importers.entry import ParsedExport
from reelgraph.importers.table import ExportTable, read_header, read_table

_SUPPORTED = (
    "a Letterboxd zip, IMDb's ratings.csv, Trakt's JSON, Netflix's history, or a CSV with title, year and rating"
)
_TABLE_MATCHERS: dict[str, Callable[[tuple[str, ...]], bool]] = {
    letterboxd.NAME: letterboxd.matches,
    imdb.NAME: imdb.matches,
    netflix.NAME: netflix.matches,
    generic_csv.NAME: generic_csv.matches,
}
_TABLE_READERS: dict[str, Callable[[ExportTable, str, EntryCollector], None]] = {
    letterboxd.NAME: letterboxd.read,
    imdb.NAME: imdb.read,
    netflix.NAME: netflix.read,
    generic_csv.NAME: generic_csv.read,
}


@runs_after_fork
def read_export(path: str | Path, importer: Any = None) -> ParsedExport:
    """Read a person's export.

    Args:
        path: the zip or the file of a service, or a folder with the contents of the zip.
        importer: an object with ``read(archive, collector)``, for the export of a service that reelgraph does not know.
            When None, the importers of installed packages are asked before reelgraph's own.

    Raises:
        DataFormatError: it is of no known service or of two, damaged, over a limit (see `archive`, `entry`, `trakt`),
            lacks a column, has no movies, or more than half of its rows cannot be read.
    """
    archive = ExportArchive(path)
    plugin = None if importer is not None else plugins.outside_candidate(plugins.IMPORTERS, archive)
    if importer is not None or plugin is not None:
        return _read_outside(archive, plugin, importer)
    recognised = _recognise_files(archive)
    service = _only_service(archive, {service for _, service, _ in recognised})
    files = [(member, content) for member, file_service, content in recognised if file_service == service]
    if service == letterboxd.NAME:
        files = _main_letterboxd_files(files)
    if service == generic_csv.NAME and len(files) > 1:
        raise DataFormatError(archive.path, f"one table, found {len(files)}", hint="give the file with the ratings")
    collector = EntryCollector()
    for member, content in files:
        if service == trakt.NAME:
            trakt.read(content, member.display_name, member.name, collector)
        else:
            _TABLE_READERS[service](read_table(content, member.display_name), member.name, collector)
    _require_readable(archive.path, collector)
    return ParsedExport(
        service,
        tuple(collector.entries),
        dict(collector.skipped),
        tuple(collector.unreadable),
        tuple(member.name for member, _ in files),
        tuple(collector.notes),
    )


def _read_outside(archive: ExportArchive, plugin: plugins.Plugin | None, importer: Any) -> ParsedExport:
    """The export as an importer of another package reads it."""
    collector = EntryCollector()
    plugins.call(plugin, plugin.load() if plugin else importer, "read", archive, collector)
    _require_readable(archive.path, collector)
    return ParsedExport(
        plugin.name if plugin else str(getattr(importer, "name", type(importer).__name__)),
        tuple(collector.entries),
        dict(collector.skipped),
        tuple(collector.unreadable),
        tuple(member.name for member in archive.members),
        tuple(collector.notes),
    )


def _only_service(archive: ExportArchive, services: set[str]) -> str:
    """The service of the export; other tables beside a known export are ignored."""
    candidates = sorted(services - {generic_csv.NAME}) or sorted(services)
    if not candidates:
        names = ", ".join(member.name for member in archive.members[:8]) or "no table"
        raise DataFormatError(archive.path, f"expected {_SUPPORTED}; found {names}")
    if len(candidates) > 1:
        raise DataFormatError(archive.path, f"one export at a time, found {' and '.join(candidates)}")
    return candidates[0]


def _require_readable(path: Path, collector: EntryCollector) -> None:
    n_unreadable = collector.skipped[UNREADABLE]
    if 2 * n_unreadable > collector.n_rows:
        hint = f"{n_unreadable:,} of {collector.n_rows:,} rows; this is the first"
        raise DataFormatError(collector.unreadable[0], "cannot be read", hint=hint)
    if not collector.n_rows:
        raise DataFormatError(path, "expected at least one movie, found none")


def _recognise_files(archive: ExportArchive) -> list[tuple[ArchiveMember, str, Any]]:
    """Files with a known layout: member, service, and its bytes (tables) or its value (JSON)."""
    recognised: list[tuple[ArchiveMember, str, Any]] = []
    is_single_file = len(archive.members) == 1
    for member in archive.members:
        data = archive.read(member)
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            data = data.decode("utf-16", errors="replace").encode()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
            value = trakt.parse_json(data, member.display_name)
            if trakt.matches(value):
                recognised.append((member, trakt.NAME, value))
            elif is_single_file:
                raise DataFormatError(
                    member.display_name, "expected Trakt's JSON: a list of entries, each with a movie and its ids"
                )
            continue
        names = read_header(data, member.display_name)
        service = next((service for service, matches in _TABLE_MATCHERS.items() if matches(names)), None)
        if service is not None:
            recognised.append((member, service, data))
        elif is_single_file:
            raise _unknown_table(data, member)
    return recognised


def _unknown_table(data: bytes, member: ArchiveMember) -> DataFormatError:
    """The reason why the only file cannot be read."""
    if not data.strip():
        return DataFormatError(member.display_name, "expected ratings, found an empty file")
    if data.startswith((b"Letterboxd list export", b"\xef\xbb\xbfLetterboxd list export")):
        return DataFormatError(
            member.display_name, "a Letterboxd list has neither ratings nor watched movies", hint="give the export zip"
        )
    names = read_header(data, member.display_name)
    value = ",".join(names) if names else data[:40].decode("latin-1")
    return DataFormatError(member.display_name, _SUPPORTED, line=1, value=value)


def _main_letterboxd_files(files: list[tuple[ArchiveMember, Any]]) -> list[tuple[ArchiveMember, Any]]:
    """The tables at the top of a Letterboxd export; subfolders have lists, likes and deleted entries."""
    top = min((member.folder.count("/") + bool(member.folder), member.folder) for member, _ in files)[1]
    top_files = [(member, data) for member, data in files if member.folder == top]
    kind_of = {
        member: letterboxd.table_kind(read_header(data, member.display_name), member.name) for member, data in top_files
    }
    # Reviews repeat diary entries.
    return [(member, data) for member, data in top_files if kind_of[member] not in ("", "reviews")] or top_files
