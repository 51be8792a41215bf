"""A shortcut for the most frequent request: a list for a person, with no parameter but its length."""

from __future__ import annotations

import re
from types import SimpleNamespace

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.core.errors import ReelgraphError
from reelgraph.serve.api.parameters import MAX_LIST_LENGTH
from reelgraph.serve.api.requests import RecommendQuery
from reelgraph.serve.api.routes.recommend import recommend_for_user
from reelgraph.serve.errors import as_api_error
from reelgraph.serve.state.service import Service

_PREFIX = "/api/recommend/"
_USER_ID = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.@-]{1,200}")
_QUERY = re.compile(rb"(?:n=([1-9][0-9]{0,2}))?")
_DEFAULT_LENGTH = RecommendQuery.model_validate({}).n
_ROUTE = SimpleNamespace(path="/api/recommend/{user_id}")  # label of the metrics


class RecommendFastPath:
    """Answers ``GET /api/recommend/{user_id}?n=`` as the route does, if the key was verified a moment ago.

    FastAPI takes as long for the parameters of a request as the model for its answer. Every other request is passed on.

    Args:
        app: the next ASGI application.
        service: answers the request.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self._service = app, service
        self._queries = {n: RecommendQuery.model_validate({"n": n}) for n in range(1, MAX_LIST_LENGTH + 1)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        user_id, query = self._parse(scope)
        if user_id is None or query is None or not self._is_authorised(scope):
            await self.app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        try:
            response = await self._service.run_quick(recommend_for_user, self._service, Request(scope), user_id, query)
        except ReelgraphError as error:
            response = as_api_error(error).response()
        await response(scope, receive, send)

    def _parse(self, scope: Scope) -> tuple[str | None, RecommendQuery | None]:
        """User and query of a request with the plain form; None for any other request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_PREFIX):
            return None, None
        user_id, query = _USER_ID.fullmatch(scope["path"], len(_PREFIX)), _QUERY.fullmatch(scope["query_string"])
        if user_id is None or query is None:
            return None, None
        return user_id.group(), self._queries.get(int(query.group(1) or _DEFAULT_LENGTH))

    def _is_authorised(self, scope: Scope) -> bool:
        if self._service.settings.open:
            return True
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                key = self._service.keys.remembered(value.decode("latin-1"))
                return key is not None and "read" in key.scopes
        return False
