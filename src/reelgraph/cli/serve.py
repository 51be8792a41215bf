"""``reelgraph serve``."""

from __future__ import annotations

import time
from pathlib import Path

from reelgraph.bundle.hub import is_hub_address
from reelgraph.cli import serve_options as options
from reelgraph.cli.config_file import ConfigFile
from reelgraph.cli.files import require_store_outside_bundles
from reelgraph.cli.options import bundle_to_read
from reelgraph.cli.output import err
from reelgraph.cli.person_options import SeenWeight
from reelgraph.core.errors import ConfigError
from reelgraph.serve import ServeSettings, run

_DEFAULTS = ServeSettings(Path(), "")


def serve(
    bundle: options.BundleName,
    config: ConfigFile = None,
    store: options.Store = None,
    host: options.Host = _DEFAULTS.host,
    port: options.Port = _DEFAULTS.port,
    open: options.Open = _DEFAULTS.open,
    i_know: options.IKnow = _DEFAULTS.exposed,
    host_name: options.HostName = None,
    watch: options.Watch = _DEFAULTS.watch_seconds,
    rate: options.Rate = _DEFAULTS.rate,
    burst: options.Burst = _DEFAULTS.burst,
    client_connections: options.ClientConnections = _DEFAULTS.client_connections,
    uploads: options.Uploads = _DEFAULTS.uploads,
    work_seconds: options.WorkSeconds = _DEFAULTS.work_seconds,
    guests_per_hour: options.GuestsPerHour = _DEFAULTS.guests_per_hour,
    tmdb_key: options.TmdbKey = _DEFAULTS.tmdb_key,
    posters: options.Posters = None,
    workers: options.Workers = _DEFAULTS.workers,
    threads: options.Threads = _DEFAULTS.threads,
    max_body: options.MaxBody = _DEFAULTS.max_body,
    max_upload: options.MaxUpload = _DEFAULTS.max_upload,
    body_seconds: options.BodySeconds = _DEFAULTS.body_seconds,
    served_queue: options.ServedQueue = _DEFAULTS.served_queue,
    guests_days: options.GuestsDays = _DEFAULTS.guests_days,
    tracing: options.Tracing = _DEFAULTS.tracing,
    access_log: options.AccessLog = _DEFAULTS.access_log,
    seen_weight: SeenWeight = None,
    mcp: options.Mcp = _DEFAULTS.mcp,
) -> None:
    """Serve a bundle over HTTP, with a page for people and a store for what they rate.

    Examples:
      reelgraph serve out/ml-1m --open

      reelgraph serve out/ml-1m --store postgresql://reelgraph@localhost/reelgraph --host 0.0.0.0

      REELGRAPH_SERVE_PORT=8080 reelgraph serve --config reelgraph.toml
    """
    folder = bundle_to_read(bundle)
    if store is None and is_hub_address(bundle):
        raise ConfigError("--store", f"{bundle} lies in a cache: say where people are kept")
    if store is not None:
        require_store_outside_bundles(store)
    settings = ServeSettings(
        folder, store or default_store(folder), host, port, open, exposed=i_know, hosts=tuple(host_name or ()),
        watch_seconds=watch, rate=rate, burst=burst, client_connections=client_connections, uploads=uploads,
        work_seconds=work_seconds, guests_per_hour=guests_per_hour, tmdb_key=tmdb_key, posters=posters, workers=workers,
        threads=threads, max_body=max_body, max_upload=max_upload, body_seconds=body_seconds, served_queue=served_queue,
        guests_days=guests_days, tracing=tracing, access_log=access_log, seen_weight=seen_weight, mcp=mcp,
    )  # fmt: skip
    serve_and_tell(settings)


def serve_and_tell(settings: ServeSettings) -> None:
    """Serve, and say on stderr what is going on until it answers; the address at the end."""
    begun = time.monotonic()

    def started(url: str) -> None:
        err.print(f"ready after {time.monotonic() - begun:.0f} s")
        announce(settings, url)

    run(settings, started, lambda text: err.print(f"{text} ...", soft_wrap=True))


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
