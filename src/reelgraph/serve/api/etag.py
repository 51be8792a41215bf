"""Conditional requests: what has not changed is not sent, nor made, again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fastapi import Request, Response


def tag(*parts: str) -> Mapping[str, str]:
    """Headers that name an answer by all that it hangs on; weak, for it may be compressed.

    Clients keep it, and ask each time whether it is still what they would get.
    """
    made = hashlib.blake2b("\x00".join(parts).encode(errors="replace"), digest_size=12).hexdigest()
    return {"ETag": f'W/"{made}"', "Cache-Control": "private, no-cache"}


def unchanged(request: Request, known: Mapping[str, str]) -> bool:
    """Does the client have this answer already?"""
    asked = request.headers.get("if-none-match")
    if asked is None:
        return False
    mine = known["ETag"].removeprefix("W/")
    return asked.strip() == "*" or mine in {one.strip().removeprefix("W/") for one in asked.split(",")}


def fresh(known: Mapping[str, str]) -> Response:
    """304: it is still what you have."""
    return Response(status_code=304, headers=known)
