"""The application: routes, and what stands around all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from reelgraph.serve.errors import add_handlers
from reelgraph.serve.models import Models
from reelgraph.serve.page.routes import attach as attach_page
from reelgraph.serve.routes import health, items, session
from reelgraph.serve.service import Service
from reelgraph.serve.settings import ServeSettings
from reelgraph.store import Store

_ABOUT = """\
Movies for people, and why. A person is their ratings: what is rated counts in the very next answer.

Every error is one JSON object `{error, detail, hint}`. Lists carry a `recommendation_id`: give it with a rating that
they brought about. Answers carry an `ETag`: send it as `If-None-Match`, and what has not changed is not sent again.
"""


def create_app(settings: ServeSettings, store: Store, models: Models) -> FastAPI:
    """The application.

    Args:
        settings: of the operator.
        store: of people; closed by whoever opened it.
        models: the bundle in use.

    Returns:
        An ASGI application; ``app.state.service`` is its `Service`.
    """
    service = Service(settings, store, models)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        if settings.watch_seconds:
            models.watch(settings.watch_seconds)
        yield
        service.close()

    app = FastAPI(
        title="reelgraph", version=version("reelgraph"), description=_ABOUT, lifespan=running,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    add_handlers(app)
    for routes in (health.router, items.router, session.router):
        app.include_router(routes)
    attach_page(app)
    return app
