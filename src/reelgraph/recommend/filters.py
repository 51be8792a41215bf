"""What may be in a list; applied before the k best are taken, so that a list is never short without need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from reelgraph.errors import ConfigError
from reelgraph.types import BoolArray, Catalogue, IdIndex


@dataclass(frozen=True)
class Filters:
    """Conditions that all hold for every movie of the list.

    Args:
        genres: at least one of these, upper or lower case; empty for any.
        year_from: first year, or None.
        year_to: last year, or None. A movie of unknown year passes only when both are None.
        exclude: item ids never listed.
        include: when not None, only these item ids are listed.
    """

    genres: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    exclude: Collection[int | str] = ()
    include: Collection[int | str] | None = None

    def allowed(self, items: IdIndex, catalogue: Catalogue) -> BoolArray:
        """True where a movie may be listed, ``(n_items,)``.

        Args:
            items: the ids.
            catalogue: aligned with ``items``.

        Raises:
            ConfigError: no movie has that genre, with the nearest known one.
            UnknownIdError: an id is not known.
        """
        allowed = np.ones(len(items), dtype=np.bool_)
        if self.genres:
            allowed &= self._has_genre(catalogue)
        if self.year_from is not None:
            allowed &= catalogue.year >= max(self.year_from, 1)
        if self.year_to is not None:
            allowed &= (catalogue.year <= self.year_to) & (catalogue.year > 0)
        if self.include is not None:
            chosen = np.zeros_like(allowed)
            chosen[items.rows(list(self.include))] = True
            allowed &= chosen
        allowed[items.rows(list(self.exclude))] = False
        return allowed

    def _has_genre(self, catalogue: Catalogue) -> BoolArray:
        known = {genre.casefold(): genre for genres in catalogue.genres for genre in genres}
        for genre in self.genres:
            if genre.casefold() not in known:
                raise ConfigError.unknown(genre, known.values())
        wanted = {genre.casefold() for genre in self.genres}
        return np.array([any(genre.casefold() in wanted for genre in genres) for genres in catalogue.genres], np.bool_)
