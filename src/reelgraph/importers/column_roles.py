"""Find out what each column of a table holds, by its name and its contents; nothing is passed over in silence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.importers import column_kinds
from reelgraph.importers.column_kinds import AVERAGE, IGNORED, UNKNOWN, ColumnKind, kind_of_column
from reelgraph.importers.field_parsers import parse_imdb_id, parse_positive_integer
from reelgraph.importers.options import NO_COLUMN, ImportOptions
from reelgraph.importers.rating_text import parse_rating
from reelgraph.importers.table import ExportTable, column_key

_IDENTIFYING = ("title", "original_title", "item_id", "imdb_id", "tmdb_id", "media_id")
_UNIQUE = ("title", "year", "rating", "item_id")  # two columns for one of these are an error unless they agree
_LINKED_MOVIE = re.compile(
    r"imdb\.com/(?:[^ ]{0,40}/)?title/tt\d|(?:themoviedb|tmdb)\.org/(?:movie|tv)/\d|(?:imdb|tmdb)://"
)
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s*%")
_HIGHEST_RATING = 100
_RATIOS = frozenset((0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0))  # of the scales of 5, 10, 20 and 100
_FIRST_YEAR, _LAST_YEAR = 1870, 2100


@dataclass(frozen=True)
class ColumnRoles:
    """Which column holds what.

    Args:
        keys: role -> keys of its columns in the table, the preferred first.
        highest: the highest rating, if the name of the rating column says it, otherwise 0.
        unused: names of the columns with contents that nothing is known of, as in the file.
        numeric_unused: those of them that may hold ratings.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    highest: float = 0.0
    unused: tuple[str, ...] = ()
    numeric_unused: tuple[str, ...] = ()

    def __contains__(self, role: str) -> bool:
        return role in self.keys

    @property
    def identifies_movies(self) -> bool:
        """Whether a column has titles or ids."""
        return any(role in self.keys for role in _IDENTIFYING) or "link" in self.keys

    def values(self, table: ExportTable, role: str) -> list[str]:
        """The first text of each row that is not empty, in the columns of a role."""
        columns = [table.columns[key] for key in self.keys.get(role, ())]
        if len(columns) == 1:
            return columns[0]
        return [next(filter(None, texts), "") for texts in zip(*columns, strict=True)] if columns else [""] * len(table)


def may_identify_movies(header: Sequence[str]) -> bool:
    """Whether a header has a column of titles or ids, by the names alone."""
    roles = {kind_of_column(name).role for name in header}
    return any(role in roles for role in (*_IDENTIFYING, "id"))


def count_known(header: Sequence[str]) -> int:
    """Number of columns with a known name."""
    return sum(kind_of_column(name).role != UNKNOWN for name in header)


def find_roles(table: ExportTable, options: ImportOptions, fixed: Mapping[str, str] | None = None) -> ColumnRoles:
    """What the columns hold.

    Args:
        table: the table.
        options: the columns that the person named; these go first.
        fixed: role -> key of a column, for the layout of a known service.

    Raises:
        ConfigError: a named column does not exist.
        DataFormatError: two columns with different contents hold the same.
    """
    fixed_keys = {**(fixed or {}), **_named_by_person(table, options)}
    kinds = {key: kind_of_column(name) for key, name in zip(table.names, table.header, strict=True)}
    for role, key in fixed_keys.items():
        replacement = ColumnKind(UNKNOWN if role in options.columns else IGNORED)
        kinds = {name: replacement if kind.role == role else kind for name, kind in kinds.items()}
        if key:
            kinds[key] = ColumnKind(role, highest=kind_of_column(table.header_of(key)).highest)
    kinds = {key: _refine(key, kind, kinds, table.columns[key]) for key, kind in kinds.items()}
    kinds = _with_plain_ids(kinds, table)
    columns: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in table.names:
        kind = kinds.get(key, ColumnKind(UNKNOWN))
        if kind.role not in (UNKNOWN, IGNORED, AVERAGE):
            columns[kind.role].append((kind.rank, key))
    if "watched" in columns:
        dates = [(0, key) for _, key in columns["watched"] if _has_dates(table.columns[key])]
        columns["time"] = dates + columns["time"] if dates else columns["time"]
    keys = {role: _in_order(role, ranked, table) for role, ranked in columns.items() if ranked}
    rating_key = keys.get("rating", ("",))[0]
    unused = _unused(table, kinds, with_averages="rating" not in keys)
    named_none = {role for role, name in options.columns.items() if name == NO_COLUMN}
    may_be_ratings = [name for key, name in unused if _looks_like_ratings(table.columns[key], kinds.get(key))]
    return ColumnRoles(
        keys,
        kinds[rating_key].highest if rating_key else 0.0,
        tuple(name for _, name in unused),
        tuple(may_be_ratings) if "rating" not in keys and "rating" not in named_none else (),
    )


