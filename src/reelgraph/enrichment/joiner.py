"""Join the rows of a source to the movies of a catalogue: by id, else by title and year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reelgraph.core import Catalogue
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.match import Match, Matcher

_FAR_MORE = 10  # times the votes of the next title of the same name and year


@dataclass(frozen=True)
class SourceRow:
    """One movie of a source.

    Args:
        entry: its ids, titles and year.
        details: field of `Catalogue` -> value.
        kind_rank: 0 for a film for cinemas, more for other kinds of titles.
        votes: number of votes in the source, 0 where unknown.
    """

    entry: ExportEntry
    details: Mapping[str, Any] = field(default_factory=dict)
    kind_rank: int = 0
    votes: int = 0


@dataclass(frozen=True)
class DoubtfulJoin:
    """A movie of the catalogue that a source may be about, and was not joined to.

    Args:
        row: in the catalogue.
        source: the title, year and id in the source.
        reason: why it is doubtful.
    """

    row: int
    source: str
    reason: str


@dataclass(frozen=True)
class Joins:
    """The rows of a source that were joined.

    Args:
        by_row: catalogue row -> the source's row.
        by_id: how many were joined by an id.
        doubtful: those that may belong to a movie, for movies that no other row was joined to.
    """

    by_row: Mapping[int, SourceRow]
    by_id: int
    doubtful: tuple[DoubtfulJoin, ...]


class Joiner:
    """Joins movies of sources to a catalogue by the rules of the import of people's exports.

    Args:
        catalogue: the movies.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.index = TitleIndex(catalogue)
        self._matcher = Matcher(catalogue, self.index)

    def join(self, rows: Sequence[SourceRow]) -> Joins:
        """At most one of the rows for each movie: the one with the best evidence, or none if two are as good."""
        matches = self._matcher.match([row.entry for row in rows])
        candidates: dict[int, list[tuple[Match, SourceRow]]] = {}
        films: dict[int, list[tuple[Match, SourceRow]]] = {}  # doubtful, but of the kind that is looked for
        doubtful: list[DoubtfulJoin] = []
        for match, row in zip(matches, rows, strict=True):
            if match.row >= 0:
                candidates.setdefault(match.row, []).append((match, row))
                continue
            for place in match.candidates[:1]:
                doubtful.append(DoubtfulJoin(place, _name(row), match.reason))
                if row.kind_rank == 0:
                    films.setdefault(place, []).append((match, row))
        by_row: dict[int, SourceRow] = {}
        by_id = 0
        for place, pairs in candidates.items():
            pairs.sort(key=_order)
            rivals = pairs[1:] + (films.get(place, []) if pairs[0][1].kind_rank else [])
            rivals = [rival for rival in rivals if not _is_same(pairs[0][1].entry, rival[1].entry)]
            if not all(_is_clear(pairs[0], rival) for rival in rivals):
                reason = f"{len(rivals) + 1} titles of the source fit as well"
                doubtful.append(DoubtfulJoin(place, "; ".join(_name(row) for _, row in pairs[:3]), reason))
                continue
            by_row[place] = pairs[0][1]
            by_id += pairs[0][0].evidence_rank == 0
        return Joins(by_row, by_id, tuple(join for join in doubtful if join.row not in by_row))


def _order(pair: tuple[Match, SourceRow]) -> tuple[bool, bool, int, int, int]:
    """By an id first, then films for cinemas, of the same year or not; then better evidence and more votes."""
    match, row = pair
    return match.evidence_rank > 0, row.kind_rank > 0, match.evidence_rank, row.kind_rank, -row.votes


def _is_same(first: ExportEntry, second: ExportEntry) -> bool:
    """Whether two rows are about one work, by an id of both: files put together have a work twice."""
    if first.imdb_id and second.imdb_id:
        return first.imdb_id == second.imdb_id
    return bool(first.tmdb_id) and first.tmdb_id == second.tmdb_id


def _is_clear(first: tuple[Match, SourceRow], second: tuple[Match, SourceRow]) -> bool:
    """Whether the first of two rows for one movie is the one that is meant."""
    if first[0].evidence_rank == 0:
        return second[0].evidence_rank > 0 or first[1].votes >= _FAR_MORE * max(second[1].votes, 1)
    if second[1].votes >= _FAR_MORE * max(first[1].votes, 1):
        return False
    return _order(first)[:4] < _order(second)[:4] or first[1].votes >= _FAR_MORE * max(second[1].votes, 1)


def _name(row: SourceRow) -> str:
    entry = row.entry
    key = entry.imdb_id or (f"TMDB {entry.tmdb_id}" if entry.tmdb_id else "")
    return f"{entry.title or entry.original_title or 'untitled'} ({entry.year or 'no year'}) {key}".strip()
