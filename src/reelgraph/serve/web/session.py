"""The session of a browser: an unguessable cookie, and protection against cross-site request forgery (CSRF)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from reelgraph.serve.errors import ApiError
from reelgraph.store import GUEST_PREFIX

COOKIE = "reelgraph"

_FIRST_TOKEN = "first"  # before there is a session
_MAX_AGE = 365 * 24 * 3600  # seconds
_MAX_SECRET_LENGTH = 100
_ALLOWED_FETCH_SITES = ("same-origin", "none")
_SAFE_METHODS = ("GET", "HEAD")


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
        return cls(secrets.token_urlsafe(32))

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
            COOKIE, self.secret, max_age=_MAX_AGE, path="/", secure=_is_https(request), httponly=True, samesite="lax"
        )


def delete_cookie(request: Request, response: Response) -> None:
    """Delete the cookie."""
    response.delete_cookie(COOKIE, path="/", secure=_is_https(request), httponly=True, samesite="lax")


def current_session(request: Request) -> VisitorSession:
    """The session of a request. A change needs the token, and must come from the page if the browser says where from.

    Raises:
        ApiError: 403, the request may come from another site.
    """
    secret = request.cookies.get(COOKIE, "")
    session = VisitorSession(secret) if secret.isascii() and len(secret) <= _MAX_SECRET_LENGTH else VisitorSession()
    if request.method in _SAFE_METHODS:
        return session
    token = request.headers.get("x-csrf-token", "")
    is_cross_site = request.headers.get("sec-fetch-site", "none") not in _ALLOWED_FETCH_SITES
    if is_cross_site or not hmac.compare_digest(token.encode(), session.csrf_token.encode()):
        raise ApiError(403, "csrf", "this change does not come from the page", "load the page again")
    return session


SessionDep = Annotated[VisitorSession, Depends(current_session)]


def _derive(secret: str, purpose: bytes) -> str:
    return hashlib.blake2b(secret.encode(), digest_size=16, person=purpose).hexdigest()


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"
