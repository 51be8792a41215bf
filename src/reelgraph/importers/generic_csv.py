"""A table of any service or of one's own: titles or ids in columns with any of their usual names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import times
from reelgraph.data.titles.title_parsing import parse_title
from reelgraph.importers import row_state, state_words
from reelgraph.importers.column_kinds import LOCAL_TITLE, kind_of_column
from reelgraph.importers.column_roles import ColumnRoles, find_roles
from reelgraph.importers.entry_collector import SERIES, EntryCollector
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.field_parsers import parse_imdb_id, parse_positive_integer, parse_year, quoted
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.profiles import OTHER_PROFILES, rows_of_others
from reelgraph.importers.rating_text import RatingConverter, find_converter
from reelgraph.importers.services import PLAIN, ServiceLayout, find_layout
from reelgraph.importers.table import ExportTable
from reelgraph.importers.title_kinds import is_episode_title, kinds_or_genres

NAME = PLAIN
_TEXT_ROLES = (
    "title", "original_title", "year", "item_id", "imdb_id", "tmdb_id", "media_id", "source", "link", "time", "user",
    "episode", "show", "is_show",
)  # fmt: skip
_STATE_ROLES = ("status", "watched", "plays", "wish", "hidden", "progress")
_NO_NUMBERS = frozenset(("", "0", "0.0", "-", "none", "null", "nan", "false", "no"))
_IMDB_ADDRESS = re.compile(r"\btt\d{6,10}\b")
_TMDB_ADDRESS = re.compile(r"(?:tmdb|themoviedb)(?:\.org/movie/|://|://movie/)(\d+)", re.IGNORECASE)
_EXAMPLES = 5
_LATIN = re.compile(r"[A-Za-z]")
_CJK = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")
_TMDB_SERIES = re.compile(r"(?:tmdb|themoviedb)\.org/tv/\d", re.IGNORECASE)


@dataclass(frozen=True)
class _Columns:
    """The columns of a table by what they hold.

    Args:
        texts: role -> text of each row.
        other_kinds: why a row is not about a movie, "" if it is.
        stars: converts ratings.
        states: of the rows without a rating.
        times: Unix seconds UTC.
    """

    texts: Mapping[str, Sequence[str]]
    other_kinds: Sequence[str]
    stars: RatingConverter
    states: row_state.StateColumns
    times: Sequence[int | None]


def read(table: ExportTable, file_name: str, collector: EntryCollector, options: ImportOptions) -> None:
    """Add the rows of a table.

    The highest rating is that of the service or of the column's name, otherwise the smallest of 5, 10 and 100 that
    covers 95 % of the ratings; the notes report it, and the columns that are not used.

    Raises:
        ConfigError: the person named a column or a profile that does not exist.
        DataFormatError: no column identifies movies, two columns hold the same, a column may hold ratings but its name
            does not say so, the ratings have no known scale, or the table is of several people.
    """
    layout = find_layout(table.names)
    fixed = {role: key for role, key in layout.columns.items() if not key or key in table}
    roles = find_roles(table, options, fixed)
    file_state = row_state.state_of_file(file_name)
    _require_understood(table, roles, layout, file_state)
    columns = _columns(table, roles, layout, options, file_state)
    is_other_person = rows_of_others(columns.texts["user"], options.profile, table.source)
    collector.add_malformed_lines(table.source, table.malformed_lines)
    collector.notes += _assumptions(table, roles, columns)
    if "item_id" in roles:
        collector.item_id_column = table.header_of(roles.keys["item_id"][0])
    for where, row in table.rows():
        if is_other_person[row]:
            collector.skipped[OTHER_PROFILES] += 1
        elif columns.other_kinds[row]:
            collector.skipped[columns.other_kinds[row]] += 1
        else:
            _add_row(where, row, columns, layout, collector)


def _require_understood(table: ExportTable, roles: ColumnRoles, layout: ServiceLayout, file_state: str) -> None:
    if not roles.identifies_movies:
        raise DataFormatError(
            table.source,
            "a column of titles or ids",
            line=1,
            value=",".join(table.header),
            hint=f"say which one: --columns title={table.header[0]}",
        )
    if roles.numeric_unused and layout.service == PLAIN and file_state in (state_words.UNKNOWN, state_words.SEEN):
        name = roles.numeric_unused[0]
        raise DataFormatError(
            table.source,
            f"a column of ratings; {name!r} has numbers, but its name does not say that they are ratings",
            line=1,
            hint=f"say so: --columns rating={name}, or rating=none if the file has no ratings",
        )


def _columns(
    table: ExportTable, roles: ColumnRoles, layout: ServiceLayout, options: ImportOptions, file_state: str
) -> _Columns:
    texts = {role: roles.values(table, role) for role in (*_TEXT_ROLES, *_STATE_ROLES, "rating")}
    title_keys = roles.keys.get("title", ())
    if all(kind_of_column(table.header_of(key)).rank == LOCAL_TITLE for key in title_keys):  # translations alone
        pairs = list(zip(texts["original_title"], texts["title"], strict=True))
        texts["title"] = [original or local for original, local in pairs]
        texts["original_title"] = [local if original else "" for original, local in pairs]
    if not any(texts["original_title"]):
        texts["title"], texts["original_title"] = _split_titles(texts["title"])
    kinds, kind_states = _kinds_and_states(table, roles)
    if not any(texts["status"]):
        texts["status"] = kind_states
    is_series = [
        texts["episode"][row].casefold() not in _NO_NUMBERS
        or bool(texts["show"][row])
        or texts["is_show"][row].casefold() in ("true", "yes", "1")
        or is_episode_title(texts["title"][row])
        or bool(_TMDB_SERIES.search(texts["link"][row]))
        for row in range(len(table))
    ]
    return _Columns(
        texts,
        [SERIES if series else kind for series, kind in zip(is_series, kinds, strict=True)],
        find_converter(texts["rating"], options.scale, layout.highest or roles.highest, table.source),
        row_state.StateColumns({role: texts[role] for role in _STATE_ROLES}, file_state),
        _seconds(table, roles),
    )


def _kinds_and_states(table: ExportTable, roles: ColumnRoles) -> tuple[list[str], list[str]]:
    """Why each row is not about a movie, and its state, by the columns that state kinds of entries."""
    kinds, states = [""] * len(table), [""] * len(table)
    for key in roles.keys.get("kind", ()):
        for row, kind in enumerate(kinds_or_genres(table.columns[key])):
            text = table.columns[key][row]
            kinds[row] = kinds[row] or kind
            states[row] = states[row] or (text if row_state.state_of_text(text) else "")
    return kinds, states


def _split_titles(titles: Sequence[str]) -> tuple[list[str], list[str]]:
    """The title in Latin letters and another one, of titles in several languages: "盗火线 / Heat", "盗火线 Heat"."""
    first, second = [], []
    for title in titles:
        parts = [part.strip() for part in title.split(" / ")]
        latin = _LATIN.search(title)
        head = title[: latin.start()] if latin else ""
        if len(parts) == 1 and latin and head[-1:].isspace() and _CJK.search(head):
            parts = [head.strip(), title[latin.start() :]]
        with_latin = next((part for part in parts[1:] if _LATIN.search(part)), parts[-1])
        first.append(with_latin)
        second.append(parts[0] if parts[0] != with_latin else "")
    return first, second


def _seconds(table: ExportTable, roles: ColumnRoles) -> list[int | None]:
    """The time of each row, from the first column that has one; the order of day and month is that of its column."""
    seconds: list[int | None] = [None] * len(table)
    for key in roles.keys.get("time", ()):
        texts = table.columns[key]
        day_first = bool(times.is_day_first(texts))
        for row, text in enumerate(texts):
            if seconds[row] is None:
                seconds[row] = times.parse_seconds(text, day_first=day_first)
    return seconds


def _unreadable_times(table: ExportTable, roles: ColumnRoles, columns: _Columns) -> list[str]:
    """The rows whose time is none, and its text; a zero, or a word for nothing, is no time that was meant."""
    texts = [[table.columns[key][row] for key in roles.keys.get("time", ())] for row in range(len(table))]
    meant = [[text for text in row if text.strip("0-/:. T").casefold() not in _NO_NUMBERS] for row in texts]
    return [
        f"{where}: {quoted(meant[row][0])}" for where, row in table.rows() if columns.times[row] is None and meant[row]
    ]


def _assumptions(table: ExportTable, roles: ColumnRoles, columns: _Columns) -> list[str]:
    notes = [columns.stars.note] if any(columns.texts["rating"]) and columns.stars.note else []
    if any(columns.texts["item_id"]) and not any(columns.texts["title"]):
        notes.append("ids are taken for the catalogue's own: there are no titles to check them by")
    if any(times.is_ambiguous(table.columns[key]) for key in roles.keys.get("time", ())):
        notes.append(times.AMBIGUOUS_DATES)
    unreadable = _unreadable_times(table, roles, columns)
    if unreadable:
        more = ", ..." if len(unreadable) > _EXAMPLES else ""
        notes.append(f"times that cannot be read, taken as unknown: {', '.join(unreadable[:_EXAMPLES])}{more}")
    unused = list(roles.unused)
    if columns.states.ignores_status:
        unused += [table.header_of(key) for key in roles.keys["status"]]
    if unused:
        notes.append(f"columns not used: {', '.join(unused)}")
    return notes


def _add_row(where: str, row: int, columns: _Columns, layout: ServiceLayout, collector: EntryCollector) -> None:
    fields = {role: texts[row] for role, texts in columns.texts.items()}
    try:
        stars = columns.stars.stars(fields["rating"])
    except ValueError:
        collector.add_unreadable(f"{where}: rating {quoted(fields['rating'])}")
        return
    state = state_words.SEEN if stars is not None else columns.states.state(row)
    entry = _to_entry(where, fields, stars, columns.times[row], state)
    if not (entry.title or entry.imdb_id or entry.tmdb_id or entry.item_id):
        collector.add_unreadable(f"{where}: no title and no id")
    elif state in (state_words.SEEN, state_words.WISH):
        collector.add(entry)
    else:
        collector.skipped[state] += 1


def _to_entry(
    where: str, fields: Mapping[str, str], stars: float | None, timestamp: int | None, state: str
) -> ExportEntry:
    title = fields["title"] or fields["original_title"]
    source = fields["source"].casefold()
    imdb_address, tmdb_address = _IMDB_ADDRESS.search(fields["link"]), _TMDB_ADDRESS.search(fields["link"])
    imdb_id = parse_imdb_id(fields["imdb_id"]) or (imdb_address.group() if imdb_address else "")
    tmdb_id = parse_tmdb_id(fields["tmdb_id"]) or (int(tmdb_address.group(1)) if tmdb_address else 0)
    if source == "imdb":
        imdb_id = imdb_id or parse_imdb_id(fields["media_id"])
    elif source in ("tmdb", "themoviedb"):
        tmdb_id = tmdb_id or parse_positive_integer(fields["media_id"])
    return ExportEntry(
        where,
        title,
        parse_year(fields["year"]) or parse_title(title).year,
        stars,
        timestamp,
        fields["original_title"] if fields["original_title"] != title else "",
        imdb_id,
        tmdb_id,
        fields["item_id"].removesuffix(".0"),
        on_watchlist=state == state_words.WISH,
    )


def parse_tmdb_id(text: str) -> int:
    """A TMDB id, from its number or the address of its page; 0 if it is not one."""
    address = _TMDB_ADDRESS.search(text)
    return int(address.group(1)) if address else parse_positive_integer(text)
