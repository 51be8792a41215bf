"""The session of a browser: an unguessable cookie, and protection against cross-site request forgery (CSRF)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.cross_site import SAFE_METHODS
from reelgraph.store import GUEST_PREFIX

COOKIE = "reelgraph"
SECURE_COOKIE = "__Host-reelgraph"
"""The name over HTTPS: a browser takes such a cookie only from this host, over HTTPS and for all paths."""

VISITOR_PATH = "/api/me"

_FIRST_TOKEN = "first"  # before there is a session
_MAX_AGE = 365 * 24 * 3600  # seconds
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # 32 bytes in URL-safe base64, as `new` makes them


@dataclass(frozen=True)
class VisitorSession:
    """One browser.

    The cookie holds a secret. The id in the store is a hash of it, so whoever reads the store cannot use the session.

    Args:
        secret: value of the cookie; "" before there is one.
    """

    secret: str = ""

    @classmethod
    def new(cls) -> VisitorSession:
        """A session with a new secret."""
        return cls(secrets.token_urlsafe(_SECRET_BYTES))

    @property
    def user_id(self) -> str | None:
        """The id in the store; None before the first change."""
        return f"{GUEST_PREFIX}{_derive(self.secret, b'person')}" if self.secret else None

    @property
    def csrf_token(self) -> str:
        """The value of the header X-CSRF-Token that a change needs."""
        return _derive(self.secret, b"token") if self.secret else _FIRST_TOKEN

    def set_cookie(self, request: Request, response: Response) -> None:
        """Set the cookie: for a year, not readable by scripts, not sent with requests from other sites."""
        response.set_cookie(
            _cookie_name(request), self.secret, max_age=_MAX_AGE, path="/", secure=_is_https(request), httponly=True,
            samesite="lax",
        )  # fmt: skip


def delete_cookie(request: Request, response: Response) -> None:
    """Delete the cookie."""
    response.delete_cookie(_cookie_name(request), path="/", secure=_is_https(request), httponly=True, samesite="lax")


def current_session(request: Request) -> VisitorSession:
    """The session of a request; a cookie that the service cannot have made counts as none. A change needs the token.

    Raises:
        ApiError: 403, the request may come from another site.
    """
    secret = request.cookies.get(_cookie_name(request), "")
    session = VisitorSession(secret) if _SECRET.fullmatch(secret) else VisitorSession()
    if request.method in SAFE_METHODS:
        return session
    token = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(token.encode(), session.csrf_token.encode()):
        close = {"Connection": "close"}
        raise ApiError(403, "csrf", "this change does not come from the page", "load the page again", close)
    return session


class CsrfGuard:
    """Checks the token of a visitor's change before its body is read: FastAPI reads a form before it calls a route.

    Args:
        app: the next ASGI application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["path"].startswith(VISITOR_PATH):
            try:
                current_session(Request(scope))
            except ApiError as error:
                await error.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)


SessionDep = Annotated[VisitorSession, Depends(current_session)]


def _derive(secret: str, purpose: bytes) -> str:
    return hashlib.blake2b(secret.encode(), digest_size=16, person=purpose).hexdigest()


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if _is_https(request) else COOKIE


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"
