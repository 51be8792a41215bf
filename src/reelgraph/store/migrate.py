"""Brings the tables of a store up to date, one process at a time, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from reelgraph.core.errors import StoreError
from reelgraph.store.backend import Backend, faults, transaction
from reelgraph.store.tables import REVISION, VERSION_TABLE, metadata


def migrate(backend: Backend, *, make: bool = True) -> None:
    """Run the migrations that are missing.

    Args:
        backend: the database.
        make: False refuses a database without a store in it.

    Raises:
        StoreError: the database holds something else, or a newer store.
    """
    with faults(backend):
        with backend.engine.connect() as connection:
            found = _revision(connection, backend)
        if found == REVISION:
            return
        if found is None and not make:
            raise StoreError(f"{backend.name}: holds no store", "make it: reelgraph store init")
        with transaction(backend) as connection:
            backend.lock(connection)
            if _revision(connection, backend) != REVISION:
                _upgrade(connection)


def _revision(connection: Connection, backend: Backend) -> str | None:
    """The revision of the tables; None where there are none."""
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        taken = sorted(there & set(metadata.tables))
        if taken:
            raise StoreError(
                f"{backend.name}: has a table {taken[0]!r} that is not of a store", "give another database"
            )
        return None
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    if revision is not None and str(revision) > REVISION:
        raise StoreError(f"{backend.name}: is of version {revision}, newer than {REVISION}", "upgrade reelgraph")
    return None if revision is None else str(revision)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # only where there is something to do: it takes a while to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
