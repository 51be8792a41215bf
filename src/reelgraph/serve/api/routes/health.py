"""Routes for monitoring: liveness, readiness and metrics."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from reelgraph.core.errors import StoreError
from reelgraph.serve.api import presenters
from reelgraph.serve.errors import error_responses, store_error
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(tags=["health"])


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is `ok`; `bundle` is the digest of the bundle in use."""

    status: str
    bundle: str


@router.get("/api/health/live", response_model=Health, summary="Is the process alive?")
async def live(service: ServiceDep) -> Response:
    """Answers as long as the process works; restart it when this fails."""
    return presenters.reply(Health("ok", service.loaded.digest))


@router.get("/api/health/ready", response_model=Health, responses=error_responses(503), summary="Can it answer?")
async def ready(service: ServiceDep) -> Response:
    """503 while the store cannot be read or written; send requests elsewhere until it is 200 again."""
    try:
        await service.check_store()
    except StoreError as error:
        raise store_error(error) from None
    return presenters.reply(Health("ok", service.loaded.digest))


@router.get(
    "/metrics", response_class=Response, summary="Metrics for Prometheus",
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format."}},
)  # fmt: skip
async def metrics(service: ServiceDep) -> Response:
    """Counts and times by route; nothing about people."""
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)
