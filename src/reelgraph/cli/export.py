"""``reelgraph export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.files import require_writable, write
from reelgraph.cli.options import BundlePath, Json
from reelgraph.cli.output import out, print_json
from reelgraph.cli.table_files import parquet_bytes
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Recommender

_Vectors = Annotated[
    Path | None,
    typer.Option("--vectors", metavar="FILE.parquet", help="The vectors by which `similar` compares movies."),
]


def export(bundle: BundlePath, vectors: _Vectors = None, as_json: Json = False) -> None:
    """Write what a bundle has learnt as files for other programs.

    The vectors have length 1: inner products and cosines are those of `reelgraph similar`, in faiss, usearch, pgvector,
    Qdrant and others.

    Example:
      reelgraph export out/ml-1m --vectors items.parquet
    """
    if vectors is None:
        raise ConfigError("export", "say what to write: --vectors items.parquet")
    if vectors.suffix.lower() not in (".parquet", ".pq"):
        raise ConfigError(str(vectors), "is of an unknown kind; give a name that ends in .parquet")
    require_writable(vectors)
    table = Recommender(Bundle.load(bundle)).item_vectors()
    write(vectors, parquet_bytes(table.to_polars()))
    n_items, dim = table.vector.shape
    if as_json:
        print_json({"vectors": str(vectors), "items": n_items, "dimensions": dim})
    else:
        out.print(f"wrote {vectors}: {n_items:,} movies, {dim:,} dimensions", soft_wrap=True)
