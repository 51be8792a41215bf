"""Who is at the browser: a cookie that nobody guesses, and proof that a change comes from our own page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from reelgraph.serve.errors import ApiError

COOKIE = "reelgraph"
_FIRST = "first"  # the token of somebody who has no session yet
_YEAR = 365 * 24 * 3600
_LONGEST = 100  # characters of a secret
_OWN_SITES = ("same-origin", "none")
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class VisitorSession:
    """One browser.

    The cookie holds a secret; the id in the store is made from it one way, so whoever reads ids cannot be anybody.

    Args:
        secret: of the cookie; "" where there is none yet.
    """

    secret: str = ""

    @classmethod
    def new(cls) -> VisitorSession:
        """Somebody new."""
        return cls(secrets.token_urlsafe(32))

    @property
    def user_id(self) -> str | None:
        """The id in the store; None before the first thing taught."""
        return f"guest-{_made(self.secret, b'person')}" if self.secret else None

    @property
    def token(self) -> str:
        """What a page must send with a change, in the header X-CSRF-Token."""
        return _made(self.secret, b"token") if self.secret else _FIRST

    def keep(self, request: Request, response: Response) -> None:
        """Give the browser its cookie: for a year, out of reach of scripts, not sent from foreign pages."""
        response.set_cookie(
            COOKIE, self.secret, max_age=_YEAR, path="/", secure=_is_https(request), httponly=True, samesite="lax"
        )


def drop(request: Request, response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/", secure=_is_https(request), httponly=True, samesite="lax")


def session(request: Request) -> VisitorSession:
    """Whose request this is; a change must carry the token, and come from our own page where the browser says so.

    Raises:
        ApiError: 403, it may be a foreign page that asks.
    """
    secret = request.cookies.get(COOKIE, "")
    found = VisitorSession(secret) if secret.isascii() and len(secret) <= _LONGEST else VisitorSession()
    if request.method in _SAFE:
        return found
    sent = request.headers.get("x-csrf-token", "")
    foreign = request.headers.get("sec-fetch-site", "none") not in _OWN_SITES
    if foreign or not hmac.compare_digest(sent.encode(), found.token.encode()):
        raise ApiError(403, "csrf", "this change does not come from the page", "load the page again")
    return found


SessionDep = Annotated[VisitorSession, Depends(session)]


def _made(secret: str, purpose: bytes) -> str:
    return hashlib.blake2b(secret.encode(), digest_size=16, person=purpose).hexdigest()


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"
