"""``reelgraph serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.options import BundlePath
from reelgraph.cli.output import err
from reelgraph.cli.person_options import SeenWeight
from reelgraph.serve import ServeSettings, run


def serve(
    bundle: BundlePath,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="A file of SQLite, or postgresql://...; BUNDLE-people.db if not."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8000,
    open_: Annotated[bool, typer.Option("--open", help="No keys: whoever reaches the service may do all.")] = False,
    exposed: Annotated[bool, typer.Option("--i-know", help="Allow --open on an address that others reach.")] = False,
    hosts: Annotated[
        list[str] | None, typer.Option("--host-name", help="Answer requests for this name only; may be repeated.")
    ] = None,
    watch: Annotated[
        float, typer.Option("--watch", min=0, help="Seconds between looks for a new bundle; 0 for never.")
    ] = 2.0,
    rate: Annotated[
        float, typer.Option("--rate", min=0, help="Requests a second of one address or key; 0 for no limit.")
    ] = 50.0,
    burst: Annotated[int, typer.Option("--burst", min=1, help="Requests at once above that.")] = 200,
    tmdb_key: Annotated[
        str, typer.Option("--tmdb-key", envvar="TMDB_KEY", help="Show posters of TMDB, fetched and kept here.")
    ] = "",
    posters: Annotated[
        Path | None, typer.Option("--posters", metavar="DIR", help="Keep them here; BUNDLE-posters if not.")
    ] = None,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log every request, not only failed ones.")] = False,
    seen_weight: SeenWeight = None,
) -> None:
    """Serve a bundle over HTTP, with a page for people and a store for what they rate.

    Examples:
      reelgraph serve out/ml-1m --open

      reelgraph serve out/ml-1m --store postgresql://reelgraph@localhost/reelgraph --host 0.0.0.0
    """
    settings = ServeSettings(
        bundle=bundle,
        store=store or default_store(bundle),
        host=host,
        port=port,
        open=open_,
        exposed=exposed,
        hosts=tuple(hosts or ()),
        watch_seconds=watch,
        rate=rate,
        burst=burst,
        tmdb_key=tmdb_key,
        posters=posters,
        access_log=access_log,
        seen_weight=seen_weight,
    )
    run(settings, lambda url: announce(settings, url))


def announce(settings: ServeSettings, url: str) -> None:
    """Where to look, and what is needed to ask, on stderr."""
    kind, sign, _ = settings.store.partition("://")  # what follows may hold a password
    store_name = kind if sign else settings.store
    err.print(
        f"{settings.bundle} is served at {url}, people are kept in {store_name}; stop with Ctrl-C", soft_wrap=True
    )
    if not settings.open:
        err.print("programs need a key: reelgraph store key add")


def default_store(bundle: Path) -> str:
    """A file of SQLite beside the bundle, for a bundle's own folder is replaced whole."""
    bundle_path = bundle.resolve()
    return str(bundle_path.parent / f"{bundle_path.name}-people.db")