def _named_by_person(table: ExportTable, options: ImportOptions) -> dict[str, str]:
    keys = {}
    for role, name in options.columns.items():
        key = column_key(name)
        if name != NO_COLUMN and key not in table.columns:
            raise ConfigError("columns", f"no column {name!r}; the file has {', '.join(table.header)}")
        keys[role] = "" if name == NO_COLUMN else key
    return keys


def _refine(key: str, kind: ColumnKind, kinds: Mapping[str, ColumnKind], values: Sequence[str]) -> ColumnKind:
    """The kind with regard to the contents."""
    role = kind.role
    if role in ("imdb_id", "tmdb_id"):
        parse = parse_imdb_id if role == "imdb_id" else _tmdb_number
        if not any(values) or (_share(values, parse) >= 0.5 and not (role == "tmdb_id" and _are_small(values))):
            return kind
        return ColumnKind(AVERAGE if _share(values, _is_number) > 0.5 else UNKNOWN)
    if role == "rating" and kind.rank >= column_kinds.WEAK_RATING:
        is_text = key.startswith("note")
        other_kind = ColumnKind(IGNORED if is_text else UNKNOWN)
        return kind if any(values) and _share(values, _is_rating) >= 0.5 else other_kind
    if role == "watched" and _share(values, _PERCENT.fullmatch) > 0.5:
        return ColumnKind("progress")
    if role == "link":
        return kind if any(map(_LINKED_MOVIE.search, values)) else ColumnKind(IGNORED)
    if role == "title" and key in ("movie", "film", "item") and _share(values, parse_positive_integer) == 1:
        return ColumnKind("item_id")
    if role == "item_id" and not any(candidate.role == "title" for candidate in kinds.values()):
        return ColumnKind("title", column_kinds.PLAIN_TITLE) if _share(values, _has_space) > 0.5 else kind
    if role == UNKNOWN and _share(values, _has_date) > 0.9:
        return ColumnKind("time", column_kinds.OTHER_TIME)
    if role == "show" and _share(values, _is_flag) == 1:
        return ColumnKind("is_show")
    return kind


def _with_plain_ids(kinds: dict[str, ColumnKind], table: ExportTable) -> dict[str, ColumnKind]:
    """A column ``id`` has IMDb ids, or the ids of the catalogue if nothing else identifies the movies."""
    key = next((key for key, kind in kinds.items() if kind.role == "id"), None)
    if key is None:
        return kinds
    values, roles = table.columns[key], {kind.role for kind in kinds.values()}
    if _share(values, lambda text: text.lower().startswith("tt") and parse_imdb_id(text)) > 0.5:
        role = "imdb_id"
    elif "source" in roles:
        role = "media_id"
    else:
        role = UNKNOWN if any(role in roles for role in _IDENTIFYING) else "item_id"
    return {**kinds, key: ColumnKind(role)}


