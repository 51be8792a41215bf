"""Ids of people who were deleted for good."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of deleted ids."""
    op.create_table(
        "deleted_users",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
