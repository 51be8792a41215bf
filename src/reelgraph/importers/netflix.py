"""Netflix's viewing history: titles and dates, no years, no ratings, most of it series."""

from __future__ import annotations

import re
from collections import Counter

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.collect import SERIES, Collected
from reelgraph.importers.dates import ambiguous, day_first, seconds
from reelgraph.importers.entry import Entry
from reelgraph.importers.table import Table

NAME = "netflix"
TRAILERS = "trailers and previews"
# "Show: Season 1: Episode", in the languages of the service; a film may end in ": Part 1", never go on behind it.
_EPISODE = re.compile(
    r":\s*(?:(?:season|series|part|volume|vol|chapter|book|episode|staffel|teil|saison|partie|temporada|parte|stagione"
    r"|seizoen|deel|säsong|sæson|sesong|kausi|sezon|seria|сезон)\b\.?\s*(?:\d|[ivx]+\b|one|two|three|four|five|six)"
    r"|(?:시즌|シーズン|第)\s*\d|(?:limited series|mini-?series?|collection)\b)[^:]*:",
    re.IGNORECASE,
)
_LONG = 3  # a name that so many rows of this shape begin with is a series


def knows(names: tuple[str, ...]) -> bool:
    """Whether the header is that of the history page, or of the larger file one may ask for."""
    return names == ("title", "date") or {"profilename", "starttime", "title"} <= set(names)


def read(table: Table, file_name: str, into: Collected) -> None:
    """Take the films of a history; the last date of each counts.

    Raises:
        DataFormatError: a column is missing, or there are several people's histories in it.
    """
    table.require("Title", "title")
    into.faults(table.where, table.misfits)
    profiles = {name for name in table.column("profilename") if name}
    if len(profiles) > 1:
        raise DataFormatError(
            table.where,
            f"the history of one person, found {len(profiles)} profiles",
            column="Profile Name",
            hint="keep the rows of one profile",
        )
    titles, extras = table.column("title"), table.column("supplementalvideotype")
    dates = table.column("starttime", "date")
    days_first = day_first(dates)
    if ambiguous(dates):
        into.notes.append("dates such as 3/4/20 are read with the month first; nothing in the file tells")
    series = _series(titles)
    for where, row in table.rows():
        title = titles[row]
        if not title:
            into.fault(f"{where}: no title")
        elif extras[row]:
            into.set_aside[TRAILERS] += 1
        elif _EPISODE.search(title) or (title.count(":") > 1 and title.split(":")[0] in series):
            into.set_aside[SERIES] += 1
        else:
            into.add(Entry(where, title, timestamp=seconds(dates[row], days_first=bool(days_first))))


def _series(titles: list[str]) -> frozenset[str]:
    """Names in front of the first colon of titles that are surely episodes, three or more of them."""
    counts = Counter(title.split(":")[0] for title in set(titles) if _EPISODE.search(title))
    return frozenset(name for name, count in counts.items() if count >= _LONG)
