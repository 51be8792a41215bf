"""Conditions on the items of a list. They apply before the k best are taken, so filtered lists are not shorter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core import BoolArray, Catalogue, IdIndex, IntArray
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.catalogue_values import CatalogueValues
from reelgraph.recommend.tonight.moods import MoodName, mood_mask

Seen = Literal["hidden", "also", "only"]

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
            raise ConfigError.unknown(str(self.seen), get_args(Seen), "value of seen")
        for name in _LISTS:  # lists are accepted, but filters must be hashable
            if isinstance(text := getattr(self, name), str):
                element_name = name.removeprefix("not_").removeprefix("all_")
                raise ConfigError(name, f"{text!r} is one text: expected a list of {element_name}, such as [{text!r}]")
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def mask(
        self, items: IdIndex, catalogue: Catalogue, n_ratings: IntArray, values: CatalogueValues | None = None
    ) -> BoolArray:
        """True where an item meets the conditions, ``(n_items,)``; ``seen`` and ``whole_series`` are ignored.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.
            n_ratings: ``(n_items,)`` number of users who rated each item.
            values: of the catalogue, where several masks are made; None to make them for this one.

        Raises:
            ConfigError: no item has such a genre, person, language or country, and the nearest is named; or a mood is
                unknown.
            CapabilityError: one of them is asked for, and the catalogue has none.
            UnknownIdError: an id is not known.
        """
        mask, values = n_ratings >= self.min_viewers, values or CatalogueValues(catalogue)
        if self.genres:
            mask &= values.has_genre(self.genres)
        if self.not_genres:
            mask &= ~values.has_genre(self.not_genres)
        for genre in self.all_genres:
            mask &= values.has_genre((genre,))
        for person in self.people:
            mask &= values.has_one("people", (person,))
        for person in self.not_people:
            mask &= ~values.has_one("people", (person,))
        mask &= self._details_mask(values, len(mask))
        for mood in self.moods:
            mask &= mood_mask(catalogue, mood)
        for mood in self.not_moods:
            mask &= ~mood_mask(catalogue, mood)
        for figures, minimum, maximum in (
            (catalogue.year, self.year_from, self.year_to),
            (catalogue.runtime, self.runtime_from, self.runtime_to),
        ):
            if minimum is not None:
                mask &= figures >= max(minimum, 1)
            if maximum is not None:
                mask &= (figures <= maximum) & (figures > 0)
        if self.include is not None:
            is_included = np.zeros_like(mask)
            is_included[items.rows(list(self.include))] = True
            mask &= is_included
        mask[items.rows(list(self.exclude))] = False
        return mask

    def _details_mask(self, values: CatalogueValues, n_items: int) -> BoolArray:
        """True where an item meets the conditions on directors, cast, languages and countries, ``(n_items,)``."""
        mask = np.ones(n_items, np.bool_)
        if self.directors:
            mask &= values.has_one("directors", self.directors)
        for person in self.cast:
            mask &= values.has_one("cast", (person,))
        if self.languages:
            mask &= values.has_one("languages", self.languages)
        if self.countries:
            mask &= values.has_one("countries", self.countries)
        return mask
