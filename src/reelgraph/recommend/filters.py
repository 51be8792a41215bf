"""Conditions on the items of a list. They apply before the k best are taken, so filtered lists are not shorter."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core import BoolArray, Catalogue, IdIndex, IntArray
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.core.languages_and_countries import country_code, language_code
from reelgraph.recommend.tonight.moods import MoodName, mood_mask

Seen = Literal["hidden", "also", "only"]

_MAX_COMPARED = 2000  # names that are compared with one that nobody has: it costs 20 microseconds each
_LISTS = (
    "genres", "not_genres", "all_genres", "people", "not_people", "moods", "not_moods", "directors", "cast",
    "languages", "countries",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """Conditions that every item of the list must meet.

    Args:
        genres: at least one of these, in upper or lower case; empty for any.
        not_genres: none of these.
        year_from: first year, or None.
        year_to: last year, or None. An item of unknown year passes only when both are None.
        runtime_from: minimum length in minutes, or None.
        runtime_to: maximum length in minutes, or None. An item of unknown length passes only when both are None.
        min_viewers: minimum number of known users who rated the item.
        exclude: ids or titles of items never listed.
        include: if not None, only the items of these ids or titles are listed.
        seen: items that the person has rated or seen: ``hidden``, ``also`` listed, or the ``only`` ones.
        all_genres: every one of these.
        people: every one of these takes part, by full name, in upper or lower case.
        not_people: none of these takes part; an item whose people are not known passes.
        moods: every one of these, see ``MOODS`` in `reelgraph.recommend.tonight.moods`.
        not_moods: none of these.
        directors: at least one of these directs it, by full name; this and the following: an item of which it is not
            known does not pass.
        cast: every one of these plays in it.
        languages: at least one of these is spoken in it, by English name or ISO 639 code ("French", "fr").
        countries: at least one of these made it, by English name or ISO 3166 code ("France", "FR").
        whole_series: list all films of a series. Otherwise, where `Catalogue.series` is known, the first that came out
            of those that pass these conditions and that the person has neither rated nor seen; the next ones follow
            only where no other film is left. A film that is in ``exclude`` or of no interest to the person keeps its
            place: no later one takes it.

    Raises:
        ConfigError: ``seen`` is none of these, or what is a list is given as one text.

    Examples:
        >>> import reelgraph as rg
        >>> rg.Filters(genres=["Comedy"], year_from=1990).genres
        ('Comedy',)
    """

    genres: tuple[str, ...] = ()
    not_genres: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    runtime_from: int | None = None
    runtime_to: int | None = None
    min_viewers: int = 0
    exclude: Collection[int | str] = ()
    include: Collection[int | str] | None = None
    seen: Seen = "hidden"
    all_genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    moods: tuple[MoodName, ...] = ()
    not_moods: tuple[MoodName, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    whole_series: bool = False

    def __post_init__(self) -> None:
        if self.seen not in get_args(Seen):
            raise ConfigError.unknown(str(self.seen), get_args(Seen))
        for name in _LISTS:  # lists are accepted, but filters must be hashable
            if isinstance(text := getattr(self, name), str):
                what = name.removeprefix("not_").removeprefix("all_")
                raise ConfigError(name, f"{text!r} is one text: expected a list of {what}, such as [{text!r}]")
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def mask(self, items: IdIndex, catalogue: Catalogue, n_ratings: IntArray) -> BoolArray:
        """True where an item meets the conditions, ``(n_items,)``; ``seen`` and ``whole_series`` are ignored.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.
            n_ratings: ``(n_items,)`` number of users who rated each item.

        Raises:
            ConfigError: no item has such a genre, person, language or country, and the nearest is named; or a mood is
                unknown.
            CapabilityError: one of them is asked for, and the catalogue has none.
            UnknownIdError: an id is not known.
        """
        mask = n_ratings >= self.min_viewers
        if self.genres:
            mask &= _has_genre(catalogue, self.genres)
        if self.not_genres:
            mask &= ~_has_genre(catalogue, self.not_genres)
        for genre in self.all_genres:
            mask &= _has_genre(catalogue, (genre,))
        for person in self.people:
            mask &= _has_one(catalogue.people, (person,), _PEOPLE)
        for person in self.not_people:
            mask &= ~_has_one(catalogue.people, (person,), _PEOPLE)
        mask &= self._details_mask(catalogue)
        for mood in self.moods:
            mask &= mood_mask(catalogue, mood)
        for mood in self.not_moods:
            mask &= ~mood_mask(catalogue, mood)
        for values, minimum, maximum in (
            (catalogue.year, self.year_from, self.year_to),
            (catalogue.runtime, self.runtime_from, self.runtime_to),
        ):
            if minimum is not None:
                mask &= values >= max(minimum, 1)
            if maximum is not None:
                mask &= (values <= maximum) & (values > 0)
        if self.include is not None:
            is_included = np.zeros_like(mask)
            is_included[items.rows(list(self.include))] = True
            mask &= is_included
        mask[items.rows(list(self.exclude))] = False
        return mask

    def _details_mask(self, catalogue: Catalogue) -> BoolArray:
        """True where an item meets the conditions on directors, cast, languages and countries, ``(n_items,)``."""
        mask = np.ones(len(catalogue), np.bool_)
        if self.directors:
            mask &= _has_one(catalogue.directors, self.directors, _DIRECTORS)
        for person in self.cast:
            mask &= _has_one(catalogue.cast, (person,), _CAST)
        if self.languages:
            mask &= _has_one(catalogue.languages, self.languages, _LANGUAGES)
        if self.countries:
            mask &= _has_one(catalogue.countries, self.countries, _COUNTRIES)
        return mask


def _has_genre(catalogue: Catalogue, genres: tuple[str, ...]) -> BoolArray:
    """True where an item has one of the genres, ``(n_items,)``."""
    all_genres = {genre for item_genres in catalogue.genres for genre in item_genres}
    folded = {genre.casefold() for genre in all_genres}
    for genre in genres:
        if genre.casefold() not in folded:
            raise ConfigError.unknown(genre, all_genres, "genre")
    requested = {genre.casefold() for genre in genres}
    matching = {genre for genre in all_genres if genre.casefold() in requested}
    return np.array([not matching.isdisjoint(item_genres) for item_genres in catalogue.genres], np.bool_)


@dataclass(frozen=True)
class _Kind:
    """What is asked for: in the plural, what to say where no item has it, and the form in which it is compared."""

    plural: str
    nobody: str
    key: Callable[[str], str] = str.casefold


_PEOPLE = _Kind("people", "no movie has this person")
_DIRECTORS = _Kind("directors", "no movie has this director")
_CAST = _Kind("cast", "nobody of this name plays in a movie")
_LANGUAGES = _Kind("languages", "no movie is in this language", language_code)
_COUNTRIES = _Kind("countries", "no movie is from this country", lambda name: country_code(name).casefold())


def _has_one(values: Sequence[tuple[str, ...]], wanted: tuple[str, ...], kind: _Kind) -> BoolArray:
    """True where an item has one of the wanted values, ``(n_items,)``, in upper or lower case.

    Raises:
        ConfigError: no item has one of them.
        CapabilityError: no item has any value.
    """
    keys = {value: kind.key(value) for item_values in values for value in item_values}
    if not keys:
        raise CapabilityError(
            f"the catalogue has no {kind.plural}", f"leave out the {kind.plural}, or add them: reelgraph data enrich"
        )
    requested = {kind.key(value): value for value in wanted}
    for key in sorted(requested.keys() - set(keys.values())):
        raise ConfigError(requested[key], kind.nobody, _nearest(requested[key], sorted(keys)))
    spellings = {value for value, key in keys.items() if key in requested}
    return np.array([not spellings.isdisjoint(item_values) for item_values in values], np.bool_)


def _nearest(wanted: str, names: Sequence[str]) -> str | None:
    """The name spelt most alike; of very many, those with a word that begins as one of ``wanted`` are compared."""
    if len(names) > _MAX_COMPARED:
        beginnings = _beginnings(wanted)
        names = [name for name in names if not beginnings.isdisjoint(_beginnings(name))][:_MAX_COMPARED]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return near[0] if near else None


def _beginnings(name: str) -> set[str]:
    return {word[:3] for word in name.casefold().split()}
