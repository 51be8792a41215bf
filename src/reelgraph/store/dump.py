"""A store as one file of JSON lines, to be kept elsewhere or brought into another kind of database.

People, the log, served lists and keys (their hashes) are in it; ratings and marks follow from the log. The last line
says how many lines there are and what they hash to, so that half a file is not taken for a whole one.
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
from reelgraph.store.backend import Backend, moment
from reelgraph.store.log import EVENTS
from reelgraph.store.tables import api_keys, counters, served, users

FORMAT, VERSION = "reelgraph-store", 1
_PACKED = b"\x1f\x8b"  # how gzip begins
_LONGEST = 16 * 2**20  # bytes of a line


@dataclass(frozen=True)
class Dumped:
    """How many lines a dump has, by what they hold."""

    users: int
    events: int
    served: int
    keys: int


def dump(backend: Backend, path: Path) -> Dumped:
    """Write all of a store, as it is at one moment, while others go on writing to it.

    Args:
        backend: of the store.
        path: the file, there whole or not at all, for its owner alone; packed when its name ends in ``.gz``.

    Raises:
        StoreError: the store does not answer, or the file cannot be written.

    Cost: a pass over the log in constant memory; some tens of thousands of events a second.
    """
    if backend.owns(path):
        raise StoreError(f"{path} is the store itself", "give another file")
    counts = dict.fromkeys(("users", "events", "served", "keys"), 0)
    try:
        with atomic_writer(path, 0o600) as file, _packed(file, path) as out, moment(backend) as connection:
            digest, lines = hashlib.sha256(), 0
            for kind, record in _records(connection):
                line = _line(kind, record)
                digest.update(line)
                out.write(line)
                lines += 1
                if kind in counts:
                    counts[kind] += 1
            out.write(_line("end", {"lines": lines, "sha256": digest.hexdigest()}))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}", "what was there before is untouched") from error
    return Dumped(**counts)


def read_lines(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Number, kind and content of each line of a dump, but for its end, which is checked.

    Raises:
        DataFormatError: the file is missing, is no dump, of another version, damaged or cut.
    """
    digest, lines, ended = hashlib.sha256(), 0, False
    try:
        with path.open("rb") as file, _unpacked(file) as source:
            while line := source.readline(_LONGEST):
                kind, record = _parsed(line, path, lines + 1)
                if ended:
                    raise DataFormatError(path, "nothing after its end", line=lines + 2)
                if lines == 0 and (kind, record.get("format"), record.get("version")) != ("head", FORMAT, VERSION):
                    raise DataFormatError(path, f"is no dump of a store, version {VERSION}")
                if kind == "end":
                    ended = True
                    if (record.get("lines"), record.get("sha256")) != (lines, digest.hexdigest()):
                        raise DataFormatError(path, "was changed after it was written: its lines do not fit its end")
                    continue
                digest.update(line)
                lines += 1
                yield lines, kind, record
    except (OSError, EOFError, zlib.error) as error:
        raise DataFormatError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not ended:
        raise DataFormatError(path, "is cut: its last line is missing")


def _records(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    version = connection.scalar(select(counters.c.value).where(counters.c.name == "people"))
    yield "head", {"format": FORMAT, "version": VERSION, "people": version}
    sources = {
        "users": select(users.c.user_id, users.c.created).order_by(users.c.user_key),
        "events": EVENTS,
        "served": select(served).order_by(served.c.at, served.c.recommendation_id),
        "keys": select(api_keys).order_by(api_keys.c.created, api_keys.c.key_id),
    }
    for kind, source in sources.items():
        for row in connection.execute(source):
            record = dict(row._mapping)
            if kind == "served":
                record |= {"items": json.loads(row.items), "scores": json.loads(row.scores)}
            elif kind == "events":  # the most, so that what is not told is left out
                record = {name: value for name, value in record.items() if value is not None}
            yield kind, record


def _line(kind: str, record: dict[str, Any]) -> bytes:
    return json.dumps({kind: record}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes, path: Path, number: int) -> tuple[str, dict[str, Any]]:
    try:
        ((kind, record),) = json.loads(line).items()
    except (ValueError, AttributeError, RecursionError):
        kind, record = "", None
    if not isinstance(record, dict) or not line.endswith(b"\n"):
        raise DataFormatError(path, "a line of a dump: {kind: {...}}", line=number) from None
    return kind, record


def _packed(file: BinaryIO, path: Path) -> AbstractContextManager[Any]:
    # No time in it: the same store gives the same bytes.
    return gzip.GzipFile("", "wb", 6, file, mtime=0) if path.suffix == ".gz" else nullcontext(file)


def _unpacked(file: BinaryIO) -> AbstractContextManager[Any]:
    packed = file.read(2) == _PACKED
    file.seek(0)
    return gzip.open(file) if packed else nullcontext(file)
