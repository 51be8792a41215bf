"""Which movies of a catalogue have a genre, a person, a language or a country, by names as people write them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import BoolArray, Catalogue
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.core.languages_and_countries import country_code, language_code

_MAX_COMPARED = 2000  # names that are compared with one that nobody has: it costs 20 microseconds each


@dataclass(frozen=True)
class _Kind:
    """What is asked for: in the plural, what to say where no item has it, and the form in which it is compared."""

    plural: str
    nobody: str
    key: Callable[[str], str] = str.casefold


_KINDS = {
    "people": _Kind("people", "no movie has this person"),
    "directors": _Kind("directors", "no movie has this director"),
    "cast": _Kind("cast", "nobody of this name plays in a movie"),
    "languages": _Kind("languages", "no movie is in this language", language_code),
    "countries": _Kind("countries", "no movie is from this country", lambda name: country_code(name).casefold()),
}


class CatalogueValues:
    """What the movies of a catalogue have; names are brought into the form of comparison once, when first needed.

    Args:
        catalogue: of n movies.

    Cost: O(values of all movies) for each kind once, 1 s and 100 MB for 400,000 people; then O(n) for each question.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._keys: dict[str, dict[str, str]] = {}

    def prepare(self) -> None:
        """Compute what is needed for each kind now."""
        for kind in _KINDS:
            self._keys_of(kind)
        self._genres  # noqa: B018

    def has_genre(self, genres: Sequence[str]) -> BoolArray:
        """True where a movie has one of the genres, ``(n,)``, in upper or lower case.

        Raises:
            ConfigError: no movie has one of them.
        """
        folded = {genre.casefold() for genre in self._genres}
        for genre in genres:
            if genre.casefold() not in folded:
                raise ConfigError.unknown(genre, self._genres, "genre")
        requested = {genre.casefold() for genre in genres}
        matching = {genre for genre in self._genres if genre.casefold() in requested}
        return np.array([not matching.isdisjoint(movie_genres) for movie_genres in self._catalogue.genres], np.bool_)

    def has_one(self, kind: str, names: Sequence[str]) -> BoolArray:
        """True where a movie has one of the wanted values, ``(n,)``, in upper or lower case.

        Args:
            kind: ``people``, ``directors``, ``cast``, ``languages`` or ``countries``.
            names: names, or codes of languages and countries.

        Raises:
            ConfigError: no movie has one of them; the nearest is named.
            CapabilityError: no movie has any value.
        """
        keys, words = self._keys_of(kind), _KINDS[kind]
        if not keys:
            hint = f"leave out the {words.plural}, or add them: reelgraph data enrich"
            raise CapabilityError(f"the catalogue has no {words.plural}", hint)
        requested = {words.key(value): value for value in names}
        spellings = {value for value, key in keys.items() if key in requested}
        for key in sorted(requested.keys() - {keys[value] for value in spellings}):
            raise ConfigError(requested[key], words.nobody, _nearest(requested[key], sorted(keys)))
        values: Sequence[tuple[str, ...]] = getattr(self._catalogue, kind)
        return np.array([not spellings.isdisjoint(movie_values) for movie_values in values], np.bool_)

    @cached_property
    def _genres(self) -> frozenset[str]:
        return frozenset(genre for movie_genres in self._catalogue.genres for genre in movie_genres)

    def _keys_of(self, kind: str) -> dict[str, str]:
        """Each value of a kind and the form in which it is compared."""
        if kind not in self._keys:
            key = _KINDS[kind].key
            values = {value for movie_values in getattr(self._catalogue, kind) for value in movie_values}
            self._keys[kind] = {value: key(value) for value in values}
        return self._keys[kind]


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """The name spelt most alike; of very many, those with a word that begins as one of its own are compared."""
    if len(names) > _MAX_COMPARED:
        beginnings = _beginnings(name)
        names = [name for name in names if not beginnings.isdisjoint(_beginnings(name))][:_MAX_COMPARED]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return near[0] if near else None


def _beginnings(name: str) -> set[str]:
    return {word[:3] for word in name.casefold().split()}
