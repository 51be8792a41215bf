"""The names under which other tools keep the four columns."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from reelgraph.core.errors import DataFormatError

ALIASES: Mapping[str, tuple[str, ...]] = {
    "user_id": ("userid", "user", "uid", "userno", "customerid", "reviewerid", "memberid", "profileid"),
    "item_id": (
        "itemid",
        "item",
        "movieid",
        "movie",
        "iid",
        "filmid",
        "productid",
        "asin",
        "animeid",
        "bookid",
        "isbn",
    ),
    "rating": ("rating", "ratings", "stars", "score", "weight", "value", "userrating", "overall", "vote"),
    "timestamp": ("timestamp", "time", "ts", "datetime", "date", "unixtime", "unixreviewtime", "ratedat", "createdat"),
}
"""Our name -> names that mean it, in lower case without marks, the first one preferred."""

REQUIRED = ("user_id", "item_id", "rating")


def bare(name: str) -> str:
    """A column name without case, marks, or the type that RecBole adds: ``user_id:token`` -> ``userid``."""
    return "".join(letter for letter in name.split(":")[0].casefold() if letter.isalnum())


def places(names: Sequence[str]) -> dict[str, int]:
    """Where the known columns are: our name -> place, counted from 0; unknown names are passed over."""
    known = [bare(name) for name in names]
    found: dict[str, int] = {}
    for ours, aliases in ALIASES.items():
        place = next((known.index(alias) for alias in aliases if alias in known), None)
        if place is not None:
            found[ours] = place
    return found


def require(found: Mapping[str, int], names: Sequence[str], where: str, line: int | None = None) -> None:
    """Check that users, items and ratings have a column.

    Raises:
        DataFormatError: one has none; names the columns there are and the nearest name.
    """
    for ours in REQUIRED:
        if ours in found:
            continue
        near = _nearest(ours, [name for place, name in enumerate(names) if place not in found.values()])
        raise DataFormatError(
            where,
            f"a column {ours} (or {', '.join(alias for alias in ALIASES[ours][:4] if alias != ours)})",
            line=line,
            column=ours,
            value=",".join(names),
            hint=f"is it {near!r}? rename it to {ours!r}" if near else f"rename the column that holds it to {ours!r}",
        )


def _nearest(ours: str, names: Sequence[str]) -> str | None:
    targets = (bare(ours), *ALIASES[ours])
    scored = [(max(difflib.SequenceMatcher(None, bare(name), t).ratio() for t in targets), name) for name in names]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.6 else None
