"""``reelgraph data enrich``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph.cli.files import require_writable
from reelgraph.cli.options import Data, Json
from reelgraph.cli.output import err, out, print_json, print_table, progress_bar
from reelgraph.cli.sources import locate, print_notes
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data import read
from reelgraph.data.movie_details import details_path, write_details
from reelgraph.data.read import source_path
from reelgraph.enrichment import EnrichmentReport, NewMovies, Sources, enrich

_MAX_DOUBTFUL = 20  # joins that the table names; --json names all


def enrich_(
    path: Data,
    imdb: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Files of IMDb as published: title.basics.tsv.gz, ...")
    ] = None,
    tmdb: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A file of TMDB, JSON or CSV; may be repeated.")
    ] = None,
    wikidata: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Result of a query to Wikidata: CSV, TSV or JSON.")
    ] = None,
    posters: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Pictures by id: tt0114709.jpg or 862.jpg.")
    ] = None,
    new_from: Annotated[
        int | None, typer.Option("--new-from", help="Add movies of this year and later; the newest year by default.")
    ] = None,
    new_votes: Annotated[
        int, typer.Option("--new-votes", min=0, help="Least votes at IMDb of a movie that is added.")
    ] = 1_000,
    new_limit: Annotated[
        int, typer.Option("--new-limit", min=0, help="Most new movies that are added; 0 for none.")
    ] = 5_000,
    as_json: Json = False,
) -> None:
    """Add people, lengths, stories, titles in other languages and new movies, from files that you hold.

    Nothing is fetched. The details are written beside the data set, in details.parquet, and are read with it from then
    on; a second call replaces them.

    Examples:
      reelgraph data enrich ml-latest-small/ --imdb imdb-files/

      reelgraph data enrich ml-1m/ --tmdb movies.csv --tmdb credits.csv --posters posters/
    """
    located = locate(path)
    if not isinstance(located, Path):
        raise ConfigError(path, "is built in, and details lie beside files: download a data set, or give a folder")
    sources = Sources(imdb, tuple(tmdb or ()), wikidata, posters)
    data = read(located, details=False)
    target = details_path(source_path(located))
    require_writable(target)
    with progress_bar() as progress:
        catalogue, report = enrich(data, sources, NewMovies(new_from, new_votes, new_limit), progress)
    write_details(target, catalogue, np.arange(len(catalogue)) >= report.movies)
    for terms in report.terms:
        err.print(terms, soft_wrap=True)
    if as_json:
        print_json({"out": str(target), **dataclasses.asdict(report)})
    else:
        _show(report, target)


def _show(report: EnrichmentReport, target: Path) -> None:
    rows = [
        [count.name, count.before, count.after, f"{count.after / max(report.movies, 1):.1%}"]
        for count in report.fields
        if count.after
    ]
    joined = [f"{source}: {ids:,} by id, {titles:,} by title" for source, (ids, titles) in report.joined.items()]
    print_table(counted(report.movies, "movie"), ["field", "had it", "have it now", "share"], rows, "; ".join(joined))
    if report.doubtful:
        listed = report.doubtful[:_MAX_DOUBTFUL]
        caption = f"and {len(report.doubtful) - len(listed):,} more, see --json" if len(report.doubtful) > 20 else ""
        print_table("Doubtful, not joined", ["movie", "in the source", "why"], listed, caption)
    print_notes((*report.notes, *map(str, report.refused)))
    out.print(f"wrote {target}: {counted(report.movies, 'movie')} and {report.new_movies:,} new ones", soft_wrap=True)
