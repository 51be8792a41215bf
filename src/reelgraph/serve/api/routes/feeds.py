"""Routes that make, list and revoke the feeds of a person: read-only links for programs that can send no key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from reelgraph.core.errors import UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.parameters import StrictBody, UserPath
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Link, add_feed, feed_paths
from reelgraph.store.feeds import DEFAULT_DAYS, MAX_DAYS

router = APIRouter(prefix="/api/users/{user_id}/feeds", tags=["people"], dependencies=[Depends(require_scope("read"))])
_WRITE = [Depends(require_scope("write"))]
_ERRORS = error_responses(401, 403, 404, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed; times in Unix seconds UTC."""

    id: str
    name: str
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class FeedList:
    """The feeds of a person that work, oldest first; their addresses cannot be read again."""

    feeds: Sequence[Feed]


@dataclass(frozen=True, slots=True)
class CreatedFeed:
    """A new feed, and the paths that it opens, by the program that reads them. They are in no later answer."""

    feed: Feed
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RevokedFeed:
    """The id of a feed that opens nothing any more."""

    id: str


class FeedRequest(StrictBody):
    """A feed to be made."""

    name: str = Field(
        min_length=1,
        max_length=60,
        pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$",
        description="What it is for.",
        examples=["radarr"],
    )
    days: int = Field(DEFAULT_DAYS, ge=1, le=MAX_DAYS, description="For which it works.")  # fmt: skip


@router.get("", response_model=FeedList, responses=_ERRORS, summary="The feeds of a person")
async def feeds(service: ServiceDep, user_id: UserPath) -> Response:
    """Those that were not revoked and have not expired."""
    links = await service.run_quick(service.store.links.of, user_id, "feed")
    return presenters.reply(FeedList([feed_of(link) for link in links]))


@router.post(
    "", response_model=CreatedFeed, responses=_ERRORS | error_responses(400, 409, 410, 413), dependencies=_WRITE,
    status_code=201, summary="Make a feed",
)  # fmt: skip
async def add(service: ServiceDep, user_id: UserPath, request: FeedRequest) -> Response:
    """Addresses that show the lists of this person, and nothing else, to whoever has them. Needs `read` and `write`."""
    return presenters.reply(await service.run_quick(create_feed, service, user_id, request), status=201)


@router.delete(
    "/{feed_id}", response_model=RevokedFeed, responses=_ERRORS, dependencies=_WRITE, summary="Revoke a feed"
)
async def revoke(
    service: ServiceDep, user_id: UserPath, feed_id: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
) -> Response:
    """Its addresses show nothing from now on."""
    return presenters.reply(await service.run_quick(_revoke, service, user_id, feed_id))


def create_feed(service: Service, user_id: str, request: FeedRequest) -> CreatedFeed:
    """A new feed of a person.

    Raises:
        UnknownIdError: nobody has this id.
        ConfigError: the person has as many feeds as there can be.
    """
    service.users.user(service.loaded, user_id)  # raises for nobody
    token, link = add_feed(service.store, user_id, request.name, request.days)
    return CreatedFeed(feed_of(link), feed_paths(token))


def _revoke(service: Service, user_id: str, feed_id: str) -> RevokedFeed:
    if feed_id not in {link.link_id for link in service.store.links.of(user_id, "feed")} or not (
        service.store.links.revoke(user_id, feed_id)
    ):
        raise UnknownIdError("the person has no feed with this id", "see GET /api/users/{user_id}/feeds")
    return RevokedFeed(feed_id)


def feed_of(link: Link) -> Feed:
    """A link as its owner sees it."""
    return Feed(link.link_id, str(link.content.get("name", "")), link.created, link.expires)
