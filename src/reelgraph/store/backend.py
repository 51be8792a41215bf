"""The interface to the database, which SQLite and PostgreSQL implement, and transactions."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reelgraph.core.errors import StoreError

WRITE_OPTIONS = {"reelgraph_writes": True}  # execution options of connections that write


class Backend(Protocol):
    """One kind of database.

    Args:
        engine: for everything but frequent reads.
        name: of the database, without a password.
        parameter_format: the form of a parameter in the driver's SQL, with ``{}`` for its name.
        insert: the ``insert`` of the dialect, which has ``on_conflict_do_update``.
    """

    engine: Engine
    name: str
    parameter_format: str
    insert: Callable[..., Any]

    @abstractmethod
    def connect(self) -> Any:
        """A connection of the driver itself, in autocommit mode."""

    @abstractmethod
    def require_storage(self) -> None:
        """Check that the database that was opened is still in its place.

        Raises:
            StoreError: it was moved, deleted or replaced, so writes would be lost.
        """

    @abstractmethod
    def lock(self, connection: Connection) -> None:
        """Prevent other processes from migrating until the transaction ends."""

    @abstractmethod
    def is_own_file(self, path: Path) -> bool:
        """Whether this is one of the files of the database."""

    @abstractmethod
    def vacuum(self) -> None:
        """Free disk space and erase deleted data."""

    @abstractmethod
    def to_store_error(self, error: BaseException) -> StoreError:
        """The `StoreError` for an error of the driver, without personal data in its message."""

    @abstractmethod
    def is_connection_lost(self, error: BaseException) -> bool:
        """Whether the connection broke, so that a new one may work."""


@contextmanager
def translated_errors(backend: Backend) -> Iterator[None]:
    """Raise a `StoreError` in place of errors of the driver."""
    try:
        yield
    except DBAPIError as error:
        raise backend.to_store_error(error.orig or error) from None
    except SQLAlchemyError as error:
        raise StoreError(f"{backend.name}: {type(error).__name__}") from error
    except backend.engine.dialect.loaded_dbapi.Error as error:
        raise backend.to_store_error(error) from None


@contextmanager
def transaction(backend: Backend) -> Iterator[Connection]:
    """A write transaction; committed at the end, rolled back after an error or if the database is not in its place."""
    with backend.engine.connect().execution_options(**WRITE_OPTIONS) as connection, connection.begin():
        yield connection
        backend.require_storage()


@contextmanager
def snapshot(backend: Backend) -> Iterator[Connection]:
    """A transaction that reads a snapshot, however long it takes; rows are fetched as they are consumed."""
    options: dict[str, Any] = {"yield_per": 10_000}
    if backend.engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with (
        translated_errors(backend),
        backend.engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


class ReadConnections:
    """A pool of driver connections for frequent reads, with little overhead.

    There is at most one connection per concurrent reader. Each statement is a transaction.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._idle: deque[Any] = deque()

    def rows(self, statement: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement; repeated with a new connection if the old one was broken."""
        with translated_errors(self._backend):
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._execute(self._backend.connect(), statement, parameters)
            try:
                return self._execute(connection, statement, parameters)
            except self._backend.engine.dialect.loaded_dbapi.Error as error:
                if not self._backend.is_connection_lost(error):
                    raise
                self.close()  # the other connections are broken, too
                return self._execute(self._backend.connect(), statement, parameters)

    def _execute(self, connection: Any, statement: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        try:
            rows: Sequence[tuple[Any, ...]] = connection.execute(statement, parameters).fetchall()
        except BaseException:
            with suppress(Exception):
                connection.close()
            raise
        self._idle.append(connection)
        return rows

    def close(self) -> None:
        """Close the idle connections; new ones are opened when needed."""
        while self._idle:
            with suppress(Exception):
                self._idle.pop().close()
