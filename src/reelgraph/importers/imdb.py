"""IMDb's ratings and lists, in the layouts before 2017, of 2017 and of today; ratings of 1 to 10, with ids."""

from __future__ import annotations

import dataclasses
import re

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import AMBIGUOUS_DATES, is_ambiguous, is_day_first, parse_seconds
from reelgraph.importers import row_state, state_words
from reelgraph.importers.entry_collector import EntryCollector
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.field_parsers import parse_imdb_id, parse_year, quoted
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.rating_text import find_converter
from reelgraph.importers.table import ExportTable
from reelgraph.importers.title_kinds import non_movie_kind

NAME = "imdb"
_HIGHEST = 10.0
# Today's layout, for headers in other languages; the contents of the columns are checked.
_CURRENT_LAYOUT = (
    "const", "yourrating", "daterated", "title", "originaltitle", "url", "titletype", "imdbrating", "runtimemins",
    "year", "genres", "numvotes", "releasedate", "directors",
)  # fmt: skip
_LIST_LAYOUT = (
    "position", "const", "created", "modified", "description", "title", "originaltitle", "url", "titletype",
    "imdbrating", "runtimemins", "year", "genres", "numvotes", "releasedate", "directors", "yourrating", "daterated",
)  # fmt: skip
_CONST = re.compile(r"tt\d{6,10}")


def matches(names: tuple[str, ...]) -> bool:
    """Whether the header is that of an IMDb table, which has a column ``Const``."""
    return "const" in names


def read(table: ExportTable, file_name: str, collector: EntryCollector, options: ImportOptions) -> None:
    """Add the rows of one table; rows of a list without a rating are on the watchlist, unless it is named as watched.

    Raises:
        DataFormatError: a column is missing.
    """
    table = _with_english_header(table)
    table.require("Const", "const")
    ratings = table.column("yourrating", "yourated")
    is_list = "position" in table and "yourated" not in table
    if not is_list:
        table.require("Your Rating", "yourrating", "yourated")
    collector.add_malformed_lines(table.source, table.malformed_lines)
    ids, titles, original_titles = table.column("const"), table.column("title"), table.column("originaltitle")
    types, years = table.column("titletype"), table.column("year")
    times = table.column("daterated", "dateadded", "created")
    day_first = bool(is_day_first(times))
    if is_ambiguous(times):
        collector.notes.append(AMBIGUOUS_DATES)
    converter = find_converter(ratings, options.scale, _HIGHEST, table.source)
    is_wish = is_list and row_state.state_of_file(file_name) != state_words.SEEN
    for where, row in table.rows():
        other_kind = non_movie_kind(types[row])
        if other_kind:
            collector.skipped[other_kind] += 1
            continue
        imdb_id = parse_imdb_id(ids[row])
        try:
            stars = converter.stars(ratings[row])
        except ValueError:
            stars, imdb_id = None, ""
        if not imdb_id:
            collector.add_unreadable(f"{where}: {quoted(ids[row])}, rating {quoted(ratings[row])}")
            continue
        collector.add(
            ExportEntry(
                where,
                titles[row],
                parse_year(years[row]),
                stars,
                parse_seconds(times[row], day_first=day_first),
                original_titles[row],
                imdb_id=imdb_id,
                on_watchlist=is_wish and stars is None,
                is_current=True,
            )
        )


def _with_english_header(table: ExportTable) -> ExportTable:
    """The table with today's column names if its header is in another language and its contents fit them."""
    if "yourrating" in table or "yourated" in table or ("position" in table and "title" in table):
        return table
    layout = next((layout for layout in (_CURRENT_LAYOUT, _LIST_LAYOUT) if len(layout) == len(table.names)), None)
    if layout is None or table.names[layout.index("const")] != "const" or not len(table):
        return table
    columns = {name: table.columns[file_name] for name, file_name in zip(layout, table.names, strict=True)}
    may_be_unrated = layout == _LIST_LAYOUT
    ratings = [text for text in columns["yourrating"] if text or not may_be_unrated]
    has_ratings = all(text.isdecimal() and 1 <= int(text) <= 10 for text in ratings)
    has_ids = all(_CONST.fullmatch(text) for text in columns["const"])
    if not (has_ratings and has_ids and any(map(parse_year, columns["year"]))):
        raise DataFormatError(table.source, "the column 'Your Rating' (1 to 10)", line=1, value=",".join(table.header))
    return dataclasses.replace(table, names=layout, columns=columns)
