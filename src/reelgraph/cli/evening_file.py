"""A calendar file of an evening, for ``reelgraph together``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.files import require_writable, write
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import GroupList, Recommender

CalendarFile = Annotated[
    Path | None, typer.Option("--calendar", metavar="FILE.ics", help="Write the first movie as an evening; needs --at.")
]
At = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%dT%H:%M"], help="When it begins, local time, such as 2026-12-04T20:00."),
]


def require_evening(path: Path | None, at: datetime | None) -> None:
    """Refuse one option without the other, a time that is no evening's, and a file that could not be written.

    Raises:
        ConfigError: it is so.
    """
    if (path is None) != (at is None):
        raise ConfigError("--calendar" if at is None else "--at", "--calendar FILE.ics and --at TIME go together")
    if at is not None:
        from reelgraph.bridges.calendar import require_evening_year  # here: few evenings are written

        require_evening_year("--at", at)
    require_writable(path)


def write_evening(
    path: Path, at: datetime, group_list: GroupList, people: Collection[str], recommender: Recommender
) -> None:
    """Write the first movie of a list as an event.

    Raises:
        ConfigError: the list is empty, or the file cannot be written.
    """
    if not group_list.lines:
        raise ConfigError("--calendar", "no movie fits, so there is no evening to write")
    from reelgraph.bridges import evening_calendar, listed_movies  # here: few evenings are written

    (movie,) = listed_movies([group_list.lines[0].item_id], recommender.items, recommender.catalogue)
    names = ", ".join(people)
    uid = hashlib.sha256(f"{names} {at:%Y-%m-%d}".encode()).hexdigest()[:16]
    write(path, evening_calendar(movie, at, f"{uid}@reelgraph", int(time.time()), f"for {names}"))
