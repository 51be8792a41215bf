"""The same film has the same letters, whoever wrote its title; another film has others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgraph.data.titles import title_parsing


@pytest.mark.parametrize(
    ("title", "main", "others", "year"),
    [
        ("Matrix, The (1999)", "Matrix, The", (), 1999),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", ("Se7en", "Seven (a.k.a. Se7en)"), 1995),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", (), 2009),
        ("Death Note (2006–2007)", "Death Note", (), 2006),
        ("The Land Before Time III (1995) (V)", "The Land Before Time III", (), 1995),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", (), 1968),
        ("1984", "1984", (), 0),
        ("(1999)", "(1999)", (), 1999),
        ("A (B) (C) (2000)", "A", ("B", "C", "A (B) (C)"), 2000),
        ("", "", (), 0),
    ],
)
def test_titles_are_taken_apart(title: str, main: str, others: tuple[str, ...], year: int) -> None:
    assert title_parsing.parse_title(title) == title_parsing.ParsedTitle(main, others, year)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Matrix, The (1999)", "The Matrix"),
        ("Avventura, L'", "L'Avventura"),
        ("Lord of the Rings: The Two Towers, The", "The Lord of the Rings: The Two Towers"),
        ("Amélie", "AMELIE"),
        ("Spider-Man", "Spiderman"),
        ("Face/Off", "Face Off"),
        ("Tom & Jerry", "Tom and Jerry"),
        ("Ocean's Eleven", "Oceans Eleven"),
        ("Die Blechtrommel", "Blechtrommel, Die"),
        ("Alien³", "Alien 3"),
        ("Straße der Sehnsucht", "Strasse der Sehnsucht"),
        ("WALL·E", "WALL-E"),
    ],
)
def test_one_film_has_the_same_letters(one: str, other: str) -> None:
    assert title_parsing.exact_key(title_parsing.parse_title(one).main) == title_parsing.exact_key(
        title_parsing.parse_title(other).main
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Godfather Part II", "Godfather: Part 2"),
        ("Rocky V", "Rocky 5"),
        ("Twelve Monkeys", "12 Monkeys"),
        ("Star Wars: Episode V - The Empire Strikes Back", "Star Wars Episode 5: The Empire Strikes Back"),
        ("Kill Bill: Vol. 1", "Kill Bill Volume One"),
        ("Il Postino", "Postino"),
        ("Death Wish V: The Face of Death", "Death Wish 5: The Face of Death"),
        ("Karate Kid, Part III, The", "The Karate Kid III"),
    ],
)
def test_articles_and_numerals_do_not_part_films(one: str, other: str) -> None:
    assert title_parsing.exact_key(one) != title_parsing.exact_key(other)
    assert title_parsing.loose_key(one) == title_parsing.loose_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rocky II", "Rocky III"), ("Alien", "Aliens"), ("V for Vendetta", "5 for Vendetta"), ("Das Boot", "The Boat")],
)
def test_other_films_have_other_letters(one: str, other: str) -> None:
    assert title_parsing.loose_key(one) != title_parsing.loose_key(other)


def test_keys_are_both_letters() -> None:
    for title in ("Matrix, The", "Rocky V", "Death Wish V: The Face of Death", "!!!", ""):
        assert title_parsing.match_keys(title) == (title_parsing.exact_key(title), title_parsing.loose_key(title))


def test_natural_titles_and_their_parts() -> None:
    assert title_parsing.display_title("Matrix, The (1999)") == "The Matrix"
    assert title_parsing.display_title("Avventura, L' (Adventure, The) (1960)") == "L'Avventura"
    assert title_parsing.display_title("Me, Myself & Irene (2000)") == "Me, Myself & Irene"
    assert title_parsing.display_title("Crazy, Stupid, Love. (2011)") == "Crazy, Stupid, Love."
    assert title_parsing.title_parts("Star Wars: Episode V - The Empire Strikes Back") == (
        "Star Wars",
        "The Empire Strikes Back",
    )
    assert title_parsing.title_parts("Heat") == ()
    assert title_parsing.title_parts("Monty Python's Life of Brian") == ("Life of Brian",)
    assert title_parsing.is_distinctive("The Empire Strikes Back")
    assert not title_parsing.is_distinctive("The Mission")


@given(st.text(max_size=60))
def test_any_text_has_letters_and_keeps_them_whatever_its_case_and_marks(text: str) -> None:
    assert bool(title_parsing.exact_key(text)) == bool(text.strip())
    assert title_parsing.loose_key(text.upper()) == title_parsing.loose_key(text.upper().casefold())
    if title_parsing.normalised_words(text):
        assert title_parsing.exact_key(f"¡{text}!") == title_parsing.exact_key(text)
