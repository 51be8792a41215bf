"""Netflix's viewing history: titles and dates, no years, no ratings, mostly series."""

from __future__ import annotations

import re
from collections import Counter

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import AMBIGUOUS_DATES, is_ambiguous, is_day_first, parse_seconds
from reelgraph.importers.collect import SERIES, EntryCollector
from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.table import ExportTable

NAME = "netflix"
TRAILERS = "trailers and previews"
# "Show: Season 1: Episode", in the languages of the service; movies may end in ": Part 1", but have no text after it.
_EPISODE = re.compile(
    r":\s*(?:(?:season|series|part|volume|vol|chapter|book|episode|staffel|teil|saison|partie|temporada|parte|stagione"
    r"|seizoen|deel|säsong|sæson|sesong|kausi|sezon|seria|сезон)\b\.?\s*(?:\d|[ivx]+\b|one|two|three|four|five|six)"
    r"|(?:시즌|シーズン|第)\s*\d|(?:limited series|mini-?series?|collection)\b)[^:]*:",
    re.IGNORECASE,
)
_MIN_EPISODES = 3  # a name at the beginning of this many different episode titles is a series


def matches(names: tuple[str, ...]) -> bool:
    """Whether the header is that of the history page, or of the larger file that Netflix sends on request."""
    return names == ("title", "date") or {"profilename", "starttime", "title"} <= set(names)


def read(table: ExportTable, file_name: str, collector: EntryCollector) -> None:
    """Add the movies of a history; the latest date of each counts.

    Raises:
        DataFormatError: a column is missing, or the history is of several people.
    """
    table.require("Title", "title")
    collector.add_malformed_lines(table.source, table.malformed_lines)
    profiles = {name for name in table.column("profilename") if name}
    if len(profiles) > 1:
        raise DataFormatError(
            table.source,
            f"the history of one person, found {len(profiles)} profiles",
            column="Profile Name",
            hint="keep the rows of one profile",
        )
    titles, video_types = table.column("title"), table.column("supplementalvideotype")
    dates = table.column("starttime", "date")
    day_first = bool(is_day_first(dates))
    if is_ambiguous(dates):
        collector.notes.append(AMBIGUOUS_DATES)
    series = _series_names(titles)
    for where, row in table.rows():
        title = titles[row]
        if not title:
            collector.add_unreadable(f"{where}: no title")
        elif video_types[row]:
            collector.skipped[TRAILERS] += 1
        elif _EPISODE.search(title) or (title.count(":") > 1 and title.split(":")[0] in series):
            collector.skipped[SERIES] += 1
        else:
            collector.add(ExportEntry(where, title, timestamp=parse_seconds(dates[row], day_first=day_first)))


def _series_names(titles: list[str]) -> frozenset[str]:
    """Names before the first colon of at least three titles that are certainly episodes."""
    counts = Counter(title.split(":")[0] for title in set(titles) if _EPISODE.search(title))
    return frozenset(name for name, count in counts.items() if count >= _MIN_EPISODES)
