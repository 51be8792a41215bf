"""Routes for what a visitor's taste begins with and amounts to: the wall of well-known movies, and the portrait."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import ItemId
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web.movie_view import MovieView, movie_views
from reelgraph.serve.web.session import SessionDep

router = APIRouter(prefix="/api/me", include_in_schema=False)
_ItemIdsQuery = Annotated[list[ItemId], Query(max_length=300)]


@router.get("/wall")
async def wall(
    service: ServiceDep,
    session: SessionDep,
    offered: _ItemIdsQuery = [],  # noqa: B006
    anybody: bool = False,
    n: Annotated[int, Query(ge=1, le=24)] = 16,
) -> Response:
    """Well-known movies to choose from, but for those offered before, and those that the visitor knows or rejects.

    With ``anybody`` they are for another person, of whom nothing is stored.
    """
    loaded = service.loaded

    def work() -> list[MovieView]:
        visitor = service.users.visitor(loaded, None if anybody else session.user_id)
        offered_rows = [loaded.item_rows[item] for item in offered if item in loaded.item_rows]
        known = (visitor.ratings.indices, visitor.seen_only, visitor.not_interested, np.array(offered_rows, np.int64))
        rows = loaded.recommender.well_known.choice(n, np.unique(np.concatenate(known)).tolist())
        return movie_views(loaded, rows.tolist())

    return presenters.reply(await service.run_slow(work))
