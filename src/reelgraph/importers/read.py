"""Read an export of any known service, recognised by the contents of its files, not by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelgraph.core import plugins
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.importers import letterboxd, row_state, state_words
from reelgraph.importers.archive import ExportArchive
from reelgraph.importers.entry_collector import UNREADABLE, EntryCollector
from reelgraph.importers.export_entry import ParsedExport
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.recognise import SUPPORTED, SourceFile, recognise
from reelgraph.importers.services import PLAIN


@runs_after_fork
def read_export(path: str | Path, options: ImportOptions | None = None, importer: Any = None) -> ParsedExport:
    """Read a person's export.

    Args:
        path: the zip or the file of a service, or a folder with the contents of the zip.
        options: what the person says about the file.
        importer: an object with ``read(archive, collector)``, for the export of a service that reelgraph does not know.
            When None, the importers of installed packages are asked before reelgraph's own.

    Raises:
        ConfigError: ``options`` name a column or a profile that does not exist.
        DataFormatError: it is of no known service or of two, damaged, over a limit (see `archive`, `entry`, `trakt`),
            lacks a column, is of several people, has no movies, or more than half of its rows cannot be read.
    """
    options = options or ImportOptions()
    archive = ExportArchive(path)
    plugin = None if importer is not None else plugins.plugin_candidate(plugins.IMPORTERS, archive)
    if importer is not None or plugin is not None:
        return _read_outside(archive, plugin, importer)
    is_single_file = len(archive.members) == 1
    recognised = [
        file
        for member in archive.members
        for file in recognise(member, archive.read(member), options, is_single_file=is_single_file)
    ]
    service = _only_service(archive, {file.service for file in recognised})
    files = [file for file in recognised if file.service == service]
    if service == letterboxd.NAME:
        files = _main_letterboxd_files(files)
    if service == PLAIN:
        _require_one_table(archive.path, files)
    collector = EntryCollector()
    for file in files:
        file.read(collector, options)
    _require_readable(archive.path, collector)
    unread = [
        file for file in recognised if file not in files and not letterboxd.is_repetition(file.service, file.member)
    ]
    names = list(dict.fromkeys(f"{file.member.folder}/{file.name}".removeprefix("/") for file in unread))
    if names:
        collector.notes.append(f"files not read: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}")
    return ParsedExport(
        service,
        tuple(collector.entries),
        dict(collector.skipped),
        tuple(collector.unreadable),
        tuple(dict.fromkeys(file.member.name for file in files)),
        tuple(dict.fromkeys(collector.notes)),
        collector.item_id_column,
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
    candidates = sorted(services - {PLAIN}) or sorted(services)
    if not candidates:
        names = ", ".join(member.name for member in archive.members[:8]) or "no table"
        raise DataFormatError(archive.path, f"expected {SUPPORTED}; found {names}")
    if len(candidates) > 1:
        raise DataFormatError(archive.path, f"one export at a time, found {' and '.join(candidates)}")
    return candidates[0]


def _require_one_table(path: Path, files: list[SourceFile]) -> None:
    """Several tables of no known service are read if the names of all but one tell what they are."""
    n_unclear = sum(row_state.state_of_file(file.name) == state_words.UNKNOWN for file in files)
    if len(files) > 1 and n_unclear > 1:
        raise DataFormatError(path, f"one table, found {len(files)}", hint="give the file with the ratings")


def _require_readable(path: Path, collector: EntryCollector) -> None:
    n_unreadable = collector.skipped[UNREADABLE]
    if 2 * n_unreadable > collector.n_rows:
        hint = f"{n_unreadable:,} of {counted(collector.n_rows, 'row')}; this is the first"
        raise DataFormatError(collector.unreadable[0], "cannot be read", hint=hint)
    if not collector.n_rows:
        raise DataFormatError(path, "expected at least one movie, found none")


def _main_letterboxd_files(files: list[SourceFile]) -> list[SourceFile]:
    """The tables at the top of a Letterboxd export, and the liked films; other folders have lists."""
    top = min((file.member.folder.count("/") + bool(file.member.folder), file.member.folder) for file in files)[1]
    likes = [
        file for file in files if letterboxd.is_likes_folder(file.member.folder) and file.member.name.startswith("film")
    ]
    top_files = [file for file in files if file.member.folder == top]
    kinds = [letterboxd.table_kind(file.keys, file.name, file.member.folder) for file in top_files]
    # Reviews repeat diary entries.
    main_files = [file for file, kind in zip(top_files, kinds, strict=True) if kind not in ("", "reviews")]
    return [*(main_files or top_files), *(file for file in likes if file not in top_files)]
