"""One shape of every error: ``{error, detail, hint}``, without anything of the inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from reelgraph.core.errors import ReelgraphError, StoreError, UnknownIdError

_log = logging.getLogger("reelgraph.serve")
_TOLD = 3  # things wrong with a request that are named
_CLAIMED = 120  # letters of a name that is repeated to the client
RETRY_SECONDS = 5


class ErrorResponse(BaseModel):
    """What went wrong."""

    error: str = Field(description="A stable name, such as `unknown-id`.", examples=["unknown-id"])
    detail: str = Field(description="One line for people: what is wrong, and where.")
    hint: str | None = Field(description="What to do about it.")


class ApiError(HTTPException):
    """An answer other than what was asked for.

    Args:
        status: of HTTP.
        error: a stable name.
        detail: one line.
        hint: what to do about it.
        headers: more of them.
    """

    def __init__(
        self, status: int, error: str, detail: str, hint: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.error, self.hint = error, hint

    def body(self) -> bytes:
        """As JSON."""
        return orjson.dumps({"error": self.error, "detail": self.detail, "hint": self.hint})

    def response(self) -> Response:
        """As an answer."""
        return Response(self.body(), self.status_code, self.headers, "application/json")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI description of a route: these statuses carry a `ErrorResponse`."""
    return {status: {"model": ErrorResponse, "description": HTTPStatus(status).phrase} for status in statuses}


def as_api_error(error: ReelgraphError) -> ApiError:
    """What a client is told: 404 for an id that is not known, 503 for a store that cannot answer, else 409.

    A request that does not have its form is refused with 422 before; what remains does not fit the bundle in use.
    """
    if isinstance(error, StoreError):
        return store_problem(error)
    if isinstance(error, UnknownIdError):
        return ApiError(404, "unknown-id", error.message, error.hint)
    return ApiError(409, _name(error), error.message, error.hint)


def store_problem(error: StoreError) -> ApiError:
    """The store cannot answer; why is in the log."""
    _log.error("the store cannot answer", extra={"reason": str(error)})
    retry = {"Retry-After": str(RETRY_SECONDS)}
    return ApiError(503, "store", "the store cannot answer now", "nothing was lost; try again", retry)


def _name(error: ReelgraphError) -> str:
    """``ConfigError`` -> ``config``."""
    return type(error).__name__.removesuffix("Error").lower()


def add_handlers(app: FastAPI) -> None:
    """Every error of the application leaves in the one shape."""

    @app.exception_handler(ApiError)
    def _told(request: Request, error: ApiError) -> Response:
        return error.response()

    @app.exception_handler(ReelgraphError)
    def _ours(request: Request, error: ReelgraphError) -> Response:
        return as_api_error(error).response()

    @app.exception_handler(RequestValidationError)
    def _malformed(request: Request, error: RequestValidationError) -> Response:
        return ApiError(422, "invalid", _all_wrong(error.errors()), "see /api/openapi.json").response()

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND and _looks(request):
            lost: Response = app.state.lost(request)
            return lost
        phrase = HTTPStatus(error.status_code).phrase
        detail = error.detail if error.status_code == HTTPStatus.BAD_REQUEST else phrase
        name = phrase.lower().replace(" ", "-")
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _allowed(app, request.url.path) or headers.get("Allow", "")
        return ApiError(error.status_code, name, detail, None, headers).response()


def _looks(request: Request) -> bool:
    """Is it a person with a browser who went to a page?"""
    to_page = request.method in ("GET", "HEAD") and not request.url.path.startswith(("/api/", "/static/"))
    return to_page and "text/html" in request.headers.get("accept", "")


def _allowed(app: FastAPI, path: str) -> str:
    """The methods of all routes at a path, not only of the first one that is there."""
    known = app.openapi()["paths"].items()
    fitting = [(template.count("{"), found) for template, found in known if compile_path(template)[0].match(path)]
    methods = min(fitting, key=lambda one: one[0])[1] if fitting else ()
    return ", ".join(sorted(method.upper() for method in methods))


def _all_wrong(errors: Sequence[Any]) -> str:
    told = [f"{_place(one['loc'])}: {one['msg']}" for one in errors[:_TOLD]]
    more = len(errors) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _place(location: Sequence[Any]) -> str:
    """Where it is: ``body.ratings.260``; what a client made up is cut, and letters that no text may hold replaced."""
    text = ".".join(str(part) for part in location)[:_CLAIMED]
    return text.encode(errors="replace").decode()
