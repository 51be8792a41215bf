"""Files in which `reelgraph recommend` writes its list for other programs."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelgraph.cli.files import require_distinct, require_writable, write
from reelgraph.cli.output import err
from reelgraph.core import Recommendations
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import Recommender

if TYPE_CHECKING:
    from reelgraph.bridges import ListedMovie

LetterboxdFile = Annotated[
    Path | None, typer.Option("--letterboxd", metavar="FILE.csv", help="Write the list as Letterboxd imports it.")
]
RadarrFile = Annotated[
    Path | None, typer.Option("--radarr", metavar="FILE.json", help="Write the list as Radarr's custom lists read it.")
]
TraktFile = Annotated[
    Path | None, typer.Option("--trakt", metavar="FILE.json", help="Write the list as Trakt takes it for a list.")
]


def require_list_files(*paths: Path | None, read: Collection[Path | None] = ()) -> None:
    """Refuse a file that could not be written, or that is another one of them or of those that are ``read``.

    Raises:
        ConfigError: it is so.
    """
    for path in paths:
        require_writable(path)
    require_distinct(*paths, read=read)


def write_list_files(
    recommendations: Recommendations,
    recommender: Recommender,
    letterboxd: Path | None,
    radarr: Path | None,
    trakt: Path | None,
) -> None:
    """Write the list to the files that are named; movies that a program could not find are counted on stderr.

    Raises:
        CapabilityError: no movie of the list has an id that Radarr or Trakt know.
        ConfigError: a file cannot be written.
    """
    contents: dict[Path, bytes] = {}
    if letterboxd is not None:
        from reelgraph.importers import letterboxd_list  # here: few lists are written

        contents[letterboxd] = letterboxd_list(recommendations, recommender.items, recommender.catalogue)
    if radarr is not None or trakt is not None:
        from reelgraph.bridges import radarr_list, trakt_list

        movies = _with_ids(recommendations, recommender)
        for path, value in ((radarr, radarr_list(movies)), (trakt, trakt_list(movies))):
            if path is not None:
                contents[path] = json.dumps(value, ensure_ascii=False, indent=1).encode()
    for path, content in contents.items():
        write(path, content)


def _with_ids(recommendations: Recommendations, recommender: Recommender) -> list[ListedMovie]:
    """The movies that Radarr and Trakt can find; the others are counted on stderr."""
    from reelgraph.bridges import listed_movies

    ids = [line.item_id for line in recommendations]
    movies = listed_movies(ids, recommender.items, recommender.catalogue)
    movies_with_ids = [movie for movie in movies if movie.has_ids]
    if movies and not movies_with_ids:
        hint = "train with links.csv, or with the columns imdb_id and tmdb_id"
        raise CapabilityError("no movie of the list has an id of IMDb or TMDB, by which Radarr and Trakt know it", hint)
    if len(movies_with_ids) < len(movies):
        err.print(
            f"not in the file: {counted(len(movies) - len(movies_with_ids), 'movie')} without an id of IMDb or TMDB"
        )
    return movies_with_ids
