"""The application: routes, and what stands around all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope

from reelgraph._version import __version__
from reelgraph.serve.api.docs_page import attach as attach_reference
from reelgraph.serve.api.routes import admin, health, imports, items, people, ratings, recommend, session
from reelgraph.serve.errors import add_handlers
from reelgraph.serve.middleware.fast_path import RecommendFastPath
from reelgraph.serve.middleware.limits import AllowedHosts, BodyLimit, RateLimit
from reelgraph.serve.middleware.request_metrics import RequestMetricsMiddleware
from reelgraph.serve.middleware.security_headers import SecurityHeaders
from reelgraph.serve.middleware.unhandled_errors import UnhandledErrorMiddleware
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.service import Service
from reelgraph.serve.web.page_routes import attach as attach_page
from reelgraph.store import Store

_WORTH_PACKING = 1_500  # bytes: a packet
_ABOUT = """\
Movies for people, and why. A person is their ratings: what is rated counts in the very next answer.

Every error is one JSON object `{error, detail, hint}`. Lists carry a `recommendation_id`: give it with a rating that
they brought about. Answers carry an `ETag`: send it as `If-None-Match`, and what has not changed is not sent again.
"""


def create_app(settings: ServeSettings, store: Store, models: BundleHolder) -> FastAPI:
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
        title="reelgraph", version=__version__, description=_ABOUT, lifespan=running,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    add_handlers(app)
    for routes in (health, items, session, imports, recommend, ratings, people, admin):
        app.include_router(routes.router)
    attach_reference(app)
    attach_page(app)
    # The last one added stands outermost.
    app.add_middleware(RecommendFastPath, service)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_PACKING, compresslevel=4)
    app.add_middleware(BodyLimit, settings.max_body, settings.max_upload, settings.body_seconds)
    app.add_middleware(RateLimit, settings.rate, settings.burst, partial(_client, service))
    app.add_middleware(AllowedHosts, settings.answered_hosts)
    app.add_middleware(UnhandledErrorMiddleware)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetricsMiddleware, service.metrics)
    return app


def _client(service: Service, scope: Scope) -> str:
    """Who asks: a key that is known, else an address, so that no made-up key gives more."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            key = service.keys.remembered(value.decode("latin-1"))
            if key is not None:
                return f"key {key.id}"
    return str(scope["client"][0]) if scope["client"] else ""
