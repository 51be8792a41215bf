"""The shortest way for the call that is made most: a list for a person, at most with its length."""

from __future__ import annotations

import re
from types import SimpleNamespace

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.core.errors import ReelgraphError
from reelgraph.serve.api.requests import MOST_LINES, RecommendQuery
from reelgraph.serve.api.routes.recommend import recommend_known
from reelgraph.serve.errors import as_api_error
from reelgraph.serve.state.service import Service

_PREFIX = "/api/recommend/"
_PLAIN_ID = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.@-]{1,200}")
_PLAIN_QUERY = re.compile(rb"(?:n=([1-9][0-9]{0,2}))?")
_ROUTE = SimpleNamespace(path="/api/recommend/{user_id}")  # for the metrics


class RecommendFastPath:
    """Answers ``GET /api/recommend/{user_id}?n=`` with a key that was checked a moment ago, as the route itself would.

    FastAPI spends as long on the parameters of a request as the model on its answer. Whatever is not of this plain form
    goes the common way.

    Args:
        app: the common way.
        service: what answers.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self._service = app, service
        self._asked = {n: RecommendQuery.model_validate({"n": n}) for n in range(1, MOST_LINES + 1)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        user_id, asked = self._plain(scope)
        if user_id is None or asked is None or not self._may(scope):
            await self.app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        try:
            answer = await self._service.quick(recommend_known, self._service, Request(scope), user_id, asked)
        except ReelgraphError as error:
            answer = as_api_error(error).response()
        await answer(scope, receive, send)

    def _plain(self, scope: Scope) -> tuple[str | None, RecommendQuery | None]:
        """Who asks for how much, where no more is asked."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_PREFIX):
            return None, None
        found, query = _PLAIN_ID.fullmatch(scope["path"], len(_PREFIX)), _PLAIN_QUERY.fullmatch(scope["query_string"])
        if found is None or query is None:
            return None, None
        return found.group(), self._asked.get(int(query.group(1) or 10))

    def _may(self, scope: Scope) -> bool:
        if self._service.settings.open:
            return True
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                key = self._service.keys.remembered(value.decode("latin-1"))
                return key is not None and "read" in key.scopes
        return False
