"""Rows that are no viewing: wishes go to the watchlist, the rest is counted, and nothing of it is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.core.errors import ConfigError, DataFormatError
from tests.unit.importers.brought import Brought, brought_catalogue
from tests.unit.importers.test_services_cases import GDPR_HEADER

HEAT = {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": 949}}
MEMENTO = {"title": "Memento", "year": 2000, "ids": {"imdb": "tt0209144", "tmdb": 77}}
MATRIX = {"title": "The Matrix", "year": 1999, "ids": {"imdb": "tt0133093", "tmdb": 603}}
LETTERBOXD = "Date,Name,Year,Letterboxd URI\n2024-01-05,Heat,1995,https://boxd.it/a\n"

STATES = {
    "status in german": Brought(
        {"a.csv": "Titel,Jahr,Status\nHeat,1995,Gesehen\nMemento,2000,Will sehen\nThe Matrix,1999,Abgebrochen\n"},
        seen=("Heat",),
        watchlist=("Memento",),
        aside=1,
    ),
    "status in chinese": Brought(
        {"a.csv": "片名,年份,状态\nHeat,1995,看过\nMemento,2000,想看\nThe Matrix,1999,在看\n"},
        seen=("Heat",),
        watchlist=("Memento",),
        aside=1,
    ),
    "columns of yes and no": Brought(
        {"a.csv": "title,year,seen,wishlist\nHeat,1995,yes,no\nMemento,2000,no,yes\nThe Matrix,1999,no,no\n"},
        seen=("Heat",),
        watchlist=("Memento",),
        aside=1,
    ),
    "number of plays": Brought(
        {"a.csv": "Title,Year,Type,Play Count,User Rating\nHeat,1995,movie,2,\nMemento,2000,movie,0,\n"
        "The Matrix,1999,movie,0,9\n"},
        {"Matrix": 4.5},
        seen=("Heat",),
        aside=1,
    ),
    "progress in percent": Brought(
        {"a.csv": "title,year,progress\nHeat,1995,97.5\nMemento,2000,3.1\n"}, seen=("Heat",), aside=1
    ),
    "progress in a column of watching": Brought(
        {"a.csv": "title,year,Watched %\nHeat,1995,100%\nMemento,2000,3%\n"}, seen=("Heat",), aside=1
    ),
    "dates in a column of watching": Brought(
        {"a.csv": "title,year,watched\nHeat,1995,2024-01-25\nMemento,2000,\n"},
        seen=("Heat",),
        aside=1,
        days={"Heat": "2024-01-25"},
    ),
    "wishes in a column": Brought(
        {"a.csv": "Titre,Année,Note,Envie\nHeat,1995,9,Non\nMemento,2000,,Oui\n"}, {"Heat": 4.5}, watchlist=("Memento",)
    ),
    "actions": Brought(
        {
            "a.csv": "title,year,action\nHeat,1995,rated\nMemento,2000,added to watchlist\nThe Matrix,1999,hidden\n"
            "Pulp Fiction,1994,watched\n"
        },
        seen=("Heat", "Pulp Fiction"),
        watchlist=("Memento",),
        aside=1,
    ),
    "kinds of entry that are states": Brought(
        {
            "a.csv": "created_at,type,entity_type,movie_name,release_date\n"
            "2024-01-01 10:00:00,watch,movie,Heat,1995-12-15\n"
            "2024-01-01 10:00:00,towatch,movie,Memento,2000-10-11\n2024-01-01 10:00:00,watch,episode,Fargo,\n"
        },
        seen=("Heat",),
        watchlist=("Memento",),
        aside=1,
    ),
    "trakt, favourites and notes": Brought(
        {
            "favorites.json": json.dumps([{"listed_at": "2024-01-01T00:00:00.000Z", "type": "movie", "movie": HEAT}]),
            "hidden-movies.json": json.dumps([{"hidden_at": "2024-01-01T00:00:00.000Z", "movie": MEMENTO}]),
            "notes.json": json.dumps([{"type": "movie", "movie": MATRIX, "note": {"id": 1, "notes": "x"}}]),
        },
        seen=("Heat",),
        aside=2,
    ),
    "trakt paused": Brought(
        {
            "playback.json": json.dumps(
                [{"progress": 3.0, "paused_at": "2024-01-01T00:00:00.000Z", "id": 1, "type": "movie", "movie": HEAT}]
            )
        },
        aside=1,
    ),
    "trakt hidden": Brought(
        {
            "hidden-recommendations.json": json.dumps(
                [{"hidden_at": "2024-01-01T00:00:00.000Z", "type": "movie", "movie": HEAT}]
            )
        },
        aside=1,
    ),
    "trakt comments and likes": Brought(
        {
            "comments-all.json": json.dumps(
                [{"type": "movie", "movie": HEAT, "comment": {"id": 1, "comment": "Five words are needed here."}}]
            )
        },
        aside=1,
    ),
    "simkl states": Brought(
        {
            "simkl.json": json.dumps(
                {
                    "movies": [
                        {"status": "completed", "user_rating": None, "movie": HEAT},
                        {"status": "dropped", "user_rating": None, "movie": MEMENTO},
                        {"status": "dropped", "user_rating": 3, "movie": MATRIX},
                    ],
                    "shows": [{"status": "watching", "user_rating": 8, "show": {"title": "Fargo", "ids": {}}}],
                }
            )
        },
        {"Matrix": 1.5},
        seen=("Heat",),
        aside=2,
    ),
    "plan to watch in the name of the file": Brought(
        {"plan_to_watch.csv": "title,year\nHeat,1995\nMemento,2000\n"}, watchlist=("Heat", "Memento")
    ),
    "hidden in the name of the file": Brought({"hidden.csv": "title,year\nHeat,1995\nMemento,2000\n"}, aside=2),
    "wishes and views in one folder": Brought(
        {"wishlist.csv": "title,year\nHeat,1995\nMemento,2000\n", "watched.csv": "title,year\nHeat,1995\n"},
        seen=("Heat",),
        watchlist=("Memento",),
    ),
    "kinds of entry in many languages": Brought(
        {
            "a.csv": "Title,Year,Type\nHeat,1995,Película\nFargo,2014,Serie de TV\nFargo,2014,Сериал\n"
            "Fargo,2014,电视剧\n"
            "Fargo,2014,Dizi\nFargo,2014,ドラマシリーズ\nFargo,2014,Fernsehserie\nFargo,2014,Telewizyjny serial\n"
        },
        seen=("Heat",),
        aside=7,
    ),
    "television films are films": Brought(
        {"a.csv": "title,year,type\nHeat,1995,TV Movie\nMemento,2000,Fernsehfilm\nFargo,2014,TV Series\n"},
        seen=("Heat", "Memento"),
        aside=1,
    ),
    "episodes in columns": Brought(
        {"a.csv": "Titel,Jahr,Staffel,Folge\nHeat,1995,,\nFargo,2014,1,3\n"}, seen=("Heat",), aside=1
    ),
    "netflix in six languages": Brought(
        {
            "NetflixViewingHistory.csv": "Title,Date\nDark: Staffel 1: Geheimnisse,1/31/20\n"
            "Lupin: Partie 1: Chapitre 1,1/31/20\n"
            "La casa de papel: Temporada 1: Episodio 1,1/31/20\nBaby: Stagione 1: Superpoteri,1/31/20\n"
            "Эпидемия: Сезон 1: Серия 1,1/31/20\n今際の国のアリス: シーズン1: エピソード1,1/31/20\n"
            "오징어 게임: 시즌 1: 깐부,1/31/20\n"
            "Fauda: Aflevering 3,1/31/20\n1983: Odcinek 2,1/31/20\nThe Green Mile,2/1/20\n"
        },
        seen=("Green Mile",),
        aside=9,
    ),
    "three films of one name are no series": Brought(
        {
            "NetflixViewingHistory.csv": "Title,Date\nStar Wars: Episode IV - A New Hope,1/31/20\n"
            "Star Wars: Episode V - The Empire Strikes Back,1/31/20\n"
            "Star Wars: Episode VI - Return of the Jedi,1/31/20\n"
        },
        seen=("New Hope", "Empire", "Return"),
    ),
    "three episodes of one name are a series": Brought(
        {
            "NetflixViewingHistory.csv": "Title,Date\nBody Heat Squad: One,1/31/20\nBody Heat Squad: Two,1/31/20\n"
            "Body Heat Squad: Three,1/31/20\nTwin Peaks: Fire Walk with Me,2/1/20\n"
        },
        seen=("Twin Peaks film",),
        aside=3,
    ),
    "hearts of Letterboxd": Brought(
        {
            "likes.csv": LETTERBOXD,
        },
        seen=("Heat",),
        notes=("1 liked",),
    ),
    "two colons are an episode": Brought(
        {
            "NetflixViewingHistory.csv": "Title,Date\nThe Green Mile: Mini Dizi: Bir,1/31/20\n"
            "Black Body Heat: 2. řada: Dva,1/31/20\n"
            "Twin Peaks: Fire Walk with Me,2/1/20\n"
        },
        seen=("Twin Peaks film",),
        aside=2,
    ),
    "one of two profiles": Brought(
        {
            "ViewingActivity.csv": f"{GDPR_HEADER}Ann,2024-05-02 19:00:00,01:40:00,,The Green Mile,,TV,03:05:00,,AU\n"
            "Ben,2024-05-02 19:00:00,01:40:00,,Pulp Fiction,,TV,03:05:00,,AU\n"
        },
        seen=("Green Mile",),
        aside=1,
        options={"profile": "ann"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_rows_that_are_no_viewing(tmp_path: Path, name: str) -> None:
    STATES[name].check(tmp_path)


def test_history_of_several_people_asks_for_a_profile(tmp_path: Path) -> None:
    path = STATES["one of two profiles"].write(tmp_path)
    with pytest.raises(DataFormatError, match=r"found 2 profiles: Ann, Ben.*--profile"):
        import_export(path, brought_catalogue())
    with pytest.raises(ConfigError, match="profile: no 'Cid' in the file; it has Ann, Ben"):
        import_export(path, brought_catalogue(), profile="Cid")


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "an image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"<!DOCTYPE html><html><body>Your ratings</body></html>", "a web page"),
        (b"\n <html lang='en'><head></head></html>", "a web page"),
        (b"SQLite format 3\0" + b"\0" * 100, "a SQLite database"),
        (b"\x1f\x8b\x08\0abc", "a compressed file"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        (b"{\\rtf1\\ansi Heat}", "a text document"),
        (bytes(range(256)) * 8, "binary"),
    ],
)
def test_files_that_hold_no_table_are_named(tmp_path: Path, content: bytes, pattern: str) -> None:
    (tmp_path / "ratings.csv").write_bytes(content)
    with pytest.raises(DataFormatError, match=pattern):
        import_export(tmp_path / "ratings.csv", brought_catalogue())
