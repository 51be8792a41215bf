"""Films suggested for an evening, and links that people made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "suggestions",
        sa.Column("user_key", _NUMBER, sa.ForeignKey("users.user_key"), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("item_id", _ID, primary_key=True),
        sa.Column("mood", sa.Text, nullable=False),
        sa.Column("company", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("answered", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("link_id", sa.Text, nullable=False, unique=True),
        sa.Column("user_key", _NUMBER, sa.ForeignKey("users.user_key"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("links_of_person", "links", ["user_key"])
    op.create_index("links_expire", "links", ["expires"])
