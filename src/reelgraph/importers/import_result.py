"""What was imported: ratings, views and wishes by item, and what became of each movie of the export."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

MovieKey = tuple[str, int]
"""A movie in an export: title and year, 0 if the export has none."""
_YEAR_DETAIL = re.compile(r" \(\d+\)$")  # the year of a movie that is one year off


@dataclass(frozen=True)
class ImportedMovie:
    """One movie of an export and the result of matching it.

    Args:
        title: as in the export.
        year: 0 if the export has none.
        status: ``matched``, ``doubtful`` or ``missing``.
        reason: of the status.
        item_id: in the catalogue, None unless matched.
        candidates: (item id, title) of possible movies, most likely first.
        where: its first row in the export.
        rows: number of rows about it.
        stars: the rating, on the scale of the catalogue; None if it was not rated.
        on_watchlist: whether it is only wanted, not seen.
        timestamp: Unix seconds UTC of rating or watching; None where unknown.
    """

    title: str
    year: int
    status: str
    reason: str
    item_id: int | str | None
    candidates: tuple[tuple[int | str, str], ...]
    where: str
    rows: int
    stars: float | None = None
    on_watchlist: bool = False
    timestamp: int | None = None


@dataclass(frozen=True)
class ImportResult:
    """The ratings, seen movies and watchlist of one person, for `Recommender.recommend`.

    ``rows`` is the sum of ``len(ratings) + len(seen) + len(watchlist)`` and the repeated, doubtful, missing and skipped
    rows.

    Args:
        service: the service of the export.
        ratings: stars by item id.
        seen: ids of the movies seen without a rating.
        watchlist: ids of the movies on the watchlist that were not seen.
        timestamps: Unix seconds UTC of rating or watching by item id, where known.
        movies: all movies of the export, in its order.
        rows: number of rows of the export.
        repeated: number of rows superseded by another row: rewatches, other files, watchlist entries since seen.
        skipped: reason -> number of rows that were skipped.
        notes: assumptions and changes.
    """

    service: str
    ratings: Mapping[int | str, float]
    seen: tuple[int | str, ...]
    watchlist: tuple[int | str, ...]
    timestamps: Mapping[int | str, int]
    movies: tuple[ImportedMovie, ...]
    rows: int
    repeated: int
    skipped: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def films(self) -> tuple[ImportedMovie, ...]:
        """All movies of the export: ``movies``."""
        return self.movies

    @property
    def set_aside(self) -> Mapping[str, int]:
        """Reason -> number of rows that were counted and not taken: ``skipped``."""
        return self.skipped

    def with_status(self, status: str) -> tuple[ImportedMovie, ...]:
        """The movies that are ``matched``, ``doubtful`` or ``missing``."""
        return tuple(movie for movie in self.movies if movie.status == status)

    def reasons(self) -> dict[str, int]:
        """Reason of a match -> number of movies, most frequent first."""
        counts = Counter(reason_kind(movie.reason) for movie in self.with_status("matched"))
        return dict(counts.most_common())


def reason_kind(reason: str) -> str:
    """The reason of a match without the year of the movie."""
    return _YEAR_DETAIL.sub("", reason)
