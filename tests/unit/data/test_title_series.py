"""Which titles are parts of one series, and which merely look so."""

from __future__ import annotations

import pytest

from reelgraph.data.titles.series import SeriesSign, find_series, series_key


@pytest.mark.parametrize(
    "titles",
    [
        ("Toy Story (1995)", "Toy Story 2 (1999)", "Toy Story 3"),
        ("Godfather, The (1972)", "Godfather: Part II, The (1974)", "The Godfather Part III"),
        (
            "Star Wars: Episode IV - A New Hope (1977)",
            "Star Wars: The Last Jedi (2017)",
            "Rogue One: A Star Wars Story",
        ),
        ("Star Trek: First Contact (1996)", "Star Trek VI: The Undiscovered Country (1991)", "Star Trek (2009)"),
        ("Wallace & Gromit: A Close Shave (1995)", "A Grand Day Out with Wallace and Gromit (1989)"),
        ("Raiders of the Lost Ark (1981)", "Indiana Jones and the Temple of Doom (1984)"),
        ("Star Wars (1977)", "Return of the Jedi (1983)"),
        ("GoldenEye (1995)", "Dr. No (1962)", "View to a Kill, A (1985)"),
        ("Alien (1979)", "Aliens (1986)", "Alien³ (1992)", "Alien: Resurrection (1997)"),
        ("Naked Gun: From the Files of Police Squad!, The (1988)", "Naked Gun 33 1/3: The Final Insult (1994)"),
        ("Kill Bill: Vol. 1 (2003)", "Kill Bill: Volume Two (2004)"),
        ("Matrix, The (1999)", "Matrix Reloaded, The (2003)"),
        ("Percy Jackson & the Olympians: The Lightning Thief", "Percy Jackson and the Sea of Monsters"),
        ("First Blood (Rambo: First Blood) (1982)", "Rambo III (1988)"),
        ("Karate Kid, The (1984)", "Karate Kid, Part III, The (1989)"),
        ("[REC] (2007)", "[REC]² (2009)"),
    ],
)
def test_titles_of_one_series_have_one_key(titles: tuple[str, ...]) -> None:
    assert len({series_key(title) for title in titles}) == 1
    assert None not in find_series(titles)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mission, The (1986)", "Mission: Impossible (1996)"),
        ("Alien (1979)", "Alien Nation (1988)"),
        ("Ghost (1990)", "Ghost and the Darkness, The (1996)"),
        ("Hard 8 (1996)", "Die Hard (1988)"),
        ("Super (2010)", "Super 8 (2011)"),
        ("Star Wars: Episode IV - A New Hope (1977)", "Star Trek: Generations (1994)"),
        ("Ten, The (2007)", "Seven (1995)"),
        ("Friday (1995)", "Friday the 13th (1980)"),
        ("Home Alone (1990)", "Girl Walks Home Alone at Night, A (2014)"),
        ("Princess and the Frog, The (2009)", "Princess (2010)"),
    ],
)
def test_titles_of_different_movies_have_different_keys(one: str, other: str) -> None:
    assert series_key(one) != series_key(other)


@pytest.mark.parametrize(
    "titles",
    [
        ("Sabrina (1954)", "Sabrina (1995)"),  # one title is a remake, no series
        ("Ali (2001)", "Ali: Fear Eats the Soul (1974)"),  # one word and one subtitle tell nothing
        ("Saturn 3 (1980)", "Saturn 3 (1980)"),
        ("Toy Story 2 (1999)", "Heat (1995)"),  # alone in its catalogue
        ("", "Untitled"),
    ],
)
def test_movies_that_stand_alone_are_in_no_series(titles: tuple[str, ...]) -> None:
    assert find_series(titles) == [None, None]


def test_a_series_of_a_catalogue_has_one_name_and_its_strongest_sign() -> None:
    titles = ["Naked Gun 2 1/2: The Smell of Fear, The (1991)", "Heat (1995)", "Naked Gun, The: Part One", "Naked Gun"]
    first, alone, second, third = find_series(titles)
    assert alone is None
    assert first is not None
    assert first == second == third
    assert (first.key, first.name, first.sign) == ("nakedgun", "The Naked Gun", SeriesSign.NUMBER)


def test_two_subtitles_make_a_series_of_one_word() -> None:
    assert [
        series and series.name for series in find_series(["Daria: Is It Fall Yet?", "Daria: Is It College Yet?"])
    ] == [
        "Daria",
        "Daria",
    ]


@pytest.mark.parametrize("title", ["", "  ", "!?"])
def test_a_title_without_a_word_has_no_key(title: str) -> None:
    assert series_key(title) is None
    assert find_series([title, title]) == [None, None]
