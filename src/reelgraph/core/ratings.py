"""Ratings as they are read: external ids, stars or views, and times."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze
from reelgraph.core.display import Displayed, Table
from reelgraph.core.errors import ConfigError
from reelgraph.core.rating_scale import Feedback, RatingScale, check_feedback

NO_TIME = -1
"""The timestamp of a rating whose time is unknown; it counts as earlier than all others."""


@dataclass(frozen=True)
class RowFault:
    """One error in one row of a ratings file, found by the reader and counted by ``clean``.

    Args:
        row: index of the row in the `Ratings` it belongs to.
        line: 1-based line in the file.
        column: name of the column.
        value: the text in the file.
        kind: ``missing``, ``not a number`` or ``wrong number of fields``.
    """

    row: int
    line: int
    column: str
    value: str
    kind: str


@dataclass(frozen=True, repr=False)
class Ratings(Displayed):
    """Ratings as read: external ids, stars or views, times, in the order of the source.

    Args:
        user_id: ``(n,)`` int32, int64 or str. `read` gives int32 where all ids fit.
        item_id: ``(n,)`` int32, int64 or str; the same.
        rating: ``(n,)`` float32 or float64: stars, 1 for each view, or counts; NaN where it is missing or cannot be
            read. `read` gives float32 where it holds all ratings exactly, as it does half stars.
        timestamp: ``(n,)`` int64, Unix seconds UTC, `NO_TIME` where unknown, or None when the source has no times.
        scale: the scale of the stars; None exactly if the feedback is not explicit.
        source: the file or table they come from.
        faults: errors in rows; empty after ``clean``.
        first_line: 1-based line of row 0 in the source (2 if there is a header).
        feedback: ``explicit`` (stars), ``implicit`` (views) or ``counts``.
        notes: what people should know about the reading, one sentence each: an inferred scale, columns not used.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """

    user_id: AnyArray
    item_id: AnyArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale | None
    source: str
    faults: tuple[RowFault, ...] = ()
    first_line: int = 1
    feedback: Feedback = "explicit"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_feedback(self.feedback, self.scale)
        freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    def is_valid(self) -> BoolArray:
        """True where a rating, ``(n,)``, is on the scale; 1 if the feedback is implicit, above 0 if it is counts."""
        if self.scale is not None:
            return self.scale.contains(self.rating)
        is_count: BoolArray = (self.rating > 0) & np.isfinite(self.rating)
        return is_count if self.feedback == "counts" else self.rating == 1.0

    def take(self, rows: IntArray | BoolArray) -> Ratings:
        """The ratings at ``rows`` (positions or a mask), in that order, without the reader's faults."""
        timestamp = None if self.timestamp is None else self.timestamp[rows]
        return dataclasses.replace(
            self,
            user_id=self.user_id[rows],
            item_id=self.item_id[rows],
            rating=self.rating[rows],
            timestamp=timestamp,
            faults=(),
        )

    def append(self, other: Ratings) -> Ratings:
        """These ratings followed by those of ``other``; with times only if both have them.

        Raises:
            ConfigError: the feedback of one is not that of the other.
        """
        if self.feedback != other.feedback:
            raise ConfigError("feedback", f"{other.feedback} rows cannot follow {self.feedback} ones")
        times = None
        if self.timestamp is not None and other.timestamp is not None:
            times = np.concatenate([self.timestamp, other.timestamp])
        moved = tuple(dataclasses.replace(fault, row=fault.row + len(self)) for fault in other.faults)
        return dataclasses.replace(
            self,
            user_id=np.concatenate([self.user_id, other.user_id]),
            item_id=np.concatenate([self.item_id, other.item_id]),
            rating=np.concatenate([self.rating, other.rating]),
            timestamp=times,
            source=f"{self.source} + {other.source}",
            faults=self.faults + moved,
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def _display(self) -> Table:
        unit = self.feedback if self.scale is None else f"stars on {self.scale}"
        return Table(f"Ratings from {self.source}: {len(self):,}, {unit}")
