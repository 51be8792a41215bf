"""``reelgraph mcp``."""

from __future__ import annotations

from typing import Annotated

import typer

from reelgraph.cli.options import BundlePath
from reelgraph.cli.person_options import OwnFile, SeenWeight, own_history
from reelgraph.serve import mcp as protocol

_Store = Annotated[
    str | None, typer.Option("--store", metavar="STORE", help="A store whose people may be asked about by id, too.")
]


def mcp(bundle: BundlePath, ratings: OwnFile = None, store: _Store = None, seen_weight: SeenWeight = None) -> None:
    """Answer an assistant that starts this command: search, lists and reasons as its tools.

    It speaks the Model Context Protocol on stdin and stdout. With --ratings it knows the person who asks. For
    assistants elsewhere see `reelgraph serve --mcp`.

    Examples:
      reelgraph mcp out/ml-1m

      reelgraph mcp out/ml-1m --ratings mine.csv
    """
    protocol.require()
    from reelgraph.serve.mcp import stdio  # here: its packages are an extra

    make_history = None if ratings is None else lambda recommender: own_history(ratings, recommender)
    stdio.run(bundle, store, make_history, seen_weight)
