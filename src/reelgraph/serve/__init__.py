"""The service: a bundle and a store over HTTP. The only package that imports FastAPI; it never imports torch."""

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


def create_app(settings: ServeSettings, store: Store, bundles: BundleHolder) -> FastAPI:
    """The application, see `reelgraph.serve.app.create_app`.

    Raises:
        CapabilityError: a package of the extra ``serve`` is not installed.
    """
    require()
    from reelgraph.serve import app

    return app.create_app(settings, store, bundles)


def run(
    settings: ServeSettings,
    started: Callable[[str], None] = lambda url: None,
    progress: Callable[[str], None] = lambda text: None,
) -> None:
    """Load the bundle, open the store and serve until a signal ends the process.

    Args:
        settings: of the operator.
        started: called with the address as soon as the service answers.
        progress: called with a line of text before each step of the start, which can take minutes.

    Raises:
        CapabilityError: a package of the extra ``serve`` is not installed.
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
    """
    require()
    from reelgraph.serve import server

    server.run(settings, started, progress)


def require() -> None:
    """Check that the packages of the extra ``serve`` are installed.

    Raises:
        CapabilityError: one of them is not.
    """
    try:
        from reelgraph.serve import server  # noqa: F401 - imports all of them
    except ImportError as error:
        raise CapabilityError(f"the service needs {error.name}", 'pip install "reelgraph[serve]"') from None
