"""Routes of the page."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

router = APIRouter(include_in_schema=False)


def attach(app: FastAPI) -> None:
    """Put the page into the application; ``app.state.service`` is there already."""
    app.include_router(router)
