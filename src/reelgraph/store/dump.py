"""Dump a store to one file of JSON lines, as a backup or to move it to another kind of database.

It contains people, the log, impressions, suggestions, links to lists, feeds, added movies and keys; of links, feeds and
keys only hashes. Ratings and marks follow from the log.
The last line has the number of lines and their hash, so that an incomplete file is detected.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, select

from reelgraph._util.atomic_files import atomic_writer
from reelgraph.core.errors import DataFormatError, StoreError
from reelgraph.store.added_items import ITEMS_QUERY
from reelgraph.store.backend import Backend, snapshot
from reelgraph.store.event_log import EVENTS_QUERY
from reelgraph.store.links import LINKS_QUERY
from reelgraph.store.suggestions import SUGGESTIONS_QUERY
from reelgraph.store.tables import api_keys, counters, deleted_users, links, served, users

FORMAT, VERSION = "reelgraph-store", 1
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_LINE_BYTES = 16 * 2**20
_COUNTED = ("users", "events", "served", "suggestions", "links", "items", "keys")


@dataclass(frozen=True)
class DumpCounts:
    """Numbers of lines of a dump by kind."""

    users: int
    events: int
    served: int
    keys: int
    items: int = 0
    suggestions: int = 0
    links: int = 0
    deleted: int = 0


def dump(backend: Backend, path: Path) -> DumpCounts:
    """Write a snapshot of a store, while others continue to write to it.

    Args:
        backend: of the store.
        path: the file, written atomically and readable only by its owner; compressed if its name ends in ``.gz``.

    Raises:
        StoreError: the store does not answer, or the file cannot be written.

    Cost: one pass over the log in constant memory; tens of thousands of events per second.
    """
    if backend.is_own_file(path):
        raise StoreError(f"{path} is the store itself", "give another file")
    counts = dict.fromkeys(_COUNTED, 0)
    try:
        with atomic_writer(path, 0o600) as file, _compressed(file, path) as stream, snapshot(backend) as connection:
            digest, n_lines = hashlib.sha256(), 0
            for kind, record in _records(connection):
                line = _to_line(kind, record)
                digest.update(line)
                stream.write(line)
                n_lines += 1
                if kind in counts:
                    counts[kind] += 1
            stream.write(_to_line("end", {"lines": n_lines, "sha256": digest.hexdigest()}))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}", "an existing file is unchanged") from error
    return DumpCounts(**counts)


def read_lines(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Number, kind and content of each line of a dump, except its last line, which is verified.

    Raises:
        DataFormatError: the file is missing, not a dump, of another version, damaged or truncated.
    """
    digest, n_lines, has_ended = hashlib.sha256(), 0, False
    try:
        with path.open("rb") as file, _decompressed(file) as stream:
            while line := stream.readline(_MAX_LINE_BYTES):
                kind, record = _parse_line(line, path, n_lines + 1)
                if has_ended:
                    raise DataFormatError(path, "no lines after the last line of a dump", line=n_lines + 2)
                if n_lines == 0 and (kind, record.get("format"), record.get("version")) != ("head", FORMAT, VERSION):
                    raise DataFormatError(path, f"is not a dump of a store, version {VERSION}")
                if kind == "end":
                    has_ended = True
                    if (record.get("lines"), record.get("sha256")) != (n_lines, digest.hexdigest()):
                        raise DataFormatError(
                            path, "was changed after it was written: its lines do not match its last line"
                        )
                    continue
                digest.update(line)
                n_lines += 1
                yield n_lines, kind, record
    except (OSError, EOFError, zlib.error) as error:
        raise DataFormatError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not has_ended:
        raise DataFormatError(path, "is truncated: its last line is missing")


def _records(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    version = connection.scalar(select(counters.c.value).where(counters.c.name == "people"))
    yield "head", {"format": FORMAT, "version": VERSION, "people": version}
    queries = {
        "users": select(users.c.user_id, users.c.created).order_by(users.c.user_key),
        "events": EVENTS_QUERY,
        "served": select(served).order_by(served.c.at, served.c.recommendation_id),
        "suggestions": SUGGESTIONS_QUERY,
        "links": LINKS_QUERY.where(links.c.kind.in_(("list", "feed"))),  # the others end within minutes
        "items": ITEMS_QUERY,
        "keys": select(api_keys).order_by(api_keys.c.created, api_keys.c.key_id),
        "deleted": select(deleted_users).order_by(deleted_users.c.digest),
    }
    for kind, query in queries.items():
        for row in connection.execute(query):
            record = dict(row._mapping)
            if kind == "served":
                record |= {"items": json.loads(row.items), "scores": json.loads(row.scores)}
            elif kind == "links":
                record["content"] = json.loads(row.content)
            elif kind == "items":
                record["genres"] = json.loads(row.genres)
            elif kind == "events":  # without nulls: events are most of the lines
                record = {name: value for name, value in record.items() if value is not None}
            yield kind, record


def _to_line(kind: str, record: dict[str, Any]) -> bytes:
    return json.dumps({kind: record}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _parse_line(line: bytes, path: Path, number: int) -> tuple[str, dict[str, Any]]:
    try:
        ((kind, record),) = json.loads(line).items()
    except (ValueError, AttributeError, RecursionError):
        kind, record = "", None
    if not isinstance(record, dict) or not line.endswith(b"\n"):
        raise DataFormatError(path, "a line of a dump: {kind: {...}}", line=number) from None
    return kind, record


def _compressed(file: BinaryIO, path: Path) -> AbstractContextManager[Any]:
    # Without the time, so that equal stores give equal bytes.
    return gzip.GzipFile("", "wb", 6, file, mtime=0) if path.suffix == ".gz" else nullcontext(file)


def _decompressed(file: BinaryIO) -> AbstractContextManager[Any]:
    is_compressed = file.read(2) == _GZIP_MAGIC
    file.seek(0)
    return gzip.open(file) if is_compressed else nullcontext(file)
