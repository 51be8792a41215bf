"""Taking a session to another device.

The store has neither the secret of the session nor the token of the link. It has the secret sealed with the token, and
finds the link by a hash of the token: who reads the store can use neither. A seal is the exclusive or with a hash of
the token, which is random, secret and used once, so that this is a one-time pad.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.service import Service
from reelgraph.serve.web.session import VisitorSession
from reelgraph.store import Link, NewRating, PersonState

TOKEN_BYTES = 24
LIFETIME = 600  # seconds
_PAD_BYTES = 64

Own = Literal["add", "delete"]
"""What becomes of the films of this browser: added to those of the other device, or deleted."""


@dataclass(frozen=True, slots=True)
class FilmCounts:
    """Numbers of films of a person."""

    rated: int = 0
    seen: int = 0
    watchlist: int = 0


@dataclass(frozen=True, slots=True)
class TransferPreview:
    """What a link would do; ``same``: this browser has that session already."""

    csrf: str
    theirs: FilmCounts
    own: FilmCounts
    same: bool
    expires: int


def create_token(service: Service, session: VisitorSession) -> tuple[str, int]:
    """A new token for the session, which replaces an earlier one, and when it expires.

    Raises:
        ApiError: 409, there is nothing to take along.
    """
    person = None if session.user_id is None else service.store.person(session.user_id)
    if session.user_id is None or person is None:
        raise ApiError(409, "empty", "there is nothing to take along yet", "rate a film first")
    token, expires = secrets.token_urlsafe(TOKEN_BYTES), int(time.time()) + LIFETIME
    sealed = {"sealed": seal(session.secret, token)}
    service.store.links.add(session.user_id, "device", token, expires, sealed, max_links=1)
    return token, expires


def preview(service: Service, session: VisitorSession, token: str) -> TransferPreview:
    """What the link with this token would do; it stays valid.

    Raises:
        ApiError: 404, the link is unknown, used or expired.
    """
    link = _require(service.store.links.find("device", token))
    person = None if session.user_id is None else service.store.person(session.user_id)
    theirs = service.store.person(link.user_id)
    is_same = session.user_id == link.user_id
    return TransferPreview(session.csrf_token, _counts(theirs), _counts(person), is_same, link.expires)


def accept(service: Service, session: VisitorSession, token: str, own_films: Own) -> VisitorSession:
    """Use up a link: the session that this browser has from now on.

    Args:
        service: has the store.
        session: that this browser had so far.
        token: of the link.
        own_films: what becomes of the films of this browser.

    Raises:
        ApiError: 404, the link is unknown, used or expired; nothing was changed.
    """
    link = _require(service.store.links.take("device", token))
    sender = VisitorSession(unseal(str(link.content.get("sealed", "")), token))
    if not hmac.compare_digest(sender.user_id or "", link.user_id):
        raise ApiError(404, "unknown-link", "this link does not work", "make a new one on the other device")
    if session.user_id is not None and session.user_id != link.user_id:
        if own_films == "add":
            _add_films(service, session.user_id, link.user_id)
        service.impressions.delete_user(session.user_id)
        service.store.forget(session.user_id, final=True)
    return sender


def _add_films(service: Service, source: str, target: str) -> None:
    """Add ratings and marks of one person to those of another, who keeps theirs."""
    person, receiver = service.store.person(source), service.store.person(target)
    if person is None or receiver is None:
        return
    new = {item: rating for item, rating in person.ratings.items() if item not in receiver.ratings}
    service.store.rate([NewRating(target, item, rating.stars, rating.at) for item, rating in new.items()])
    service.store.mark_all(target, sorted(person.seen), "seen", person.seen_at)
    service.store.mark_all(target, sorted(person.watchlist - receiver.not_interested), "watchlist")
    service.store.mark_all(target, sorted(person.not_interested - receiver.watchlist), "not-interested")


def _require(link: Link | None) -> Link:
    if link is None:
        raise ApiError(
            404, "unknown-link", "this link was used already, or its ten minutes are over",
            "make a new one on the other device",
        )  # fmt: skip
    return link


def _counts(person: PersonState | None) -> FilmCounts:
    if person is None:
        return FilmCounts()
    return FilmCounts(len(person.ratings), len(person.seen - person.ratings.keys()), len(person.watchlist))


def seal(secret: str, token: str) -> str:
    """A secret of at most 64 bytes, unreadable without the token.

    Raises:
        ApiError: 409, it is longer.
    """
    plain = secret.encode()
    if len(plain) > _PAD_BYTES:
        raise ApiError(409, "session", "this session cannot be taken along", "start a new one")
    return base64.b64encode(_xor(plain, _pad(token))).decode()


def unseal(sealed: str, token: str) -> str:
    """The secret; nonsense for another token."""
    try:
        return _xor(base64.b64decode(sealed, validate=True), _pad(token)).decode("ascii", "replace")
    except binascii.Error:
        return ""


def _pad(token: str) -> bytes:
    return hashlib.blake2b(token.encode(errors="replace"), digest_size=_PAD_BYTES, person=b"device link").digest()


def _xor(data: bytes, pad: bytes) -> bytes:
    return bytes(byte ^ key for byte, key in zip(data, pad, strict=False))
