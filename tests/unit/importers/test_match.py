"""What is sure, what is doubtful and what is missing, film by film."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.importers.entry import ExportEntry
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
    ],
)
def test_sure(title: str, year: int, item: int) -> None:
    assert status(ExportEntry("", title, year))[:2] == ("matched", item)


@pytest.mark.parametrize(
    ("title", "year", "reason"),
    [
        ("the matrix", 1998, "short title, one year off (1999)"),
        ("Psycho", 1999, "short title, one year off (1998)"),
        ("Before Sunrise", 1996, "short title, one year off (1995)"),  # two words
        ("Godfather Part 2", 1975, "short title, one year off (1974)"),
        ("Matrix", 1999, "short title but for articles or numerals"),
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
        ("Before Sunset: A Love Story", 0, "these are similar"),
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
        ("Before Sunset", 2005, "newer than the catalogue"),
        ("Star Wars", 1981, "same title, but of 1977: another movie, or a remake"),
        ("Matrix", 2000, "not in the catalogue"),  # one word, one year off and without the article
        ("Toy Stor 2", 1995, "not in the catalogue"),  # a number is never a typing error
        ("Toy Stoy", 1996, "not in the catalogue"),  # letters and year are both off
        ("The Empire Strikes Back", 1981, "not in the catalogue"),  # half a title of another year
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
