"""The scripts and style sheets as browsers get them: without comments and indentation, and compressed once."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from reelgraph.export.film_page import SHARED_STYLES
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified

_FIRST = {"parts.css": SHARED_STYLES}  # what a file begins with
_MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n|[ \t]+// [^\n\"'`]*$", re.MULTILINE)  # not within a string
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENTATION = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


class PageFiles(StaticFiles):
    """Files that the browser asks about on every use, and that are sent only if they have changed."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The response with its cache headers."""
        path = Path(full_path)
        if path.suffix not in _MEDIA_TYPES:
            response = super().file_response(full_path, stat_result, scope, status_code)
            response.headers["Cache-Control"] = "no-cache"
            return response
        content, compressed, tag = _prepared(path, stat_result.st_mtime_ns)
        request = Request(scope)
        headers = {**etag_headers(tag), "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if is_unchanged(request, headers):
            return not_modified(headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers = compressed, {**headers, "Content-Encoding": "gzip"}
        return Response(content, status_code, headers, _MEDIA_TYPES[path.suffix])


@lru_cache(maxsize=100)
def _prepared(path: Path, changed_at: int) -> tuple[bytes, bytes, str]:
    """The content, the same compressed, and what tells it from another version."""
    parts = [*filter(None, [_FIRST.get(path.name)]), path]
    text = "".join(compact(part.read_text(encoding="utf-8"), part.suffix) for part in parts)
    content = text.encode()
    return content, gzip.compress(content, 9, mtime=0), text


def compact(text: str, suffix: str) -> str:
    """A script (".js") or style sheet (".css") without comments, indentation and empty lines.

    Comments at the end of a line of a script are left where a quotation mark follows, since that may be a string.
    """
    without_comments = (_LINE_COMMENT if suffix == ".js" else _BLOCK_COMMENT).sub("", text)
    return _INDENTATION.sub("", without_comments).lstrip("\n")
