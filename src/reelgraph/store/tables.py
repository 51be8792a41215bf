"""The tables. ``migrations/`` creates them; a test compares the two.

Tables refer to people by a number, so that each id is stored only once.
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

REVISION = "0004"  # of the newest migration
VERSION_TABLE = "reelgraph_version"

metadata = MetaData()

_RowNumber = BigInteger().with_variant(Integer, "sqlite")  # SQLite generates row numbers only for this type
_Id = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")  # ordered by code point, as in SQLite


def _user_key_column(*, primary_key: bool = True) -> Column[int]:
    return Column("user_key", _RowNumber, ForeignKey("users.user_key"), primary_key=primary_key)


users = Table(
    "users",
    metadata,
    Column("user_key", _RowNumber, primary_key=True),
    Column("user_id", _Id, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # numbers of deleted people are not reused
)

ratings = Table(
    "ratings",
    metadata,
    _user_key_column(),
    Column("item_id", _Id, primary_key=True),
    Column("stars", Float(53), nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

marks = Table(
    "marks",
    metadata,
    _user_key_column(),
    Column("mark", Text, primary_key=True),
    Column("item_id", _Id, primary_key=True),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("seq", _RowNumber, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _user_key_column(primary_key=False),
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
    Column("user_id", _Id),  # not a key of `users`: lists may be shown to people without a row there
    Column("at", BigInteger, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("items", Text, nullable=False),  # JSON
    Column("scores", Text, nullable=False),  # JSON
)
Index("served_to_person", served.c.user_id, served.c.at)
Index("served_at", served.c.at)

items = Table(  # added by programs; the movies of the training data are in the bundle
    "items",
    metadata,
    Column("item_id", _Id, primary_key=True),
    Column("title", Text, nullable=False),
    Column("year", BigInteger, nullable=False),
    Column("genres", Text, nullable=False),  # JSON
    Column("added", BigInteger, nullable=False),
    Column("client", Text, nullable=False),
)

suggestions = Table(  # films suggested for an evening
    "suggestions",
    metadata,
    _user_key_column(),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", _Id, primary_key=True),
    Column("mood", Text, nullable=False),
    Column("company", Integer, nullable=False),
    Column("outcome", Text),
    Column("answered", BigInteger),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    Column("digest", Text, primary_key=True),  # of the token, which is not stored
    Column("link_id", Text, nullable=False, unique=True),
    Column("user_key", _RowNumber, ForeignKey("users.user_key"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("content", Text, nullable=False),  # JSON
)
Index("links_of_person", links.c.user_key)
Index("links_expire", links.c.expires)

deleted_users = Table(  # ids that are never used again, as hashes: they do not say who it was
    "deleted_users",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

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
