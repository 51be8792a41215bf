"""The tables. ``migrations/`` makes them; a test holds the two against each other.

People are known by a number inside, so that an id of any length is stored once.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql

from reelgraph.store.protocol import Counter

REVISION = "0001"  # of the newest migration
VERSION_TABLE = "reelgraph_version"
COUNTERS: tuple[Counter | str, ...] = ("people", "keys", "probe")

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by a column of this very type
_Id = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")  # in the order of code points, as on SQLite


def _person(*, primary_key: bool = True) -> Column[int]:
    return Column("user_key", _Number, ForeignKey("users.user_key"), primary_key=primary_key)


users = Table(
    "users",
    metadata,
    Column("user_key", _Number, primary_key=True),
    Column("user_id", _Id, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # the number of somebody forgotten is never given again
)

ratings = Table(
    "ratings",
    metadata,
    _person(),
    Column("item_id", _Id, primary_key=True),
    Column("stars", Float(53), nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

marks = Table(
    "marks",
    metadata,
    _person(),
    Column("mark", Text, primary_key=True),
    Column("item_id", _Id, primary_key=True),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _person(primary_key=False),
    Column("item_id", _Id),
    Column("stars", Float(53)),
    Column("mark", Text),
    Column("recommendation_id", Text),
)
Index("events_of_person", events.c.user_key)

served = Table(
    "served",
    metadata,
    Column("recommendation_id", Text, primary_key=True),
    Column("user_id", _Id),  # not a number of `users`: a list may be shown to somebody who told nothing
    Column("at", BigInteger, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("items", Text, nullable=False),  # JSON
    Column("scores", Text, nullable=False),  # JSON
)
Index("served_to_person", served.c.user_id, served.c.at)
Index("served_at", served.c.at)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
