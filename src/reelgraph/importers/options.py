"""What a person says about their own file: the names of its columns, its scale, and whose rows to read."""

from __future__ import annotations

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

_SYNONYMS = {"timestamp": "time", "date": "time", "item": "item_id", "type": "kind", "state": "status"}


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
