"""Routes for what a visitor's taste begins with and amounts to: the wall of well-known movies, and the portrait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from reelgraph.recommend import TasteGroup
from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import ItemId
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web.language import LocalBundleDep
from reelgraph.serve.web.movie_view import MovieView, movie_view, movie_views
from reelgraph.serve.web.session import SessionDep

router = APIRouter(prefix="/api/me", include_in_schema=False)
_ItemIdsQuery = Annotated[list[ItemId], Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class LoveView:
    """A movie that the visitor loves and others do not, with the stars of both, if there are stars."""

    film: MovieView
    stars: float | None
    others: float | None
    viewers: int


@dataclass(frozen=True, slots=True)
class PortraitView:
    """The portrait of a visitor, see `reelgraph.recommend.Portrait`."""

    rated: int
    seen: int
    mean: float | None
    difference: float | None
    kinder_than: float | None
    genres: Sequence[TasteGroup]
    decades: Sequence[TasteGroup]
    unusual: Sequence[LoveView]


@router.get("/wall")
async def wall(
    service: ServiceDep,
    session: SessionDep,
    loaded: LocalBundleDep,
    offered: _ItemIdsQuery = [],  # noqa: B006
    anybody: bool = False,
    n: Annotated[int, Query(ge=1, le=24)] = 16,
) -> Response:
    """Well-known movies to choose from, but for those offered before, and those that the visitor knows or rejects.

    With ``anybody`` they are for another person, of whom nothing is stored.
    """

    def work() -> list[MovieView]:
        visitor = service.users.visitor(loaded, None if anybody else session.user_id)
        offered_rows = [loaded.item_rows[item] for item in offered if item in loaded.item_rows]
        excluded_rows = (
            visitor.ratings.indices,
            visitor.seen_only,
            visitor.not_interested,
            np.array(offered_rows, np.int64),
        )
        rows = loaded.recommender.well_known.choice(n, np.unique(np.concatenate(excluded_rows)).tolist())
        return movie_views(loaded, rows.tolist())

    return presenters.reply(await service.run_slow(work))


@router.get("/portrait")
async def portrait(service: ServiceDep, session: SessionDep, loaded: LocalBundleDep) -> Response:
    """What the visitor's ratings say about their taste."""

    def work() -> PortraitView:
        result = loaded.recommender.portrait(service.users.visitor(loaded, session.user_id).history())
        loves = [
            LoveView(movie_view(loaded, loaded.bundle.items.row(love.item_id)), love.stars, love.others, love.viewers)
            for love in result.unusual
        ]
        return PortraitView(
            result.rated, result.seen, result.mean, result.difference, result.kinder_than, result.genres,
            result.decades, loves,
        )  # fmt: skip

    return presenters.reply(await service.run_slow(work))
