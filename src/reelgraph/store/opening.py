"""Opening a store by its address, and bringing its tables up to date."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reelgraph.core.errors import CapabilityError, ConfigError, StoreError

if TYPE_CHECKING:
    from reelgraph.store.backend import Backend
    from reelgraph.store.sql import SqlStore

_SQLITE, _POSTGRES = "sqlite", ("postgresql", "postgres")


def open_store(
    url: str | Path, *, busy_seconds: float = 5.0, now: Callable[[], float] = time.time, make: bool = True
) -> SqlStore:
    """Open a store; it is made when it is not there, and migrated when it is older.

    Args:
        url: ``sqlite:///people.db`` or a bare path of a file, or ``postgresql://user@host/database``.
        busy_seconds: how long a call waits for another process that writes, before it fails.
        now: the clock, Unix seconds UTC.
        make: False refuses a file or database without a store in it.

    Raises:
        ConfigError: the address is none.
        CapabilityError: an optional part is not installed.
        StoreError: the store cannot be opened, is of a newer version or something else.
    """
    try:
        from reelgraph.store.sql import SqlStore
    except ImportError:
        raise CapabilityError(
            "a store needs SQLAlchemy, alembic and argon2", 'pip install "reelgraph[store]"'
        ) from None
    from reelgraph.store.migrate import migrate

    backend = _backend(str(url), busy_seconds, make)
    try:
        migrate(backend, make=make)
    except BaseException:
        backend.engine.dispose()
        raise
    return SqlStore(backend, now)


def _backend(url: str, busy_seconds: float, make: bool) -> Backend:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in url:
        return _file(Path(url), busy_seconds, make)
    try:
        address = make_url(url)
    except ArgumentError:
        raise ConfigError("store", "no address; give sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    if address.get_backend_name() == _SQLITE:
        if address.database in (None, "", ":memory:"):
            raise ConfigError("store", "needs a file: sqlite:///FILE")
        if address.query:
            raise ConfigError("store", f"sqlite:///FILE takes no options, such as {min(address.query)!r}")
        return _file(Path(str(address.database)), busy_seconds, make)
    if address.get_backend_name() in _POSTGRES:
        try:
            from reelgraph.store.postgres import Postgres
        except ImportError:
            raise CapabilityError("PostgreSQL needs psycopg", 'pip install "reelgraph[postgres]"') from None
        return Postgres(address, busy_seconds)
    raise ConfigError.unknown(address.get_backend_name(), (_SQLITE, _POSTGRES[0]), "kind of store")


def _file(path: Path, busy_seconds: float, make: bool) -> Backend:
    from reelgraph.store.sqlite import Sqlite

    if not make and not path.is_file():
        raise StoreError(f"{path}: no such file", "make it: reelgraph store init")
    return Sqlite(path, busy_seconds)
