"""The options of ``reelgraph store retrain`` and ``reelgraph store update``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.options import bundle_to_read

REFUSED = 3
"""Exit code when the gate refuses the new bundle."""

BundleInUse = Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write; the bundle in use.")]
OptionalData = Annotated[
    str | None, typer.Argument(metavar="[DATA]", help="A data set whose people and movies are trained on, too.")
]
CatalogueBundle = Annotated[
    Path | None,
    typer.Option(
        "--catalogue", metavar="BUNDLE", parser=bundle_to_read, help="In place of DATA: a bundle that has the movies."
    ),
]
KnownMoviesOnly = Annotated[
    bool, typer.Option("--known-movies-only", help="Leave out rated movies that neither the data nor people named.")
]
Margin = Annotated[
    float, typer.Option("--margin", min=0, help="Share of a figure by which the new bundle may be worse.")
]
Force = Annotated[bool, typer.Option("--force", help="Put the new bundle in place whatever it is worth.")]
Keep = Annotated[int, typer.Option("--keep", min=0, help="Earlier bundles to keep for `rollback`.")]
GuestDays = Annotated[float, typer.Option("--guest-days", min=0, help="Days before a guest of the page counts.")]
GuestRatings = Annotated[int, typer.Option("--guest-ratings", min=0, help="Ratings before a guest counts.")]
GuestShare = Annotated[
    float, typer.Option("--guest-share", min=0, help="New ratings of guests, as a share of those a movie has.")
]
