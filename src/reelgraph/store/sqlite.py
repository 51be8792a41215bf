"""SQLite: a file, with a write-ahead log beside it."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import QueuePool

from reelgraph.core.errors import StoreError
from reelgraph.store.backend import Backend

# FULL: a commit is on the disk when it returns. secure_delete: what is removed is overwritten with zeros.
_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
_AGAIN = 0.01  # seconds


class Sqlite(Backend):
    """See `Backend`.

    Args:
        path: the file, made if missing, for its owner alone.
        busy_seconds: how long to wait for another process that writes.

    Raises:
        StoreError: the file cannot be made, or is no database.
    """

    parameter = ":{}"

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path, self.name, self._busy = path, str(path), busy_seconds
        self.insert = insert
        self._opened = _make(path)
        self.engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
            poolclass=QueuePool,
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", lambda *_: self.require_place())
        event.listen(self.engine, "connect", self._prepare)
        event.listen(self.engine, "begin", _begin)

    def connect(self) -> Any:
        """A connection of the bare driver that commits by itself."""
        self.require_place()  # SQLite would make another file
        connection = sqlite3.connect(self.path, timeout=self._busy, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection, _record: object = None) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        deadline = time.monotonic() + self._busy
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:  # SQLite itself does not wait here
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN)
        if mode != "wal":
            raise StoreError(f"{self.name}: no write-ahead log can be kept there", "put it on a local disk")

    def require_place(self) -> None:
        """The file is the one that was opened. A connection keeps a file that nobody finds any more, and writes on."""
        try:
            found = self.path.stat()
        except OSError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._opened:
            raise StoreError(f"{self.name}: was moved, removed or replaced", "put it back, or restart on what is there")

    def lock(self, connection: Connection) -> None:
        """Nothing to do: who writes is alone."""

    def owns(self, path: Path) -> bool:
        """The file, its log, and what tells processes about the log."""
        return str(path.resolve()) in [f"{self.path.resolve()}{end}" for end in ("", "-wal", "-shm")]

    def vacuum(self) -> None:
        """Rewrite the file, and leave an empty log."""
        connection = self.connect()
        try:
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        if busy:
            raise StoreError(f"{self.name}: the log could not be emptied, somebody is reading", "try again")

    def explain(self, error: BaseException) -> StoreError:
        """What the driver's error means."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return StoreError(f"{self.name}: {_MEANS.get(code, error)}", _HINTS.get(code))

    def lost(self, error: BaseException) -> bool:
        """A file does not go away."""
        return False


def _begin(connection: Connection) -> None:
    """Who will write says so at once: a reader that turns writer midway cannot wait for its turn."""
    writes = connection.get_execution_options().get("reelgraph_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make(path: Path) -> tuple[int, int]:
    """Make the file where there is none; its device and number."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        found = path.stat()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "give a file that can be written") from None
    return found.st_dev, found.st_ino


_MEANS = {
    sqlite3.SQLITE_BUSY: "locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "may not be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk does not do what it is told",
    sqlite3.SQLITE_NOTADB: "is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "is damaged",
}
_HINTS = {
    sqlite3.SQLITE_BUSY: "nothing was changed; try again",
    sqlite3.SQLITE_FULL: "nothing was changed; make room",
    sqlite3.SQLITE_NOTADB: "give another file",
    sqlite3.SQLITE_CORRUPT: "restore a dump: reelgraph store restore",
}
