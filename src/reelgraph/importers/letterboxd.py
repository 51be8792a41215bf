"""Letterboxd's export: ratings, watched movies, diary and watchlist; half stars, titles and years, no movie ids."""

from __future__ import annotations

from collections.abc import Sequence

from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import AMBIGUOUS_DATES, is_ambiguous, is_day_first, parse_seconds
from reelgraph.importers import row_state, state_words
from reelgraph.importers.archive import ArchiveMember
from reelgraph.importers.entry_collector import EntryCollector
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.field_parsers import parse_year, quoted
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.rating_text import find_converter
from reelgraph.importers.table import ExportTable

NAME = "letterboxd"
_HIGHEST = 5.0


def matches(names: tuple[str, ...]) -> bool:
    """Whether the header is that of a table of movies, which has their Letterboxd URLs."""
    return "letterboxduri" in names and {"name", "year"} & set(names) != set() and "date" in names


def table_kind(names: tuple[str, ...], file_name: str, folder: str = "") -> str:
    """``ratings``, ``diary``, ``reviews``, ``watched``, ``watchlist`` or ``likes``; "" if nothing decides."""
    if "review" in names:
        return "reviews"
    if "watcheddate" in names:
        return "diary"
    if "rating" in names:
        return "ratings"
    # These have the same columns, so the name of the file and its folder decide.
    if is_likes_folder(folder) or "like" in file_name.lower():
        return "likes"
    state = row_state.state_of_file(file_name)
    return {state_words.WISH: "watchlist", state_words.SEEN: "watched"}.get(state, "")


def is_likes_folder(folder: str) -> bool:
    """Whether the files of a folder are what the person gave a heart."""
    return folder.split("/")[-1].lower() == "likes"


def is_repetition(service: str, member: ArchiveMember) -> bool:
    """Whether a file of the export repeats entries of others (reviews), or has what the person deleted."""
    return service == NAME and (member.name.startswith("reviews") or member.folder.split("/")[-1] == "deleted")


def read(table: ExportTable, file_name: str, collector: EntryCollector, options: ImportOptions) -> None:
    """Add the rows of one table; movies with a heart count as seen.

    Raises:
        DataFormatError: a column is missing, or it is unclear whether the movies were watched or are on the watchlist.
    """
    table.require("Name", "name")
    table.require("Year", "year")
    # Folder and name of a file inside an export, otherwise only its name.
    folder, _, name = file_name.rpartition("/")
    kind = table_kind(table.names, name, folder)
    if not kind:
        raise DataFormatError(
            table.source,
            "movies without ratings: watched, or a watchlist? Their columns are the same",
            hint="name the file watched.csv, likes.csv or watchlist.csv",
        )
    collector.add_malformed_lines(table.source, table.malformed_lines)
    titles, years, urls = table.column("name"), table.column("year"), table.column("letterboxduri")
    ratings, dates, watch_dates = table.column("rating"), table.column("date"), table.column("watcheddate")
    time_columns = [(texts, bool(is_day_first(texts))) for texts in (watch_dates, dates)]
    if is_ambiguous(dates) or is_ambiguous(watch_dates):
        collector.notes.append(AMBIGUOUS_DATES)
    converter = find_converter(ratings, options.scale, _HIGHEST, table.source)
    if kind == "likes":
        name = "/".join(file_name.split("/")[-2:])
        collector.notes.append(
            counted(
                len(table),
                f"liked movie (hearts in {name}) counts as seen",
                f"liked movies (hearts in {name}) count as seen",
            )
        )
    for where, row in table.rows():
        if not titles[row]:
            collector.add_unreadable(f"{where}: no name")
            continue
        try:
            stars = converter.stars(ratings[row])
        except ValueError:
            collector.add_unreadable(f"{where}: rating {quoted(ratings[row])}")
            continue
        collector.add(
            ExportEntry(
                where,
                titles[row],
                parse_year(years[row]),
                stars,
                _seconds(row, time_columns),
                on_watchlist=kind == "watchlist",
                is_current=kind == "ratings",
                unique_key="" if kind in ("diary", "reviews") else urls[row],  # there it is the URL of the diary entry
            )
        )


def _seconds(row: int, columns: Sequence[tuple[Sequence[str], bool]]) -> int | None:
    """The time of a row in the first column that has one; each column has its own order of day and month."""
    times = (parse_seconds(texts[row], day_first=day_first) for texts, day_first in columns)
    return next((seconds for seconds in times if seconds is not None), None)
