"""A data set and the report of cleaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from reelgraph.core.arrays import IntArray, wide
from reelgraph.core.catalogue import Catalogue
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.profiles import Profiles
from reelgraph.core.ratings import NO_TIME, Ratings


@dataclass(frozen=True, repr=False)
class Dataset(Tabular):
    """One data set. As a data frame: its ratings.

    Args:
        name: short name of the layout ("ml-1m"), for display.
        ratings: the ratings.
        catalogue: the movies; may hold movies without a rating.
        profiles: the users, where the data set describes them.
        sha256: hash of the bytes of the files read, hex.
        n_tags: number of tag applications, over all movies and people.
        notes: changes made while reading, for the report of ``clean``.
    """

    name: str
    ratings: Ratings
    catalogue: Catalogue
    profiles: Profiles | None
    sha256: str
    n_tags: int = 0
    notes: tuple[CleanStep, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The ratings: ``user_id``, ``item_id``, ``rating`` and, where known, ``timestamp`` (Unix seconds UTC).

        Numbers have 64 bits, however the data set holds them.
        """
        ratings = self.ratings
        arrays = {"user_id": ratings.user_id, "item_id": ratings.item_id, "rating": ratings.rating}
        columns = {name: wide(values) for name, values in arrays.items()}
        return columns if ratings.timestamp is None else {**columns, "timestamp": ratings.timestamp}

    def _display(self) -> Table:
        ratings = self.ratings
        n_users, n_items = (len(np.unique(ids)) for ids in (ratings.user_id, ratings.item_id))
        rows = {
            "stars": f"none: {ratings.feedback}" if ratings.scale is None else str(ratings.scale),
            "time": _period(ratings.timestamp),
            "catalogue": counted(len(self.catalogue), "movie"),
            "profiles": "none" if self.profiles is None else counted(len(self.profiles), "user"),
            "source": ratings.source,
        }
        if ratings.faults:
            rows["unreadable"] = f"{counted(len(ratings.faults), 'fault')} in rows, see clean"
        title = (
            f"Dataset {self.name}: {counted(len(ratings), 'rating')} by "
            f"{counted(n_users, 'user')} of {counted(n_items, 'movie')}"
        )
        return Table(title, {"what": list(rows), "value": list(rows.values())}, "; ".join(ratings.notes))


def _period(timestamp: IntArray | None) -> str:
    """The first and the last day of Unix seconds, ``(n,)``, UTC."""
    timestamp = None if timestamp is None else timestamp[timestamp != NO_TIME]
    if timestamp is None or len(timestamp) == 0:
        return "unknown"
    try:
        days = [datetime.fromtimestamp(int(seconds), UTC).date() for seconds in (timestamp.min(), timestamp.max())]
    except (OverflowError, ValueError, OSError):
        return "impossible, see clean"
    return f"{days[0]} to {days[1]}"


@dataclass(frozen=True)
class CleanStep:
    """One step of cleaning: what it looked for, how many rows it concerns, and up to five of them.

    Args:
        name: what it looked for ("repeated rows").
        action: ``dropped``, ``kept`` (noted only) or ``changed``.
        count: rows (or movies or users, according to the name) concerned.
        examples: up to five, as text.
        advice: what to do where most rows are dropped for it; "" where its name says it.
    """

    name: str
    action: str
    count: int
    examples: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, repr=False)
class CleanReport(Tabular):
    """The report of ``clean``; ``rows_in`` minus the dropped counts is ``rows_out``.

    Args:
        rows_in: ratings before.
        rows_out: ratings after.
        steps: what was looked for, in this order.
        notes: what people should know, one sentence each: see `Ratings`, and a warning if most rows were dropped.
    """

    rows_in: int
    rows_out: int
    steps: tuple[CleanStep, ...]
    notes: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        """Rows dropped, over all steps."""
        return sum(step.count for step in self.steps if step.action == "dropped")

    def count(self, name: str) -> int:
        """The count of the step called ``name``."""
        return next(step.count for step in self.steps if step.name == name)

    def to_dict(self) -> dict[str, Any]:
        """One row a step: ``step``, ``action``, ``count`` and ``examples``."""
        return {
            "step": [step.name for step in self.steps],
            "action": [step.action for step in self.steps],
            "count": [step.count for step in self.steps],
            "examples": [list(step.examples) for step in self.steps],
        }

    def _display(self) -> Table:
        title = (
            f"Cleaning: {counted(self.rows_in, 'row')} in, {self.dropped:,} "
            f"dropped, {counted(self.rows_out, 'row')} out"
        )
        return Table(title, self.to_dict(), "; ".join(self.notes))
