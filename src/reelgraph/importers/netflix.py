"""Netflix's viewing history: titles and dates, no years, no ratings, mostly series."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from reelgraph.data.readers.times import AMBIGUOUS_DATES, is_ambiguous, is_day_first, parse_seconds
from reelgraph.importers import column_kinds
from reelgraph.importers.column_kinds import kind_of_column
from reelgraph.importers.entry_collector import SERIES, EntryCollector
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.profiles import OTHER_PROFILES, rows_of_others
from reelgraph.importers.table import ExportTable
from reelgraph.importers.title_kinds import is_episode_title, show_name

NAME = "netflix"
TRAILERS = "trailers and previews"
TOO_SHORT = "movies played for less than ten minutes"
_MIN_EPISODES = 3  # a name at the beginning of this many different titles is that of a series
_MIN_SECONDS = 600  # a title that was played for less, all times together, was not watched
_DURATION = re.compile(r"(\d+):(\d{2}):(\d{2})")


def matches(names: tuple[str, ...], header: Sequence[str] = ()) -> bool:
    """Whether the header is that of the history page in any language, or of the larger file sent on request."""
    if {"profilename", "starttime", "title"} <= set(names) or names == ("title", "date"):
        return True
    kinds = [kind_of_column(name) for name in header]
    plain = [("title", column_kinds.PLAIN_TITLE), ("time", column_kinds.PLAIN_TIME)]
    return [(kind.role, kind.rank) for kind in kinds] == plain


def read(table: ExportTable, file_name: str, collector: EntryCollector, options: ImportOptions) -> None:
    """Add the movies of a history; the latest date of each counts.

    Titles with a colon may be episodes: the name before it is kept in `ExportEntry.show`, and `episodes` decides after
    the matching.

    Raises:
        DataFormatError: the history is of several people, and none is chosen.
        ConfigError: the chosen person is not in the history.
    """
    collector.add_malformed_lines(table.source, table.malformed_lines)
    titles, video_types = table.column("title", table.names[0]), table.column("supplementalvideotype")
    times = table.column("starttime", "date", table.names[-1])
    users = table.column("profilename")
    is_other_person = rows_of_others(users, options.profile, table.source)
    day_first = bool(is_day_first(times))
    if is_ambiguous(times):
        collector.notes.append(AMBIGUOUS_DATES)
    series = _series_names([title for row, title in enumerate(titles) if not is_other_person[row]])
    too_short = _titles_played_briefly(table, titles, is_other_person)
    for where, row in table.rows():
        title = titles[row]
        if is_other_person[row]:
            collector.skipped[OTHER_PROFILES] += 1
        elif not title:
            collector.add_unreadable(f"{where}: no title")
        elif video_types[row]:
            collector.skipped[TRAILERS] += 1
        elif is_episode_title(title):
            collector.skipped[SERIES] += 1
        elif title in too_short:
            collector.skipped[TOO_SHORT] += 1
        else:
            show = show_name(title)
            timestamp = parse_seconds(times[row], day_first=day_first)
            collector.add(ExportEntry(where, title, timestamp=timestamp, show=show, is_series=show in series))


def _series_names(titles: Sequence[str]) -> frozenset[str]:
    """Names before the first colon of at least three different titles."""
    counts = Counter(show_name(title) for title in set(titles))
    return frozenset(name for name, count in counts.items() if name and count >= _MIN_EPISODES)


def _titles_played_briefly(table: ExportTable, titles: Sequence[str], is_other_person: Sequence[bool]) -> set[str]:
    """Titles that were played for less than ten minutes, all times together, as far as the file tells."""
    durations, attributes = table.column("duration"), table.column("attributes")
    seconds: dict[str, int] = defaultdict(int)
    for row, text in enumerate(durations):
        match = _DURATION.fullmatch(text)
        if match is None or is_other_person[row]:
            continue
        hours, minutes, remaining_seconds = map(int, match.groups())
        is_preview = "user action: none" in attributes[row].lower()
        seconds[titles[row]] += 0 if is_preview else 3600 * hours + 60 * minutes + remaining_seconds
    return {title for title, total in seconds.items() if total < _MIN_SECONDS}
