"""Tables of any kind, and what holds for every service: scale, encoding, confirmations, where a row came from."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.importers import ratings_csv
from reelgraph.importers.read import read_export
from tests.unit.importers import services
from tests.unit.importers.services import adds_up, known_catalogue, letterboxd_zip, put, table, write_json

# ---------------------------------------------------------------------------------------------- plain


@pytest.mark.parametrize(
    "text",
    [
        "title,year,rating\nThe Matrix,1999,4.5\nSe7en,1995,5\nToy Story,1995,\n",
        "Film;Year;My Rating\nMatrix, The;1999;9\nSe7en;1995;10\nToy Story;1995;\n",
        "movieId\trating\n2571\t4.5\n47\t5\n1\t0\n",
        "movie,stars\n2571,4.5\n47,5\n1,\n",
        "imdb_id,rating\ntt0133093,4.5\n0114369,5\nhttps://www.imdb.com/title/tt0114709/,\n",
        "imdb_url,rating\nhttps://www.imdb.com/title/tt0133093/?ref_=ttls_li_i,4.5\nimdb.com/title/tt0114369?ref_=a/12345,5\n"
        "https://m.imdb.com/title/tt0114709/#top,\n",
        "tmdb_id,score\n603,9\n807.0,10\n862,0\n",
        "Title,Rating\nThe Matrix (1999),90\nSeven (a.k.a. Se7en) (1995),100\nToy Story (1995),\n",
        'tmdbID,imdbID,Title,Year,Rating10\n603,,"Matrix, The",1999,9\n,,Se7en,1995,10\n,,Toy Story,1995,\n',
    ],
)  # fmt: skip
def test_plain_tables_under_any_names(tmp_path: Path, text: str) -> None:
    imported = import_export(put(tmp_path / "mine.csv", text), known_catalogue())
    assert imported.service == "plain"
    assert imported.ratings == {2571: 4.5, 47: 5.0}
    assert imported.seen == (1,)
    adds_up(imported)


@pytest.mark.parametrize("above", ["", "\n\n", "sep=;\n", "\n \nsep=;\n"])
def test_lines_above_the_header_are_passed_over_and_counted(tmp_path: Path, above: str) -> None:
    path = put(tmp_path / "mine.csv", f"{above}title;year;rating\nThe Matrix;1999;4\nHeat;1995;5\n")
    imported = import_export(path, known_catalogue())
    assert imported.ratings == {2571: 4.0}
    assert imported.with_status("missing")[0].where.endswith(f"line {3 + above.count(chr(10))}")


def test_a_column_of_titles_alone_is_a_list_of_films_seen(tmp_path: Path) -> None:
    imported = import_export(
        put(tmp_path / "mine.csv", "title\nThe Matrix (1999)\nToy Story (1995)\n"), known_catalogue()
    )
    assert (imported.ratings, imported.seen) == ({}, (2571, 1))


def test_trakt_in_utf_16(tmp_path: Path) -> None:
    text = (write_json(tmp_path / "r.json", services.trakt_ratings())).read_text()
    imported = import_export(put(tmp_path / "r.json", text, "utf-16"), known_catalogue())
    assert imported.ratings == {2571: 5.0, 2389: 0.5, 1: 3.5}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = put(tmp_path / "mine.csv", "title,year,rating\nAmélie,2001,4\n", encoding)
    assert import_export(path, known_catalogue()).ratings == {4973: 4.0}


def test_one_slip_does_not_change_the_scale_of_all(tmp_path: Path) -> None:
    rows = "".join(f"Toy Story,1995,{number % 5 + 1}\n" for number in range(30))
    imported = import_export(put(tmp_path / "mine.csv", f"title,year,rating\nSe7en,1995,45\n{rows}"), known_catalogue())
    assert imported.ratings == {1: 5.0}
    assert imported.skipped == {"rows that cannot be read": 1}
    assert "line 2: rating '45'" in imported.notes[0]


def test_series_in_a_plain_table_are_set_aside_and_bare_ids_are_said(tmp_path: Path) -> None:
    text = (
        "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating\n"
        "603,tt0133093,movie,The Matrix,1999-03-31,,,8.2,9\n"
        "807,tt0944947,tv,A Show,2011-04-17,,,8.4,10\n"  # a series whose number is a film's too
        "862,,movie,Toy Story,1995-10-30,1,2,8.2,9\n"
    )
    imported = import_export(put(tmp_path / "ratings.csv", text), known_catalogue())
    assert imported.ratings == {2571: 4.5}
    assert imported.skipped == {"series, seasons and episodes": 2}
    bare = import_export(put(tmp_path / "ids.csv", "movieId,rating\n47,5\n"), known_catalogue())
    assert "no titles to check them by" in bare.notes[0]


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("A Show: Season 1: Pilot", True),
        ("A Show: Part Two: Pilot", True),
        ("A Show: Volume IV: Pilot", True),
        ("A Show: Chapter 3: Pilot", True),
        ("Show: 시즌 1: Pilot", True),
        ("Kill Bill: Vol. 1", False),
        ("Harry: Book of Shadows: The End", False),
        ("The Hunger Games: Mockingjay: Part 1", False),
        ("Star Wars: Episode V: The Empire Strikes Back", True),  # nothing tells it from an episode
        ("Dune: Part Two", False),
        ("Partners: Partly Cloudy: A Film", False),
    ],
)
def test_episodes_of_netflix_are_known_by_their_form(tmp_path: Path, title: str, series: bool) -> None:
    export = read_export(put(tmp_path / "n.csv", table("Title,Date", [(title, "1/31/20")])))
    assert bool(export.skipped) == series


def test_scale_and_halves_are_said(tmp_path: Path) -> None:
    from reelgraph.core import RatingScale

    path = put(tmp_path / "mine.csv", "title,year,rating\nThe Matrix,1999,4.5\nSe7en,1995,5\n")
    whole = import_export(path, known_catalogue(), scale=RatingScale(1.0, 5.0, 1.0))
    assert whole.ratings == {2571: 4.5, 47: 5.0}
    assert "1 rating with half a star kept as given" in whole.notes[0]
    assert not import_export(path, known_catalogue(), scale=RatingScale(0.5, 5.0, 0.5)).notes
    assert import_export(path, known_catalogue(), scale=RatingScale(1.0, 10.0, 1.0)).ratings == {2571: 9.0, 47: 10.0}
    fine = import_export(put(path, "title,year,rating\nThe Matrix,1999,87\nSe7en,1995,1\n"), known_catalogue())
    assert fine.ratings == {2571: 4.5, 47: 0.5}  # 87 of 100 is 4.35 stars
    assert fine.notes == (
        "ratings are out of 100: divided by 20 to make stars",
        "2 ratings rounded to the nearest half star",
    )


# ---------------------------------------------------------------------------------------------- what is left behind


def test_ratings_file(tmp_path: Path) -> None:
    catalogue = known_catalogue()
    imported = import_export(letterboxd_zip(tmp_path / "export.zip"), catalogue)
    rows = list(csv.DictReader(io.StringIO(ratings_csv(imported, catalogue).decode())))
    assert rows[0] == {"item_id": "2571", "rating": "4.5", "timestamp": "1609804800", "title": "Matrix, The (1999)"}
    assert [row["item_id"] for row in rows[-2:]] == ["1196", "1"]
    assert rows[-1]["rating"] == ""
    assert len(rows) == len(imported.ratings) + len(imported.seen)


def test_confirmations_go_before_everything(tmp_path: Path) -> None:
    from reelgraph.core.errors import ConfigError, UnknownIdError

    path, catalogue = letterboxd_zip(tmp_path / "export.zip"), known_catalogue()
    imported = import_export(path, catalogue, confirm={("Dune", 1985): 2011, ("The Matrix", 1999): None})
    assert imported.ratings[2011] == 3.5
    assert 2571 not in imported.ratings
    assert imported.with_status("doubtful") == ()
    assert "confirmed" in next(film.reason for film in imported.with_status("missing") if film.title == "The Matrix")
    adds_up(imported)
    with pytest.raises(ConfigError, match="no movie 'Dune' of 2020 in the export"):
        import_export(path, catalogue, confirm={("Dune", 2020): 2011})
    with pytest.raises(UnknownIdError, match="unknown item 5"):
        import_export(path, catalogue, confirm={("Dune", 1985): 5})


def test_entries_name_file_and_line(tmp_path: Path) -> None:
    export = read_export(
        put(tmp_path / "mine.csv", 'title,year,rating\n"The\nMatrix",1999,4\nSe7en,1995,x\nToy Story,1995,3\n')
    )
    assert [entry.where.split("mine.csv, ")[1] for entry in export.entries] == ["line 2", "line 5"]
    assert export.skipped == {"rows that cannot be read": 1}
    assert "line 4: rating 'x'" in export.unreadable[0]
