"""Any known export to its entries; the service is known by what the files hold, not by their names."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.importers import generic_csv, imdb, letterboxd, netflix, table, trakt
from reelgraph.importers.archive import Archive, Member
from reelgraph.importers.collect import UNREADABLE, Collected
from reelgraph.importers.entry import Export
from reelgraph.importers.table import Table

_KNOWN = "a Letterboxd zip, IMDb's ratings.csv, Trakt's JSON, Netflix's history, or a CSV with title, year and rating"
_TABLES: dict[str, Callable[[tuple[str, ...]], bool]] = {
    letterboxd.NAME: letterboxd.knows,
    imdb.NAME: imdb.knows,
    netflix.NAME: netflix.knows,
    generic_csv.NAME: generic_csv.knows,
}
_READERS: dict[str, Callable[[Table, str, Collected], None]] = {
    letterboxd.NAME: letterboxd.read,
    imdb.NAME: imdb.read,
    netflix.NAME: netflix.read,
    generic_csv.NAME: generic_csv.read,
}


def read_export(path: str | Path) -> Export:
    """Read a person's export.

    Args:
        path: the zip or the file of a service, or a folder with what was in the zip.

    Raises:
        DataFormatError: it is of no known service or of two, damaged, over a limit (see `archive`, `entries`, `trakt`),
            lacks a column, holds no film, or more than half of its rows cannot be read.
    """
    archive = Archive(path)
    found = _recognised(archive)
    service = _service(archive, {one for _, one, _ in found})
    mine = [(member, value) for member, one, value in found if one == service]
    if service == letterboxd.NAME:
        mine = _main_folder(mine)
    if service == generic_csv.NAME and len(mine) > 1:
        raise DataFormatError(archive.path, f"one table, found {len(mine)}", hint="give the file with the ratings")
    into = Collected()
    for member, value in mine:
        if service == trakt.NAME:
            trakt.read(value, member.where, member.name, into)
        else:
            _READERS[service](table.parse(value, member.where), member.name, into)
    _require_readable(archive.path, into)
    names = tuple(member.name for member, _ in mine)
    unreadable, notes = tuple(into.unreadable), tuple(into.notes)
    return Export(service, tuple(into.entries), dict(into.set_aside), unreadable, names, notes)


def _service(archive: Archive, services: set[str]) -> str:
    """The one service; tables beside a known export are not part of it."""
    known = sorted(services - {generic_csv.NAME}) or sorted(services)
    if not known:
        names = ", ".join(member.name for member in archive.members[:8]) or "no table"
        raise DataFormatError(archive.path, f"expected {_KNOWN}; found {names}")
    if len(known) > 1:
        raise DataFormatError(archive.path, f"one export at a time, found {' and '.join(known)}")
    return known[0]


def _require_readable(path: Path, into: Collected) -> None:
    unreadable = into.set_aside[UNREADABLE]
    if 2 * unreadable > into.rows:
        hint = f"{unreadable:,} of {into.rows:,} rows; this is the first"
        raise DataFormatError(into.unreadable[0], "cannot be read", hint=hint)
    if not into.rows:
        raise DataFormatError(path, "expected at least one film, found none")


def _recognised(archive: Archive) -> list[tuple[Member, str, Any]]:
    """Files of known shape: member, service, and its bytes (tables) or its value (JSON)."""
    found: list[tuple[Member, str, Any]] = []
    alone = len(archive.members) == 1
    for member in archive.members:
        data = archive.read(member)
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            data = data.decode("utf-16", errors="replace").encode()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
            value = trakt.parse(data, member.where)
            if trakt.knows(value):
                found.append((member, trakt.NAME, value))
            elif alone:
                raise DataFormatError(
                    member.where, "expected Trakt's JSON: a list of entries, each with a movie and its ids"
                )
            continue
        names = table.header(data, member.where)
        service = next((name for name, knows in _TABLES.items() if knows(names)), None)
        if service is not None:
            found.append((member, service, data))
        elif alone:
            _refuse(data, member)
    return found


def _refuse(data: bytes, member: Member) -> None:
    """Say why the one file there is cannot be read."""
    if not data.strip():
        raise DataFormatError(member.where, "expected ratings, found an empty file")
    if data.startswith((b"Letterboxd list export", b"\xef\xbb\xbfLetterboxd list export")):
        raise DataFormatError(
            member.where,
            "a Letterboxd list says neither what was seen nor how it was liked",
            hint="give the export zip",
        )
    names = table.header(data, member.where)
    value = ",".join(names) if names else data[:40].decode("latin-1")
    raise DataFormatError(member.where, _KNOWN, line=1, value=value)


def _main_folder(found: list[tuple[Member, Any]]) -> list[tuple[Member, Any]]:
    """The tables at the top of a Letterboxd export; below it are lists, likes and what was deleted."""
    top = min((member.folder.count("/") + bool(member.folder), member.folder) for member, _ in found)[1]
    kinds = {member: letterboxd.kind(table.header(data, member.where), member.name) for member, data in found}
    mine = [(member, data) for member, data in found if member.folder == top]
    # Reviews are diary entries once more.
    return [one for one in mine if kinds[one[0]] not in ("", "reviews")] or mine
