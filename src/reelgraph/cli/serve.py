"""``reelgraph serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.config_file import ConfigFile
from reelgraph.cli.output import err
from reelgraph.cli.person_options import SeenWeight
from reelgraph.serve import ServeSettings, run

_DEFAULTS = ServeSettings(Path(), "")


def serve(
    bundle: Annotated[
        Path,
        typer.Argument(
            metavar="BUNDLE", envvar="REELGRAPH_SERVE_BUNDLE", help="A folder written by `reelgraph train`."
        ),
    ],
    config: ConfigFile = None,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="A file of SQLite, or postgresql://...; BUNDLE-people.db if not."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8000,
    open: Annotated[bool, typer.Option("--open", help="No keys: whoever reaches the service may do all.")] = False,
    i_know: Annotated[bool, typer.Option("--i-know", help="Allow --open on an address that others reach.")] = False,
    host_name: Annotated[
        list[str] | None, typer.Option("--host-name", help="Answer requests for this name only; may be repeated.")
    ] = None,
    watch: Annotated[
        float, typer.Option("--watch", min=0, help="Seconds between looks for a new bundle; 0 for never.")
    ] = 2.0,
    rate: Annotated[
        float, typer.Option("--rate", min=0, help="Requests a second of one address or key; 0 for no limit.")
    ] = 50.0,
    burst: Annotated[int, typer.Option("--burst", min=1, help="Requests at once above that.")] = 200,
    client_connections: Annotated[
        int, typer.Option("--client-connections", min=1, help="Open connections of one address, at most.")
    ] = 100,
    uploads: Annotated[int, typer.Option("--uploads", min=1, help="Files under way at once, of all people.")] = 4,
    work_seconds: Annotated[
        float, typer.Option("--work-seconds", min=0.01, help="Time for one long answer, such as an import.")
    ] = 20.0,
    guests_per_hour: Annotated[
        int, typer.Option("--guests-per-hour", min=0, help="New visitors of one address an hour; 0 for no limit.")
    ] = 60,
    tmdb_key: Annotated[
        str,
        typer.Option(
            "--tmdb-key",
            envvar=["REELGRAPH_SERVE_TMDB_KEY", "TMDB_KEY"],
            help="Show posters of TMDB, fetched and kept here.",
        ),
    ] = "",
    posters: Annotated[
        Path | None, typer.Option("--posters", metavar="DIR", help="Keep them here; BUNDLE-posters if not.")
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes that share the port; each loads the bundle.")
    ] = _DEFAULTS.workers,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Threads of a process for short answers.")
    ] = _DEFAULTS.threads,
    max_body: Annotated[
        int, typer.Option("--max-body", min=1, help="Bytes of a request body, at most.")
    ] = _DEFAULTS.max_body,
    max_upload: Annotated[
        int, typer.Option("--max-upload", min=1, help="Bytes of an uploaded export, at most.")
    ] = _DEFAULTS.max_upload,
    body_seconds: Annotated[
        float, typer.Option("--body-seconds", min=0.1, help="Seconds for sending a body.")
    ] = _DEFAULTS.body_seconds,
    served_queue: Annotated[
        int, typer.Option("--served-queue", min=1, help="Served lists that wait to be stored, at most.")
    ] = _DEFAULTS.served_queue,
    guests_days: Annotated[
        int, typer.Option("--guests-days", min=0, help="Days after the last visit when a guest is deleted; 0: never.")
    ] = _DEFAULTS.guests_days,
    tracing: Annotated[
        bool, typer.Option("--tracing", help="Export spans by OpenTelemetry, configured by its own OTEL_ variables.")
    ] = False,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log every request, not only failed ones.")] = False,
    seen_weight: SeenWeight = None,
) -> None:
    """Serve a bundle over HTTP, with a page for people and a store for what they rate.

    Examples:
      reelgraph serve out/ml-1m --open

      reelgraph serve out/ml-1m --store postgresql://reelgraph@localhost/reelgraph --host 0.0.0.0

      REELGRAPH_SERVE_PORT=8080 reelgraph serve --config reelgraph.toml
    """
    settings = ServeSettings(
        bundle=bundle,
        store=store or default_store(bundle),
        host=host,
        port=port,
        open=open,
        exposed=i_know,
        hosts=tuple(host_name or ()),
        watch_seconds=watch,
        rate=rate,
        burst=burst,
        client_connections=client_connections,
        uploads=uploads,
        work_seconds=work_seconds,
        guests_per_hour=guests_per_hour,
        tmdb_key=tmdb_key,
        posters=posters,
        workers=workers,
        threads=threads,
        max_body=max_body,
        max_upload=max_upload,
        body_seconds=body_seconds,
        served_queue=served_queue,
        guests_days=guests_days,
        tracing=tracing,
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
