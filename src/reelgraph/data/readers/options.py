"""What a person says about a source: the scale of its ratings, and which columns are which."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field

from reelgraph.core import Feedback, RatingScale
from reelgraph.core.errors import ConfigError
from reelgraph.core.rating_scale import check_feedback
from reelgraph.data.readers.column_aliases import ROLE_NAMES
from reelgraph.data.readers.column_names import REQUIRED


@dataclass(frozen=True)
class ReadOptions:
    """How to read a source; what is not given is found in the data.

    Args:
        scale: the scale of the ratings; inferred when None.
        columns: standard name (``user_id``, ``item_id``, ``rating``, ``timestamp``, ``title``, ``year``, ``genres``,
            ``imdb_id``, ``tmdb_id``) -> name of its column in the source, or "" for none. In a file without a header
            a column is named by its number, counted from 1.
        feedback: stars, views or counts; recognised by the values when None.

    Raises:
        ConfigError: the feedback is unknown, or has no scale although one is given.
    """

    scale: RatingScale | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: types.MappingProxyType({}))
    feedback: Feedback | None = None

    def __post_init__(self) -> None:
        check_feedback_option(self.feedback, self.scale)

    @property
    def needs_ratings(self) -> bool:
        """Was something said that only a column of ratings can have?"""
        return self.scale is not None or self.feedback in ("explicit", "counts")


def check_feedback_option(feedback: Feedback | None, scale: RatingScale | None) -> None:
    """Check what a person says about feedback; explicit ratings may leave the scale to be inferred.

    Raises:
        ConfigError: the feedback is unknown, or has no scale although one is given.
    """
    if feedback is not None and not (feedback == "explicit" and scale is None):
        check_feedback(feedback, scale)


def required_columns(options: ReadOptions, *, one_person: bool = False) -> tuple[str, ...]:
    """The columns that a table must have; without ratings, every row is a view."""
    return REQUIRED if one_person or options.needs_ratings else REQUIRED[:2]


def standard_columns(columns: Mapping[str, str | None] | None) -> dict[str, str]:
    """The given columns by standard name; ``user`` stands for ``user_id``, and so on.

    Args:
        columns: role -> name of the column; None entries are left out.

    Raises:
        ConfigError: a role is unknown or given twice, or one column has two roles.
    """
    named: dict[str, str] = {}
    for role, column in (columns or {}).items():
        standard_name = ROLE_NAMES.get(role.strip().casefold())
        if standard_name is None:
            raise ConfigError.unknown(role, ROLE_NAMES, "kind of column")
        if column is None:
            continue
        if standard_name in named:
            raise ConfigError("columns", f"{standard_name} is given twice: {named[standard_name]!r} and {column!r}")
        if column and column in named.values():
            raise ConfigError("columns", f"{column!r} is given for two kinds of columns")
        named[standard_name] = column
    return named


def parse_columns(text: str) -> dict[str, str]:
    """Columns from text such as ``user=Kunde,item=sku,rating=Note``.

    Raises:
        ConfigError: it is not of that form, or a role is unknown or given twice.
    """
    columns: dict[str, str] = {}
    for part in text.split(","):
        role, sign, column = part.partition("=")
        if not sign or not role.strip():
            raise ConfigError("columns", f"{part!r} is not valid: expected user=NAME,item=NAME,rating=NAME")
        if role.strip() in columns:
            raise ConfigError("columns", f"{role.strip()} is given twice")
        columns[role.strip()] = column.strip()
    return standard_columns(columns)
