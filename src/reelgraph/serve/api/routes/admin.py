"""For the operator: another bundle, and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from reelgraph.core.errors import BundleError, UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import needs
from reelgraph.serve.api.requests import StrictBody
from reelgraph.serve.errors import ApiError, problems
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import SCOPES, ApiKey, Scope

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(needs("admin"))])
_WRONG = problems(400, 401, 403, 409, 413, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class ReloadResponse:
    """Was another bundle taken into use, and the digest of the one in use now."""

    swapped: bool
    bundle: str


@dataclass(frozen=True, slots=True)
class KeyList:
    """All keys, without their secrets."""

    keys: Sequence[ApiKey]


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """The key, which is shown this once."""

    key: str


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """The key opens nothing any more."""

    id: str


class KeyRequest(StrictBody):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))


@router.post("/reload", response_model=ReloadResponse, responses=_WRONG, summary="Use the bundle that is there now")
async def reload(service: ServiceDep) -> Response:
    """Load the bundle's folder again; a bad one is refused, and the one in use stays. No request waits for it."""
    try:
        swapped = await service.operate(service.models.reload)
    except BundleError as error:
        place, name = str(service.settings.bundle), service.settings.bundle.name
        raise ApiError(409, "bundle", error.message.replace(place, name), "the bundle in use stays") from None
    return presenters.reply(ReloadResponse(swapped, service.model.digest))


@router.get("/keys", response_model=KeyList, responses=_WRONG, summary="All keys")
async def keys(service: ServiceDep) -> Response:
    """The revoked ones too."""
    return presenters.reply({"keys": [_key(one) for one in await service.quick(service.store.keys)]})


@router.post("/keys", response_model=CreatedKey, responses=_WRONG, status_code=201, summary="Make a key")
async def add_key(service: ServiceDep, wish: KeyRequest) -> Response:
    """Its text is in the answer and cannot be had again."""
    plain = await service.quick(service.store.add_key, wish.name, sorted(set(wish.scopes)))
    return presenters.reply(CreatedKey(plain), status=201)


@router.delete("/keys/{key_id}", response_model=RevokedKey, responses=_WRONG | problems(404), summary="Revoke a key")
async def revoke(service: ServiceDep, key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{1,40}$")]) -> Response:
    """From now on it opens nothing."""
    return presenters.reply(await service.quick(_revoke, service, key_id))


def _revoke(service: Service, key_id: str) -> RevokedKey:
    if not service.store.revoke(key_id):
        raise UnknownIdError("no key in use has this id")
    service.keys.changed()
    return RevokedKey(key_id)


def _key(one: ApiKey) -> dict[str, object]:
    return {
        "id": one.id, "name": one.name, "scopes": sorted(one.scopes), "created": one.created, "revoked": one.revoked
    }  # fmt: skip
