"""One bundle in memory, with what the service derives from it once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from reelgraph.bundle import Bundle, read_manifest
from reelgraph.core import IntArray
from reelgraph.core.errors import BundleError, UnknownIdError
from reelgraph.recommend import Order, Recommender
from reelgraph.recommend.explain.reason_choice import choose_reasons
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.stored_items import StoredItems

_T = TypeVar("_T")
_LOAD_ATTEMPTS = 3


@dataclass(frozen=True)
class LoadedBundle:
    """A loaded bundle.

    The service and the store write item ids as text; a bundle may have them as integers.

    Args:
        recommender: answers questions with the bundle.
        digest: SHA-256 of the manifest, which covers all files, and of the movies that were added in the store.
        created: when the bundle was written, ISO 8601, or "".
        derived: what the page computes of the bundle, on first use.
        language: code of the language of the titles that answers show, "" for those of the catalogue.
    """

    recommender: Recommender
    digest: str
    created: str = ""
    derived: DerivedValues = field(default_factory=lambda: DerivedValues(), repr=False, compare=False)
    manifest_digest: str = ""
    language: str = ""

    @classmethod
    def load(
        cls, path: Path, seen_weight: float | None = None, stored_items: StoredItems | None = None
    ) -> LoadedBundle:
        """Read and verify the bundle at ``path``.

        Args:
            path: folder of the bundle.
            seen_weight: weight of a movie seen without a rating; None for that of the bundle.
            stored_items: adds movies to it; None for none.

        Raises:
            BundleError: it is missing, damaged or foreign, or holds no item.
            StoreError: the store of the added movies cannot answer.
        """
        bundle, manifest = _load(path)
        if not len(bundle.items):
            raise BundleError(f"{path} holds no item to recommend")
        digest = manifest_digest = manifest["digest"]
        if stored_items is not None:
            bundle, digest = stored_items.added_to(bundle, digest)
        recommender = Recommender(bundle, seen_weight=seen_weight)
        return cls(recommender, digest, str(manifest.get("created", "")), manifest_digest=manifest_digest)

    @property
    def bundle(self) -> Bundle:
        """Model, ids, catalogue and ratings."""
        return self.recommender.bundle

    def in_language(self, language: str | None) -> LoadedBundle:
        """The same bundle, with titles in a language where they are known; itself for None or where none is known."""
        if not language or language == self.language or not any(self.bundle.catalogue.title_languages):
            return self
        return self.derived.get(f"titles in {language}", lambda: replace(self, language=language))

    def local_title(self, row: int) -> str:
        """The title of the movie at an item row in `language`; "" where it is not known, or none is asked for."""
        return self.bundle.catalogue.local_title(row, self.language) if self.language else ""

    @cached_property
    def created_seconds(self) -> float:
        """When the bundle was written, Unix seconds; 0 if it does not say."""
        return _unix_seconds(self.created)

    @cached_property
    def trained_seconds(self) -> float:
        """When its model was fitted, Unix seconds, which updates leave as it is; when it was written if unknown."""
        training = self.bundle.info.get("training", {})
        return _unix_seconds(str(training.get("finished", ""))) or self.created_seconds

    @cached_property
    def item_ids(self) -> list[str]:
        """The id of each item row, as text."""
        return [str(item_id) for item_id in self.bundle.items.ids.tolist()]

    @cached_property
    def item_rows(self) -> dict[str, int]:
        """The item row of each id, as text."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def item_row(self, item_id: str) -> int:
        """The row of an item.

        Raises:
            UnknownIdError: no item has this id.
        """
        row = self.item_rows.get(item_id)
        if row is None:
            raise UnknownIdError("no movie has this id", "search by title: GET /api/items?q=")
        return row

    def is_in_model(self, row: int) -> bool:
        """Whether the model was fitted with an item; the others were added after the fit and come last."""
        return row < len(self.bundle.items) - self.bundle.n_added_items

    def native_item_id(self, item_id: str) -> int | str:
        """The id of an item as the bundle has it.

        Raises:
            UnknownIdError: no item has this id.
        """
        return self.bundle.items.id(self.item_row(item_id))

    def user_row(self, user_id: str) -> int | None:
        """The row of a user of the bundle; None for everybody else."""
        users = self.bundle.users
        return users.row(user_id) if user_id in users else None

    def chosen_reasons(self, history: WeightedHistory, rows: IntArray, order: Order) -> list[ChosenReasons]:
        """Why the movies at item rows, ``(n,)``, are listed for a person in an order."""
        recommender = self.recommender
        scorer = recommender.scorer_for(history, order)
        return choose_reasons(self.bundle, recommender.co_likes, history, scorer, rows)


class DerivedValues:
    """Values that are computed once and kept as long as the bundle; two callers at once do not compute one twice."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._value_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> frozenset[str]:
        """Names of the values that are there."""
        return frozenset(self._values)

    def get(self, name: str, compute: Callable[[], _T]) -> _T:
        """The value with a name, computed on first use."""
        with self._lock:
            value_lock = self._value_locks.setdefault(name, threading.Lock())
        with value_lock:
            if name not in self._values:
                self._values[name] = compute()
            value: _T = self._values[name]
            return value


def _load(path: Path) -> tuple[Bundle, dict[str, Any]]:
    """The bundle and the manifest that belongs to it, also when the bundle is being replaced."""
    for _ in range(_LOAD_ATTEMPTS):
        manifest = read_manifest(path)
        bundle = Bundle.load(path)
        if read_manifest(path)["digest"] == manifest["digest"]:
            return bundle, manifest
    raise BundleError(f"{path} is replaced again and again", "wait until it is written")


def _unix_seconds(text: str) -> float:
    """Of an ISO 8601 time; 0 where it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
