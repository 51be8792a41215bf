"""The movies that programs added to the store, for the bundle in use."""

from __future__ import annotations

import hashlib

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import SupportsNewItems, whole_number
from reelgraph.store import POSTED_FIELDS, Store, catalogue_of
from reelgraph.updating.new_items import with_new_items
from reelgraph.updating.newer_metadata import with_newer_metadata


class StoredItems:
    """Puts the added movies into bundles.

    Args:
        store: has the movies.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def version(self) -> int:
        """Changes whenever movies are added.

        Raises:
            StoreError: the store cannot answer.
        """
        return self._store.version("items")

    def added_to(self, bundle: Bundle, digest: str) -> tuple[Bundle, str]:
        """The bundle with the added movies as the store has them, and a digest of both.

        Those that an update has put into the bundle take what the store says of them now.
        A model that cannot score new movies stays as it is, and so do movies whose id is text where those of the bundle
        are numbers; they are in search only.

        Args:
            bundle: as it was loaded.
            digest: of the bundle.

        Raises:
            StoreError: the store cannot answer.
        """
        if not isinstance(bundle.scorer, SupportsNewItems):
            return bundle, digest
        n_fitted = len(bundle.items) - bundle.n_added_items
        fitted_ids = set(bundle.items.ids[:n_fitted].astype(np.str_).tolist())
        items = [
            item
            for item in self._store.added_items()
            if item.item_id not in fitted_ids
            and (bundle.items.ids.dtype.kind == "U" or whole_number(item.item_id) is not None)
        ]
        if not items:
            return bundle, digest
        catalogue = catalogue_of(items)
        with_added = with_new_items(with_newer_metadata(bundle, catalogue, POSTED_FIELDS)[0], catalogue)
        if with_added is bundle:
            return bundle, digest
        text = repr([(item.item_id, item.title, item.year, item.genres) for item in items])
        digest = hashlib.sha256(f"{digest} {text}".encode(errors="replace")).hexdigest()
        return with_added, digest
