"""The SQLite backend: a file with a write-ahead log beside it."""

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

# FULL: a commit is on the disk when it returns. secure_delete: deleted data are overwritten with zeros.
_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
_RETRY_SECONDS = 0.01


class Sqlite(Backend):
    """See `Backend`.

    Args:
        path: the file, created if missing, accessible only to its owner.
        busy_seconds: how long to wait for another process that is writing.

    Raises:
        StoreError: the file cannot be created.
    """

    parameter_format = ":{}"

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path, self.name, self._busy_seconds = path, str(path), busy_seconds
        self.insert = insert
        self._device_and_inode = _create_file(path)
        self.engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
            poolclass=QueuePool,
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", lambda *_: self.require_storage())
        event.listen(self.engine, "connect", self._prepare)
        event.listen(self.engine, "begin", _begin)

    def connect(self) -> Any:
        """A connection of the driver itself, in autocommit mode."""
        self.require_storage()  # otherwise SQLite would create a new file
        connection = sqlite3.connect(self.path, timeout=self._busy_seconds, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection, _record: object = None) -> None:
        connection.isolation_level = None  # transactions begin explicitly
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:  # SQLite does not wait for this pragma
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
        if mode != "wal":
            raise StoreError(f"{self.name}: a write-ahead log is not possible there", "put it on a local disk")

    def require_storage(self) -> None:
        """Check that the path is still the opened file: a connection would continue to write to a deleted one."""
        try:
            status = self.path.stat()
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._device_and_inode:
            raise StoreError(
                f"{self.name}: was moved, removed or replaced", "put it back, or restart with the present file"
            )

    def lock(self, connection: Connection) -> None:
        """Nothing to do: there is only one writer at a time."""

    def is_own_file(self, path: Path) -> bool:
        """True for the file, its write-ahead log, and the shared-memory file of the log."""
        return str(path.resolve()) in [f"{self.path.resolve()}{suffix}" for suffix in ("", "-wal", "-shm")]

    def vacuum(self) -> None:
        """Rewrite the file and empty the log."""
        connection = self.connect()
        try:
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        if busy:
            raise StoreError(f"{self.name}: the log could not be emptied, another process is reading", "try again")

    def to_store_error(self, error: BaseException) -> StoreError:
        """The `StoreError` for an error of the driver."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return StoreError(f"{self.name}: {_MESSAGES.get(code, error)}", _HINTS.get(code))

    def is_connection_lost(self, error: BaseException) -> bool:
        """False: there is no connection to lose."""
        return False


def _begin(connection: Connection) -> None:
    """Begin write transactions as such: a reader that starts to write later cannot wait for its turn."""
    writes = connection.get_execution_options().get("reelgraph_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _create_file(path: Path) -> tuple[int, int]:
    """Create the file if it is missing; returns its device and inode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        status = path.stat()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "give a writable file") from None
    return status.st_dev, status.st_ino


_MESSAGES = {
    sqlite3.SQLITE_BUSY: "locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "is read-only",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk failed (I/O error)",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "is damaged",
}
_HINTS = {
    sqlite3.SQLITE_BUSY: "nothing was changed; try again",
    sqlite3.SQLITE_FULL: "nothing was changed; free some space",
    sqlite3.SQLITE_NOTADB: "give another file",
    sqlite3.SQLITE_CORRUPT: "restore a dump: reelgraph store restore",
}
