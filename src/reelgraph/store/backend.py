"""What SQLite and PostgreSQL do each in its own way."""

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

WRITES = {"reelgraph_writes": True}  # execution options of a connection that will write


class Backend(Protocol):
    """One kind of database.

    Args:
        engine: for everything but the hot reads.
        name: of the place, without a password.
        parameter: how its driver writes the parameter ``x``, with ``{}`` in place of the name.
        insert: the dialect's ``insert``, which knows ``on_conflict_do_update``.
    """

    engine: Engine
    name: str
    parameter: str
    insert: Callable[..., Any]

    @abstractmethod
    def connect(self) -> Any:
        """A connection of the bare driver that commits by itself."""

    @abstractmethod
    def require_place(self) -> None:
        """Is what was opened still where others look for it?

        Raises:
            StoreError: it was moved, removed or replaced; what is written now would be lost.
        """

    @abstractmethod
    def lock(self, connection: Connection) -> None:
        """Keep other processes from migrating until the transaction ends."""

    @abstractmethod
    def owns(self, path: Path) -> bool:
        """Is this one of the database's own files?"""

    @abstractmethod
    def vacuum(self) -> None:
        """Give room back and wipe what was removed."""

    @abstractmethod
    def explain(self, error: BaseException) -> StoreError:
        """What the driver's error means, without anybody's data in it."""

    @abstractmethod
    def lost(self, error: BaseException) -> bool:
        """Did the connection itself break, so that another one may do?"""


@contextmanager
def faults(backend: Backend) -> Iterator[None]:
    """Turn what drivers raise into a `StoreError`."""
    try:
        yield
    except DBAPIError as error:
        raise backend.explain(error.orig or error) from None
    except SQLAlchemyError as error:
        raise StoreError(f"{backend.name}: {type(error).__name__}") from error
    except backend.engine.dialect.loaded_dbapi.Error as error:
        raise backend.explain(error) from None


@contextmanager
def transaction(backend: Backend) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back at an error, or where its place is gone."""
    with backend.engine.connect().execution_options(**WRITES) as connection, connection.begin():
        yield connection
        backend.require_place()


@contextmanager
def moment(backend: Backend) -> Iterator[Connection]:
    """A transaction that reads one moment, however long it takes; rows come as they are asked for."""
    options: dict[str, Any] = {"yield_per": 10_000}
    if backend.engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with faults(backend), backend.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


class Readers:
    """Idle connections of the bare driver, for reads that must cost next to nothing.

    At most one a thread that reads at the same time. A statement is a transaction of its own.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._idle: deque[Any] = deque()

    def rows(self, statement: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement; once more with a new connection where the old one had broken."""
        with faults(self._backend):
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._ask(self._backend.connect(), statement, parameters)
            try:
                return self._ask(connection, statement, parameters)
            except self._backend.engine.dialect.loaded_dbapi.Error as error:
                if not self._backend.lost(error):
                    raise
                self.close()  # the others are broken, too
                return self._ask(self._backend.connect(), statement, parameters)

    def _ask(self, connection: Any, statement: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        try:
            rows: Sequence[tuple[Any, ...]] = connection.execute(statement, parameters).fetchall()
        except BaseException:
            with suppress(Exception):
                connection.close()
            raise
        self._idle.append(connection)
        return rows

    def close(self) -> None:
        """Close the idle connections; others follow when they are next asked for."""
        while self._idle:
            with suppress(Exception):
                self._idle.pop().close()
