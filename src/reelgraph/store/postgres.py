"""PostgreSQL, by URL."""

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
        busy_seconds: how long to wait for a connection or for a row that somebody else is writing.
    """

    parameter = "%({})s"

    def __init__(self, url: URL, busy_seconds: float) -> None:
        self.name, self.insert = url.render_as_string(hide_password=True), insert
        waits = {"connect_timeout": max(2, round(busy_seconds)), **url.query}  # libpq takes less than 2 for 2
        # Whatever the server's default, a commit is on its disk when it returns.
        options = f"-c synchronous_commit=on -c lock_timeout={max(1, round(busy_seconds * 1000))}"
        self._how = {"options": options, **waits}
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg", query={}),
            connect_args=self._how,
            pool_pre_ping=True,
            hide_parameters=True,
        )

    def connect(self) -> Any:
        """A connection of the bare driver that commits by itself."""
        args, how = self.engine.dialect.create_connect_args(self.engine.url)
        return psycopg.connect(*args, **{**how, **self._how}, autocommit=True)

    def require_place(self) -> None:
        """The server sees to its files."""

    def lock(self, connection: Connection) -> None:
        """Wait for whoever is migrating."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})

    def owns(self, path: Path) -> bool:
        """Its files are the server's."""
        return False

    def vacuum(self) -> None:
        """Rewrite every table, and the statistics, which quote them.

        The server writes over its own log in time, and not at once.
        """
        with self.connect() as connection:
            for table in metadata.sorted_tables:
                connection.execute(f'VACUUM (FULL, ANALYZE) "{table.name}"')
            connection.execute("VACUUM FULL pg_catalog.pg_statistic")

    def explain(self, error: BaseException) -> StoreError:
        """What the driver's error means; never its details, which quote what was written."""
        state = getattr(error, "sqlstate", None) or ("3D" if _no_database(error) else "")
        known = next((meaning for start, meaning in _MEANS.items() if state.startswith(start)), None)
        if known is None:
            known = ("does not answer", "try again") if self.lost(error) else (f"error {state}".rstrip(), None)
        return StoreError(f"{self.name}: {known[0]}", known[1])

    def lost(self, error: BaseException) -> bool:
        """Did the connection break: by the driver's word, or the server's that it is going away?"""
        state = getattr(error, "sqlstate", None)
        return isinstance(error, psycopg.OperationalError) and (state is None or state[:3] in ("08", "57P"))


def _no_database(error: BaseException) -> bool:
    """A connection that is refused has no code, only the server's words."""
    return isinstance(error, psycopg.OperationalError) and _NO_DATABASE.search(str(error)) is not None


_NO_DATABASE = re.compile(r'database ".*" does not exist')
_MEANS: dict[str, tuple[str, str | None]] = {
    "28": ("user or password refused", "give them in the URL, or in PGPASSFILE"),
    "3D": ("no such database", "make it: createdb"),
    "53100": ("the server's disk is full", "nothing was changed; make room"),
    "53300": ("the server has no connection left", "raise its max_connections"),
    "55P03": ("locked by another process", "nothing was changed; try again"),
    "40": ("another process was first", "nothing was changed; try again"),
    "42501": ("no permission", "let its user own the database"),
}
