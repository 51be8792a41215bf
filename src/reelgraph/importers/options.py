"""What a person says about their own file: the names of its columns, its scale, and whose rows to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reelgraph.core import RatingScale
from reelgraph.core.errors import ConfigError

NO_COLUMN = "none"
COLUMN_ROLES = (
    "title", "original_title", "year", "rating", "id", "imdb_id", "tmdb_id", "item_id", "time", "kind", "status",
    "user",
)  # fmt: skip
"""What ``columns`` can name."""

_SYNONYMS = {
    "timestamp": "time", "date": "time", "item": "item_id", "user_id": "user", "type": "kind", "state": "status",
}  # fmt: skip


def parse_columns(text: str) -> dict[str, str]:
    """The columns in a text such as ``title=Film,rating=My stars``.

    Raises:
        ConfigError: it is not of that form, or a role is given twice.
    """
    columns: dict[str, str] = {}
    for part in re.split(r",(?=\s*\w+\s*=)", text):
        role, sign, name = (piece.strip() for piece in part.partition("="))
        if not (role and sign):
            raise ConfigError("--columns", f"{part!r} is not valid: expected title=NAME,year=NAME,rating=NAME")
        if role in columns:
            raise ConfigError("--columns", f"{role} is given twice: {columns[role]!r} and {name!r}")
        columns[role] = name or NO_COLUMN
    return columns


@dataclass(frozen=True)
class ImportOptions:
    """What a person says about their own file.

    Args:
        columns: role (see `COLUMN_ROLES`) -> name of the column, or "none" if the file has no such column.
        scale: of the ratings in the file; inferred when None.
        profile: whose rows to read, for files of several people; in any case of letters.

    Raises:
        ConfigError: an unknown role in ``columns``.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    scale: RatingScale | None = None
    profile: str | None = None

    def __post_init__(self) -> None:
        columns = {_SYNONYMS.get(role, role): name for role, name in self.columns.items()}
        for role in columns:
            if role not in COLUMN_ROLES:
                raise ConfigError.unknown(role, COLUMN_ROLES, "column role")
        object.__setattr__(self, "columns", columns)
