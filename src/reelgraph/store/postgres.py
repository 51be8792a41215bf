"""The PostgreSQL backend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.dialects.postgresql import insert

from reelgraph.core.errors import StoreError
from reelgraph.store.backend import Backend
from reelgraph.store.tables import metadata

_LOCK = 0x7265656C  # "reel", the advisory lock of migrations


class Postgres(Backend):
    """See `Backend`.

    Args:
        url: of the database.
        busy_seconds: how long to wait for a connection, or for a row that another process is writing.
    """

    parameter_format = "%({})s"

    def __init__(self, url: URL, busy_seconds: float) -> None:
        self.name, self.insert = url.render_as_string(hide_password=True), insert
        timeouts = {"connect_timeout": max(2, round(busy_seconds)), **url.query}  # libpq treats less than 2 as 2
        # A commit is on the server's disk when it returns, whatever the server's default.
        options = f"-c synchronous_commit=on -c lock_timeout={max(1, round(busy_seconds * 1000))}"
        self._connect_args = {"options": options, **timeouts}
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg", query={}),
            connect_args=self._connect_args,
            pool_pre_ping=True,
            hide_parameters=True,
        )

    def connect(self) -> Any:
        """A connection of the driver itself, in autocommit mode."""
        args, defaults = self.engine.dialect.create_connect_args(self.engine.url)
        return psycopg.connect(*args, **{**defaults, **self._connect_args}, autocommit=True)

    def require_storage(self) -> None:
        """Nothing to check: the server manages its files."""

    def lock(self, connection: Connection) -> None:
        """Wait for other processes that are migrating."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})

    def is_own_file(self, path: Path) -> bool:
        """False: the files belong to the server."""
        return False

    def vacuum(self) -> None:
        """Rewrite all tables, and the statistics, which contain values of them.

        The server overwrites its write-ahead log later.
        """
        with self.connect() as connection:
            for table in metadata.sorted_tables:
                connection.execute(f'VACUUM (FULL, ANALYZE) "{table.name}"')
            connection.execute("VACUUM FULL pg_catalog.pg_statistic")

    def to_store_error(self, error: BaseException) -> StoreError:
        """The `StoreError` for an error of the driver, without its details, which quote written values."""
        state = getattr(error, "sqlstate", None) or ("3D" if _is_missing_database(error) else "")
        for code_prefix, (message, hint) in _MESSAGES.items():
            if state.startswith(code_prefix):
                return StoreError(f"{self.name}: {message}", hint)
        if self.is_connection_lost(error):
            return StoreError(f"{self.name}: does not answer", "try again")
        return StoreError(f"{self.name}: error {state}".rstrip())

    def is_connection_lost(self, error: BaseException) -> bool:
        """Whether the connection broke, according to the driver or to a shutdown message of the server."""
        state = getattr(error, "sqlstate", None)
        return isinstance(error, psycopg.OperationalError) and (state is None or state[:3] in ("08", "57P"))


def _is_missing_database(error: BaseException) -> bool:
    """Whether the database does not exist; refused connections have no error code, only a message."""
    return isinstance(error, psycopg.OperationalError) and _NO_DATABASE.search(str(error)) is not None


_NO_DATABASE = re.compile(r'database ".*" does not exist')
_MESSAGES: dict[str, tuple[str, str | None]] = {
    "28": ("user or password refused", "give them in the URL, or in PGPASSFILE"),
    "3D": ("no such database", "create it: createdb"),
    "53100": ("the server's disk is full", "nothing was changed; free some space"),
    "53300": ("the server has no free connections", "raise its max_connections"),
    "55P03": ("locked by another process", "nothing was changed; try again"),
    "40": ("conflict with another process", "nothing was changed; try again"),
    "42501": ("no permission", "let its user own the database"),
}
