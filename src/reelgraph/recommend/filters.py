"""Conditions on the items of a list. They apply before the k best are taken, so filtered lists are not shorter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core import BoolArray, Catalogue, IdIndex, IntArray
from reelgraph.core.errors import ConfigError

Seen = Literal["hidden", "also", "only"]


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

    Raises:
        ConfigError: ``seen`` is none of these, or genres are given as one text.

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

    def __post_init__(self) -> None:
        if self.seen not in get_args(Seen):
            raise ConfigError.unknown(str(self.seen), get_args(Seen))
        for name in ("genres", "not_genres"):  # lists are accepted, but filters must be hashable
            if isinstance(genre := getattr(self, name), str):
                raise ConfigError(name, f"{genre!r} is one text: expected a list of genres, such as [{genre!r}]")
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def mask(self, items: IdIndex, catalogue: Catalogue, n_ratings: IntArray) -> BoolArray:
        """True where an item meets the conditions, ``(n_items,)``; ``seen`` is ignored.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.
            n_ratings: ``(n_items,)`` number of users who rated each item.

        Raises:
            ConfigError: no item has such a genre; the nearest is named.
            UnknownIdError: an id is not known.
        """
        mask = n_ratings >= self.min_viewers
        if self.genres:
            mask &= _has_genre(catalogue, self.genres)
        if self.not_genres:
            mask &= ~_has_genre(catalogue, self.not_genres)
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
