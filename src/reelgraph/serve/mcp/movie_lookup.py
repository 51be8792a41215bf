"""Movies that an assistant names by title or id, in place of the ids that the routes take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from reelgraph.core.errors import ConfigError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_T = TypeVar("_T")


class MovieLookup:
    """Finds the movies that one call names, and keeps what was guessed.

    Args:
        loaded: the bundle.
    """

    def __init__(self, loaded: LoadedBundle) -> None:
        self._loaded = loaded
        self.notes: list[str] = []

    def id(self, name: str) -> str:
        """The id, as text, of the movie with an id or title; a guess is noted.

        Raises:
            UnknownIdError: no movie, or more than one, fits; the nearest are named.
            WorkInterruptedError: the call took too long, or nobody waits for it.
        """
        raise_if_interrupted()  # a misspelt title takes milliseconds, and there may be thousands
        lookup = self._loaded.recommender.titles.find(name)
        if lookup.note:
            self.notes.append(lookup.note)
        elif name.isdecimal() and self._loaded.recommender.titles.index.same_title(name):
            title = self._loaded.bundle.catalogue.title[lookup.row]
            self.notes.append(f"{name!r} is taken as the id of {title}, not as a title")
        return self._loaded.item_ids[lookup.row]

    def ids(self, names: Iterable[str]) -> list[str]:
        """The id of each of several names; raises as `id`."""
        return [self.id(name) for name in names]

    def keyed(self, values: Mapping[str, _T]) -> dict[str, _T]:
        """Values by id in place of names.

        Raises:
            UnknownIdError: as `id`.
            ConfigError: two names are of one movie.
        """
        by_id: dict[str, _T] = {}
        name_of: dict[str, str] = {}
        for name, value in values.items():
            item_id = self.id(name)
            if item_id in by_id:
                raise ConfigError(name, f"is the same movie as {name_of[item_id]!r}; name it once")
            by_id[item_id], name_of[item_id] = value, name
        return by_id
