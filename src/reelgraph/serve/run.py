"""The server process: one worker, on uvicorn."""

from __future__ import annotations

import uvicorn

from reelgraph.serve.app import create_app
from reelgraph.serve.models import Models
from reelgraph.serve.settings import ServeSettings
from reelgraph.store import open_store  # type: ignore[attr-defined]


def run(settings: ServeSettings) -> None:
    """Load the bundle, open the store and serve until told to stop.

    Raises:
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
    """
    models = Models(settings.bundle)
    store = open_store(settings.store)
    try:
        app = create_app(settings, store, models)
        uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, server_header=False)
    finally:
        store.close()
