"""What can be kept: ids and numbers that every database takes."""

from __future__ import annotations

import math
from collections.abc import Collection

from reelgraph.core.errors import ConfigError
from reelgraph.store.protocol import Rated

LONGEST_ID = 200  # characters
_LAST_SECOND = 2**53  # what JSON can carry, too


def require_id(what: str, text: str) -> None:
    """Refuse an id that cannot be kept.

    Raises:
        ConfigError: empty, too long, with a NUL, or with half of a character.
    """
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID:
        raise ConfigError(what, f"must be text of 1 to {LONGEST_ID} characters")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigError(what, "holds a character that is none")


def require_one_of(what: str, word: str, known: Collection[str]) -> None:
    """Refuse a word that is not known.

    Raises:
        ConfigError: with the nearest known one.
    """
    if word not in known:
        raise ConfigError.unknown(str(word), known, what)


def require_rating(entry: Rated) -> None:
    """Refuse a rating that cannot be kept.

    Raises:
        ConfigError: an id, the stars or the time is off.
    """
    require_id("user_id", entry.user_id)
    require_id("item_id", entry.item_id)
    if entry.recommendation_id is not None:
        require_id("recommendation_id", entry.recommendation_id)
    if not math.isfinite(entry.stars):
        raise ConfigError("stars", "must be a finite number")
    if not -_LAST_SECOND <= entry.at <= _LAST_SECOND:
        raise ConfigError("at", "must be Unix seconds")
