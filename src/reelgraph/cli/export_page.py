"""The page of ``reelgraph export --html``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.files import require_writable
from reelgraph.cli.output import out, print_json
from reelgraph.export import export_page, export_site
from reelgraph.export.film_site import require_site_path

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE.html", help="The whole recommender as one page that runs without a server."),
]
Site = Annotated[
    Path | None,
    typer.Option("--site", metavar="FOLDER", help="The same page for a static host: installable, starts offline."),
]
Title = Annotated[str | None, typer.Option("--title", help="Title of the page.")]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without", metavar="PART", help="Leave lightgcn, graph-filter or stars out of the page; repeatable."
    ),
]
Draws = Annotated[
    int, typer.Option("--draws", min=0, help="Draws of the star model that the page holds; 0 for no stars.")
]
NoMeasure = Annotated[bool, typer.Option("--no-measure", help="Do not measure what the page loses against the bundle.")]


def write_page(
    bundle: Path,
    path: Path,
    title: str | None,
    without: Sequence[str],
    draws: int,
    measure: bool,
    as_json: bool,
    *,
    is_site: bool,
) -> None:
    """Write the page, or the site, and say what it is made of, what was left out and what that costs."""
    (require_site_path if is_site else require_writable)(path)
    export_as = export_site if is_site else export_page
    export = export_as(Bundle.load(bundle), path, title=title, without=without, draws=draws, measure=measure)
    if as_json:
        print_json(
            {
                "site" if is_site else "html": str(path),
                "bytes": export.n_bytes,
                "parts": list(export.model.names),
                "left_out": dict(export.model.left_out),
                "loss": export.loss,
                "about": list(export.sentences),
            }
        )
        return
    out.print(f"wrote {path}: {export.n_bytes / 1e6:.1f} MB", soft_wrap=True)
    for sentence in export.sentences:
        out.print(sentence, soft_wrap=True)
