"""Errors as the client sees them: every one is ``{error, detail, hint}`` and names nothing internal."""

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

from reelgraph.core.errors import DeletedUserError, ReelgraphError, StoreError, UnknownIdError, WorkInterruptedError

RETRY_SECONDS = 5

_log = logging.getLogger("reelgraph.serve")
_MAX_FAULTS = 3  # of a malformed request that are named
_MAX_LOCATION = 120  # characters of a location that are repeated to the client


class ErrorResponse(BaseModel):
    """What went wrong."""

    error: str = Field(description="A stable name, such as `unknown-id`.", examples=["unknown-id"])
    detail: str = Field(description="One line for people: what is wrong, and where.")
    hint: str | None = Field(description="What to do about it.")


class ApiError(HTTPException):
    """An error response.

    Args:
        status: HTTP status.
        error: a stable name.
        detail: one line: what is wrong.
        hint: what to do about it.
        headers: additional headers.
    """

    def __init__(
        self, status: int, error: str, detail: str, hint: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.error, self.hint = error, hint

    def body(self) -> bytes:
        """The JSON body, see `ErrorResponse`."""
        return orjson.dumps({"error": self.error, "detail": self.detail, "hint": self.hint})

    def response(self) -> Response:
        """The response to send."""
        return Response(self.body(), self.status_code, self.headers, "application/json")


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer these statuses with an `ErrorResponse`, for OpenAPI."""
    return {status: {"model": ErrorResponse, "description": HTTPStatus(status).phrase} for status in statuses}


def as_api_error(error: ReelgraphError) -> ApiError:
    """The response to an error of the library: 404 for an unknown id, 503 when the store cannot answer, else 409.

    410 for a person who was deleted for good, 504 for an answer that took too long.

    A malformed request is refused with 422 before; what remains does not fit the bundle in use.
    """
    if isinstance(error, StoreError):
        return store_error(error)
    if isinstance(error, UnknownIdError):
        return ApiError(404, "unknown-id", error.message, error.hint)
    if isinstance(error, DeletedUserError):
        return ApiError(410, "deleted", error.message, error.hint)
    if isinstance(error, WorkInterruptedError):
        return ApiError(504, "time-limit", error.message, error.hint)
    return ApiError(409, _error_name(error), error.message, error.hint)


def store_error(error: StoreError) -> ApiError:
    """503: the store cannot answer. The reason goes to the log only."""
    _log.error("the store cannot answer", extra={"reason": str(error)})
    retry = {"Retry-After": str(RETRY_SECONDS)}
    return ApiError(503, "store", "the store cannot answer now", "nothing was lost; try again", retry)


def _error_name(error: ReelgraphError) -> str:
    """``ConfigError`` -> ``config``."""
    return type(error).__name__.removesuffix("Error").lower()


def add_error_handlers(app: FastAPI) -> None:
    """Give every error of the application the same shape."""

    @app.exception_handler(ApiError)
    def _api_error(request: Request, error: ApiError) -> Response:
        return error.response()

    @app.exception_handler(ReelgraphError)
    def _library_error(request: Request, error: ReelgraphError) -> Response:
        return as_api_error(error).response()

    @app.exception_handler(RequestValidationError)
    def _validation_error(request: Request, error: RequestValidationError) -> Response:
        return ApiError(422, "invalid", validation_detail(error.errors()), "see /api/openapi.json").response()

    @app.exception_handler(HTTPException)
    def _http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND and _is_page_request(request):
            not_found_page: Response = app.state.not_found_page(request)
            return not_found_page
        phrase = HTTPStatus(error.status_code).phrase
        detail = error.detail if error.status_code == HTTPStatus.BAD_REQUEST else phrase
        name = phrase.lower().replace(" ", "-")
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _allowed_methods(app, request.url.path) or headers.get("Allow", "")
        return ApiError(error.status_code, name, detail, None, headers).response()


def _is_page_request(request: Request) -> bool:
    """Whether a browser asks for a page, rather than a program for data."""
    is_page_path = request.method in ("GET", "HEAD") and not request.url.path.startswith(("/api/", "/static/"))
    return is_page_path and "text/html" in request.headers.get("accept", "")


def _allowed_methods(app: FastAPI, path: str) -> str:
    """The methods of all routes with this path; Starlette names those of the first one only."""
    matches = [
        (template.count("{"), methods)
        for template, methods in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
    ]
    methods = min(matches, key=lambda match: match[0])[1] if matches else ()
    allowed = {method.upper() for method in methods}
    return ", ".join(sorted(allowed | {"HEAD"} if "GET" in allowed else allowed))


def validation_detail(errors: Sequence[Any]) -> str:
    """The first faults of a malformed request in one line; what the client sent is not repeated."""
    faults = [f"{_location(error['loc'])}: {error['msg']}" for error in errors[:_MAX_FAULTS]]
    n_more = len(errors) - len(faults)
    return "; ".join(faults) + (f"; and {n_more} more" if n_more > 0 else "")


def _location(parts: Sequence[Any]) -> str:
    """``body.ratings.260``: keys come from the client, so they are cut, and characters that cannot be sent replaced."""
    text = ".".join(str(part) for part in parts)[:_MAX_LOCATION]
    return text.encode(errors="replace").decode()
