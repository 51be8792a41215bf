"""Numbers of ratings as people write them: 1e5, 3.2e7."""

from __future__ import annotations

from collections.abc import Sequence

from reelgraph.core.errors import ConfigError


def parsed(text: str) -> list[int]:
    """The sizes of a list such as "1e5,1e6", rising.

    Raises:
        ConfigError: one is not a whole number from 1,000 on.
    """
    sizes = []
    for word in text.split(","):
        try:
            value = float(word)
        except ValueError:
            value = -1.0
        if not (1_000 <= value < 1e12 and value.is_integer()):
            raise ConfigError("--ratings", f"{word.strip()!r} is not a whole number from 1,000 on, such as 1e6")
        sizes.append(int(value))
    return sorted(set(sizes))


def name(size: int) -> str:
    """1000000 as "1e6", 32000000 as "3.2e7"."""
    mantissa, exponent = f"{size:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def chosen(text: str | None, known: Sequence[str]) -> list[str]:
    """The steps of a list such as "data-walk,recommend", in their usual order; all when None.

    Raises:
        ConfigError: one is unknown.
    """
    if text is None:
        return list(known)
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in known:
            raise ConfigError.unknown(word, known, "step")
    return [step for step in known if step in words]
