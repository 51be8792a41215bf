"""Refuses changes that a page of another site sends with a visitor's browser."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.serve.errors import ApiError

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_OWN_FETCH_SITES = ("same-origin", "none")


class CrossSiteGuard:
    """Answers 403 to a changing request that a browser says comes from another origin, before its body is read.

    The header Sec-Fetch-Site decides if there is one, otherwise Origin, which must name the host that was asked.
    Programs send neither and pass. This is the rule of Go's ``net/http.CrossOriginProtection``.

    Args:
        app: the next ASGI application.
        names: public names of the service; an Origin with one of them and no port is its own, too.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app, self._names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and self._is_cross_site(Headers(scope=scope))
        ):
            detail, close = "this change does not come from a page of this service", {"Connection": "close"}
            await ApiError(403, "cross-site", detail, "load the page again", close).response()(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_cross_site(self, headers: Headers) -> bool:
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            return fetch_site not in _OWN_FETCH_SITES
        origin = headers.get("origin")
        if origin is None:
            return False
        host = _network_location(origin)
        return host is None or (host != headers.get("host", "").lower() and host not in self._names)


def _network_location(origin: str) -> str | None:
    """Host and port of an origin, in lower case; None for ``null`` and for what is not an origin."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
