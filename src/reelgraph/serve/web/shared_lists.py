"""Lists that a visitor shows to whoever has the link: titles and an optional name, nothing else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from reelgraph.core.errors import ConfigError
from reelgraph.serve.api.parameters import RequestBody
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_views
from reelgraph.store import Link

MAX_LINKS = 10
_TOKEN_BYTES, _DAY = 24, 24 * 3600
_LENGTHS = {"picks": 20, "watchlist": 100, "favourites": 30}
_CONTROL_CHARACTERS = dict.fromkeys([*range(32), 127])

ListKind = Literal["picks", "watchlist", "favourites"]


class NewSharedList(RequestBody):
    """A list to share: the picks of now, the watchlist, or the films rated best; and for how many days."""

    kind: ListKind
    name: Annotated[str, Field(max_length=60)] = ""
    days: Literal[1, 7, 30, 90] = 30


@dataclass(frozen=True, slots=True)
class SharedListView:
    """A link that the visitor made; its address is shown only once."""

    id: str
    kind: ListKind
    name: str
    films: int
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list as whoever has the link sees it; ``missing`` films are not in the catalogue any more."""

    kind: ListKind
    name: str
    films: Sequence[MovieView]
    missing: int
    expires: int


def create_list(service: Service, user_id: str | None, body: NewSharedList) -> tuple[str, SharedListView]:
    """A token and its link; the films are those of now, and do not change later.

    Raises:
        ApiError: 409, the list would be empty, or there are too many links.
    """
    loaded = service.loaded
    rows = [] if user_id is None else list_rows(loaded, service.users.visitor(loaded, user_id), body.kind)
    if user_id is None or not rows:
        raise ApiError(409, "empty", "this list has no films yet", "rate a few films first")
    name = " ".join(body.name.translate(_CONTROL_CHARACTERS).split())
    content = {"kind": body.kind, "name": name, "items": [loaded.item_ids[row] for row in rows]}
    token, expires = secrets.token_urlsafe(_TOKEN_BYTES), int(time.time()) + body.days * _DAY
    try:
        link = service.store.links.add(user_id, "list", token, expires, content, max_links=MAX_LINKS)
    except ConfigError as error:
        raise ApiError(409, "links", error.message, "revoke one that is not needed") from None
    return token, list_view(link)


def list_rows(loaded: LoadedBundle, visitor: UserState, kind: ListKind) -> list[int]:
    """The item rows of a list, best first; of the favourites those that the visitor liked."""
    length, bundle = _LENGTHS[kind], loaded.bundle
    if kind == "watchlist":
        return [int(row) for row in visitor.watchlist[:length]]
    if kind == "picks":
        if not visitor.history().informs(loaded.recommender.scorer):
            return []
        picks = loaded.recommender.recommend(visitor.history(), length)
        return [bundle.items.row(line.item_id) for line in picks]
    liked = np.ones(len(visitor.stars), np.bool_) if bundle.scale is None else visitor.stars >= bundle.scale.liked_from
    order = np.lexsort((-visitor.rated_at, -visitor.stars))
    return [int(visitor.ratings.indices[position]) for position in order if liked[position]][:length]


def list_view(link: Link) -> SharedListView:
    """A link as its owner sees it."""
    content = link.content
    return SharedListView(
        link.link_id, content["kind"], content["name"], len(content["items"]), link.created, link.expires
    )  # fmt: skip


def shared_list(loaded: LoadedBundle, link: Link) -> SharedList:
    """A link as whoever has it sees it."""
    content = link.content
    rows = [loaded.item_rows[item] for item in content["items"] if item in loaded.item_rows]
    n_missing = len(content["items"]) - len(rows)
    return SharedList(content["kind"], content["name"], movie_views(loaded, rows), n_missing, link.expires)
