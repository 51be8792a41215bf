"""What is sure, what is doubtful and what is missing, film by film."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from reelgraph import import_export
from reelgraph.core import Catalogue
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.match import Matcher
from tests.unit.importers.services import FILMS, known_catalogue, put

ROW = {key: row for row, (key, *_) in enumerate(FILMS)}


def status(entry: ExportEntry, ids: bool = True) -> tuple[str, int | None, str]:
    (match,) = Matcher(known_catalogue(ids)).match([entry])
    item = FILMS[match.row][0] if match.row >= 0 else None
    return match.status, item, match.reason


@pytest.mark.parametrize(
    ("title", "year", "item"),
    [
        ("The Matrix", 1999, 2571),
        ("Matrix, The", 1999, 2571),
        ("Se7en", 1995, 47),
        ("Seven", 1995, 47),
        ("Amélie", 2001, 4973),
        ("Le Fabuleux Destin d’Amélie Poulain", 2001, 4973),
        ("Le fabuleux destin d'Am&eacute;lie Poulain", 2002, 4973),  # one year off, but a title of four words
        ("The Empire Strikes Back", 1980, 1196),
        ("Star Wars: The Empire Strikes Back", 1980, 1196),
        ("Star Wars V: The Empire Strikes Back", 1980, 1196),
        ("Star Wars", 1977, 260),
        ("The Godfather Part II", 1974, 1221),
        ("Godfather 2", 1974, 1221),
        ("Psycho", 1960, 1219),
        ("Alien 3", 1992, 1320),
        ("Star Wars: Episode V - The Empire Striks Back", 1980, 1196),  # a letter of a long title
        ("The Green Mile", 0, 3147),  # no year, but a title of three words
        ("Before Sunrise", 1996, 215),  # one year off, two words, and no other movie of that name
        ("The Empire Strikes Back", 1981, 1196),
    ],
)
def test_sure(title: str, year: int, item: int) -> None:
    assert status(ExportEntry("", title, year))[:2] == ("matched", item)


@pytest.mark.parametrize(
    ("title", "year", "reason"),
    [
        ("the matrix", 1998, "short title, one year off (1999)"),
        ("Psycho", 1999, "short title, one year off (1998)"),
        ("Godfather Part 2", 1975, "short title, one year off (1974)"),
        ("Matrix", 1999, "short title but for articles or numerals"),
        ("Before Sunset", 2005, "these are similar"),  # newer than the newest movie, 2004
        ("Matrix", 2000, "these are similar"),  # one year off and without the article
        ("Star Wars", 1981, "short title, one year off (1980)"),  # a name of the next episode
        ("Dune", 1986, "same title, but of 1984"),
        ("Psycho", 0, "2 movies have this title, and no year"),
        ("Emma", 1996, "2 movies have this title"),
        ("Dune", 0, "a short one"),
        ("Before Sunset", 0, "a short one"),
        ("The Matirx", 1999, "these are similar"),  # exports do not mistype, so this may be another movie
        ("Toy Stoy", 1995, "these are similar"),
        ("Before Sunsire", 1995, "these are similar"),
        ("Before Sunsire", 0, "these are similar"),
        ("The Godfather", 1974, "these are similar"),  # one word of the title says too little
        ("Toy Stoy", 1996, "these are similar"),  # a letter and a year
    ],
)
def test_doubtful(title: str, year: int, reason: str) -> None:
    result = status(ExportEntry("", title, year))
    assert result[0] == "doubtful"
    assert reason in result[2]


@pytest.mark.parametrize(
    ("title", "year", "reason"),
    [
        ("A Film Nobody Made", 2015, "not in the catalogue"),
        ("!!!", 1990, "not in the catalogue"),
        ("Dune", 2021, "same title, but of 1984: another movie, or a remake"),  # newer than the newest movie, 2004
        ("Toy Stor 2", 1995, "not in the catalogue"),  # a number is never a typing error
        ("Toy Stoy", 1997, "not in the catalogue"),  # a letter and two years
        ("Before Sunset: A Love Story", 0, "not in the catalogue"),  # the rest of the title says that it is another
        ("Attack of the Clones", 1999, "not in the catalogue"),  # half a title of another year
    ],
)
def test_missing(title: str, year: int, reason: str) -> None:
    assert status(ExportEntry("", title, year)) == ("missing", None, reason)


def test_a_title_without_a_year_is_enough_for_a_movie_seen_not_for_a_rating() -> None:
    assert status(ExportEntry("", "The Green Mile"))[:2] == ("matched", 3147)
    rated = status(ExportEntry("", "The Green Mile", stars=4.5))
    assert (rated[0], "no year confirms" in rated[2]) == ("doubtful", True)


@pytest.mark.parametrize(
    ("entry", "item"),
    [
        (ExportEntry("", "Ein lokaler Titel", 1999, imdb_id="tt0133093"), 2571),
        (ExportEntry("", "Ein lokaler Titel", 1999, tmdb_id=603), 2571),
        (ExportEntry("", "", 0, tmdb_id=603), 2571),
        (ExportEntry("", "", item_id="47"), 47),
        (ExportEntry("", "Seven", 1995, item_id="47"), 47),
        (ExportEntry("", "The Matrix", 1999, imdb_id="tt0133093", tmdb_id=862), 2571),  # IMDb outweighs TMDB
        (ExportEntry("", "Psycho", 1960, tmdb_id=11252), None),  # the id of the movie of 1998
        (ExportEntry("", "The Matrix", 2003, imdb_id="tt0133093"), 2571),  # the title confirms the id
        (ExportEntry("", "Psycho", 1960, imdb_id="tt0054215", original_title="Psycho"), 1219),
    ],
)
def test_ids(entry: ExportEntry, item: int | None) -> None:
    assert status(entry)[:2] == ("matched" if item else "doubtful", item)


def test_an_id_does_not_outweigh_title_and_year() -> None:
    # The TMDB number of a series is that of another movie.
    assert status(ExportEntry("", "A Show", 2011, tmdb_id=603))[0] == "missing"
    assert status(ExportEntry("", "The Green Mile", 1999, tmdb_id=603))[::2] == (
        "doubtful",
        "same TMDB id, but title and year of another movie",
    )
    assert status(ExportEntry("", "A Show", 0, tmdb_id=603))[::2] == ("doubtful", "same TMDB id, but another title")
    assert status(ExportEntry("", "A Show", 2011, imdb_id="tt0133093"))[::2] == (
        "doubtful",
        "same IMDb id, but another title",
    )


def test_another_imdb_id_is_another_movie() -> None:
    assert status(ExportEntry("", "Psycho", 1960, imdb_id="tt0999999"))[::2] == (
        "missing",
        "same title, but another id",
    )
    assert status(ExportEntry("", "The Matrix", 1998, imdb_id="tt0999999"))[0] == "missing"
    assert status(ExportEntry("", "", 0, imdb_id="tt9999999"))[0] == "missing"
    assert status(ExportEntry("", "Psycho", 1960, imdb_id="tt0999999"), ids=False)[:2] == ("matched", 1219)
    both = status(ExportEntry("", "The Matrix", 1999, imdb_id="tt0999999", tmdb_id=603))
    assert both[::2] == ("doubtful", "same title and TMDB id, but another IMDb id")


def test_another_tmdb_id_is_doubtful_because_they_change() -> None:
    assert status(ExportEntry("", "Psycho", 1960, tmdb_id=999))[::2] == ("doubtful", "same title, but another id")
    assert status(ExportEntry("", "The Matrix", 1998, tmdb_id=999))[0] == "missing"
    assert status(ExportEntry("", "The Matirx", 1999, tmdb_id=604))[0] == "missing"


def test_numbers_of_another_site_are_no_ids_of_the_catalogue() -> None:
    foreign = status(ExportEntry("", "The Matrix", 1999, item_id="47"))
    assert foreign[::2] == ("doubtful", "its item id has another title")


def test_candidates_are_likely_and_few() -> None:
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "Psycho", 0)])
    assert set(match.candidates) == {ROW[1219], ROW[2389]}
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "Toy Stoy", 1995)])
    assert match.candidates == (ROW[1],)


def test_without_rapidfuzz_typing_errors_are_missing_and_a_note_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    path = put(tmp_path / "mine.csv", "title,year,rating\nThe Matrix,1999,5\nThe Matirx,1999,4\n")
    imported = import_export(path, known_catalogue())
    assert imported.ratings == {2571: 5.0}
    assert [movie.title for movie in imported.with_status("missing")] == ["The Matirx"]
    assert any('pip install "reelgraph[import]"' in note for note in imported.notes)


STAR_WARS = (
    (260, "Star Wars: Episode IV - A New Hope (1977)", 1977),
    (1196, "Star Wars: Episode V - The Empire Strikes Back (1980)", 1980),
    (1210, "Star Wars: Episode VI - Return of the Jedi (1983)", 1983),
    (135216, "The Star Wars Holiday Special (1978)", 1978),
)


def catalogue_of(*movies: tuple[int, str, int]) -> Catalogue:
    ids, titles, years = zip(*movies, strict=True)
    empty = Catalogue.from_ids(np.array(ids))
    return dataclasses.replace(empty, title=np.array(titles), year=np.array(years))


@pytest.mark.parametrize(
    ("title", "year", "row"),
    [
        ("Star Wars", 1977, 0),
        ("The Empire Strikes Back", 1980, 1),
        ("Return of the Jedi", 1983, 2),
        ("A New Hope", 1977, 0),
        ("Star Wars: Episode VI - Return of the Jedi", 1983, 2),
    ],
)
def test_an_episode_is_known_by_the_name_of_the_series_and_by_its_own(title: str, year: int, row: int) -> None:
    (match,) = Matcher(catalogue_of(*STAR_WARS)).match([ExportEntry("", title, year, 4.0)])
    assert (match.status, match.row, match.uncertainty) == ("matched", row, 0)


def test_a_series_without_a_year_is_asked_about() -> None:
    (match,) = Matcher(catalogue_of(*STAR_WARS)).match([ExportEntry("", "Star Wars")])
    assert (match.status, set(match.candidates)) == ("doubtful", {0, 1, 2})


def test_two_names_of_one_film_are_one_film(tmp_path: Path) -> None:
    rows = ["The Empire Strikes Back,1980,4.5", "Star Wars: Episode V - The Empire Strikes Back,1980,3.5"]
    file = put(tmp_path / "mine.csv", "\n".join(["title,year,rating", *rows]) + "\n")
    result = import_export(file, catalogue_of(*STAR_WARS))
    assert (dict(result.ratings), result.repeated) == ({1196: 3.5}, 1)


KONGS = ((2366, "King Kong (1933)", 1933), (2367, "King Kong (1976)", 1976), (41569, "King Kong (2005)", 2005))


def test_of_equal_names_the_most_rated_is_offered_first(tmp_path: Path) -> None:
    (match,) = Matcher(catalogue_of(*KONGS), popularity=[5, 2, 40]).match([ExportEntry("", "King Kong")])
    assert match.candidates == (2, 0, 1)
    file = put(tmp_path / "mine.csv", "title,rating\nKing Kong,4\n")
    (movie,) = import_export(file, catalogue_of(*KONGS), popularity=[5, 2, 40]).with_status("doubtful")
    assert [item for item, _ in movie.candidates] == [41569, 2366, 2367]


def test_a_title_that_only_begins_like_a_film_is_doubtful(tmp_path: Path) -> None:
    spider_man = catalogue_of((5349, "Spider-Man (2002)", 2002))
    history = 'Title,Date\n"Spider-Man: Into the Spider-Verse","11/2/23"\n'
    result = import_export(put(tmp_path / "NetflixViewingHistory.csv", history), spider_man)
    (movie,) = result.movies
    assert (movie.title, movie.status) == ("Spider-Man: Into the Spider-Verse", "doubtful")


def test_a_letter_and_a_year_off_is_offered() -> None:
    (match,) = Matcher(catalogue_of((1732, "Big Lebowski, The (1998)", 1998))).match(
        [ExportEntry("", "The Big Lebowsky", 1999, 4.5)]
    )
    assert (match.status, match.candidates) == ("doubtful", (0,))
