"""The names that other tools give to the four columns of a ratings table."""

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
"""Standard name -> its aliases in normalised form, in order of preference."""

REQUIRED = ("user_id", "item_id", "rating")


def normalised_name(name: str) -> str:
    """A column name in lower case without punctuation and RecBole's type: ``user_id:token`` -> ``userid``."""
    return "".join(letter for letter in name.split(":")[0].casefold() if letter.isalnum())


def find_columns(names: Sequence[str]) -> dict[str, int]:
    """Standard name -> position of its column, counted from 0; columns with other names are ignored."""
    normalised = [normalised_name(name) for name in names]
    positions: dict[str, int] = {}
    for standard_name, aliases in ALIASES.items():
        position = next((normalised.index(alias) for alias in aliases if alias in normalised), None)
        if position is not None:
            positions[standard_name] = position
    return positions


def require_columns(positions: Mapping[str, int], names: Sequence[str], source: str, line: int | None = None) -> None:
    """Check that there are columns for users, items and ratings.

    Args:
        positions: of the columns by standard name.
        names: of all columns.
        source: the file or table, for the message.
        line: 1-based line of the header.

    Raises:
        DataFormatError: a column is missing; names the existing columns and the most similar name.
    """
    for standard_name in REQUIRED:
        if standard_name in positions:
            continue
        aliases = ", ".join(alias for alias in ALIASES[standard_name][:4] if alias != standard_name)
        similar = _most_similar(standard_name, [name for n, name in enumerate(names) if n not in positions.values()])
        raise DataFormatError(
            source,
            f"a column {standard_name} (or {aliases})",
            line=line,
            column=standard_name,
            value=",".join(names),
            hint=f"is it {similar!r}? rename it to {standard_name!r}"
            if similar
            else f"rename the column that holds it to {standard_name!r}",
        )


def _most_similar(standard_name: str, names: Sequence[str]) -> str | None:
    targets = (normalised_name(standard_name), *ALIASES[standard_name])
    similarities = [
        (max(difflib.SequenceMatcher(None, normalised_name(name), target).ratio() for target in targets), name)
        for name in names
    ]
    similarity, name = max(similarities, default=(0.0, ""))
    return name if similarity >= 0.6 else None
