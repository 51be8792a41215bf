"""Conditions on the items of a list. They apply before the k best are taken, so filtered lists are not shorter."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core import BoolArray, Catalogue, IdIndex, IntArray
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.tonight.moods import MoodName, mood_mask

Seen = Literal["hidden", "also", "only"]

_LISTS = ("genres", "not_genres", "all_genres", "people", "not_people", "moods", "not_moods")


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

    Raises:
        ConfigError: ``seen`` is none of these, or genres, people or moods are given as one text.

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

    def __post_init__(self) -> None:
        if self.seen not in get_args(Seen):
            raise ConfigError.unknown(str(self.seen), get_args(Seen))
        for name in _LISTS:  # lists are accepted, but filters must be hashable
            if isinstance(text := getattr(self, name), str):
                what = name.removeprefix("not_").removeprefix("all_")
                raise ConfigError(name, f"{text!r} is one text: expected a list of {what}, such as [{text!r}]")
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def mask(self, items: IdIndex, catalogue: Catalogue, n_ratings: IntArray) -> BoolArray:
        """True where an item meets the conditions, ``(n_items,)``; ``seen`` is ignored.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.
            n_ratings: ``(n_items,)`` number of users who rated each item.

        Raises:
            ConfigError: no item has such a genre or such a person, and the nearest is named; or a mood is unknown.
            CapabilityError: people are asked for, and the catalogue has none.
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
            mask &= _takes_part(catalogue, person)
        for person in self.not_people:
            mask &= ~_takes_part(catalogue, person)
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


def _takes_part(catalogue: Catalogue, person: str) -> BoolArray:
    """True where a person takes part in an item, ``(n_items,)``."""
    folded = person.casefold()
    mask = np.array([any(name.casefold() == folded for name in names) for names in catalogue.people], np.bool_)
    if not mask.any():
        everybody = {name for names in catalogue.people for name in names}
        if not everybody:
            raise CapabilityError("the catalogue has no people", "leave out the people")
        near = difflib.get_close_matches(person, sorted(everybody), n=1, cutoff=0.5)
        raise ConfigError(person, "no movie has this person", near[0] if near else None)
    return mask
