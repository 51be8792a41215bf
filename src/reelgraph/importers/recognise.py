"""Recognise the service and the form of a file by its contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from reelgraph.core.errors import DataFormatError
from reelgraph.importers import generic_csv, imdb, letterboxd, nested_table, netflix, row_state, trakt
from reelgraph.importers.archive import ArchiveMember
from reelgraph.importers.column_roles import count_known, may_identify_movies
from reelgraph.importers.entry_collector import EntryCollector
from reelgraph.importers.file_format import require_text, to_utf8
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.plain_list import read_list
from reelgraph.importers.services import find_layout
from reelgraph.importers.table import ExportTable, read_header, read_table, unique_keys

SUPPORTED = (
    "a Letterboxd zip, IMDb's ratings.csv, Trakt's JSON, Netflix's history, or a CSV with title, year and rating "
    "(or item_id and rating)"
)
_JSON = re.compile(rb"\s*(?:\{|\[\s*(?:[\[{\"\d\]-]|true|false|null|$))")
_NOT_IN_A_HEADER = re.compile(r".*\((?:1[89]|20)\d\d\)|tt\d{6,10}|https?://.*|[\d.,]+|[★⭐½]+")
_MIN_KNOWN = 2  # columns with known names in a header that is certainly one
_MAX_HEADING_LINES = 10  # above the header of a table
_LETTERBOXD_LIST = "Letterboxd list export"
TableReader = Callable[[ExportTable, str, EntryCollector, ImportOptions], None]


@dataclass(frozen=True)
class SourceFile:
    """A file, or a section of one, that is ready to be read.

    Args:
        member: the file.
        name: without folder; for a section of a JSON file, that of the section where it has one.
        service: that wrote it.
        keys: of the columns; empty for entries in JSON.
        read: adds its rows to a collector.
    """

    member: ArchiveMember
    name: str
    service: str
    keys: tuple[str, ...]
    read: Callable[[EntryCollector, ImportOptions], None]


def recognise(member: ArchiveMember, data: bytes, options: ImportOptions, *, is_single_file: bool) -> list[SourceFile]:
    """The tables and lists of a file; empty if none is known and the export has other files.

    Raises:
        DataFormatError: the only file of an export is of no known form; says what it is.
    """
    try:
        return _recognise(member, data, options, is_single_file=is_single_file)
    except DataFormatError:
        if is_single_file:
            raise
        return []


def _recognise(member: ArchiveMember, data: bytes, options: ImportOptions, *, is_single_file: bool) -> list[SourceFile]:
    source = member.display_name
    require_text(data, source)
    data = to_utf8(data)
    if b"\0" in data:
        raise DataFormatError(source, "expected a text file, found binary data", hint="give the export of the service")
    content = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not content:
        raise DataFormatError(source, "expected ratings, found an empty file")
    if _JSON.match(content):
        return _in_json(member, data)
    if content[:1] == b"<":
        return [_table_file(member, _telling_name(member), nested_table.read_xml(content, source))]
    header = read_header(data, source)
    keys = unique_keys(header)
    service, reader = _table_reader(keys, header, options)
    if header and header[0].startswith(_LETTERBOXD_LIST):
        expected = "a Letterboxd list has neither ratings nor watched movies"
        raise DataFormatError(source, expected, hint="give the export zip")
    if reader is None or count_known(header) < _MIN_KNOWN:
        below = _header_below(data, count_known(header), source)
        if below is not None:
            data, header = below, read_header(below, source)
            keys = unique_keys(header)
            service, reader = _table_reader(keys, header, options)
    if reader is not None:
        return [SourceFile(member, _telling_name(member), service, keys, partial(_read_bytes, reader, member, data))]
    is_text_file = member.name.lower().endswith((".txt", ".text", ".md", ".list"))
    table = read_list(data, source, is_text_file=is_text_file) if is_single_file or is_text_file else None
    if table is not None:
        return [_table_file(member, _telling_name(member), table)]
    excerpt = ",".join(header) if header else content[:40].decode("latin-1")
    hint = f"or name the columns, as in --columns title={header[0]}" if len(header) > 1 else None
    raise DataFormatError(source, SUPPORTED, line=1, value=excerpt, hint=hint)


def _table_reader(
    keys: tuple[str, ...], header: Sequence[str], options: ImportOptions
) -> tuple[str, TableReader | None]:
    """The service of a table and how to read it; None if its first line is not a known header."""
    if any(map(_NOT_IN_A_HEADER.fullmatch, header)) and count_known(header) < _MIN_KNOWN:
        return "", None
    if not options.columns:
        if letterboxd.matches(keys):
            return letterboxd.NAME, letterboxd.read
        if imdb.matches(keys):
            return imdb.NAME, imdb.read
        if netflix.matches(keys, header):
            return netflix.NAME, netflix.read
    if options.columns or may_identify_movies(header):
        return find_layout(keys).service, generic_csv.read
    return "", None


def _header_below(data: bytes, n_known: int, source: str) -> bytes | None:
    """The text with blank lines in place of a heading above the header; None if no line knows more than ``n_known``.

    Line numbers stay the same.
    """
    lines = data.split(b"\n", _MAX_HEADING_LINES + 1)
    for n_lines in range(1, min(len(lines), _MAX_HEADING_LINES + 1)):
        header = read_header(lines[n_lines], source)
        has_values = any(map(_NOT_IN_A_HEADER.fullmatch, header))
        if not has_values and len(header) > 1 and may_identify_movies(header) and count_known(header) > max(n_known, 1):
            return b"\n" * n_lines + b"\n".join(lines[n_lines:])
    return None


def _read_bytes(
    reader: TableReader, member: ArchiveMember, data: bytes, collector: EntryCollector, options: ImportOptions
) -> None:
    is_liked = letterboxd.is_likes_folder(member.folder)
    name = f"{member.folder}/{member.name}" if is_liked else _telling_name(member)
    reader(read_table(data, member.display_name), name, collector, options)


def _table_file(member: ArchiveMember, name: str, table: ExportTable) -> SourceFile:
    def read(collector: EntryCollector, options: ImportOptions) -> None:
        generic_csv.read(table, name, collector, options)

    return SourceFile(member, name, find_layout(table.names).service, table.names, read)


def _in_json(member: ArchiveMember, data: bytes) -> list[SourceFile]:
    value = trakt.parse_json(data, member.display_name)
    if trakt.matches(value):

        def read(collector: EntryCollector, options: ImportOptions) -> None:
            trakt.read(value, member.display_name, _telling_name(member), collector, options)

        return [SourceFile(member, _telling_name(member), trakt.service_of(value), (), read)]
    tables = [
        _table_file(member, _section_name(name, member), table)
        for name, table in nested_table.json_tables(value, member.display_name)
        if may_identify_movies(table.header)
    ]
    if not tables:
        raise DataFormatError(
            member.display_name, "expected Trakt's JSON, or a list of objects with a title or an id for each movie"
        )
    return tables


def _section_name(name: str, member: ArchiveMember) -> str:
    return f"{name}.json" if row_state.state_of_file(name) else _telling_name(member)


def _telling_name(member: ArchiveMember) -> str:
    """The name of a file; with that of its folder if only the folder tells what it holds."""
    folder = member.folder.split("/")[-1]
    is_needed = not row_state.state_of_file(member.name) and row_state.state_of_file(folder)
    return f"{folder} {member.name}" if is_needed else member.name
