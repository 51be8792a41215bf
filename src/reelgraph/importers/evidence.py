"""How much the agreement of titles and years says: sure, doubtful, or nothing.

The limits were chosen on real titles with ids, of which most are not in the catalogue; each kind of evidence that is
called sure is right for at least 95 % of them (`python -m benchmarks.matching` measures it again).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from reelgraph.data.titles.title_index import Agreement

_NEVER = 99
_ANY = 0
WHOLE_TITLES = (Agreement.TITLE, Agreement.ALTERNATIVE_TITLE)
"""Agreements of whole titles, letter for letter."""


class YearAgreement(IntEnum):
    """How the years of a movie in an export and in the catalogue agree, best first."""

    SAME = 0
    ADJACENT = 1
    TWO_OFF = 2
    UNKNOWN = 3
    OTHER = 4


def year_agreement(year: int, catalogue_year: int) -> YearAgreement:
    """The agreement of two years, 0 where unknown."""
    if not year or not catalogue_year:
        return YearAgreement.UNKNOWN
    years_off = abs(year - catalogue_year)
    return YearAgreement(years_off) if years_off <= YearAgreement.TWO_OFF else YearAgreement.OTHER


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a movie of the catalogue.

    Args:
        row: in the catalogue.
        title: agreement of the titles.
        year: agreement of the years.
        words: that agree, without articles.
        has_article: whether the title has an article.
    """

    row: int
    title: Agreement
    year: YearAgreement
    words: tuple[str, ...]
    has_article: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it is this movie, if no other one competes."""
        if self.year == YearAgreement.UNKNOWN:
            return self.title in WHOLE_TITLES and self._identifies_without_year
        return len(self.words) >= _SURE_WORDS.get((self.year, self.title), _NEVER)

    @property
    def is_worth_asking(self) -> bool:
        """Whether it may be this movie."""
        return self.is_sure or len(self.words) >= _DOUBTFUL_WORDS.get((self.year, self.title), _NEVER)

    @property
    def rank(self) -> int:
        """Strength, lower is stronger: hundreds are the `uncertainty`, tens the years, ones the titles."""
        return 100 * self.uncertainty + 10 * self.year + self.title + 1

    @property
    def uncertainty(self) -> int:
        """0 for the same title and year, 1 for one year off, 2 for anything weaker."""
        if self.title > Agreement.ALTERNATIVE_TITLE or self.year > YearAgreement.ADJACENT:
            return 2
        return int(self.year)

    def is_better_than(self, other: Evidence) -> bool:
        """Better in title or year, and worse in neither."""
        first, second = (self.year, self.title), (other.year, other.title)
        return first != second and first[0] <= second[0] and first[1] <= second[1]

    @property
    def _identifies_without_year(self) -> bool:
        n_words, n_letters = len(self.words), sum(map(len, self.words))
        if n_words < 2:
            return False
        return n_letters >= (_LETTERS_OF_THREE_WORDS if n_words + self.has_article > 2 else _LETTERS_OF_TWO_WORDS)

    @property
    def reason(self) -> str:
        """The agreement in words."""
        return _REASONS[self.title] + _YEARS[self.year]


def uncertainty_of(evidence_rank: int) -> int:
    """`Evidence.uncertainty` of a rank."""
    return evidence_rank // 100


# Letters besides articles of a title that needs no year: "The Green Mile" has three words, "Before Sunset" two.
_LETTERS_OF_THREE_WORDS, _LETTERS_OF_TWO_WORDS = 9, 16
# Least number of words that agree, without articles. Kinds that are not listed say nothing.
_SURE_WORDS = {
    (YearAgreement.SAME, Agreement.TITLE): _ANY,
    (YearAgreement.SAME, Agreement.LOOSE_TITLE): 2,
    (YearAgreement.SAME, Agreement.ALTERNATIVE_TITLE): _ANY,
    (YearAgreement.SAME, Agreement.UNNUMBERED_TITLE): 2,
    (YearAgreement.SAME, Agreement.SUBTITLE): 3,
    (YearAgreement.SAME, Agreement.LONGER_TITLE): 3,
    (YearAgreement.SAME, Agreement.LONGER_FIRST_PART): 3,
    (YearAgreement.SAME, Agreement.TYPO): 3,
    (YearAgreement.ADJACENT, Agreement.TITLE): 2,
    (YearAgreement.ADJACENT, Agreement.ALTERNATIVE_TITLE): 3,
}
_DOUBTFUL_WORDS = {
    (YearAgreement.SAME, Agreement.LOOSE_TITLE): _ANY,
    (YearAgreement.SAME, Agreement.SUBTITLE): 2,
    (YearAgreement.SAME, Agreement.FIRST_PART): _ANY,
    (YearAgreement.SAME, Agreement.LONGER_TITLE): 2,
    (YearAgreement.SAME, Agreement.LONGER_FIRST_PART): _ANY,
    (YearAgreement.SAME, Agreement.LONGER_ALTERNATIVE): 2,
    (YearAgreement.SAME, Agreement.TYPO): _ANY,
    (YearAgreement.ADJACENT, Agreement.TITLE): _ANY,
    (YearAgreement.ADJACENT, Agreement.ALTERNATIVE_TITLE): _ANY,
    (YearAgreement.ADJACENT, Agreement.LOOSE_TITLE): 2,
    (YearAgreement.ADJACENT, Agreement.LONGER_FIRST_PART): 3,
    (YearAgreement.ADJACENT, Agreement.TYPO): _ANY,
    (YearAgreement.TWO_OFF, Agreement.TITLE): _ANY,
    (YearAgreement.TWO_OFF, Agreement.ALTERNATIVE_TITLE): 2,
    (YearAgreement.UNKNOWN, Agreement.TITLE): _ANY,
    (YearAgreement.UNKNOWN, Agreement.LOOSE_TITLE): 3,
    (YearAgreement.UNKNOWN, Agreement.ALTERNATIVE_TITLE): _ANY,
    (YearAgreement.UNKNOWN, Agreement.UNNUMBERED_TITLE): 2,
    (YearAgreement.UNKNOWN, Agreement.SUBTITLE): 3,
    (YearAgreement.UNKNOWN, Agreement.FIRST_PART): 2,
    (YearAgreement.UNKNOWN, Agreement.TYPO): 2,
}
_REASONS = {
    Agreement.TITLE: "same title",
    Agreement.LOOSE_TITLE: "same title but for articles or numerals",
    Agreement.ALTERNATIVE_TITLE: "same alternative title",
    Agreement.UNNUMBERED_TITLE: "same title but for a number",
    Agreement.SUBTITLE: "same part of the title",
    Agreement.FIRST_PART: "same part of the title",
    Agreement.LONGER_TITLE: "same part of the title",
    Agreement.LONGER_FIRST_PART: "same part of the title",
    Agreement.LONGER_ALTERNATIVE: "same part of the title",
    Agreement.TYPO: "nearly the same title",
}
_YEARS = {
    YearAgreement.SAME: " and year",
    YearAgreement.ADJACENT: " one year off",
    YearAgreement.TWO_OFF: " two years off",
    YearAgreement.UNKNOWN: ", no year",
    YearAgreement.OTHER: " of another year",
}
