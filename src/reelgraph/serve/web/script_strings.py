"""The messages that the scripts of the page use, as one script for each language; its address has a hash of it."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from fastapi import APIRouter, Request, Response

from reelgraph.serve.errors import ApiError
from reelgraph.serve.web.messages import DEFAULT_LANGUAGE, LANGUAGES, all_messages, messages_for

router = APIRouter(include_in_schema=False)
STATIC = Path(__file__).parent / "static"
_SCRIPT_FAMILIES = ("error.", "genre.")
QUOTED = re.compile(r"""["'`]([a-z_]+(?:\.[A-Za-z0-9_]+)+)["'`]""")
_NAME = re.compile(r"([a-z]{2,3})-(stars|views)-[0-9a-f]{16}")
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True)
class ScriptStrings:
    """A script that defines the messages of one language, and its path."""

    path: str
    source: bytes


@cache
def script_keys() -> frozenset[str]:
    """The keys of messages that stand in quotes in a script, or belong to a family that scripts use."""
    quoted = {key for path in STATIC.glob("*.js") for key in QUOTED.findall(path.read_text("utf-8"))}
    return frozenset(key for key in all_messages(DEFAULT_LANGUAGE) if key in quoted or key.startswith(_SCRIPT_FAMILIES))


@cache
def script_strings(language: str, has_stars: bool) -> ScriptStrings:
    """The messages of a language for one kind of bundle."""
    chosen = {key: message for key, message in messages_for(language, has_stars).items() if key in script_keys()}
    content = orjson.dumps({"language": language, "messages": chosen})
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    kind = "stars" if has_stars else "views"
    return ScriptStrings(f"/strings/{language}-{kind}-{digest}.js", b"globalThis.pageStrings = " + content + b";\n")


@router.get("/strings/{name}.js")
async def strings(request: Request, name: str) -> Response:
    """The messages of a language; a page of another version gets those of this one, which are not stored."""
    match = _NAME.fullmatch(name)
    if match is None or match[1] not in LANGUAGES:
        raise ApiError(404, "not-found", "there are no such strings", "load the page again")
    current = script_strings(match[1], match[2] == "stars")
    headers = _IMMUTABLE if request.url.path == current.path else {"Cache-Control": "no-store"}
    content = current.source
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = _compressed(current.source), {**headers, "Content-Encoding": "gzip"}
    vary = {"Vary": "Accept-Encoding"}
    return Response(content, headers={**headers, **vary}, media_type="text/javascript; charset=utf-8")


@cache
def _compressed(source: bytes) -> bytes:
    """As small as it gets, once for each language."""
    return gzip.compress(source, 9, mtime=0)
