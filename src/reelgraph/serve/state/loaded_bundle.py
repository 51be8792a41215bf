"""One loaded bundle and what is derived from it once."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reelgraph.bundle import Bundle, read_manifest
from reelgraph.core.errors import BundleError, CapabilityError, UnknownIdError
from reelgraph.recommend import Recommender
from reelgraph.serve.api import presenters
from reelgraph.serve.state.title_search import TitleSearch

_TRIES = 3


@dataclass(frozen=True)
class LoadedBundle:
    """One loaded bundle and what is made of it once.

    Args:
        recommender: of the bundle.
        digest: SHA-256 of its manifest, which names all its files.
        created: when it was written, ISO 8601, or "".
        vectors_made: set once the item vectors are there, or there will be none.
    """

    recommender: Recommender
    digest: str
    created: str = ""
    vectors_made: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @classmethod
    def load(cls, path: Path) -> LoadedBundle:
        """Load the bundle at ``path`` and ask it once for what most ask, so that no request waits for a first time.

        Raises:
            BundleError: it is missing, damaged or foreign, holds no item, or cannot answer.
        """
        try:
            bundle, manifest = _load(path)
            if not len(bundle.items):
                raise BundleError(f"{path} holds no item to recommend")
            made = cls(Recommender(bundle), manifest["digest"], str(manifest.get("created", "")))
            made._try()
        except BundleError:
            raise
        except Exception as error:  # whatever it holds, who serves another one goes on
            raise BundleError(f"{path} cannot be used: {type(error).__name__}: {error}") from error
        return made

    @property
    def info(self) -> dict[str, Any]:
        """Model, data, split, training and metrics, see `Bundle.info`."""
        bundle = self.recommender.bundle
        return dict(bundle.info)

    @cached_property
    def search(self) -> TitleSearch:
        """Movies by the words of their titles."""
        return TitleSearch(self.recommender.catalogue, self.recommender.popularity.counts)

    @cached_property
    def ids(self) -> list[str]:
        """The ids of all items, as the service and the store write them."""
        return [str(one) for one in self.recommender.items.ids.tolist()]

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each of them."""
        return {item: row for row, item in enumerate(self.ids)}

    def item_row(self, item_id: str) -> int:
        """The row of an item, by its id alone.

        Raises:
            UnknownIdError: no such item.
        """
        row = self.rows.get(item_id)
        if row is None:
            raise UnknownIdError("no movie has this id", "search by title: GET /api/items?q=")
        return row

    def user_row(self, user_id: str) -> int | None:
        """The row of a user whom the bundle knows."""
        users = self.recommender.users
        row = users.row(user_id) if user_id in users else None
        return row if row is not None and str(users.ids[row]) == user_id else None

    def make_vectors(self) -> None:
        """Item vectors, which some models make on first use and in seconds; who asks before that waits for them."""
        try:
            with suppress(CapabilityError):  # not every model has vectors
                self.recommender.similar(self.recommender.items.id(0), 1)
        finally:
            self.vectors_made.set()

    def _try(self) -> None:
        """One answer of each kind: compiles loops, and fails here rather than before people."""
        asked = self.recommender
        scale, first = asked.scale, asked.items.id(0)
        person = {first: scale.high}
        presenters.reply(presenters.card(self))
        asked.recommend(person, 3)
        asked.recommend({}, 3)
        if len(users := asked.users):
            asked.recommend(users.id(0), 3)
        with suppress(CapabilityError):
            asked.explain(person, asked.items.id(-1))
        self.search.find("the", 1)
        self.item_row(self.ids[0])


def _load(path: Path) -> tuple[Bundle, dict[str, Any]]:
    """The bundle and its own manifest, also where it is replaced meanwhile."""
    for _ in range(_TRIES):
        manifest = read_manifest(path)
        bundle = Bundle.load(path)
        if read_manifest(path)["digest"] == manifest["digest"]:
            return bundle, manifest
    raise BundleError(f"{path} is replaced again and again", "wait until it is written")
