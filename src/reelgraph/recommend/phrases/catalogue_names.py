"""The names that a phrase can use of a catalogue: genres, people and titles."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from reelgraph.core import Catalogue
from reelgraph.core.errors import UnknownIdError
from reelgraph.recommend.phrases.words import Word, words_of
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.tonight.moods import MoodName, mood_mask

_GENRE_NAMES: Mapping[str, tuple[str, ...]] = {
    "Children": ("children", "children's", "family"),
    "Family": ("family", "children", "children's"),
    "Musical": ("musical", "music"),
    "Sci-Fi": ("sci-fi", "science fiction", "scifi", "sci fi"),
    "Film-Noir": ("film-noir", "film noir", "noir"),
    "Biography": ("biography", "biopic"),
    "History": ("history", "historical"),
}
_MAX_TITLE, _MAX_NAME = 12, 5  # words
_MAX_COMPARED = 2_000  # people whose names are compared with a misspelt one
_ALIKE = 0.85  # of the letters
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_LAST_NAME = 4  # letters of a last name that stands alone, at least


class CatalogueNames:
    """Finds the genres, people and titles of a catalogue in the words of a phrase.

    Args:
        catalogue: the movies.
        titles: finds them by title.

    Cost: O(people) on the first phrase; then a phrase costs O(its words).
    """

    def __init__(self, catalogue: Catalogue, titles: TitleLookup) -> None:
        self._catalogue, self._titles = catalogue, titles

    @cached_property
    def has_people(self) -> bool:
        """Whether it is known who takes part in the movies."""
        return any(self._catalogue.people)

    @cached_property
    def has_minutes(self) -> bool:
        """Whether any length is known."""
        return bool(self._catalogue.runtime.any())

    @cached_property
    def last_year(self) -> int:
        """The newest year, 0 if none is known."""
        return int(self._catalogue.year.max(initial=0))

    def title_of(self, row: int) -> str:
        """The title of an item, with its year."""
        title, year = str(self._catalogue.title[row]), int(self._catalogue.year[row])
        return title if not year or str(year) in title else f"{title} ({year})"

    def genre(self, name: str) -> str | None:
        """The catalogue's own name of a genre of the vocabulary; None if it has no such genre."""
        for genre_name in _GENRE_NAMES.get(name, (name.casefold(),)):
            if genre_name in self._genres:
                return self._genres[genre_name]
        return None

    def own_genre(self, words: Sequence[Word], place: int) -> tuple[str, int] | None:
        """A genre of the catalogue by its own name, and its number of words."""
        for length in (3, 2, 1):
            key = tuple(word.text for word in words[place : place + length])
            if len(key) == length and key in self._genre_words:
                return self._genre_words[key], length
        return None

    def has_mood(self, mood: MoodName) -> bool:
        """Whether a movie has a mood."""
        if mood not in self._moods:
            self._moods[mood] = bool(mood_mask(self._catalogue, mood).any())
        return self._moods[mood]

    def person(self, words: Sequence[Word], place: int) -> tuple[str, int] | None:
        """The person whose full name begins at a word, and its number of words, at least two."""
        for length in range(min(_MAX_NAME, len(words) - place), 1, -1):
            name = self._people.get(tuple(word.text for word in words[place : place + length]))
            if name is not None:
                return name, length
        return None

    def people_called(self, name: Sequence[str]) -> list[str]:
        """The people with a name or a last name; else the one whose name differs in a few letters.

        Args:
            name: folded words.
        """
        key = tuple(name)
        if key in self._people:
            return [self._people[key]]
        if len(key) == 1 and len(key[0]) >= _LAST_NAME and key[0] in self._by_last_name:
            return self._by_last_name[key[0]]
        alike = [full for word in key for full in self._by_word.get(word, ())][:_MAX_COMPARED]
        near = difflib.get_close_matches(" ".join(key), [" ".join(full) for full in alike], n=1, cutoff=_ALIKE)
        return [self._people[tuple(near[0].split())]] if near else []

    def exact_title(self, text: str, words: Sequence[Word], place: int) -> tuple[list[int], int]:
        """The movies whose title is the longest at a word, and its number of words; none and 0 if there is none."""
        for length in range(min(_MAX_TITLE, len(words) - place), 0, -1):
            first, last = words[place], words[place + length - 1]
            title = text[first.start : last.end]
            title += ")" * (title.count("(") - title.count(")"))
            rows = self._titles.rows_called(title)
            if not rows and length > 1 and _YEAR.fullmatch(last.text):
                title = f"{text[first.start : words[place + length - 2].end]} ({last.text})"
                rows = self._titles.rows_called(title)
            if rows:
                return rows, length
        return [], 0

    def title_like(self, text: str) -> tuple[int | None, str]:
        """The one movie whose title is like ``text``, or None and why there is none."""
        try:
            return self._titles.find(text).row, ""
        except UnknownIdError as error:
            return None, str(error)

    def which_title(self, rows: Sequence[int]) -> str:
        """What to say where several movies have one title."""
        return f"several movies have this title: {', '.join(map(self.title_of, rows[:5]))}"

    @cached_property
    def _genres(self) -> dict[str, str]:
        return {genre.casefold(): genre for genres in self._catalogue.genres for genre in genres}

    @cached_property
    def _genre_words(self) -> dict[tuple[str, ...], str]:
        return {tuple(word.text for word in words_of(genre)): genre for genre in sorted(self._genres.values())}

    @cached_property
    def _moods(self) -> dict[MoodName, bool]:
        return {}

    @cached_property
    def _people(self) -> dict[tuple[str, ...], str]:
        """Names by their folded words."""
        names = sorted({name for names in self._catalogue.people for name in names})
        return {tuple(word.text for word in words_of(name)): name for name in names}

    @cached_property
    def _by_last_name(self) -> dict[str, list[str]]:
        names_by_last_name: dict[str, list[str]] = defaultdict(list)
        for words, name in self._people.items():
            if len(words) > 1:
                names_by_last_name[words[-1]].append(name)
        return names_by_last_name

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[str, ...]]]:
        names_by_word: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for words in self._people:
            for word in words:
                names_by_word[word].append(words)
        return names_by_word
