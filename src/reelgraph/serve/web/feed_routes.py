"""Routes by which a visitor makes, lists and revokes feeds: links to their picks for programs that can send no key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from reelgraph.core.errors import ConfigError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.routes.feeds import CreatedFeed, FeedRequest, create_feed, feed_of
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web.device_routes import page_origin
from reelgraph.serve.web.session import SessionDep

router = APIRouter(prefix="/api/me/feeds", include_in_schema=False)


@router.get("")
async def own_feeds(service: ServiceDep, session: SessionDep) -> Response:
    """The feeds that the visitor made."""
    user_id = session.user_id
    links = () if user_id is None else await service.run_quick(service.store.links.of, user_id, "feed")
    return presenters.reply({"csrf": session.csrf_token, "feeds": [feed_of(link) for link in links]})


@router.post("")
async def make_feed(request: Request, service: ServiceDep, session: SessionDep, body: FeedRequest) -> Response:
    """A new feed; its addresses are in no later answer."""
    new_feed = await service.run_quick(_make, service, session.user_id, body)
    addresses = {program: page_origin(request) + path for program, path in new_feed.paths.items()}
    return presenters.reply({"csrf": session.csrf_token, "feed": new_feed.feed, "addresses": addresses})


@router.delete("/{feed_id}")
async def revoke_feed(
    service: ServiceDep, session: SessionDep, feed_id: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
) -> Response:
    """Revoke a feed: its addresses show nothing from now on."""
    user_id = session.user_id
    if user_id is None or not await service.run_quick(service.store.links.revoke, user_id, feed_id):
        raise ApiError(404, "unknown-link", "there is no such link", "load the page again")
    return presenters.reply({"csrf": session.csrf_token})


def _make(service: Service, user_id: str | None, body: FeedRequest) -> CreatedFeed:
    if user_id is None or service.store.person(user_id) is None:
        raise ApiError(409, "empty", "there is nobody yet whose picks these would be", "rate a few films first")
    try:
        return create_feed(service, user_id, body)
    except ConfigError as error:
        raise ApiError(409, "links", error.message, "revoke one that is not needed") from None
