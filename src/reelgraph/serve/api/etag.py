"""Conditional requests: what has not changed is neither computed nor sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fastapi import Request, Response


def etag_headers(*parts: str) -> Mapping[str, str]:
    """Headers with an ETag of everything that a response depends on; clients ask again before they use a copy.

    The ETag is weak, since the response may be compressed.
    """
    digest = hashlib.blake2b("\x00".join(parts).encode(errors="replace"), digest_size=12).hexdigest()
    return {"ETag": f'W/"{digest}"', "Cache-Control": "private, no-cache"}


def is_unchanged(request: Request, headers: Mapping[str, str]) -> bool:
    """Whether the client already has the response with these headers."""
    if_none_match = request.headers.get("if-none-match")
    if if_none_match is None:
        return False
    client_tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return if_none_match.strip() == "*" or headers["ETag"].removeprefix("W/") in client_tags


def not_modified(headers: Mapping[str, str]) -> Response:
    """The response 304."""
    return Response(status_code=304, headers=headers)
