"""Routes of the diary."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web.diary_view import DiaryPage, diary_page
from reelgraph.serve.web.language import LocalBundleDep
from reelgraph.serve.web.render import html
from reelgraph.serve.web.session import SessionDep

router = APIRouter(include_in_schema=False)
_MAX_OFFSET = 10_000


@router.get("/diary")
async def diary(request: Request, service: ServiceDep) -> Response:
    """What was shown, watched and rated."""
    return html(request, service.loaded, "diary.html")


@router.get("/api/me/diary")
async def diary_entries(
    service: ServiceDep,
    session: SessionDep,
    loaded: LocalBundleDep,
    offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET)] = 0,
    n: Annotated[int, Query(ge=1, le=100)] = 40,
) -> Response:
    """A page of the diary, newest first."""
    return presenters.reply(await service.run_quick(_page, service, loaded, session.user_id, offset, n))


def _page(service: Service, loaded: LoadedBundle, user_id: str | None, offset: int, n: int) -> DiaryPage:
    if user_id is not None:
        service.impressions.flush()
    return diary_page(loaded, service.store, user_id, offset, n)
