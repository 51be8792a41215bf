"""Exports in the shape of each service, about invented people; and a catalogue to match them to."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.data.readers.metadata import MovieRow, catalogue, year_of
from reelgraph.importers import ImportResult

IMDB_TODAY = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,"
    "Release Date,Directors"
)
IMDB_2017 = "Const,Your Rating,Date Added,Title,Title Type,Directors,IMDb Rating,Runtime (mins),Year,Genres,Num Votes"
IMDB_OLD = (
    "position,const,created,modified,description,Title,Title type,Directors,You rated,IMDb Rating,Runtime (mins),Year,"
    "Genres,Num. Votes,Release Date (month/day/year),URL"
)
IMDB_WATCHLIST = (
    "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,"
    "Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated"
)

FILMS = (
    (1, "Toy Story (1995)", "tt0114709", 862),
    (47, "Seven (a.k.a. Se7en) (1995)", "tt0114369", 807),
    (2571, "Matrix, The (1999)", "tt0133093", 603),
    (4973, "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)", "tt0211915", 194),
    (1196, "Star Wars: Episode V - The Empire Strikes Back (1980)", "tt0080684", 1891),
    (1219, "Psycho (1960)", "tt0054215", 539),
    (2389, "Psycho (1998)", "tt0155975", 11252),
    (260, "Star Wars: Episode IV - A New Hope (a.k.a. Star Wars) (1977)", "tt0076759", 11),
    (1221, "Godfather: Part II, The (1974)", "tt0071562", 240),
    (2019, "Seven Samurai (Shichinin no samurai) (1954)", "tt0047478", 346),
    (1320, "Alien³ (a.k.a. Alien 3) (1992)", "tt0103644", 8077),
    (838, "Emma (1996)", "tt0116191", 3573),
    (26958, "Emma (1996)", "tt0118308", 12254),
    (8638, "Before Sunset (2004)", "tt0381681", 80),
    (215, "Before Sunrise (1995)", "tt0112471", 76),
    (2011, "Dune (1984)", "tt0087182", 841),
    (3147, "Green Mile, The (1999)", "tt0120689", 497),
)  # fmt: skip


def known_catalogue(ids: bool = True) -> Catalogue:
    """The films above, with or without ids of IMDb and TMDB."""
    rows = [
        MovieRow(key, title, year_of(title), imdb_id=imdb if ids else "", tmdb_id=tmdb if ids else 0)
        for key, title, imdb, tmdb in FILMS
    ]
    return catalogue(rows, np.arange(1))


def table(head: str, rows: Sequence[Mapping[str, object] | Sequence[object]]) -> str:
    """A CSV with a header, as a service writes it."""
    names = head.split(",")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([row.get(name, "") for name in names] if isinstance(row, Mapping) else list(row))
    return text.getvalue()


LETTERBOXD_RATINGS = [
    ("2021-01-05", "The Matrix", 1999, "https://boxd.it/2a1m", 4.5),
    ("2021-01-06", "Se7en", 1995, "https://boxd.it/2a2b", 5),
    ("2021-01-07", "Amélie", 2001, "https://boxd.it/29xA", 0.5),
    ("2021-01-08", "Psycho", 1960, "https://boxd.it/1Xqa", 4),
    ("2021-01-09", "Dune", 1985, "https://boxd.it/i3Yq", 3.5),
]
LETTERBOXD_WATCHED = [
    *(row[:4] for row in LETTERBOXD_RATINGS),
    ("2021-02-01", "The Empire Strikes Back", 1980, "https://boxd.it/2bg0"),
    ("2021-02-02", "A Film Nobody Made", 2015, "https://boxd.it/zzzz"),
]
LETTERBOXD_DIARY = [
    ("2021-01-05", "The Matrix", 1999, "https://boxd.it/aaaa1", 3, "", "", "2020-12-31"),
    ("2021-03-05", "Seven Samurai", 1954, "https://boxd.it/aaaa2", 2.5, "", "", "2021-03-01"),
    ("2021-04-05", "Seven Samurai", 1954, "https://boxd.it/aaaa3", 5, "Yes", "tag, other", "2021-04-02"),
]
LETTERBOXD_WATCHLIST = [
    ("2021-05-01", "Before Sunset", 2004, "https://boxd.it/29Rc"),
    ("2021-05-02", "The Matrix", 1999, "https://boxd.it/2a1m"),
]


def letterboxd_zip(path: Path, folder: str = "", extra: Mapping[str, str] | None = None) -> Path:
    """The export of a person: films at the top, lists, likes and what was deleted below."""
    head = "Date,Name,Year,Letterboxd URI"
    files = {
        "profile.csv": "Date Joined,Username,Given Name\r\n2020-01-01,someone,Some\r\n",
        "ratings.csv": table(f"{head},Rating", LETTERBOXD_RATINGS),
        "watched.csv": table(head, LETTERBOXD_WATCHED),
        "diary.csv": table(f"{head},Rating,Rewatch,Tags,Watched Date", LETTERBOXD_DIARY),
        "reviews.csv": table(f"{head},Rating,Rewatch,Review,Tags,Watched Date", []),
        "watchlist.csv": table(head, LETTERBOXD_WATCHLIST),
        "comments.csv": "Date,Content,Comment\r\n",
        "likes/films.csv": table(head, [("2021-01-05", "Toy Story", 1995, "https://boxd.it/2a8e")]),
        "lists/best.csv": "Letterboxd list export v7\r\nDate,Name,Tags,URL,Description\r\n2021-01-01,Best,,,\r\n",
        "deleted/diary.csv": table(f"{head},Rating,Rewatch,Tags,Watched Date", LETTERBOXD_DIARY[:1]),
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return path


def trakt_film(title: str, year: int, imdb: str | None, tmdb: int | None) -> dict[str, Any]:
    return {"title": title, "year": year, "ids": {"trakt": 481, "slug": "a-slug", "imdb": imdb, "tmdb": tmdb}}


def trakt_ratings() -> list[dict[str, Any]]:
    show = {"title": "A Show", "year": 2011, "ids": {"trakt": 1, "slug": "a-show", "tvdb": 1, "imdb": "tt0944947"}}
    when = "2014-09-01T09:10:11.000Z"
    return [
        {"rated_at": when, "rating": 10, "type": "movie", "movie": trakt_film("The Matrix", 1999, "tt0133093", 603)},
        {"rated_at": when, "rating": 1, "type": "movie", "movie": trakt_film("Psycho", 1998, None, 11252)},
        {"rated_at": when, "rating": 7, "type": "movie", "movie": trakt_film("Toy Story", 1995, None, None)},
        {"rated_at": when, "rating": 8, "type": "show", "show": show},
    ]


def trakt_history() -> list[dict[str, Any]]:
    film = trakt_film("Before Sunset", 2004, "tt0381681", 80)
    base = {"action": "scrobble", "type": "movie", "movie": film}
    episode = {"season": 1, "number": 1, "title": "Pilot", "ids": {"trakt": 2}}
    return [
        {"id": 1, "watched_at": "2014-03-31T09:28:53.000Z", **base},
        {"id": 2, "watched_at": "2015-03-31T09:28:53.000Z", **base},
        {"id": 3, "watched_at": "2015-03-31T09:28:53.000Z", "type": "episode", "episode": episode, "show": {"ids": {}}},
    ]


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def adds_up(imported: ImportResult) -> None:
    n_unmatched = sum(movie.rows for movie in imported.movies if movie.status != "matched")
    n_imported = len(imported.ratings) + len(imported.seen) + len(imported.watchlist)
    assert imported.rows == n_imported + imported.repeated + n_unmatched + sum(imported.skipped.values())


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path
