"""The options of ``reelgraph serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.options import BUNDLE_HELP

BundleName = Annotated[str, typer.Argument(metavar="BUNDLE", envvar="REELGRAPH_SERVE_BUNDLE", help=BUNDLE_HELP)]
Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="A file of SQLite, or postgresql://...; BUNDLE-people.db if not given."
    ),
]
Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 for a free one.")]
Open = Annotated[
    bool, typer.Option("--open", help="Run without keys: anybody who reaches the service may do everything.")
]
IKnow = Annotated[bool, typer.Option("--i-know", help="Allow --open on an address that others reach.")]
HostName = Annotated[
    list[str] | None, typer.Option("--host-name", help="Answer requests for this name only; may be repeated.")
]
Watch = Annotated[float, typer.Option("--watch", min=0, help="Seconds between looks for a new bundle; 0 for never.")]
Rate = Annotated[float, typer.Option("--rate", min=0, help="Requests a second of one address or key; 0 for no limit.")]
Burst = Annotated[int, typer.Option("--burst", min=1, help="Requests allowed at once beyond the rate.")]
ClientConnections = Annotated[
    int, typer.Option("--client-connections", min=1, help="Open connections of one address, at most.")
]
Uploads = Annotated[int, typer.Option("--uploads", min=1, help="Uploads in progress at once, over all clients.")]
WorkSeconds = Annotated[
    float, typer.Option("--work-seconds", min=0.01, help="Seconds for one long answer, such as an import.")
]
GuestsPerHour = Annotated[
    int, typer.Option("--guests-per-hour", min=0, help="New visitors of one address an hour; 0 for no limit.")
]
TmdbKey = Annotated[
    str,
    typer.Option(
        "--tmdb-key",
        envvar=["REELGRAPH_SERVE_TMDB_KEY", "TMDB_KEY"],
        help="Show posters of TMDB, fetched and kept here.",
    ),
]
Posters = Annotated[
    Path | None,
    typer.Option("--posters", metavar="DIR", help="Pictures by id shown first, tt0114709.jpg; TMDB's are kept here."),
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes that share the port; each loads the bundle.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads of a process for short answers.")]
MaxBody = Annotated[int, typer.Option("--max-body", min=1, help="Bytes of a request body, at most.")]
MaxUpload = Annotated[int, typer.Option("--max-upload", min=1, help="Bytes of an uploaded export, at most.")]
BodySeconds = Annotated[float, typer.Option("--body-seconds", min=0.1, help="Seconds for sending a body.")]
ServedQueue = Annotated[int, typer.Option("--served-queue", min=1, help="Most served lists that wait to be stored.")]
GuestsDays = Annotated[
    int, typer.Option("--guests-days", min=0, help="Days after the last visit when a guest is deleted; 0: never.")
]
Tracing = Annotated[
    bool, typer.Option("--tracing", help="Export spans by OpenTelemetry, configured by its own OTEL_ variables.")
]
AccessLog = Annotated[bool, typer.Option("--access-log", help="Log every request, not only failed ones.")]
Mcp = Annotated[bool, typer.Option("--mcp", help="Answer assistants at /mcp, too; they need a key as programs do.")]
