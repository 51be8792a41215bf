"""What is sure, what is doubtful and what is missing, film by film."""

from __future__ import annotations

import sys

import pytest

from reelgraph.core.errors import CapabilityError
from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.match import Matcher
from tests.unit.importers.services import FILMS, known_catalogue

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
        ("the matrix", 1998, 2571),  # one year off
        ("Godfather Part 2", 1975, 1221),  # one year off, no article, another numeral, but a telling title
        ("Se7en", 1995, 47),
        ("Seven", 1995, 47),
        ("Amélie", 2001, 4973),
        ("Le Fabuleux Destin d’Amélie Poulain", 2001, 4973),
        ("The Empire Strikes Back", 1980, 1196),
        ("Star Wars", 1977, 260),
        ("The Godfather Part II", 1974, 1221),
        ("Psycho", 1960, 1219),
        ("Psycho", 1999, 2389),
        ("Alien 3", 1992, 1320),
        ("The Matirx", 1999, 2571),  # two letters swapped
        ("Toy Stoy", 1995, 1),
        ("Before Sunsire", 1995, 215),
        ("Before Sunset", 0, 8638),  # no year, but a telling title
    ],
)
def test_sure(title: str, year: int, item: int) -> None:
    assert status(ExportEntry("", title, year))[:2] == ("matched", item)


@pytest.mark.parametrize(
    ("title", "year", "reason"),
    [
        ("Dune", 2021, "same title, but of 1984"),  # a remake that the catalogue has not
        ("Psycho", 0, "2 movies have this title, and no year"),
        ("Emma", 1996, "2 movies have this title"),
        ("Dune", 0, "a short one"),
        ("Matrix", 2000, "nearly the same short title, one year off (1999)"),
        ("Star Wars", 1981, "same title, but of 1977"),
        ("Toy Stor 2", 1995, "these are similar"),  # a number is never a typing error
        ("Toy Stoy", 1996, "these are similar"),  # letters and year are both off
    ],
)
def test_doubtful(title: str, year: int, reason: str) -> None:
    result = status(ExportEntry("", title, year))
    assert result[0] == "doubtful"
    assert reason in result[2]


def test_halves_are_sure_in_the_very_year_and_else_only_candidates() -> None:
    assert status(ExportEntry("", "The Empire Strikes Back", 1980))[:2] == ("matched", 1196)
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "The Empire Strikes Back", 1981)])
    assert (match.status, match.candidates[0]) == ("doubtful", ROW[1196])
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "The Godfather", 1974)])  # one word says too little
    assert (match.status, match.candidates[0]) == ("doubtful", ROW[1221])


def test_a_title_without_a_year_is_enough_for_a_film_seen_not_for_a_rating() -> None:
    assert status(ExportEntry("", "Before Sunset"))[:2] == ("matched", 8638)
    rated = status(ExportEntry("", "Before Sunset", stars=4.5))
    assert (rated[0], "no year confirms" in rated[2]) == ("doubtful", True)


def test_missing() -> None:
    assert status(ExportEntry("", "A Film Nobody Made", 2015))[0] == "missing"
    assert status(ExportEntry("", "", 0, imdb_id="tt9999999"))[0] == "missing"
    assert status(ExportEntry("", "!!!", 1990))[0] == "missing"


def test_ids_go_before_titles_and_conflicts_are_doubtful() -> None:
    assert status(ExportEntry("", "Ein lokaler Titel", 1999, imdb_id="tt0133093"))[:2] == ("matched", 2571)
    assert status(ExportEntry("", "", 0, tmdb_id=603))[:2] == ("matched", 2571)
    assert status(ExportEntry("", "x", 0, imdb_id="tt0133093", tmdb_id=862))[0] == "doubtful"
    # Same title and year, but another film by its id: no silent match.
    other = status(ExportEntry("", "Psycho", 1960, imdb_id="tt0999999"))
    assert (other[0], "another id" in other[2]) == ("doubtful", True)
    assert status(ExportEntry("", "Psycho", 1960, imdb_id="tt0999999"), ids=False)[:2] == ("matched", 1219)
    assert status(ExportEntry("", "", item_id="47"))[:2] == ("matched", 47)
    assert status(ExportEntry("", "Seven", 1995, item_id="47"))[:2] == ("matched", 47)
    typo = status(ExportEntry("", "The Matirx", 1999, tmdb_id=604))
    assert (typo[0], "another id" in typo[2]) == ("doubtful", True)
    both = status(ExportEntry("", "The Matrix", 1999, imdb_id="tt0999999", tmdb_id=603))
    assert (both[0], "another id of another kind" in both[2]) == ("doubtful", True)
    # Another site's numbers are no ids of this catalogue.
    foreign = status(ExportEntry("", "The Matrix", 1999, item_id="47"))
    assert (foreign[0], "item id has another title" in foreign[2]) == ("doubtful", True)


def test_candidates_are_likely_and_few() -> None:
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "Psycho", 0)])
    assert set(match.candidates) == {ROW[1219], ROW[2389]}
    (match,) = Matcher(known_catalogue()).match([ExportEntry("", "Toy Stoy", 1996)])
    assert match.candidates[0] == ROW[1]


def test_without_rapidfuzz_known_titles_match_and_others_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    assert status(ExportEntry("", "The Matrix", 1999))[:2] == ("matched", 2571)
    with pytest.raises(CapabilityError, match=r'pip install "reelgraph\[import\]"'):
        status(ExportEntry("", "The Matirx", 1999))
