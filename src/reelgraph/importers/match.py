"""Match the movies of an export to the items of a catalogue: matched, doubtful or missing, always with a reason.

An entry is matched by an id, or by title and year: the same title and year; the same title one year off if no other
movie is close; an alternative title; or one or two typing errors in the same year. If several movies qualify, or only
movies of another year, the match is doubtful and has candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reelgraph.core import Catalogue
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.fuzzy_search import FuzzyTitleIndex, SimilarTitle
from reelgraph.importers.entry import ExportEntry

_MAX_CANDIDATES = 3
_TITLE, _LOOSE_TITLE, _ALTERNATIVE_TITLE, _TITLE_PART, _TYPO = range(5)
_TITLE_AGREEMENTS = (
    "title",
    "title but for articles or numerals",
    "alternative title",
    "part of the title",
    "title but for letters",
)
_SAME_YEAR, _ADJACENT_YEAR, _UNKNOWN_YEAR, _OTHER_YEAR = range(4)
# The evidence rank of a match increases with the disagreement of the years, then with that of the titles.
_RANKS_PER_YEAR = 5
_RANK_TITLE_PART, _RANK_TYPO, _RANK_NO_YEAR = 12, 13, 14


@dataclass(frozen=True)
class _TitleCandidate:
    """A movie with a title like that of an entry.

    Args:
        row: in the catalogue.
        title: agreement of the titles, `_TITLE` (best) to `_TYPO`.
        year: agreement of the years, `_SAME_YEAR` (best) to `_OTHER_YEAR`.
    """

    row: int
    title: int
    year: int


@dataclass(frozen=True)
class Match:
    """The match of an entry.

    Args:
        row: in the catalogue, -1 unless matched.
        reason: why it is matched, doubtful or missing.
        candidates: rows of the most likely movies, best first; empty when missing.
        evidence_rank: strength of the evidence, 0 the strongest; decides which of two titles gets a movie.
    """

    row: int
    reason: str
    candidates: tuple[int, ...] = ()
    evidence_rank: int = 0

    @property
    def status(self) -> str:
        """``matched``, ``doubtful`` or ``missing``."""
        return "matched" if self.row >= 0 else "doubtful" if self.candidates else "missing"

    @property
    def uncertainty(self) -> int:
        """0 if matched by an id or by title and year, 1 if one year off, 2 for weaker evidence."""
        return uncertainty_of(self.evidence_rank)


def uncertainty_of(evidence_rank: int) -> int:
    """`Match.uncertainty` of an evidence rank."""
    return 0 if evidence_rank <= _RANKS_PER_YEAR else 1 if evidence_rank <= 2 * _RANKS_PER_YEAR else 2


class Matcher:
    """Finds movies by id, or by title and year.

    Args:
        catalogue: the movies.

    Cost: 0.5 s to build for 87,000 titles; then 10 microseconds per exact title, 1 ms per title with typing errors.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._years = catalogue.year.tolist()
        self._imdb_ids, self._tmdb_ids = catalogue.imdb_id.tolist(), catalogue.tmdb_id.tolist()
        self._row_by_item_id = {str(item_id): row for row, item_id in enumerate(catalogue.item_id.tolist())}
        self._row_by_imdb = {_imdb_number(imdb_id): row for row, imdb_id in enumerate(self._imdb_ids) if imdb_id}
        self._row_by_tmdb = {tmdb_id: row for row, tmdb_id in enumerate(self._tmdb_ids) if tmdb_id}
        self._by_exact_key: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._by_loose_key: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._by_part: dict[str, list[int]] = defaultdict(list)
        self._index_titles()
        self._fuzzy_index: FuzzyTitleIndex | None = None

    def match(self, entries: Sequence[ExportEntry]) -> list[Match]:
        """The match of each entry.

        Raises:
            CapabilityError: a title is not in the catalogue exactly, and rapidfuzz is not installed.
        """
        entry_by_key = {_identity(entry): entry for entry in entries}
        matches = {key: self._match_exactly(entry) for key, entry in entry_by_key.items()}
        unmatched = [entry_by_key[key] for key, match in matches.items() if match is None]
        if unmatched:
            if self._fuzzy_index is None:
                self._fuzzy_index = FuzzyTitleIndex((self._by_loose_key, self._by_exact_key), self._years)
            queries = [
                (title_parsing.loose_key(title_parsing.parse_title(entry.title).main), entry.year)
                for entry in unmatched
            ]
            for entry, similar in zip(unmatched, self._fuzzy_index.search(queries), strict=True):
                matches[_identity(entry)] = self._match_approximately(entry, similar)
        return [matches[_identity(entry)] or Match(-1, "not in the catalogue") for entry in entries]

    def _index_titles(self) -> None:
        for row, title in enumerate(self._catalogue.title.tolist()):
            parsed = title_parsing.parse_title(title)
            self._years[row] = self._years[row] or parsed.year
            exact_key, loose_key = title_parsing.match_keys(parsed.main)
            self._by_exact_key[exact_key].append((row, _TITLE))
            self._by_loose_key[loose_key].append((row, _LOOSE_TITLE))
            for alternative in parsed.alternatives:
                self._by_loose_key[title_parsing.loose_key(alternative)].append((row, _ALTERNATIVE_TITLE))
            for part in (*title_parsing.title_parts(parsed.main), *_listed_titles(parsed.alternatives)):
                self._by_part[title_parsing.loose_key(part)].append(row)

    def _match_exactly(self, entry: ExportEntry) -> Match | None:
        """The match by ids and known titles; None if a fuzzy search is needed."""
        match = self._match_ids(entry)
        if match is not None:
            return match
        if not entry.title and not entry.original_title:
            return Match(-1, "its id is not in the catalogue")
        candidates = self._find_titles(entry)
        return self._match_titles(entry, candidates) if candidates else None

    def _match_ids(self, entry: ExportEntry) -> Match | None:
        row_by_kind = {
            "item id": self._row_by_item_id.get(entry.item_id),
            "IMDb id": self._row_by_imdb.get(_imdb_number(entry.imdb_id)) if entry.imdb_id else None,
            "TMDB id": self._row_by_tmdb.get(entry.tmdb_id) if entry.tmdb_id else None,
        }
        rows = {kind: row for kind, row in row_by_kind.items() if row is not None}
        if not rows:
            return None
        if len(set(rows.values())) > 1:
            return Match(-1, f"{' and '.join(rows)} name different movies", tuple(dict.fromkeys(rows.values())))
        kind, row = next(iter(rows.items()))
        if kind != "item id" and self._ids_disagree(entry, row):
            return Match(-1, f"same {kind}, but another id of another kind", (row,))
        if kind == "item id" and len(rows) == 1 and entry.title and not self._titles_agree(entry, row):
            # Numeric ids of another site may be ids of other movies in this catalogue.
            return Match(-1, "its item id has another title", (row,))
        return Match(row, f"same {kind}")

    def _titles_agree(self, entry: ExportEntry, row: int) -> bool:
        return any(candidate.row == row for candidate in self._find_titles(entry))

    def _find_titles(self, entry: ExportEntry) -> list[_TitleCandidate]:
        """Movies with the same title, each with its best agreement."""
        best: dict[int, _TitleCandidate] = {}
        queries: list[tuple[str, int]] = []
        if entry.title:
            parsed = title_parsing.parse_title(entry.title)
            queries.append((parsed.main, _TITLE))
            queries += [(alternative, _ALTERNATIVE_TITLE) for alternative in parsed.alternatives]
        if entry.original_title:
            queries.append((title_parsing.parse_title(entry.original_title).main, _ALTERNATIVE_TITLE))
        for title, query_agreement in queries:
            exact_key, loose_key = title_parsing.match_keys(title)
            hits = [*self._by_exact_key.get(exact_key, ()), *self._by_loose_key.get(loose_key, ())]
            for row, agreement in hits:
                year = self._year_agreement(entry.year, row)
                candidate = _TitleCandidate(row, max(agreement, query_agreement), year)
                if row not in best or candidate.title < best[row].title:
                    best[row] = candidate
        return list(best.values())

    def _year_agreement(self, year: int, row: int) -> int:
        catalogue_year = self._years[row]
        if not year or not catalogue_year:
            return _UNKNOWN_YEAR
        if year == catalogue_year:
            return _SAME_YEAR
        return _ADJACENT_YEAR if abs(year - catalogue_year) == 1 else _OTHER_YEAR

    def _match_titles(self, entry: ExportEntry, candidates: list[_TitleCandidate]) -> Match:
        """Matched if one movie is better than all others in title and year, and at most one year off."""
        candidates.sort(key=lambda candidate: (candidate.year, candidate.title, candidate.row))
        best = candidates[0]
        rows = tuple(candidate.row for candidate in candidates[:_MAX_CANDIDATES])
        if self._ids_disagree(entry, best.row):
            return Match(-1, "same title, but another id", rows)
        if best.year == _OTHER_YEAR:
            main = title_parsing.parse_title(entry.title or entry.original_title).main
            strong, weak = self._find_parts(entry, main)
            rows = tuple(dict.fromkeys((*strong, *weak, *rows)))[:_MAX_CANDIDATES]
            return Match(-1, f"same title, but of {self._years[best.row]}: another movie, or a remake", rows)
        if best.year == _UNKNOWN_YEAR:
            return self._match_without_year(entry, candidates, rows)
        rivals = [rival for rival in candidates[1:] if rival.year != _OTHER_YEAR and not _is_better(best, rival)]
        if rivals:
            return Match(-1, f"{len(rivals) + 1} movies have this title", rows)
        year = self._years[best.row]
        if best.year == _ADJACENT_YEAR and best.title != _TITLE and not title_parsing.is_distinctive(entry.title):
            return Match(-1, f"nearly the same short title, one year off ({year})", rows)
        year_agreement = "and year" if best.year == _SAME_YEAR else f"one year off ({year})"
        reason = f"same {_TITLE_AGREEMENTS[best.title]} {year_agreement}"
        return Match(best.row, reason, rows, evidence_rank=1 + best.year * _RANKS_PER_YEAR + best.title)

    def _match_without_year(
        self, entry: ExportEntry, candidates: list[_TitleCandidate], rows: tuple[int, ...]
    ) -> Match:
        if len(candidates) > 1:
            return Match(-1, f"{len(candidates)} movies have this title, and no year decides which", rows)
        if not title_parsing.is_distinctive(title_parsing.parse_title(entry.title).main):
            return Match(-1, "same title, but a short one, and no year confirms that it is this movie", rows)
        if entry.stars is not None:  # a wrong rating affects all recommendations, a wrong seen movie only itself
            return Match(-1, "same title, but rated, and no year confirms that it is this movie", rows)
        return Match(candidates[0].row, "same title, no year", rows, evidence_rank=_RANK_NO_YEAR)

    def _match_approximately(self, entry: ExportEntry, similar: Sequence[SimilarTitle]) -> Match:
        """The match by a part of the title, or by a similar title."""
        main = title_parsing.parse_title(entry.title or entry.original_title).main
        strong, weak = self._find_parts(entry, main)
        typos = [title.row for title in similar if title.is_typo]
        rows = tuple(dict.fromkeys([*typos, *strong, *weak, *(title.row for title in similar)]))[:_MAX_CANDIDATES]
        if not rows:
            return Match(-1, "not in the catalogue")
        if self._ids_disagree(entry, rows[0]):
            return Match(-1, "nearly the same title, but another id", rows)
        if len(strong) == 1 and not typos:
            return Match(strong[0], "same part of the title and year", rows, evidence_rank=_RANK_TITLE_PART)
        is_only_typo = not strong and all(title.row == rows[0] or title.is_far_behind for title in similar)
        if typos and is_only_typo:
            return Match(typos[0], "nearly the same title, same year", rows, evidence_rank=_RANK_TYPO)
        return Match(-1, "no movie with this title and year; these are similar", rows)

    def _find_parts(self, entry: ExportEntry, main: str) -> tuple[list[int], list[int]]:
        """Movies of which the title is a part (subtitle or first half), or whose title is a part of it.

        Returns:
            Rows of those of the same year with a distinctive part; rows of the others within one year.
        """
        is_distinctive: dict[int, bool] = dict.fromkeys(
            self._by_part.get(title_parsing.loose_key(main), ()), title_parsing.is_distinctive_part(main)
        )
        for part in title_parsing.title_parts(main):
            for row, _ in self._by_loose_key.get(title_parsing.loose_key(part), ()):
                is_distinctive[row] = is_distinctive.get(row, False) or title_parsing.is_distinctive_part(part)
        years = {row: self._year_agreement(entry.year, row) for row in is_distinctive}
        strong = [row for row, distinctive in is_distinctive.items() if distinctive and years[row] == _SAME_YEAR]
        within_year = [row for row in is_distinctive if years[row] in (_SAME_YEAR, _ADJACENT_YEAR)]
        return strong, [row for row in within_year if row not in strong]

    def _ids_disagree(self, entry: ExportEntry, row: int) -> bool:
        """Whether the export and the catalogue have different ids of the same kind for a movie."""
        imdb_id, tmdb_id = self._imdb_ids[row], self._tmdb_ids[row]
        if entry.imdb_id and imdb_id and _imdb_number(imdb_id) != _imdb_number(entry.imdb_id):
            return True
        return bool(entry.tmdb_id and tmdb_id and tmdb_id != entry.tmdb_id)


def _is_better(candidate: _TitleCandidate, other: _TitleCandidate) -> bool:
    """Better in title or year, and worse in neither."""
    first, second = (candidate.year, candidate.title), (other.year, other.title)
    return first != second and first[0] <= second[0] and first[1] <= second[1]


def _identity(entry: ExportEntry) -> tuple[str, int, str, str, int, str, bool]:
    is_rated = entry.stars is not None
    return entry.title, entry.year, entry.original_title, entry.imdb_id, entry.tmdb_id, entry.item_id, is_rated


def _imdb_number(imdb_id: str) -> int:
    digits = imdb_id.removeprefix("tt")
    return int(digits) if digits.isdecimal() else -1


def _listed_titles(alternatives: Sequence[str]) -> list[str]:
    """Titles that share one pair of brackets: "All I Wanna Do, The Hairy Bird"."""
    return [
        title
        for alternative in alternatives
        if ", " in alternative
        for title in alternative.split(", ")
        if title_parsing.is_distinctive(title)
    ]
