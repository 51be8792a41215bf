"""Who may: a dependency of the routes that need a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader

from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.service import ServiceDep
from reelgraph.store import Scope

_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key of `reelgraph store key add`.")


def needs(scope: Scope) -> Callable[..., Awaitable[None]]:
    """A dependency: a key with this scope, or a service open to all."""

    async def check(service: ServiceDep, plain: Annotated[str | None, Security(_HEADER)] = None) -> None:
        if service.settings.open:
            return
        if plain is None:
            raise _refused("no key was given", "send it in the header X-API-Key")
        key = service.keys.remembered(plain) or await service.quick(service.keys.check, plain)
        if key is None:
            raise _refused("the key opens nothing", "make one: reelgraph store key add")
        if scope not in key.scopes:
            raise ApiError(403, "forbidden", f"the key may not {scope}", f"give it a key with the scope {scope}")

    return check


def _refused(detail: str, hint: str) -> ApiError:
    return ApiError(401, "unauthorized", detail, hint, {"WWW-Authenticate": 'ApiKey realm="reelgraph"'})
