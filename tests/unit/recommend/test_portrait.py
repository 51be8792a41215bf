"""Portraits of a table small enough to work out by hand, with stars and without."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.recommend import Portrait, Recommender, TasteGroup, UnusualLove
from reelgraph.scorers import PopularityScorer

GENRES = (("Crime", "Drama"), ("Crime",), ("Crime", "Drama"), ("Comedy",), ("Comedy",), ("Comedy", "Drama"))
HALF_STARS = RatingScale(1, 5, 0.5)
YEARS = [1991, 1995, 1999, 2001, 2005, 0]
# Twelve people: ten rate the six movies 4 4 2 3 3 5, one only the first two (2 2), one nothing.
RATINGS = [[4, 4, 2, 3, 3, 5]] * 10 + [[2, 2, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]


def recommender(ratings: list[list[int]] = RATINGS, scale: RatingScale | None = HALF_STARS) -> Recommender:
    catalogue = dataclasses.replace(Catalogue.from_ids(10 * np.arange(6)), genres=GENRES, year=np.array(YEARS))
    feedback: Any = "implicit" if scale is None else "explicit"
    return Recommender(
        Bundle(PopularityScorer(np.arange(6)), IdIndex(np.arange(len(ratings)), "user"),
               IdIndex(catalogue.item_id, "item"), Matrix(np.array(ratings, np.float32)), catalogue, scale, {},
               feedback=feedback)
    )  # fmt: skip


def near(value: float) -> float:
    return pytest.approx(value)  # type: ignore[return-value]


def test_a_portrait_by_hand() -> None:
    # Means of the others: (40 + 2) / 11 for the first two movies, 2, 3, 3 and 5 for the others.
    portrait = recommender().portrait({0: 5.0, 10: 4.0, 20: 5.0, 30: 1.0, 40: 1.0, 50: 2.0})
    high = 42 / 11
    gaps = [5 - high, 4 - high, 3, -2, -2, -3]
    assert (portrait.rated, portrait.seen, portrait.mean) == (6, 0, 3.0)
    assert portrait.difference == near(sum(gaps) / 6)
    # Ten people differ by 2 * 2/9 / 6 or so from the others, who include the strict one; that one by 2 - 4.
    assert portrait.kinder_than == near(1 / 11)
    assert [group.name for group in portrait.genres] == ["Crime", "Drama", "Comedy"]
    # Above the mean of 3: Crime 2, 1, 2; Drama 2, 2, -1; Comedy -2, -2, -1. Of 62 views 32 are Crime, 31 Drama.
    assert portrait.genres[0] == TasteGroup("Crime", 3, 0.5, near(32 / 62), near(14 / 3), near(sum(gaps[:3]) / 3))
    assert portrait.genres[1] == TasteGroup("Drama", 3, 0.5, near(31 / 62), 4.0, near((gaps[0] + 3 - 3) / 3))
    assert portrait.genres[2] == TasteGroup("Comedy", 3, 0.5, near(30 / 62), near(4 / 3), near(-7 / 3))
    assert [(group.name, group.movies) for group in portrait.decades] == [("1990s", 3)]  # two of the 2000s, one unknown
    # Loved from 4 stars; five ratings of the overall mean are added to those of the others: movie 20 is 3 above,
    # less for the shift, and movie 10 hardly.
    assert [love.item_id for love in portrait.unusual] == [20, 0, 10]
    assert portrait.unusual[0] == UnusualLove(20, "20", 1999, 5.0, 2.0, 10)


def test_the_ratings_of_a_known_user_are_not_among_the_others() -> None:
    # User 10 gave 2 and 2 where all others gave 4 and 4.
    portrait = recommender().portrait(10)
    assert (portrait.mean, portrait.difference, portrait.kinder_than) == (2.0, -2.0, 0.0)
    same = recommender().portrait({0: 2.0, 10: 2.0})  # the same ratings of somebody new
    assert same.difference == near(2 - 42 / 11)
    # The ten others: (4 - 38/10 twice, and 0 four times) / 6.
    kindest = recommender().portrait(0)
    assert kindest.difference == near(2 * (4 - 38 / 10) / 6)
    assert kindest.kinder_than == near(1 / 11)


def test_movies_seen_without_a_rating_count_in_the_groups_only() -> None:
    portrait = recommender().portrait({0: 5.0}, seen=[10, 20])
    assert (portrait.rated, portrait.seen, portrait.mean) == (1, 2, 5.0)
    assert [(group.name, group.movies, group.mean) for group in portrait.genres] == [("Crime", 3, 5.0)]
    assert [love.item_id for love in portrait.unusual] == [0]


def test_without_stars_groups_are_those_watched_more_than_usual() -> None:
    views = (np.array(RATINGS) > 0).astype(int).tolist()
    portrait = recommender(views, None).portrait([0, 10, 20, 30])
    assert (portrait.rated, portrait.seen) == (0, 4)
    assert (portrait.mean, portrait.difference, portrait.kinder_than) == (None, None, None)
    assert portrait.genres == (TasteGroup("Crime", 3, 0.75, near(32 / 62), None, None),)
    assert portrait.unusual[0] == UnusualLove(20, "20", 1999, None, None, 10)  # the first two were seen by eleven


def test_nobody_has_an_empty_portrait_and_few_people_are_no_comparison() -> None:
    assert recommender().portrait({}) == Portrait(0, 0, None, None, None, (), (), ())
    assert recommender(RATINGS[:9]).portrait({0: 5.0}).kinder_than is None
