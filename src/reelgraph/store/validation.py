"""Validate ids and numbers, so that every database accepts them."""

from __future__ import annotations

import math
from collections.abc import Collection

from reelgraph.core.errors import ConfigError
from reelgraph.store.records import NewRating

MAX_ID_LENGTH = 200  # characters
_MAX_SECONDS = 2**53  # the largest integer that JSON keeps exactly


def require_id(field: str, text: str) -> None:
    """Check an id.

    Raises:
        ConfigError: it is empty, too long, or has a NUL or a surrogate.
    """
    require_text(field, text, MAX_ID_LENGTH)


def require_text(field: str, text: str, max_length: int) -> None:
    """Check a text.

    Raises:
        ConfigError: it is empty, longer than ``max_length`` characters, or has a NUL or a surrogate.
    """
    if not isinstance(text, str) or not 0 < len(text) <= max_length:
        raise ConfigError(field, f"must be text of 1 to {max_length} characters")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigError(field, "contains an invalid character")


def require_one_of(field: str, value: str, choices: Collection[str]) -> None:
    """Check that a value is one of the choices.

    Raises:
        ConfigError: it is not; the nearest choice is suggested.
    """
    if value not in choices:
        raise ConfigError.unknown(str(value), choices, field)


def require_rating(entry: NewRating) -> None:
    """Check a rating.

    Raises:
        ConfigError: an id, the stars or the time is invalid.
    """
    require_id("user_id", entry.user_id)
    require_id("item_id", entry.item_id)
    if entry.recommendation_id is not None:
        require_id("recommendation_id", entry.recommendation_id)
    if not math.isfinite(entry.stars):
        raise ConfigError("stars", "must be a finite number")
    if not -_MAX_SECONDS <= entry.at <= _MAX_SECONDS:
        raise ConfigError("at", "must be Unix seconds")
