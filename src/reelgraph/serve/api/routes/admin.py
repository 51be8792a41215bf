"""Routes for the operator: reload the bundle, make and revoke keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from reelgraph.core.errors import BundleError, UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.parameters import StrictBody
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import SCOPES, ApiKey, Scope

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(require_scope("admin"))])
_ERRORS = error_responses(400, 401, 403, 409, 413, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class ReloadResponse:
    """Whether another bundle is in use now, and the digest of the one in use."""

    swapped: bool
    bundle: str


@dataclass(frozen=True, slots=True)
class KeyList:
    """All keys, without their secrets."""

    keys: Sequence[ApiKey]


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """The text of a new key, which cannot be read again."""

    key: str


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """The id of a key that is not accepted any more."""

    id: str


class KeyRequest(StrictBody):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))


@router.post("/reload", response_model=ReloadResponse, responses=_ERRORS, summary="Reload the bundle")
async def reload(service: ServiceDep) -> Response:
    """Load the bundle's folder again. A bundle that cannot be used is refused, and the current one stays."""
    try:
        swapped = await service.run_operator(service.bundles.reload)
    except BundleError as error:
        path, name = str(service.settings.bundle), service.settings.bundle.name
        raise ApiError(409, "bundle", error.message.replace(path, name), "the current bundle stays in use") from None
    return presenters.reply(ReloadResponse(swapped, service.loaded.digest))


@router.get("/keys", response_model=KeyList, responses=_ERRORS, summary="All keys")
async def keys(service: ServiceDep) -> Response:
    """All keys, the revoked ones too."""
    return presenters.reply({"keys": [_without_secret(key) for key in await service.run_quick(service.store.keys)]})


@router.post("/keys", response_model=CreatedKey, responses=_ERRORS, status_code=201, summary="Make a key")
async def add_key(service: ServiceDep, request: KeyRequest) -> Response:
    """Make a key. Its text is in the response and cannot be read again."""
    text = await service.run_quick(service.store.add_key, request.name, sorted(set(request.scopes)))
    return presenters.reply(CreatedKey(text), status=201)


@router.delete(
    "/keys/{key_id}", response_model=RevokedKey, responses=_ERRORS | error_responses(404), summary="Revoke a key"
)
async def revoke(service: ServiceDep, key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{1,40}$")]) -> Response:
    """Revoke a key. It is not accepted any more."""
    return presenters.reply(await service.run_quick(_revoke, service, key_id))


def _revoke(service: Service, key_id: str) -> RevokedKey:
    if not service.store.revoke(key_id):
        raise UnknownIdError("no valid key has this id")
    service.keys.invalidate()
    return RevokedKey(key_id)


def _without_secret(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id, "name": key.name, "scopes": sorted(key.scopes), "created": key.created, "revoked": key.revoked
    }  # fmt: skip
