"""Match the movies of an export to the items of a catalogue: matched, doubtful or missing, always with a reason.

An entry is matched by an id that its title and year do not contradict, or by its title and year. What each agreement of
titles and years is worth, see `evidence`. If several movies qualify, or the evidence is weak, the match is doubtful and
has candidates; if nothing worth asking speaks for a movie, it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reelgraph.core import Catalogue
from reelgraph.core.errors import CapabilityError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.fuzzy_search import SimilarTitle
from reelgraph.data.titles.title_index import Agreement, TitleHit, TitleIndex
from reelgraph.importers.evidence import WHOLE_TITLES, Evidence, YearAgreement, uncertainty_of, year_agreement
from reelgraph.importers.export_entry import ExportEntry

_MAX_CANDIDATES = 3
_MIN_TYPO_SIMILARITY = 90.0  # of a title that is matched with typing errors, from 0 to 100
_MIN_ASKED_SIMILARITY, _MIN_ASKED_WORDS = 80.0, 3  # of a title that is asked about although more letters differ
_NOT_FOUND = "not in the catalogue"


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


class Matcher:
    """Finds movies by id, or by title and year.

    Without rapidfuzz, titles with typing errors are not looked for, and `note` says so.

    Args:
        catalogue: the movies.
        titles: the index of their titles; None to build it.
        popularity: (n_items,), number of ratings of each movie, to order those that fit equally well; None if unknown.

    Cost: 2 s to build for 87,000 titles; then 20 microseconds per title, 1 ms per title with typing errors.
    """

    def __init__(
        self, catalogue: Catalogue, titles: TitleIndex | None = None, popularity: Sequence[float] | None = None
    ) -> None:
        self.note = ""
        self._popularity = popularity
        self._index = titles or TitleIndex(catalogue)
        self._newest_year = max(self._index.years, default=0)
        self._imdb_ids = [_imdb_number(imdb_id) if imdb_id else 0 for imdb_id in catalogue.imdb_id.tolist()]
        self._tmdb_ids: list[int] = catalogue.tmdb_id.tolist()
        self._row_by_item_id = {str(item_id): row for row, item_id in enumerate(catalogue.item_id.tolist())}
        self._row_by_imdb = {imdb_id: row for row, imdb_id in enumerate(self._imdb_ids) if imdb_id}
        self._row_by_tmdb = {tmdb_id: row for row, tmdb_id in enumerate(self._tmdb_ids) if tmdb_id}

    def match(self, entries: Sequence[ExportEntry]) -> list[Match]:
        """The match of each entry."""
        entry_by_key = {_identity(entry): entry for entry in entries}
        matches = {key: self._match_exactly(entry) for key, entry in entry_by_key.items()}
        missing = [key for key, match in matches.items() if match.status == "missing" and entry_by_key[key].title]
        for key, match in zip(missing, self._match_similar([entry_by_key[key] for key in missing]), strict=True):
            matches[key] = match or matches[key]
        return [matches[_identity(entry)] for entry in entries]

    def _match_exactly(self, entry: ExportEntry) -> Match:
        """The match by ids, or by titles without typing errors."""
        raise_if_interrupted()
        evidence = self._title_evidence(entry)
        match = self._match_ids(entry, evidence)
        if match is not None:
            return match
        if not entry.title and not entry.original_title:
            return Match(-1, "its id is not in the catalogue")
        return self._match_titles(entry, evidence)

    def _match_ids(self, entry: ExportEntry, evidence: Sequence[Evidence]) -> Match | None:
        """The match by an id; None if no id of the entry counts."""
        item_row = self._row_by_item_id.get(entry.item_id) if entry.item_id else None
        imdb_row = self._row_by_imdb.get(_imdb_number(entry.imdb_id)) if entry.imdb_id else None
        tmdb_row = self._row_by_tmdb.get(entry.tmdb_id) if entry.tmdb_id else None
        if item_row is not None:
            return _match_item_id(entry, evidence, item_row, imdb_row if imdb_row is not None else tmdb_row)
        if imdb_row is not None:  # an IMDb id outweighs a TMDB id
            return self._check_id(entry, evidence, imdb_row, "IMDb id")
        if tmdb_row is None:
            return None
        if not self._imdb_disagrees(entry, tmdb_row):
            return self._check_id(entry, evidence, tmdb_row, "TMDB id")
        if any(item.row == tmdb_row and item.is_sure for item in evidence):
            return Match(-1, "same title and TMDB id, but another IMDb id", (tmdb_row,))
        return None

    def _check_id(self, entry: ExportEntry, evidence: Sequence[Evidence], row: int, kind: str) -> Match | None:
        """The match by an id, unless title and year contradict it; None if the id is that of something else."""
        year = year_agreement(entry.year, self._index.years[row])
        is_imdb = kind == "IMDb id"
        is_year_close = year == YearAgreement.SAME or (is_imdb and year == YearAgreement.ADJACENT)
        title_agrees = any(item.row == row for item in evidence) or not (entry.title or entry.original_title)
        if not (title_agrees and (is_year_close or year == YearAgreement.UNKNOWN)):
            same = [item.row for item in evidence if item.is_sure and item.uncertainty == 0 and item.row != row]
            if same:
                return Match(-1, f"same {kind}, but title and year of another movie", (row, *same)[:_MAX_CANDIDATES])
        if title_agrees or is_year_close or (is_imdb and year == YearAgreement.UNKNOWN):
            return Match(row, f"same {kind}")  # the title may be in another language
        if is_imdb or year in (YearAgreement.ADJACENT, YearAgreement.UNKNOWN):
            return Match(-1, f"same {kind}, but another title", (row,))
        return None  # TMDB numbers movies and series separately, and renumbers movies

    def _title_evidence(self, entry: ExportEntry) -> list[Evidence]:
        """What the titles of an entry say for each movie with a title like it, strongest first."""
        best: dict[int, Evidence] = {}
        for hit in self._hits(entry):
            year = year_agreement(entry.year, self._index.years[hit.row])
            evidence = Evidence(hit.row, hit.agreement, year, hit.words, hit.has_article)
            if hit.row not in best or _preference(evidence) < _preference(best[hit.row]):
                best[hit.row] = evidence
        counts = self._popularity
        return sorted(
            best.values(),
            key=lambda item: (item.year, item.title, 0 if counts is None else -counts[item.row], item.row),
        )

    def _hits(self, entry: ExportEntry) -> Iterator[TitleHit]:
        if entry.title:
            parsed = title_parsing.parse_title(entry.title)
            yield from self._index.same_title(parsed.main)
            for alternative in parsed.alternatives:
                yield from map(_as_alternative, self._index.same_title(alternative))
            yield from self._index.parts(parsed.main)
        if entry.original_title:
            original = title_parsing.parse_title(entry.original_title).main
            yield from map(_as_alternative, self._index.same_title(original))

    def _match_titles(self, entry: ExportEntry, evidence: Sequence[Evidence]) -> Match:
        """Matched if the evidence for one movie is sure, and none is worth asking about beside it."""
        if not evidence:
            return Match(-1, _NOT_FOUND)
        possible = [item for item in evidence if item.is_worth_asking and not self._imdb_disagrees(entry, item.row)]
        if not possible:
            return Match(-1, self._why_missing(entry, evidence))
        best, rows = possible[0], tuple(item.row for item in possible[:_MAX_CANDIDATES])
        rivals = [rival for rival in possible[1:] if not best.is_better_than(rival)]
        if self._tmdb_disagrees(entry, best.row):
            is_same = best.is_sure and best.uncertainty == 0
            return Match(-1, "same title, but another id", rows if is_same else ())
        if rivals:
            without_year = ", and no year decides which" if best.year == YearAgreement.UNKNOWN else ""
            return Match(-1, f"{len(rivals) + 1} movies have this title{without_year}", rows)
        is_newer = entry.year > self._newest_year and best.year != YearAgreement.SAME
        if best.is_sure and not is_newer and (entry.stars is None or best.year != YearAgreement.UNKNOWN):
            year = f" ({self._index.years[best.row]})" if best.year == YearAgreement.ADJACENT else ""
            return Match(best.row, best.reason + year, rows, best.rank)
        if is_newer:
            return Match(-1, "newer than the catalogue")
        return Match(-1, self._why_doubtful(best), rows)

    def _why_missing(self, entry: ExportEntry, evidence: Sequence[Evidence]) -> str:
        best = next((item for item in evidence if item.title in WHOLE_TITLES), None)
        if best is None:
            return _NOT_FOUND
        if self._imdb_disagrees(entry, best.row):
            return "same title, but another id"
        return f"same title, but of {self._index.years[best.row]}: another movie, or a remake"

    def _why_doubtful(self, best: Evidence) -> str:
        year = self._index.years[best.row]
        if best.title > Agreement.ALTERNATIVE_TITLE:
            return "no movie with this title and year; these are similar"
        if best.year == YearAgreement.TWO_OFF:
            return f"same title, but of {year}: another movie, or a remake"
        if best.year == YearAgreement.ADJACENT:
            return f"nearly the same short title, one year off ({year})"
        if best.year == YearAgreement.SAME:
            return "same short title but for articles or numerals"
        if best.is_sure:  # a wrong rating affects all recommendations, a wrong seen movie only itself
            return "same title, but rated, and no year confirms that it is this movie"
        return "same title, but a short one, and no year confirms that it is this movie"

    def _match_similar(self, entries: Sequence[ExportEntry]) -> list[Match | None]:
        """The matches of titles with typing errors; None where no title is similar enough."""
        titles = [title_parsing.parse_title(entry.title).main for entry in entries]
        queries = [(title, entry.year) for title, entry in zip(titles, entries, strict=True)]
        if not entries:
            return []
        try:
            similar = self._index.similar(queries)
        except CapabilityError as error:
            self.note = str(error)
            return [None] * len(entries)
        return [
            self._match_typo(entry, title_parsing.core_words(title), similar_titles)
            for entry, title, similar_titles in zip(entries, titles, similar, strict=True)
        ]

    def _match_typo(self, entry: ExportEntry, words: tuple[str, ...], similar: Sequence[SimilarTitle]) -> Match | None:
        possible = []
        for title in similar:
            year = year_agreement(entry.year, self._index.years[title.row])
            is_long = len(words) >= _MIN_ASKED_WORDS and title.has_same_numbers and year == YearAgreement.SAME
            if title.is_typo or (is_long and title.similarity >= _MIN_ASKED_SIMILARITY):
                evidence = Evidence(title.row, Agreement.TYPO, year, words)
                if evidence.is_worth_asking and not self._ids_disagree(entry, title.row):
                    possible.append((title, evidence))
        if not possible:
            return None
        best, evidence = possible[0]
        rows = tuple(title.row for title, _ in possible[:_MAX_CANDIDATES])
        is_alone = all(title.row == best.row or title.is_far_behind for title in similar)
        if best.is_typo and best.similarity >= _MIN_TYPO_SIMILARITY and evidence.is_sure and is_alone:
            return Match(best.row, "nearly the same title, same year", rows, evidence.rank)
        return Match(-1, "no movie with this title and year; these are similar", rows)

    def _ids_disagree(self, entry: ExportEntry, row: int) -> bool:
        return self._imdb_disagrees(entry, row) or self._tmdb_disagrees(entry, row)

    def _imdb_disagrees(self, entry: ExportEntry, row: int) -> bool:
        imdb_id = self._imdb_ids[row]
        return bool(entry.imdb_id and imdb_id and imdb_id != _imdb_number(entry.imdb_id))

    def _tmdb_disagrees(self, entry: ExportEntry, row: int) -> bool:
        tmdb_id = self._tmdb_ids[row]
        return bool(entry.tmdb_id and tmdb_id and tmdb_id != entry.tmdb_id)


def _match_item_id(entry: ExportEntry, evidence: Sequence[Evidence], row: int, other_row: int | None) -> Match:
    if other_row is not None and other_row != row:
        return Match(-1, "the item id and another id name different movies", (row, other_row))
    has_title = bool(entry.title or entry.original_title)
    if other_row is None and has_title and not any(item.row == row for item in evidence):
        # Numeric ids of another site may be ids of other movies in this catalogue.
        return Match(-1, "its item id has another title", (row,))
    return Match(row, "same item id")


def _as_alternative(hit: TitleHit) -> TitleHit:
    return replace(hit, agreement=max(hit.agreement, Agreement.ALTERNATIVE_TITLE))


def _identity(entry: ExportEntry) -> tuple[str, int, str, str, int, str, bool]:
    is_rated = entry.stars is not None
    return entry.title, entry.year, entry.original_title, entry.imdb_id, entry.tmdb_id, entry.item_id, is_rated


def _imdb_number(imdb_id: str) -> int:
    digits = imdb_id.removeprefix("tt")
    return int(digits) if digits.isdecimal() else -1


def _preference(evidence: Evidence) -> tuple[bool, Agreement]:
    """Of the titles of an entry that agree with one movie, the one that makes it sure counts, otherwise the nearest."""
    return not evidence.is_sure, evidence.title
