"""Which column of a table is which: found by the names in use, or as a person says."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.column_aliases import ALIASES, COUNT_NAMES, LIKE_NAMES, RUNTIME_NAMES, WEAK_ALIASES

REQUIRED = ("user_id", "item_id", "rating")
ITEM_COLUMNS = ("title", "year", "genres", "imdb_id", "tmdb_id")
"""Columns about the movies; a table of ratings may have them in every row."""

_SHORT = {"user_id": "user", "item_id": "item"}
_IDS_OF_ITEMS = ("imdb_id", "tmdb_id", "title")  # what may stand for a missing item id, the best first


def normalised_name(name: str) -> str:
    """A column name in lower case without accents, punctuation and RecBole's type: ``user_id:token`` -> ``userid``."""
    letters = unicodedata.normalize("NFKD", name.split(":")[0].casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _normalised(aliases: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(map(normalised_name, words.split()))) for name, words in aliases.items()}


_CLEAR, _WEAK = _normalised({**ALIASES, "runtime": RUNTIME_NAMES}), _normalised(WEAK_ALIASES)
_COUNTS = frozenset(map(normalised_name, COUNT_NAMES.split()))
_LIKES = frozenset(map(normalised_name, LIKE_NAMES.split()))


@dataclass(frozen=True)
class TableColumns:
    """The roles of the columns of a table.

    Args:
        names: of all columns, in their order.
        positions: standard name -> position, counted from 0.
        has_header: the names are in the first line.
    """

    names: tuple[str, ...]
    positions: Mapping[str, int]
    has_header: bool = True

    def name_of(self, standard_name: str) -> str:
        """The name of the column that has a role; the role itself if none has."""
        position = self.positions.get(standard_name)
        return standard_name if position is None else self.names[position]

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of the columns without a role."""
        return tuple(name for name, _ in self._unused)

    @property
    def unused_positions(self) -> dict[str, int]:
        """Positions of the columns without a role, by their names; of several with one name, that of the first."""
        positions: dict[str, int] = {}
        for name, position in self._unused:
            positions.setdefault(name, position)
        return positions

    @property
    def _unused(self) -> list[tuple[str, int]]:
        used = set(self.positions.values())
        return [
            (name or f"column {position + 1} (without a name)", position)
            for position, name in enumerate(self.names)
            if position not in used
        ]

    def notes(self) -> tuple[str, ...]:
        """A sentence that names the columns not used, if there are any."""
        return unused_note(self.unused)


def unused_note(names: Sequence[str], place: str = "") -> tuple[str, ...]:
    """The sentence about columns that are not used, in ``place``; none without such columns."""
    return (f"columns not used{place}: {', '.join(names)}",) if names else ()


def aliases_of(standard_name: str) -> tuple[str, ...]:
    """All names of a column in normalised form, the clear ones first."""
    return (*_CLEAR[standard_name], *_WEAK.get(standard_name, ()))


def has_known_name(names: Sequence[str]) -> bool:
    """True if one of the names is that of a column that is looked for."""
    normalised = set(map(normalised_name, names))
    return any(normalised & set(aliases) for table in (_CLEAR, _WEAK) for aliases in table.values())


def find_columns(names: Sequence[str], source: str, columns: Mapping[str, str] | None = None) -> TableColumns:
    """Find the columns of users, items, ratings and so on by their names.

    Clear names such as ``user_id`` come before weak ones such as ``value``, which beside a clear name are something
    else. A column ``movie`` beside the ids of the movies holds their titles.

    Args:
        names: of all columns.
        source: the file or table, for messages.
        columns: standard name -> column, as a person says; "" for none.

    Raises:
        DataFormatError: two columns have one role, or a named column does not exist.
    """
    columns = columns or {}
    normalised = [normalised_name(name) for name in names]
    positions = {standard: _named(column, names, standard, source) for standard, column in columns.items() if column}
    free = set(range(len(names))) - set(positions.values())
    for standard_name in ALIASES:
        if standard_name in columns:
            continue
        matching = _matching(standard_name, normalised, free)
        if len(matching) > 1 and standard_name not in ITEM_COLUMNS:
            raise _two_columns(standard_name, [names[position] for position in matching], source)
        if matching:
            positions[standard_name] = matching[0]
            free.discard(matching[0])
    counts = [position for position in sorted(free) if normalised[position] in _COUNTS]
    if counts and "rating" not in positions and "rating" not in columns:
        if len(counts) > 1:
            raise _two_columns("rating", [names[position] for position in counts], source)
        positions["rating"] = counts[0]
    if "title" not in positions and "title" not in columns and "item_id" in positions:
        bare = [position for position in sorted(free) if normalised[position] in _WEAK["item_id"]]
        if bare:
            positions["title"] = bare[0]  # "movie" beside "movie_id"
    return TableColumns(tuple(names), positions)


def find_item_columns(names: Sequence[str], source: str, columns: Mapping[str, str] | None = None) -> TableColumns:
    """Find the columns of a table of movies: their ids, which may be called ``id``, and what describes them.

    Args:
        names: of all columns.
        source: the file, for messages.
        columns: standard name -> column, as a person says; "" for none.

    Raises:
        DataFormatError: there is no column of ids, or a named column does not exist.
    """
    columns = columns or {}
    normalised = [normalised_name(name) for name in names]
    positions = {role: _named(column, names, role, source) for role, column in columns.items() if column}
    free = set(range(len(names))) - set(positions.values())
    ids = [n for n in sorted(free) if normalised[n] in _CLEAR["item_id"]]
    ids += [n for n in sorted(free) if normalised[n] == "id"] + [
        n for n in sorted(free) if normalised[n] in _WEAK["item_id"] or normalised[n] in _CLEAR["title"]
    ]
    if not ids:
        raise DataFormatError(source, "a column item_id (or movie_id, id)", line=1, value=",".join(names))
    positions["item_id"] = ids[0]
    free.discard(ids[0])
    for role in (*ITEM_COLUMNS, "runtime"):
        matching = [] if role in columns else _matching(role, normalised, free)
        if matching:
            positions[role] = matching[0]
            free.discard(matching[0])
    bare = [n for n in sorted(free) if normalised[n] in _WEAK["item_id"]]
    if bare and "title" not in positions:
        positions["title"] = bare[0]
    return TableColumns(tuple(names), positions)


def _named(column: str, names: Sequence[str], standard_name: str, source: str) -> int:
    matching = [position for position, name in enumerate(names) if name == column]
    if not matching:
        matching = [n for n, name in enumerate(names) if normalised_name(name) == normalised_name(column)]
    if not matching and column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    if not matching:
        raise DataFormatError(source, f"a column {column!r}", column=standard_name, value=", ".join(names))
    if len(matching) > 1:
        raise _two_columns(standard_name, [names[position] for position in matching], source)
    return matching[0]


def _matching(standard_name: str, normalised: Sequence[str], free: set[int]) -> list[int]:
    """Positions of the free columns with a clear name of the role, or with a weak one if there is none."""
    for aliases in (_CLEAR[standard_name], _WEAK.get(standard_name, ())):
        matching = [position for position in sorted(free) if normalised[position] in aliases]
        if matching:
            return sorted(matching, key=lambda position: aliases.index(normalised[position]))
    return []


def _two_columns(standard_name: str, names: Sequence[str], source: str) -> DataFormatError:
    role = _SHORT.get(standard_name, standard_name)
    return DataFormatError(
        source,
        f"one column {standard_name}, found {len(names)}: {', '.join(map(repr, names))}",
        column=standard_name,
        hint=f"choose one: --columns {role}={names[0]}, in Python columns={{{role!r}: {names[0]!r}}}",
    )


def require_columns(
    table: TableColumns, source: str, line: int | None = None, required: Sequence[str] = REQUIRED
) -> None:
    """Check that there are columns for users, items and ratings.

    Args:
        table: the columns.
        source: the file or table, for the message.
        line: 1-based line of the header.
        required: the standard names that must be there.

    Raises:
        DataFormatError: a column is missing; names the existing columns and the most similar name.
    """
    for standard_name in required:
        if standard_name in table.positions:
            continue
        if standard_name == "item_id" and any(name in table.positions for name in _IDS_OF_ITEMS):
            continue
        aliases = ", ".join([*ALIASES[standard_name].split()[1:4], "..."])
        similar = _most_similar(standard_name, table.unused)
        role = _SHORT.get(standard_name, standard_name)
        option = f"--columns {role}=NAME, in Python columns={{{role!r}: 'NAME'}}"
        raise DataFormatError(
            source,
            f"a column {standard_name} (or {aliases})",
            line=line,
            column=standard_name,
            value=",".join(table.names),
            hint=f"is it {similar!r}? say so: {option.replace('NAME', similar)}" if similar else f"name it: {option}",
        )


def is_count_name(name: str) -> bool:
    """True for the name of a column that says how often, such as ``play_count``."""
    return normalised_name(name) in _COUNTS


def is_like_name(name: str) -> bool:
    """True for the name of a column that may say whether, such as ``liked`` and RecBole's ``label``."""
    return normalised_name(name) in _LIKES


def is_similar(standard_name: str, name: str) -> bool:
    """True for a name that may be a misspelt one of the role."""
    return _most_similar(standard_name, [name]) is not None


def _most_similar(standard_name: str, names: Sequence[str]) -> str | None:
    targets = aliases_of(standard_name)
    similarities = [
        (max(difflib.SequenceMatcher(None, normalised_name(name), target).ratio() for target in targets), name)
        for name in names
    ]
    similarity, name = max(similarities, default=(0.0, ""))
    return name if similarity >= 0.6 else None
