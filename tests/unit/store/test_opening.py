"""Opening a store: addresses, migrations, and what is not a store."""

from __future__ import annotations

import importlib
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import reelgraph.store
from reelgraph.core.errors import CapabilityError, ConfigError, StoreError
from reelgraph.store import AddedItem, NewRating, Rating, Suggestion, open_store
from reelgraph.store.backend import transaction
from reelgraph.store.tables import REVISION, VERSION_TABLE, deleted_users, items, links, metadata, suggestions
from tests.postgres_server import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a place where no store is yet."""
    if request.param == "sqlite":
        return str(tmp_path / "new" / "people.db")
    server: Server = request.getfixturevalue("postgres")
    return server.new_database(f"nothing_{abs(hash(tmp_path))}")


def test_migrations_make_the_tables_that_the_code_knows(nothing: str) -> None:
    store = open_store(nothing)
    with store.backend.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISION
    store.close()


def test_the_newest_migration_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(reelgraph.store.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_another_process_opens_the_same_new_file(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    code = "import sys; from reelgraph.store import *; s = open_store(sys.argv[1])\n"
    code += "s.rate([NewRating('ann', str(item), 4.0, 1) for item in range(3)]); s.close()"
    with subprocess.Popen([sys.executable, "-c", code, str(path)]) as other:
        store = open_store(path)
        while other.poll() is None:
            store.rate([NewRating("bob", "1", 4.0, 1)])
    assert other.returncode == 0
    assert [(row.user_id, row.ratings) for row in store.users()] == [("ann", 3), ("bob", 1)]
    assert store.rebuild().differences == 0
    store.close()


def test_connections_that_open_a_new_store_together(nothing: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(open_store, [nothing] * 3))
    for number, store in enumerate(stores):
        store.rate([NewRating(f"u{number}", "1", 4.0, 1)])
    assert [row.user_id for row in stores[0].users()] == ["u0", "u1", "u2"]
    for store in stores:
        store.close()


def test_a_newer_store_is_refused_and_left_alone(nothing: str) -> None:
    store = open_store(nothing)
    with store.backend.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreError, match=r"has version 9999, newer than \d+ \(upgrade reelgraph\)"):
        open_store(nothing)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE users (name TEXT)")
    with pytest.raises(StoreError, match=r"other\.db: has a table 'users' that does not belong to a store"):
        open_store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("users",)]


def test_nothing_is_made_where_a_store_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"people\.db: no such file \(create it: reelgraph store init\)"):
        open_store(tmp_path / "people.db", create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="contains no store"):
        open_store(tmp_path / "empty.db", create=False)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "people.db")
    store.rate([NewRating("ann", "1", 4.0, 1)])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("people.db", "people.db-wal", "people.db-shm"), 0o600)
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://me@host/db", "unknown kind of store; known are postgresql, sqlite"),
        ("postgres//me@host/db://", "give sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        ("sqlite://", "needs a file: sqlite:///FILE"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///people.db?mode=ro", "takes no options, such as 'mode'"),
    ],
)
def test_addresses_that_are_none(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_store(url)


@pytest.mark.parametrize(
    ("package", "url", "message"),
    [
        ("sqlalchemy", "people.db", 'a store needs SQLAlchemy, alembic and argon2 (pip install "reelgraph[store]")'),
        ("argon2", "people.db", 'a store needs SQLAlchemy, alembic and argon2 (pip install "reelgraph[store]")'),
        ("psycopg", "postgresql://me@host/db", 'PostgreSQL needs psycopg (pip install "reelgraph[postgres]")'),
    ],
)
def test_an_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch, package: str, url: str, message: str) -> None:
    monkeypatch.setattr(reelgraph, "store", reelgraph.store)  # put back what is imported anew
    for name in [name for name in sys.modules if f"{name}.".startswith("reelgraph.store.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    anew = importlib.import_module("reelgraph.store")  # starts without it
    with pytest.raises(CapabilityError) as refused:
        anew.open_store(url)
    assert str(refused.value) == message


def test_a_store_of_the_first_version_is_brought_up_to_date(nothing: str) -> None:
    store = open_store(nothing)
    store.rate([NewRating("ann", "1", 4.0, 1)])
    with transaction(store.backend) as connection:  # as the first version left it
        for table in (links, suggestions, items, deleted_users):
            table.drop(connection)
        connection.execute(text("DELETE FROM counters WHERE name = 'items'"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    store.close()
    store = open_store(nothing)
    try:
        person = store.person("ann")
        assert person is not None
        assert person.ratings == {"1": Rating(4.0, 1)}
        assert store.add_items([AddedItem("900", "Dune")], 10, 10) == 1
        store.suggestions.add(Suggestion("ann", "1", 1))
    finally:
        store.close()
