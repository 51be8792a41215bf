"""The application: routes and middleware."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from reelgraph._version import __version__
from reelgraph.serve import mcp
from reelgraph.serve.api.docs_page import add_docs_page
from reelgraph.serve.api.routes import (
    admin,
    feed_files,
    feeds,
    health,
    imports,
    items,
    people,
    portrait,
    ratings,
    recommend,
    session,
    tonight,
)
from reelgraph.serve.errors import add_error_handlers
from reelgraph.serve.middleware.cross_site import CrossSiteGuard
from reelgraph.serve.middleware.fast_path import RecommendFastPath
from reelgraph.serve.middleware.head_requests import HeadRequests
from reelgraph.serve.middleware.limits import AllowedHosts, BodyLimit, RateLimit
from reelgraph.serve.middleware.request_context import RequestContextMiddleware
from reelgraph.serve.middleware.request_metrics import RequestMetricsMiddleware
from reelgraph.serve.middleware.security_headers import SecurityHeaders
from reelgraph.serve.middleware.unhandled_errors import UnhandledErrorMiddleware
from reelgraph.serve.middleware.upload_limit import UploadLimit
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.service import Service
from reelgraph.serve.telemetry import RequestTracer
from reelgraph.serve.web.page_routes import add_page
from reelgraph.store import Store

if TYPE_CHECKING:
    from reelgraph.serve.mcp.route import McpRoute

_MIN_COMPRESSED = 1_500  # bytes: one packet
_DESCRIPTION = """\
Movie recommendations, with reasons. A person is their ratings: a new rating counts in the very next answer.

Every error is one JSON object `{error, detail, hint}`. Lists carry a `recommendation_id`: send it with a rating that
the list led to. Responses carry an `ETag`: send it as `If-None-Match`, and what has not changed is not sent again.
"""


def create_app(settings: ServeSettings, store: Store, bundles: BundleHolder) -> FastAPI:
    """The application.

    Args:
        settings: of the operator.
        store: ratings, lists and keys; closed by the caller.
        bundles: the bundle in use.

    Returns:
        An ASGI application; ``app.state.service`` is its `Service`.

    Raises:
        CapabilityError: assistants are to be answered, and a package of the extra ``mcp`` is not installed.
    """
    service = Service(settings, store, bundles)
    tracer = RequestTracer.exporting() if settings.tracing else None
    mcp_route = _mcp_route(service) if settings.mcp else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.watch_seconds:
            bundles.watch(settings.watch_seconds)
        async with nullcontext() if mcp_route is None else mcp_route.running():
            yield
        service.close()
        if tracer is not None:
            tracer.close()

    app = FastAPI(
        title="reelgraph", version=__version__, description=_DESCRIPTION, lifespan=lifespan,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    add_error_handlers(app)
    for routes in (
        health, items, session, tonight, imports, recommend, ratings, people, feeds, feed_files, portrait, admin,
    ):  # fmt: skip
        app.include_router(routes.router)
    add_docs_page(app)
    if mcp_route is not None:
        app.router.routes.append(mcp_route.route)
    add_page(app)
    # The last one added is the outermost.
    app.add_middleware(RecommendFastPath, service)
    app.add_middleware(GZipMiddleware, minimum_size=_MIN_COMPRESSED, compresslevel=4)
    app.add_middleware(RequestContextMiddleware, service.client)
    app.add_middleware(BodyLimit, settings.max_body, settings.max_upload, settings.body_seconds)
    app.add_middleware(UploadLimit, settings.uploads, service.client, service.metrics.refusals.labels("uploads").inc)
    app.add_middleware(CrossSiteGuard, settings.hosts)
    app.add_middleware(
        RateLimit, settings.rate, settings.burst, service.client, service.metrics.refusals.labels("rate").inc
    )
    app.add_middleware(AllowedHosts, settings.answered_hosts)
    app.add_middleware(HeadRequests)
    app.add_middleware(UnhandledErrorMiddleware)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetricsMiddleware, service.metrics, tracer)
    return app


def _mcp_route(service: Service) -> McpRoute:
    mcp.require()
    from reelgraph.serve.mcp.route import McpRoute  # here: its packages are an extra

    return McpRoute(service)
