"""Each service's export in its real shape: what comes out is known row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelgraph import import_export
from reelgraph.core.errors import DataFormatError
from tests.unit.importers import services
from tests.unit.importers.services import adds_up, known_catalogue, letterboxd_zip, put, table, write_json

# ---------------------------------------------------------------------------------------------- Letterboxd


@pytest.mark.parametrize("folder", ["", "letterboxd-someone-2021-05-03-10-00-utc/"])
def test_letterboxd_zip(tmp_path: Path, folder: str) -> None:
    imported = import_export(letterboxd_zip(tmp_path / "export.zip", folder), known_catalogue())
    assert imported.service == "letterboxd"
    # ratings.csv goes before the diary; the rewatch is the last of the diary.
    assert imported.ratings == {2571: 4.5, 47: 5.0, 4973: 0.5, 1219: 4.0, 2019: 5.0}
    assert imported.seen == (1196, 1)  # the last one has a heart
    assert "1 liked movie (hearts in likes/films.csv) counts as seen" in imported.notes
    assert imported.watchlist == (8638,)  # The Matrix has been seen
    assert imported.timestamps[2019] == 1_617_321_600  # 2021-04-02, the day of the rewatch
    assert [(film.title, film.year) for film in imported.with_status("doubtful")] == [("Dune", 1985)]
    assert [(film.title, film.year) for film in imported.with_status("missing")] == [("A Film Nobody Made", 2015)]
    assert imported.rows == 5 + 7 + 3 + 2 + 1
    assert imported.with_status("doubtful")[0].rows == 2  # in ratings.csv and in watched.csv
    adds_up(imported)


def test_letterboxd_folder_as_browsers_unpack_it(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(letterboxd_zip(tmp_path / "export.zip")) as archive:
        archive.extractall(tmp_path / "export")
    whole = import_export(tmp_path / "export.zip", known_catalogue())
    folder = import_export(tmp_path / "export", known_catalogue())
    assert (folder.ratings, folder.seen, folder.watchlist) == (whole.ratings, whole.seen, whole.watchlist)


def test_letterboxd_single_files(tmp_path: Path) -> None:
    head = "Date,Name,Year,Letterboxd URI"
    rated = put(tmp_path / "ratings.csv", table(f"{head},Rating", services.LETTERBOXD_RATINGS))
    assert import_export(rated, known_catalogue()).ratings == {2571: 4.5, 47: 5.0, 4973: 0.5, 1219: 4.0}
    diary = put(tmp_path / "d.csv", table(f"{head},Rating,Rewatch,Tags,Watched Date", services.LETTERBOXD_DIARY))
    assert import_export(diary, known_catalogue()).ratings == {2571: 3.0, 2019: 5.0}
    wishes = table(head, services.LETTERBOXD_WATCHLIST)
    imported = import_export(put(tmp_path / "watchlist-someone.csv", wishes), known_catalogue())
    assert (imported.ratings, imported.seen, imported.watchlist) == ({}, (), (8638, 2571))
    imported = import_export(put(tmp_path / "watched.csv", wishes), known_catalogue())
    assert (imported.seen, imported.watchlist) == ((8638, 2571), ())
    # The columns are the same, so without the name nobody can tell seen from wished for.
    with pytest.raises(DataFormatError, match="watched, or a watchlist"):
        import_export(put(tmp_path / "films.csv", wishes), known_catalogue())


def test_two_films_of_one_title_and_year_in_an_export_are_doubtful(tmp_path: Path) -> None:
    rows = [
        ("2021-01-01", "Before Sunset", 2004, "https://boxd.it/a", 5),
        ("", "Before Sunset", 2004, "https://boxd.it/b", 1),
    ]
    path = put(tmp_path / "ratings.csv", table("Date,Name,Year,Letterboxd URI,Rating", rows))
    imported = import_export(path, known_catalogue())
    assert not imported.ratings
    assert "two movies of the export" in imported.with_status("doubtful")[0].reason
    adds_up(imported)


def test_of_two_titles_that_claim_one_film_the_nearer_keeps_it(tmp_path: Path) -> None:
    rows = [("Toy Story", 1995, 5), ("Toy Story", 1996, 1), ("Psycho", 1997, 2), ("Psycho", 1999, 3)]
    imported = import_export(put(tmp_path / "mine.csv", table("title,year,rating", rows)), known_catalogue())
    assert imported.ratings == {1: 5.0}
    assert {(film.title, film.year) for film in imported.with_status("doubtful")} == {
        ("Toy Story", 1996), ("Psycho", 1997), ("Psycho", 1999)
    }  # fmt: skip
    adds_up(imported)


# ---------------------------------------------------------------------------------------------- IMDb

RATED = [
    {"Const": "tt0133093", "Your Rating": 9, "Title": "The Matrix", "Title Type": "Movie", "Year": 1999},
    {"Const": "tt0211915", "Your Rating": 10, "Title": "Die fabelhafte Welt der Amélie", "Title Type": "Film",
     "Original Title": "Le fabuleux destin d'Amélie Poulain", "Year": 2001},
    {"Const": "tt0054215", "Your Rating": 1, "Title": "Psycho", "Title Type": "Película", "Year": 1960},
    {"Const": "tt0944947", "Your Rating": 8, "Title": "A Show", "Title Type": "TV Series", "Year": 2011},
    {"Const": "tt0944948", "Your Rating": 8, "Title": "A Show: Pilot", "Title Type": "Episodio TV", "Year": 2011},
    {"Const": "tt0944949", "Your Rating": 8, "Title": "B", "Title Type": "Série télévisée", "Year": 2011},
    {"Const": "tt0944950", "Your Rating": 8, "Title": "C", "Title Type": "tvMiniSeries", "Year": 2011},
    {"Const": "tt0944951", "Your Rating": 8, "Title": "D", "Title Type": "Video Game", "Year": 2011},
]  # fmt: skip


def test_imdb_of_today(tmp_path: Path) -> None:
    rows = [{**row, "Date Rated": "2019-03-01"} for row in RATED]
    imported = import_export(put(tmp_path / "x.csv", table(services.IMDB_TODAY, rows)), known_catalogue())
    assert imported.service == "imdb"
    assert imported.ratings == {2571: 4.5, 4973: 5.0, 1219: 0.5}  # 10 -> 5, 1 -> 0.5
    assert imported.timestamps == dict.fromkeys(imported.ratings, 1_551_398_400)
    assert imported.skipped == {"series, seasons and episodes": 4, "video games, podcasts and music videos": 1}
    adds_up(imported)
    # Without ids in the catalogue the original title finds the localised one.
    assert import_export(tmp_path / "x.csv", known_catalogue(ids=False)).ratings == imported.ratings


def test_imdb_of_2017_and_before(tmp_path: Path) -> None:
    rows = [{**row, "Date Added": "2017-03-01"} for row in RATED]
    imported = import_export(put(tmp_path / "a.csv", table(services.IMDB_2017, rows)), known_catalogue())
    assert (imported.ratings[2571], imported.timestamps[2571]) == (4.5, 1_488_326_400)
    old = [
        {"position": 1, "const": row["Const"], "created": "Wed Mar  1 00:00:00 2017", "You rated": row["Your Rating"],
         "Title": row["Title"], "Title type": {"Movie": "Feature Film"}.get(str(row["Title Type"]), row["Title Type"]),
         "Year": row["Year"]}
        for row in RATED
    ]  # fmt: skip
    text = table(services.IMDB_OLD, old)
    again = import_export(put(tmp_path / "b.csv", text, "latin-1"), known_catalogue())
    assert (again.ratings, again.timestamps, again.skipped) == (imported.ratings, imported.timestamps, imported.skipped)


def test_imdb_header_in_another_language_is_read_by_place_when_the_values_fit(tmp_path: Path) -> None:
    rows = [{**row, "Date Rated": "2019-03-01"} for row in RATED]
    text = table(services.IMDB_TODAY, rows)
    german = text.replace("Your Rating", "Ihre Bewertung").replace("Title Type", "Titeltyp").replace("Year", "Jahr")
    assert import_export(put(tmp_path / "a.csv", german), known_catalogue()).ratings == {
        2571: 4.5,
        4973: 5.0,
        1219: 0.5,
    }
    with pytest.raises(DataFormatError, match="the column 'Your Rating'"):
        import_export(put(tmp_path / "b.csv", german.replace(",9,", ",99,")), known_catalogue())


def test_imdb_watchlist(tmp_path: Path) -> None:
    rows = [
        {"Position": 1, "Const": "tt0133093", "Title": "The Matrix", "Title Type": "Movie", "Year": 1999},
        {"Position": 2, "Const": "tt0381681", "Title": "Before Sunset", "Year": 2004, "Your Rating": 7},
    ]
    imported = import_export(put(tmp_path / "l.csv", table(services.IMDB_WATCHLIST, rows)), known_catalogue())
    assert (imported.ratings, imported.watchlist) == ({8638: 3.5}, (2571,))


# ---------------------------------------------------------------------------------------------- Trakt


def test_trakt_files(tmp_path: Path) -> None:
    imported = import_export(write_json(tmp_path / "r.json", services.trakt_ratings()), known_catalogue())
    assert imported.service == "trakt"
    assert imported.ratings == {2571: 5.0, 2389: 0.5, 1: 3.5}
    assert imported.timestamps[2571] == 1_409_562_611
    assert imported.skipped == {"series, seasons and episodes": 1}
    adds_up(imported)
    history = import_export(write_json(tmp_path / "h.json", services.trakt_history()), known_catalogue())
    assert (history.ratings, history.seen, history.repeated) == ({}, (8638,), 1)
    assert history.timestamps == {8638: 1_427_794_133}  # the last of two
    wish = [{"rank": 1, "id": 1, "listed_at": "2014-09-01T09:10:11.000Z", "notes": None, "type": "movie",
             "movie": services.trakt_film("Dune", 1984, None, 841)}]  # fmt: skip
    assert import_export(write_json(tmp_path / "lists-watchlist.json", wish), known_catalogue()).watchlist == (2011,)
    other = import_export(write_json(tmp_path / "lists-best.json", wish), known_catalogue())
    assert (other.seen, other.watchlist, other.skipped) == ((), (), {"films in lists and collections": 1})


def test_trakt_zip_and_object_of_sections(tmp_path: Path) -> None:
    import json
    import zipfile

    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("ratings/ratings-movies.json", json.dumps(services.trakt_ratings()))
        archive.writestr("watched/history-1.json", json.dumps(services.trakt_history()))
        archive.writestr("user/settings.json", json.dumps({"user": {"username": "someone"}}))
    imported = import_export(tmp_path / "t.zip", known_catalogue())
    whole = {"username": "someone", "ratings": services.trakt_ratings(), "history": services.trakt_history()}
    again = import_export(write_json(tmp_path / "t.json", whole), known_catalogue())
    for one in (imported, again):
        assert one.ratings == {2571: 5.0, 2389: 0.5, 1: 3.5}
        assert one.seen == (8638,)


def test_rating_of_zero_is_unrated(tmp_path: Path) -> None:
    rows = [{"rated_at": "", "rating": 0, "movie": services.trakt_film("The Matrix", 1999, None, 603)}]
    imported = import_export(write_json(tmp_path / "r.json", rows), known_catalogue())
    assert (imported.ratings, imported.seen) == ({}, (2571,))


@pytest.mark.parametrize(
    ("year", "taken"),
    [
        (1998, 2389),
        ("1998", 2389),
        (" 1960 ", 1219),
        (1998.0, 2389),
        ("", None),
        (None, None),
        ("19981", None),
        (True, None),
    ],
)
def test_year_of_trakt_as_number_or_text(tmp_path: Path, year: Any, taken: int | None) -> None:
    film = {"title": "Psycho", "year": year, "ids": {}}  # of 1960 and of 1998: the year alone tells
    imported = import_export(write_json(tmp_path / "r.json", [{"rating": 8, "movie": film}]), known_catalogue())
    assert imported.ratings == ({} if taken is None else {taken: 4.0})


# ---------------------------------------------------------------------------------------------- Netflix


def test_netflix(tmp_path: Path) -> None:
    rows = [
        ("A Show: Season 1: Pilot", "1/31/20"),
        ("A Show: Season 1: Second", "1/31/20"),
        ("A Show: Season 2: Third", "2/1/20"),
        ("A Show: The Lost One: Fourth", "2/2/20"),  # known as a series from its other episodes
        ("Eine Serie: Staffel 1: Folge 1", "2/3/20"),
        ("Une série: Saison 3: Épisode", "2/3/20"),
        ("Stories: Limited Series: First", "2/4/20"),
        ("The Green Mile", "2/5/20"),
        ("The Green Mile", "3/5/20"),
        ("Star Wars: Episode V - The Empire Strikes Back", "3/6/20"),
        ("Psycho", "3/7/20"),
        ("Dune", "3/8/20"),
    ]
    imported = import_export(put(tmp_path / "NetflixViewingHistory.csv", table("Title,Date", rows)), known_catalogue())
    assert imported.service == "netflix"
    assert imported.ratings == {}
    assert imported.seen == (3147, 1196)
    assert imported.timestamps[3147] == 1_583_366_400  # 2020-03-05, month first as 1/31/20 tells
    assert imported.skipped == {"series, seasons and episodes": 7}
    assert {film.title for film in imported.with_status("doubtful")} == {"Psycho", "Dune"}
    adds_up(imported)


def test_netflix_of_all_one_may_ask_for(tmp_path: Path) -> None:
    head = (
        "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark,"
        "Latest Bookmark,Country"
    )
    rows = [
        {"Profile Name": "A", "Start Time": "2020-03-05 20:00:00", "Title": "The Green Mile"},
        {
            "Profile Name": "A",
            "Start Time": "2020-03-05 19:59:00",
            "Title": "Trailer",
            "Supplemental Video Type": "TRAILER",
        },
    ]
    imported = import_export(put(tmp_path / "v.csv", table(head, rows)), known_catalogue())
    assert (imported.seen, imported.skipped) == ((3147,), {"trailers and previews": 1})
    rows.append({"Profile Name": "B", "Start Time": "2020-03-05 19:59:00", "Title": "Dune"})
    with pytest.raises(DataFormatError, match="one person, found 2 profiles"):
        import_export(put(tmp_path / "w.csv", table(head, rows)), known_catalogue())
