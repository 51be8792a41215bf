"""Files that name movies: lists of Letterboxd and Trakt, libraries of Radarr, Jellyfin and Plex, and plain text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bridges import ListedMovie, radarr_list, trakt_list
from reelgraph.core import Catalogue
from reelgraph.core.errors import DataFormatError
from reelgraph.importers import ImportResult, import_movie_list, is_list_of_names, named_lines

CATALOGUE = Catalogue(
    np.array([1, 2, 3, 4]),
    np.array(["Matrix, The (1999)", "Heat (1995)", "Amélie (2001)", "Heat (1986)"]),
    np.array([1999, 1995, 2001, 1986]),
    ((),) * 4, ((),) * 4, ((),) * 4,
    np.array(["tt0133093", "tt0113277", "tt0211915", ""]),
    np.array([603, 949, 194, 0]),
)  # fmt: skip

LETTERBOXD = """Letterboxd list export v7
Date,Name,Tags,URL,Description
2024-01-02,Noir,,https://boxd.it/abc,

Position,Name,Year,URL,Description
1,Heat,1995,https://boxd.it/2a,
2,The Matrix,1999,https://boxd.it/2b,
3,Nobody's Film,2020,https://boxd.it/2c,
4,Heat,1990,https://boxd.it/2d,
"""
WATCHLIST = "Date,Name,Year,Letterboxd URI\n2024-01-02,Heat,1995,https://boxd.it/2a\n"
#: As GET /api/v3/movie answers, with the fields that could be taken for something else.
RADARR = [
    {
        "title": "Heat", "originalTitle": "Heat", "sortTitle": "heat", "status": "released", "year": 1995,
        "hasFile": True, "monitored": True, "runtime": 170, "imdbId": "tt0113277", "tmdbId": 949, "id": 7,
        "ratings": {"imdb": {"votes": 1, "value": 8.3, "type": "user"}, "tmdb": {"votes": 2, "value": 7.9}},
        "images": [{"coverType": "poster", "url": "/7/poster.jpg"}], "movieFile": {"movieId": 7, "id": 9},
    },
    {"title": "Amelie", "originalTitle": "Le Fabuleux Destin", "year": 2001, "tmdbId": 194, "status": "released"},
]  # fmt: skip
#: As GET /Items answers.
JELLYFIN = {
    "Items": [
        {"Name": "Heat", "Id": "f0", "ProductionYear": 1995, "Type": "Movie", "UserData": {"Played": False},
         "ProviderIds": {"Tmdb": "949", "Imdb": "tt0113277"}, "CommunityRating": 7.9},
        {"Name": "The Wire", "ProductionYear": 2002, "Type": "Series", "ProviderIds": {"Imdb": "tt0306414"}},
        {"Name": "The Matrix", "Id": "f2", "ProductionYear": 1999, "Type": "Movie", "ProviderIds": {}},
    ],
    "TotalRecordCount": 3, "StartIndex": 0,
}  # fmt: skip
PLEX = {
    "MediaContainer": {
        "size": 2,
        "Metadata": [
            {"ratingKey": "11", "title": "Un film", "year": 1995, "type": "movie", "guid": "plex://movie/5d77",
             "rating": 8.7, "Guid": [{"id": "imdb://tt0113277"}, {"id": "tmdb://949"}]},
            {"ratingKey": "12", "title": "The Wire", "year": 2002, "type": "show", "guid": "plex://show/5d78"},
        ],
    }
}  # fmt: skip
TRAKT = [
    {"rank": 1, "listed_at": "2024-01-02T03:04:05.000Z", "type": "movie",
     "movie": {"title": "Heat", "year": 1995, "ids": {"trakt": 1, "imdb": "tt0113277", "tmdb": 949}}},
    {"rank": 2, "listed_at": "2024-01-02T03:04:05.000Z", "type": "show",
     "show": {"title": "The Wire", "year": 2002, "ids": {"trakt": 2, "imdb": "tt0306414"}}},
]  # fmt: skip
FEED = [ListedMovie("2", "Heat", 1995, "tt0113277", 949), ListedMovie("3", "Amélie", 2001, "", 194)]


def imported(tmp_path: Path, content: Any, name: str = "list") -> ImportResult:
    path = tmp_path / f"{name}{'.csv' if isinstance(content, str) else '.json'}"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert not is_list_of_names(path)
    return import_movie_list(path, CATALOGUE)


def ids(result: ImportResult) -> list[int | str]:
    return [movie.item_id for movie in result.movies if movie.item_id is not None]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LETTERBOXD, [2, 1]),
        (WATCHLIST, [2]),
        (RADARR, [2, 3]),
        (JELLYFIN, [2, 1]),
        (PLEX, [2]),
        (TRAKT, [2]),
        ({"movies": TRAKT[:1], "shows": TRAKT[1:]}, [2]),
        (radarr_list(FEED), [2, 3]),
        (trakt_list(FEED), [2, 3]),
        ("title,year\nHeat,1995\n", [2]),
        ("imdb_id\ntt0113277\n", [2]),
    ],
    ids=["letterboxd", "watchlist", "radarr", "jellyfin", "plex", "trakt", "trakt in parts", "our radarr", "our trakt",
         "table", "one column"],
)  # fmt: skip
def test_the_movies_of_a_file(tmp_path: Path, content: Any, expected: list[int]) -> None:
    assert ids(imported(tmp_path, content)) == expected


def test_what_is_not_found_is_told(tmp_path: Path) -> None:
    result = imported(tmp_path, LETTERBOXD)
    assert [movie.where.rpartition(" ")[2] for movie in result.movies] == ["6", "7", "8", "9"]
    lines = named_lines(result)
    assert lines[0] == "letterboxd list: 2 of 4 movies found"
    assert lines[1:] == ["not in the catalogue: 2: Nobody's Film (2020); Heat (1990)"]


def test_series_are_counted_and_not_taken(tmp_path: Path) -> None:
    for content in (JELLYFIN, PLEX, TRAKT):
        result = imported(tmp_path, content)
        assert dict(result.skipped) == {"series, seasons and episodes": 1}
        assert "series, seasons and episodes 1" in named_lines(result)[0]
        assert not result.ratings


def test_an_export_is_read_as_import_reads_it(tmp_path: Path) -> None:
    result = imported(tmp_path, "Const,Your Rating,Title,Title Type,Year\ntt0113277,9,Heat,Movie,1995\n")
    assert result.service == "imdb"
    assert ids(result) == [2]


@pytest.mark.parametrize("content", ["{", "[{}]", "[{" + '"movie": {' * 40, '[{"x": 1}]', '{"a": [1, 2]}'])
def test_what_has_no_movies_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(content)
    with pytest.raises(DataFormatError):
        import_movie_list(path, CATALOGUE)


def test_a_list_of_letterboxd_without_its_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LETTERBOXD.split("\n\n")[0] + "\n")
    with pytest.raises(DataFormatError, match="a header with Position, Name and Year"):
        import_movie_list(path, CATALOGUE)


@pytest.mark.parametrize("content", ["1\n2\n", "Heat (1995)\n[rec] (2007)\n", "[rec] (2007)\n", "Heat, 1995\nX\n", ""])
def test_lines_of_names_are_told_from_tables(tmp_path: Path, content: str) -> None:
    path = tmp_path / "names.txt"
    path.write_text(content)
    assert is_list_of_names(path)
    assert is_list_of_names(tmp_path / "missing.txt")
    assert not is_list_of_names(tmp_path)
