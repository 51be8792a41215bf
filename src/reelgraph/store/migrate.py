"""Migrate the tables of a store, one process at a time, in one transaction."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from reelgraph.core.errors import StoreError
from reelgraph.store.backend import Backend, transaction, translated_errors
from reelgraph.store.tables import REVISION, VERSION_TABLE, metadata


def migrate(backend: Backend, *, create: bool = True) -> None:
    """Run the missing migrations.

    Args:
        backend: the database.
        create: create the tables of a new store; if False, a database without a store is an error.

    Raises:
        StoreError: the database contains something else, a newer store, or no store.
    """
    with translated_errors(backend):
        with backend.engine.connect() as connection:
            revision = _revision(connection, backend)
        if revision == REVISION:
            return
        if revision is None and not create:
            raise StoreError(f"{backend.name}: contains no store", "create it: reelgraph store init")
        with transaction(backend) as connection:
            backend.lock(connection)
            if _revision(connection, backend) != REVISION:
                _upgrade(connection)


def _revision(connection: Connection, backend: Backend) -> str | None:
    """The revision of the tables; None if there are none."""
    table_names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in table_names:
        conflicting = sorted(table_names & set(metadata.tables))
        if conflicting:
            raise StoreError(
                f"{backend.name}: has a table {conflicting[0]!r} that does not belong to a store",
                "give another database",
            )
        return None
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    if revision is not None and str(revision) > REVISION:
        raise StoreError(f"{backend.name}: has version {revision}, newer than {REVISION}", "upgrade reelgraph")
    return None if revision is None else str(revision)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # not at the top: the import is slow and rarely needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
