"""API keys ``rg_<id>_<secret>``, of which only the id and an argon2 hash are stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_PREFIX = "rg"
_MAX_LENGTH = 120  # characters; generated keys have 60
# A secret of 256 random bits cannot be guessed; the hash only protects it from readers of the store.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of random bytes that were thrown away, with the same costs: compared with when no key has the id that was asked for.
_DIGEST_OF_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$CffNMaRIAOCmoydhvvz/cQ$gqX6YohGwK9Cn+viTRFVC0SqLrM7v+7z8sCoVs9yQpU"


@dataclass(frozen=True)
class GeneratedKey:
    """A new key: the id and digest to store, and the text to show once."""

    id: str
    digest: str
    plain: str


def generate_key() -> GeneratedKey:
    """Generate a key."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return GeneratedKey(key_id, _HASHER.hash(secret), f"{_PREFIX}_{key_id}_{secret}")


def split_key(plain: str) -> tuple[str, str] | None:
    """Id and secret of the text of a key; None if it is not one."""
    parts = plain.split("_", 2)
    if len(plain) > _MAX_LENGTH or len(parts) != 3 or parts[0] != _PREFIX or not plain.isascii():
        return None
    return parts[1], parts[2]


def verify_secret(digest: str | None, secret: str) -> bool:
    """Whether the secret has this digest; takes the same time for wrong secrets, and without a digest (None)."""
    try:
        return _HASHER.verify(digest or _DIGEST_OF_NOBODY, secret) and digest is not None
    except (VerificationError, InvalidHashError):
        return False
