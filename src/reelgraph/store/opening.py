"""Open a store by its URL, and migrate its tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reelgraph.core.errors import CapabilityError, ConfigError, StoreError

if TYPE_CHECKING:
    from reelgraph.store.backend import Backend
    from reelgraph.store.sql_store import SqlStore

_SQLITE, _POSTGRES = "sqlite", ("postgresql", "postgres")


def open_store(
    url: str | Path, *, busy_seconds: float = 5.0, now: Callable[[], float] = time.time, create: bool = True
) -> SqlStore:
    """Open a store; it is created if missing, and migrated if it has an older version.

    Args:
        url: ``sqlite:///people.db``, the path of a file, or ``postgresql://user@host/database``.
        busy_seconds: how long a call waits for another process that is writing, before it fails.
        now: the clock, Unix seconds UTC.
        create: if False, a file or database without a store is an error.

    Raises:
        ConfigError: the URL is invalid.
        CapabilityError: an optional package is not installed.
        StoreError: the store cannot be opened, has a newer version, or is something else.
    """
    try:
        from reelgraph.store.sql_store import SqlStore
    except ImportError:
        raise CapabilityError.missing("a store", "SQLAlchemy, alembic and argon2", extra="store") from None
    from reelgraph.store.migrate import migrate

    backend = _backend(str(url), busy_seconds, create)
    try:
        migrate(backend, create=create)
    except BaseException:
        backend.engine.dispose()
        raise
    return SqlStore(backend, now)


def _backend(url: str, busy_seconds: float, create: bool) -> Backend:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in url:
        return _sqlite_backend(Path(url), busy_seconds, create)
    try:
        parsed_url = make_url(url)
    except ArgumentError:
        raise ConfigError("store", "not a URL; give sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    if parsed_url.get_backend_name() == _SQLITE:
        if parsed_url.database in (None, "", ":memory:"):
            raise ConfigError("store", "needs a file: sqlite:///FILE")
        if parsed_url.query:
            raise ConfigError("store", f"sqlite:///FILE takes no options, such as {min(parsed_url.query)!r}")
        return _sqlite_backend(Path(str(parsed_url.database)), busy_seconds, create)
    if parsed_url.get_backend_name() in _POSTGRES:
        try:
            from reelgraph.store.postgres import Postgres
        except ImportError:
            raise CapabilityError.missing("PostgreSQL", "psycopg", extra="postgres") from None
        return Postgres(parsed_url, busy_seconds)
    raise ConfigError.unknown(parsed_url.get_backend_name(), (_SQLITE, _POSTGRES[0]), "kind of store")


def _sqlite_backend(path: Path, busy_seconds: float, create: bool) -> Backend:
    from reelgraph.store.sqlite import Sqlite

    if not create and not path.is_file():
        raise StoreError(f"{path}: no such file", "create it: reelgraph store init")
    return Sqlite(path, busy_seconds)
