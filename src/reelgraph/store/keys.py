"""Keys of programs: ``rg_<id>_<secret>``, of which only the id and an argon2 hash are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_PREFIX = "rg"
_LONGEST = 120  # characters; ours have 60
# A secret of 256 random bits cannot be guessed; the hash only keeps a thief of the store from reading it off.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class NewKey:
    """A key just made: the id and digest to be kept, and the text to be shown once."""

    id: str
    digest: str
    plain: str


def make_key() -> NewKey:
    """A new key."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return NewKey(key_id, _HASHER.hash(secret), f"{_PREFIX}_{key_id}_{secret}")


def parts(plain: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None where it is no such text."""
    words = plain.split("_", 2)
    if len(plain) > _LONGEST or len(words) != 3 or words[0] != _PREFIX or not plain.isascii():
        return None
    return words[1], words[2]


def fits(digest: str, secret: str) -> bool:
    """Is this the secret of the digest? Takes as long for a wrong one as for the right one."""
    try:
        return _HASHER.verify(digest, secret)
    except (VerificationError, InvalidHashError):
        return False
