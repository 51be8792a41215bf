"""The service: a bundle and a store of people over HTTP. FastAPI lives here and nowhere else; torch does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reelgraph.core.errors import CapabilityError
from reelgraph.serve.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from reelgraph.serve.state.bundle_holder import BundleHolder
    from reelgraph.store import Store

__all__ = ["ServeSettings", "create_app", "require", "run"]


def create_app(settings: ServeSettings, store: Store, models: BundleHolder) -> FastAPI:
    """The application, see `serve.app.create_app`.

    Raises:
        CapabilityError: a part of the extra ``serve`` is not installed.
    """
    require()
    from reelgraph.serve import app

    return app.create_app(settings, store, models)


def run(settings: ServeSettings, started: Callable[[str], None] = lambda url: None) -> None:
    """Load the bundle, open the store and serve until told to stop, see `serve.server.run`.

    Args:
        settings: of the operator.
        started: told the address once it answers.

    Raises:
        CapabilityError: a part of the extra ``serve`` is not installed.
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
    """
    require()
    from reelgraph.serve import server

    server.run(settings, started)


def require() -> None:
    """Is all that the service needs installed?

    Raises:
        CapabilityError: it is not.
    """
    try:
        from reelgraph.serve import server  # noqa: F401 - imports all of it
    except ImportError as error:
        raise CapabilityError(f"the service needs {error.name}", 'pip install "reelgraph[serve]"') from None
