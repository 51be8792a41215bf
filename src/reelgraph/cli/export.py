"""``reelgraph export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.export_page import Draws, Html, NoMeasure, Site, Title, Without, write_page
from reelgraph.cli.files import require_writable, write
from reelgraph.cli.options import BundlePath, Json, refuse_given
from reelgraph.cli.output import out, print_json
from reelgraph.cli.table_files import parquet_bytes
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.export.page_model import DRAWS
from reelgraph.recommend import Recommender

_PAGE_OPTIONS = ("title", "without", "draws", "no_measure")
_Vectors = Annotated[
    Path | None,
    typer.Option("--vectors", metavar="FILE.parquet", help="The vectors by which `similar` compares movies."),
]


def export(
    context: typer.Context,
    bundle: BundlePath,
    vectors: _Vectors = None,
    html: Html = None,
    site: Site = None,
    title: Title = None,
    without: Without = None,
    draws: Draws = DRAWS,
    no_measure: NoMeasure = False,
    as_json: Json = False,
) -> None:
    """Write what a bundle has learnt as files for other programs.

    The vectors have length 1: inner products and cosines are those of `reelgraph similar`, in faiss, usearch, pgvector,
    Qdrant and others.

    The page of --html is the whole recommender: it opens from disk, asks nothing of any network, reads the exports of
    Letterboxd, IMDb, Trakt and Netflix, and lists films with exact reasons. --site writes it as a folder that any host
    of static files can serve: people install the page, and it starts without a connection.

    Examples:
      reelgraph export out/ml-1m --vectors items.parquet

      reelgraph export out/ml-1m --html film.html

      reelgraph export out/ml-1m --site public/

      reelgraph export out/ml-1m --html small.html --without lightgcn --without stars
    """
    if sum(path is not None for path in (vectors, html, site)) != 1:
        raise ConfigError("export", "say what to write: --vectors items.parquet, --html film.html or --site FOLDER")
    page = html or site
    if page is not None:
        write_page(bundle, page, title, without or [], draws, not no_measure, as_json, is_site=site is not None)
    elif vectors is not None:
        refuse_given(context, _PAGE_OPTIONS, "is for the page of --html or --site")
        _write_vectors(bundle, vectors, as_json)


def _write_vectors(bundle: Path, path: Path, as_json: bool) -> None:
    if path.suffix.lower() not in (".parquet", ".pq"):
        raise ConfigError(str(path), "is of an unknown kind; give a name that ends in .parquet")
    require_writable(path)
    table = Recommender(Bundle.load(bundle)).item_vectors()
    write(path, parquet_bytes(table.to_polars()))
    n_items, dim = table.vector.shape
    if as_json:
        print_json({"vectors": str(path), "items": n_items, "dimensions": dim})
    else:
        out.print(f"wrote {path}: {counted(n_items, 'movie')}, {counted(dim, 'dimension')}", soft_wrap=True)
