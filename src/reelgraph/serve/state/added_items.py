"""Movies that programs added after the training: in search at once; for the lists see `StoredItems`."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import Catalogue, IdIndex
from reelgraph.core.errors import StoreError
from reelgraph.data.titles.title_search import TitleMatches
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import AddedItem, Store

MAX_ADDED_ITEMS = 100_000  # in a store
MAX_OF_CLIENT = 20_000  # with one key


@dataclass(frozen=True)
class AddedItems:
    """The added movies that a bundle does not have.

    Args:
        items: by id.
        version: changes with the movies.
    """

    items: Mapping[str, AddedItem]
    version: str = ""

    def __contains__(self, item_id: object) -> bool:
        return item_id in self.items

    def search(self, query: str, n: int, offset: int) -> tuple[Sequence[AddedItem], TitleMatches]:
        """One page of the movies whose titles match, as those of the bundle are searched."""
        if not self.items:
            return [], TitleMatches(np.empty(0, np.int64), 0, approximate=True)
        matches = self._titles.search(query, n, offset)
        items = list(self.items.values())
        return [items[row] for row in matches.rows.tolist()], matches

    @cached_property
    def _titles(self) -> TitleLookup:
        ids, items = np.array(list(self.items), np.str_), list(self.items.values())
        catalogue = dataclasses.replace(
            Catalogue.from_ids(ids),
            title=np.array([item.title for item in items], np.str_),
            year=np.array([item.year for item in items], np.int64),
        )
        return TitleLookup(IdIndex(ids, "item"), catalogue)


class AddedItemsCache:
    """Reads the added movies from the store, again only after they changed, whichever process changed them.

    Args:
        store: has the movies.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._key: tuple[int, str] = (-1, "")
        self._current = AddedItems({})

    def current(self, loaded: LoadedBundle) -> AddedItems:
        """The added movies that the bundle does not have, as they are now; the last known if the store cannot answer.

        Cost: one statement of the driver, if nothing has changed.
        """
        try:
            key = (self._store.version("items"), loaded.digest)
            with self._lock:
                if key == self._key:
                    return self._current
            items = self._store.added_items() if key[0] else ()
        except StoreError:  # movies are found and described without the store, too
            with self._lock:
                return self._current if self._key[1] == loaded.digest else AddedItems({})
        missing = {item.item_id: item for item in items if item.item_id not in loaded.item_rows}
        current = AddedItems(missing, str(key[0]))
        with self._lock:
            self._key, self._current = key, current
        return current
