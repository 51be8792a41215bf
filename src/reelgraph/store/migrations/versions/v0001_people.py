"""People, ratings, marks, the log, served lists, keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "users",
        sa.Column("user_key", _NUMBER, primary_key=True),
        sa.Column("user_id", _ID, nullable=False, unique=True),
        sa.Column("created", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ratings",
        sa.Column("user_key", _NUMBER, sa.ForeignKey("users.user_key"), primary_key=True),
        sa.Column("item_id", _ID, primary_key=True),
        sa.Column("stars", sa.Float(53), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "marks",
        sa.Column("user_key", _NUMBER, sa.ForeignKey("users.user_key"), primary_key=True),
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("item_id", _ID, primary_key=True),
        sqlite_with_rowid=False,
    )
    _log()
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in ("people", "keys", "probe")])


def _log() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("user_key", _NUMBER, sa.ForeignKey("users.user_key")),
        sa.Column("item_id", _ID),
        sa.Column("stars", sa.Float(53)),
        sa.Column("mark", sa.Text),
        sa.Column("recommendation_id", sa.Text),
    )
    op.create_index("events_of_person", "events", ["user_key"])
    op.create_table(
        "served",
        sa.Column("recommendation_id", sa.Text, primary_key=True),
        sa.Column("user_id", _ID),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("bundle", sa.Text, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("scores", sa.Text, nullable=False),
    )
    op.create_index("served_to_person", "served", ["user_id", "at"])
    op.create_index("served_at", "served", ["at"])
