"""Lists as the JSON that Radarr, Trakt and Stremio read. Movies that they could not find are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reelgraph.bridges.listed_movie import ListedMovie

STREMIO_CATALOG = "reelgraph-picks"
"""The id of the one catalogue in `stremio_manifest`."""

_POSTERS = "https://images.metahub.space/poster/medium/{}/img"  # where Stremio's own catalogue has them


def radarr_list(movies: Sequence[ListedMovie]) -> list[dict[str, Any]]:
    """A list for Radarr.

    Its "Custom Lists" read ``id``, which is that of TMDB, and "StevenLu Custom" reads ``imdb_id`` and ``title``. An id
    that is not known has no key; movies without either are left out.

    Source: Radarr, ``RadarrListParser`` and ``StevenLuParser``.
    """
    return [
        {
            **({"id": movie.tmdb_id, "tmdb_id": movie.tmdb_id} if movie.tmdb_id else {}),
            **({"imdb_id": movie.imdb_id} if movie.imdb_id else {}),
            "title": movie.title,
            "release_date": str(movie.year or ""),
        }
        for movie in movies
        if movie.has_ids
    ]


def trakt_list(movies: Sequence[ListedMovie]) -> dict[str, Any]:
    """What ``POST /users/{id}/lists/{list_id}/items`` of Trakt takes; movies without an id are left out.

    Source: Trakt API, "Add items to personal list".
    """
    return {
        "movies": [
            {
                "title": movie.title,
                "year": movie.year or None,
                "ids": {
                    **({"imdb": movie.imdb_id} if movie.imdb_id else {}),
                    **({"tmdb": movie.tmdb_id} if movie.tmdb_id else {}),
                },
            }
            for movie in movies
            if movie.has_ids
        ]
    }


def stremio_manifest(feed_id: str, name: str, version: str) -> dict[str, Any]:
    """The manifest of an add-on with one catalogue of movies.

    Args:
        feed_id: tells the add-ons of several people apart.
        name: shown in Stremio.
        version: of the add-on, ``MAJOR.MINOR.PATCH``.

    Source: Stremio add-on SDK, "Manifest format".
    """
    return {
        "id": f"reelgraph.{feed_id}",
        "version": version,
        "name": name,
        "description": "Movies for one person, by what they rated.",
        "resources": ["catalog"],
        "types": ["movie"],
        "idPrefixes": ["tt"],
        "catalogs": [{"type": "movie", "id": STREMIO_CATALOG, "name": name, "extra": [{"name": "skip"}]}],
    }


def stremio_catalog(movies: Sequence[ListedMovie]) -> dict[str, Any]:
    """A page of the catalogue; movies without an id of IMDb, by which Stremio knows them, are left out.

    Source: Stremio add-on SDK, "Meta preview object".
    """
    return {
        "metas": [
            {
                "id": movie.imdb_id,
                "type": "movie",
                "name": movie.title,
                "poster": _POSTERS.format(movie.imdb_id),
                **({"releaseInfo": str(movie.year)} if movie.year else {}),
                **({"genres": list(movie.genres)} if movie.genres else {}),
                **({"description": movie.reason} if movie.reason else {}),
            }
            for movie in movies
            if movie.imdb_id
        ]
    }
