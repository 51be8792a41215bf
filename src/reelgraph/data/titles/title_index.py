"""One index of the titles of a catalogue: same titles, parts of titles, and titles that differ in a few letters."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from reelgraph.core import Catalogue
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.fuzzy_search import FuzzyTitleIndex, SimilarTitle

_MIN_PREFIX = 5  # letters of the beginning of a title


class Agreement(IntEnum):
    """How a title agrees with a title of the catalogue, best first."""

    TITLE = 0
    """The same title, whatever its capitals, accents, punctuation and the place of its article."""
    LOOSE_TITLE = 1
    """The same but for articles, "and", and the way numbers are written."""
    ALTERNATIVE_TITLE = 2
    """The same as a title in brackets, or as one of the names of "Star Wars: Episode IV - A New Hope"."""
    UNNUMBERED_TITLE = 3
    """The same first and last part, one of the titles without its number: "Ice Age: The Meltdown"."""
    SUBTITLE = 4
    """The last part of a longer title of the catalogue, or the title without an owner."""
    FIRST_PART = 5
    """The first part of a longer title of the catalogue."""
    LONGER_TITLE = 6
    """A longer title, of which the title of the catalogue is the last part, or all but an owner."""
    LONGER_FIRST_PART = 7
    """A longer title, of which the title of the catalogue is the first part."""
    LONGER_ALTERNATIVE = 8
    """A longer title, of which a title in brackets of the catalogue is a part."""
    TYPO = 9
    """One or two letters differ."""


@dataclass(frozen=True, slots=True)
class TitleHit:
    """A movie with a similar title.

    Args:
        row: in the catalogue.
        agreement: of the two titles.
        words: that agree, without articles.
        has_article: whether the title that was looked up has an article.
    """

    row: int
    agreement: Agreement
    words: tuple[str, ...]
    has_article: bool = False


class _KeyIndex:
    """The movies of each key, with the agreement that the key stands for.

    A movie and its agreement are one number: tuples of numbers take little memory and garbage collection.
    """

    def __init__(self) -> None:
        self._codes_by_key: dict[str, tuple[int, ...]] = {}

    def add(self, key: str, row: int, agreement: Agreement) -> None:
        codes = self._codes_by_key.get(key)
        code = row * len(Agreement) + agreement
        self._codes_by_key[key] = (code,) if codes is None else (*codes, code)

    def hits(self, key: str) -> list[tuple[int, Agreement]]:
        """Row and agreement of each movie of a key."""
        codes = self._codes_by_key.get(key, ())
        return [(code // len(Agreement), Agreement(code % len(Agreement))) for code in codes]

    def __contains__(self, key: str) -> bool:
        return key in self._codes_by_key

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes_by_key)


class TitleIndex:
    """Finds movies by their titles.

    Args:
        catalogue: the movies.

    Cost: O(letters of all titles) to build, 1.3 s and 60 MiB for 87,000 titles; a look-up takes microseconds, `similar`
    a millisecond.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.titles: list[str] = catalogue.title.tolist()
        self.years: list[int] = catalogue.year.tolist()
        """Year of each row, from the title if the catalogue has none; 0 where unknown."""
        self.names: list[str] = []
        """Names of each row, each between line breaks: its words, and its words without articles."""
        self.other_names: list[str] = []
        """In the same form, the original title of each row and its titles in other languages."""
        self.people, self.series = catalogue.people, catalogue.series
        self._by_exact_key, self._by_loose_key, self._by_part = _KeyIndex(), _KeyIndex(), _KeyIndex()
        self._by_unnumbered: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
        for row, title in enumerate(self.titles):
            self._add(row, title_parsing.parse_title(title))
            self._add_other_names(row, (catalogue.original_title[row], *catalogue.translated_titles[row]))

    def same_title(self, title: str) -> Iterator[TitleHit]:
        """Movies with this title, without year and brackets, or with an alternative title like it."""
        exact_key, loose_key = title_parsing.match_keys(title)
        hits = [*self._by_exact_key.hits(exact_key), *self._by_loose_key.hits(loose_key)]
        if hits:
            words, has_article = title_parsing.core_words(title), title_parsing.has_article(title)
            yield from (TitleHit(row, agreement, words, has_article) for row, agreement in hits)

    def has_title(self, title: str) -> bool:
        """Whether a movie has this title, or one like it but for articles and numerals, or has it as a part."""
        exact_key, loose_key = title_parsing.match_keys(title)
        return exact_key in self._by_exact_key or loose_key in self._by_loose_key or loose_key in self._by_part

    def parts(self, title: str) -> Iterator[TitleHit]:
        """Movies of which the title is a part, or whose title is a part of it."""
        words = title_parsing.core_words(title)
        unnumbered = title_parsing.unnumbered_key(title)
        if unnumbered is not None:
            key, numbers = unnumbered
            for row, own_numbers in self._by_unnumbered.get(key, ()):
                if not (numbers and own_numbers):
                    yield TitleHit(row, Agreement.UNNUMBERED_TITLE, words)
        for row, agreement in self._by_part.hits(title_parsing.loose_key(title)):
            yield TitleHit(row, agreement, words)
        numbers = title_parsing.numbers_in(title_parsing.loose_key(title))
        for part in title_parsing.title_parts(title):
            if title_parsing.numbers_in(title_parsing.loose_key(part)) != numbers:
                continue  # "Toy Story: Part 2" is not "Toy Story"
            longer = Agreement.LONGER_FIRST_PART if title.startswith(part) else Agreement.LONGER_TITLE
            for row, agreement in self._by_loose_key.hits(title_parsing.loose_key(part)):
                is_alternative = agreement == Agreement.ALTERNATIVE_TITLE
                hit = Agreement.LONGER_ALTERNATIVE if is_alternative else longer
                yield TitleHit(row, hit, title_parsing.core_words(part))

    def with_key_prefix(self, title: str) -> list[int]:
        """Movies whose title begins with the letters of ``title``, whatever the spaces: "starwars"; five or more."""
        key = title_parsing.exact_key(title)
        if len(key) < _MIN_PREFIX:
            return []
        first, last = bisect_left(self._sorted_keys, key), bisect_left(self._sorted_keys, key + "\U0010ffff")
        return [row for place in range(first, last) for row, _ in self._by_exact_key.hits(self._sorted_keys[place])]

    def similar(self, queries: Sequence[tuple[str, int]]) -> list[tuple[SimilarTitle, ...]]:
        """The titles with fewest different letters for each (title, year), see `FuzzyTitleIndex.search`.

        Raises:
            CapabilityError: rapidfuzz is not installed.
        """
        return self._fuzzy_index.search([(title_parsing.loose_key(title), year) for title, year in queries])

    @cached_property
    def _sorted_keys(self) -> list[str]:
        return sorted(self._by_exact_key)

    @cached_property
    def _fuzzy_index(self) -> FuzzyTitleIndex:
        indexes = (self._by_loose_key, self._by_exact_key)
        titles = [(key, row) for index in indexes for key in index for row, _ in index.hits(key)]
        return FuzzyTitleIndex(titles, self.years)

    def _add(self, row: int, parsed: title_parsing.ParsedTitle) -> None:
        self.years[row] = self.years[row] or parsed.year
        main = parsed.main
        words, core = title_parsing.both_words(main)
        lines = [" ".join(words), " ".join(core)]
        self._by_exact_key.add(title_parsing.key_of(words, main), row, Agreement.TITLE)
        self._by_loose_key.add(title_parsing.key_of(core, main), row, Agreement.LOOSE_TITLE)
        for place, alternative in enumerate(parsed.alternatives):
            words, core = title_parsing.both_words(alternative)
            self._by_loose_key.add(title_parsing.key_of(core, alternative), row, Agreement.ALTERNATIVE_TITLE)
            if place < len(parsed.alternatives) - 1:  # the last is the title with its brackets
                lines += [" ".join(words), " ".join(core)]
        for name in title_parsing.episode_names(main):
            self._by_loose_key.add(title_parsing.loose_key(name), row, Agreement.ALTERNATIVE_TITLE)
        self.names.append("\n".join(("", *dict.fromkeys(lines), "")))
        for part in title_parsing.listed_titles(parsed.alternatives):
            self._by_part.add(title_parsing.loose_key(part), row, Agreement.SUBTITLE)
        for title in filter(title_parsing.has_parts, (main, *parsed.alternatives[:-1])):
            self._add_parts(row, title, is_main=title is main)

    def _add_other_names(self, row: int, titles: Sequence[str]) -> None:
        lines: list[str] = []
        for title in filter(None, titles):
            words, core = title_parsing.both_words(title)
            self._by_loose_key.add(title_parsing.key_of(core, title), row, Agreement.ALTERNATIVE_TITLE)
            lines += [" ".join(words), " ".join(core)]
        self.other_names.append("\n".join(("", *dict.fromkeys(lines), "")) if lines else "")

    def _add_parts(self, row: int, title: str, *, is_main: bool) -> None:
        for part in title_parsing.title_parts(title) if is_main else ():
            agreement = Agreement.FIRST_PART if title.startswith(part) else Agreement.SUBTITLE
            self._by_part.add(title_parsing.loose_key(part), row, agreement)
        unnumbered = title_parsing.unnumbered_key(title)
        if unnumbered is not None:
            self._by_unnumbered[unnumbered[0]].append((row, unnumbered[1]))
