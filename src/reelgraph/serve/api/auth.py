"""API keys: a dependency for the routes that need one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader

from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Scope

_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key made by `reelgraph store key add`.")


def require_scope(scope: Scope) -> Callable[..., Awaitable[None]]:
    """A dependency that lets a request pass with a key of this scope, or when the service is open to all."""

    async def check_key(service: ServiceDep, text: Annotated[str | None, Security(_HEADER)] = None) -> None:
        await check_scope(service, text, scope)

    return check_key


async def check_scope(service: Service, text: str | None, scope: Scope) -> None:
    """Refuse a request without a key of a scope, unless the service is open to all.

    Args:
        service: has the keys.
        text: the key that the request has; None for none.
        scope: what the request needs.

    Raises:
        ApiError: 401, there is no valid key; 403, it does not have the scope.
        StoreError: the store cannot answer.
    """
    if service.settings.open:
        return
    if text is None:
        raise _unauthorized("the request has no key", "send it in the header X-API-Key")
    key = await service.verify_key(text)
    if key is None:
        raise _unauthorized("the key is not valid", "make one: reelgraph store key add")
    if scope not in key.scopes:
        raise ApiError(
            403, "forbidden", f"the key does not have the scope {scope}", f"use a key with the scope {scope}"
        )


def _unauthorized(detail: str, hint: str) -> ApiError:
    return ApiError(401, "unauthorized", detail, hint, {"WWW-Authenticate": 'ApiKey realm="reelgraph"'})
