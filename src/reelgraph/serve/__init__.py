"""The service: a bundle and a store of people over HTTP. FastAPI lives here and nowhere else; torch does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelgraph.errors import CapabilityError
from reelgraph.serve.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from reelgraph.serve.models import Models
    from reelgraph.store import Store

__all__ = ["ServeSettings", "create_app", "run"]


def create_app(settings: ServeSettings, store: Store, models: Models) -> FastAPI:
    """The application, see `serve.app.create_app`.

    Raises:
        CapabilityError: FastAPI is not installed.
    """
    try:
        from reelgraph.serve import app
    except ImportError:
        raise _missing() from None
    return app.create_app(settings, store, models)


def run(settings: ServeSettings) -> None:
    """Load the bundle, open the store and serve until told to stop, see `serve.server.run`.

    Raises:
        CapabilityError: a part of the extra ``serve`` is not installed.
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
    """
    try:
        from reelgraph.serve import server
    except ImportError:
        raise _missing() from None
    server.run(settings)


def _missing() -> CapabilityError:
    return CapabilityError("the service needs FastAPI and others", 'pip install "reelgraph[serve]"')
