"""How much a movie counts that was seen without a rating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reelgraph.core.errors import ConfigError

SEEN_WEIGHT: Final = 0.75
"""Weight of a movie seen without a rating, beside 1 for a liked one; ``docs/how-to/seen.md`` says how it was chosen."""

_INFO_KEY = "seen_weight"


def recorded_seen_weight(info: Mapping[str, Any]) -> float:
    """The weight in the manifest of a bundle; `SEEN_WEIGHT` for bundles written before 0.3."""
    return float(info.get(_INFO_KEY, SEEN_WEIGHT))


def check_seen_weight(weight: float) -> float:
    """The weight.

    Raises:
        ConfigError: it is not from 0 to 1.
    """
    if not 0 <= weight <= 1:
        raise ConfigError("seen_weight", f"{weight} is not valid: expected a number from 0 to 1")
    return float(weight)
