"""What may be in a list; applied before the k best are taken, so that a list is never short without need."""

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
    """Conditions that all hold for every movie of the list.

    Args:
        genres: at least one of these, upper or lower case; empty for any.
        not_genres: none of these.
        year_from: first year, or None.
        year_to: last year, or None. A movie of unknown year passes only when both are None.
        runtime_from: shortest, minutes, or None.
        runtime_to: longest, minutes, or None. A movie of unknown runtime passes only when both are None.
        min_viewers: people, at least, whose rating of the movie is kept.
        exclude: item ids never listed.
        include: when not None, only these item ids are listed.
        seen: movies that the person has rated: ``hidden``, ``also`` listed, or the ``only`` ones.
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
        for name in ("genres", "not_genres"):  # lists will do; what is kept by filters needs them hashable
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def allowed(self, items: IdIndex, catalogue: Catalogue, viewers: IntArray) -> BoolArray:
        """True where a movie may be listed, ``(n_items,)``; what the person has rated is not looked at.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.
            viewers: ``(n_items,)`` people who rated each movie.

        Raises:
            ConfigError: no movie has that genre, with the nearest known one.
            UnknownIdError: an id is not known.
        """
        allowed = viewers >= self.min_viewers
        if self.genres:
            allowed &= _has_genre(catalogue, self.genres)
        if self.not_genres:
            allowed &= ~_has_genre(catalogue, self.not_genres)
        for values, first, last in (
            (catalogue.year, self.year_from, self.year_to),
            (catalogue.runtime, self.runtime_from, self.runtime_to),
        ):
            if first is not None:
                allowed &= values >= max(first, 1)
            if last is not None:
                allowed &= (values <= last) & (values > 0)
        if self.include is not None:
            chosen = np.zeros_like(allowed)
            chosen[items.rows(list(self.include))] = True
            allowed &= chosen
        allowed[items.rows(list(self.exclude))] = False
        return allowed


def _has_genre(catalogue: Catalogue, wanted: tuple[str, ...]) -> BoolArray:
    """True where a movie has one of the genres, ``(n_items,)``."""
    every = {genre for genres in catalogue.genres for genre in genres}
    folded = {genre.casefold() for genre in wanted}
    for genre in wanted:
        if genre.casefold() not in {one.casefold() for one in every}:
            raise ConfigError.unknown(genre, every, "genre")
    found = {genre for genre in every if genre.casefold() in folded}
    return np.array([not found.isdisjoint(genres) for genres in catalogue.genres], np.bool_)