def _in_order(role: str, ranked: list[tuple[int, str]], table: ExportTable) -> tuple[str, ...]:
    """The columns of a role, the preferred first.

    Raises:
        DataFormatError: two of the same rank have different contents.
    """
    ranked.sort(key=lambda column: column[0])
    if role in _UNIQUE:
        for rank in {rank for rank, _ in ranked}:
            same_rank = [key for column_rank, key in ranked if column_rank == rank and any(table.columns[key])]
            for key in same_rank[1:]:
                _require_agreement(role, same_rank[0], key, table)
    if role == "rating":
        best = [key for rank, key in ranked if rank == ranked[0][0]]
        return (next((key for key in best if any(table.columns[key])), best[0]),)
    return tuple(key for _, key in ranked)


def _require_agreement(role: str, first: str, second: str, table: ExportTable) -> None:
    pairs = list(zip(table.columns[first], table.columns[second], strict=True))
    if role == "rating" and _are_proportional(pairs):
        return
    if all(not first_text or not second_text or first_text == second_text for first_text, second_text in pairs):
        return
    names = [table.header_of(key) for key in (first, second)]
    raise DataFormatError(
        table.source,
        f"one column for the {role.replace('_', ' ')}, found {names[0]!r} and {names[1]!r}",
        line=1,
        hint=f"say which one: --columns {role}={names[0]}",
    )


def _are_proportional(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether two columns have the same ratings on two scales, such as of 5 and of 10."""
    ratings = [(parse_rating(first), parse_rating(second)) for first, second in pairs]
    numbers = [(first.value, second.value) for first, second in ratings if first and second and first.value]
    ratios = {round(second / first, 6) for first, second in numbers}
    return len(numbers) > 1 and len(ratios) == 1 and ratios <= _RATIOS


def _unused(table: ExportTable, kinds: Mapping[str, ColumnKind], *, with_averages: bool) -> list[tuple[str, str]]:
    roles = (UNKNOWN, AVERAGE) if with_averages else (UNKNOWN,)
    return [
        (key, name)
        for key, name in zip(table.names, table.header, strict=True)
        if name.strip() and kinds.get(key, ColumnKind(UNKNOWN)).role in roles and any(table.columns[key])
    ]


def _looks_like_ratings(values: Sequence[str], kind: ColumnKind | None) -> bool:
    """Whether a column has numbers of 0 to 100 which are not a row number."""
    texts = [text for text in values if text]
    if (kind is not None and kind.role == AVERAGE) or _share(texts, _is_rating) < 0.9:
        return False
    numbers = [parsed.value for parsed in map(parse_rating, texts) if parsed is not None]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    return not (len(numbers) > 1 and steps == {1.0} and numbers[0] in (0.0, 1.0))


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    """Share of the texts that pass, of those that are not empty."""
    texts = [text for text in values if text]
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def _is_rating(text: str) -> bool:
    parsed = parse_rating(text)
    return parsed is not None and 0 <= parsed.value <= _HIGHEST_RATING


def _is_number(text: str) -> bool:
    return parse_rating(text) is not None


def _are_small(values: Sequence[str]) -> bool:
    texts = [text for text in values if text]
    return len(texts) > 1 and all(parse_positive_integer(text) in range(1, 11) for text in texts)


def _has_space(text: str) -> bool:
    return " " in text.strip()


def _is_flag(text: str) -> bool:
    return text.casefold() in ("true", "false", "0", "1", "yes", "no")


def _has_dates(values: Sequence[str]) -> bool:
    """Whether a column of marks has dates in place of "yes"."""
    return _share([text for text in values if not _is_flag(text)], _has_date) > 0.5


def _has_date(text: str) -> bool:
    return bool(re.match(r"\d{4}-\d|\d{1,2}[./-]\d{1,2}[./-]\d", text))


def _tmdb_number(text: str) -> int:
    match = re.search(r"/movie/(\d+)", text)
    return int(match.group(1)) if match else parse_positive_integer(text)
