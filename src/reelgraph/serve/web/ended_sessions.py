"""Sessions whose person is not in the store any more: deleted on another device, by the operator, or by time."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.core.errors import StoreError
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.service import Service
from reelgraph.serve.web.session import VISITOR_PATH, VisitorSession, current_session

ENDED_HEADER = "x-session-ended"
"""In a response to somebody who was deleted: the token for the deletion of what their browser holds of them.

The cookie is there until the browser asks for that deletion, since a page that is left does not see its responses.
"""


class EndedSessions:
    """Marks the responses to a browser whose person was deleted.

    Only requests that read are marked: changes of a deleted person are refused by themselves.

    Args:
        app: the next ASGI application.
        service: has the store.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        is_read = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(VISITOR_PATH)
        session = current_session(Request(scope)) if is_read else VisitorSession()
        if session.user_id is None or not await self._has_ended(session.user_id):
            await self.app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[ENDED_HEADER] = session.csrf_token
            await send(message)

        await self.app(scope, receive, send_marked)

    async def _has_ended(self, user_id: str) -> bool:
        """Whether the store does not know the person of a session."""
        service = self._service
        try:
            return not await service.run_quick(service.users.is_stored, service.loaded, user_id)
        except (ApiError, StoreError):  # the route itself answers what is the matter
            return False
