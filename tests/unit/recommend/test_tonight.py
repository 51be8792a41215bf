"""One film for tonight: moods and lengths by hand, another each time, and for two."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.core.errors import CapabilityError, ConfigError, UnknownIdError
from reelgraph.recommend import Recommender, TonightFilm, film_for_tonight
from reelgraph.recommend.tonight.moods import MOODS, mood_mask
from reelgraph.scorers import LowRankFilterScorer

#         10            20         30                    40         50             60
GENRES = [("Comedy",), ("Comedy", "Crime"), ("Drama", "Romance"), ("Horror",), ("Drama",), ()]
TAGS = [(), (), (), (), ("Feel-Good",), ("heist",)]
MINUTES = [95, 120, 0, 80, 101, 100]
#: Two tastes: items 10 to 30 go together, and 40 to 60. Somebody of the first taste gets 10, 20, 30, 60, 50, 40.
TASTES = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]], np.float32)
STRENGTHS = np.array([[6, 0.1], [5, 0.2], [4, 0.3], [0.1, 6], [0.2, 5], [0.3, 4]], np.float32)


def recommender(minutes: list[int] = MINUTES) -> Recommender:
    ids = 10 * (1 + np.arange(6))
    catalogue = dataclasses.replace(
        Catalogue.from_ids(ids), title=np.array([f"Film {item} ({1990 + item})" for item in ids]), year=1990 + ids,
        genres=tuple(GENRES), tags=tuple(TAGS), runtime=np.array(minutes, np.int64),
    )  # fmt: skip
    scorer = LowRankFilterScorer(TASTES, STRENGTHS, np.zeros(6, np.float32), STRENGTHS, 0.0, 5.0)
    history = Matrix(np.array([[0] * 6] * 2, np.float32))
    users = IdIndex(np.array([1, 2]), "user")
    return Recommender(Bundle(scorer, users, IdIndex(ids, "item"), history, catalogue, RatingScale(1.0, 5.0, 0.5), {}))


def item(film: TonightFilm | None) -> Any:
    assert film is not None
    return film.item_id


def test_moods_by_genre_and_tag() -> None:
    catalogue = recommender().catalogue
    expected = {
        "light": [10, 50],  # 20 has crime; a tag makes 50 light
        "moving": [30, 50],
        "tense": [40],
        "exciting": [],
        "thoughtful": [],
        "family": [],
    }
    assert list(expected) == list(MOODS)
    for mood, items in expected.items():
        assert catalogue.item_id[mood_mask(catalogue, mood)].tolist() == items, mood
    with pytest.raises(ConfigError, match="light"):
        mood_mask(catalogue, "ligth")


def test_the_first_of_the_list_and_another_each_time() -> None:
    ann = {"ann": {10: 5.0}}
    shown: list[Any] = []
    for n_left in (5, 4, 3, 2, 1):
        film = film_for_tonight(recommender(), ann, exclude=shown)
        assert film is not None
        assert film.n_fitting == n_left
        shown.append(film.item_id)
    assert shown == [line.item_id for line in recommender().recommend({10: 5.0}, 5)] == [20, 30, 60, 50, 40]
    assert film_for_tonight(recommender(), ann, exclude=shown) is None


def test_length_and_mood() -> None:
    films, ann = recommender(), {"ann": {20: 5.0}}
    film = film_for_tonight(films, ann)
    assert film == TonightFilm(10, "Film 10 (2000)", 2000, 95, ("Comedy",), None, (), 5, film.note if film else "")
    assert item(film_for_tonight(films, ann, exclude=[10])) == 30  # of unknown length
    assert item(film_for_tonight(films, ann, exclude=[10], max_minutes=100)) == 60  # 100 minutes are not more than 100
    assert item(film_for_tonight(films, ann, min_minutes=100, max_minutes=101, exclude=[60])) == 50
    assert film_for_tonight(films, ann, min_minutes=130) is None
    assert item(film_for_tonight(films, ann, mood="tense")) == 40
    assert item(film_for_tonight(films, ann, mood="light", min_minutes=96)) == 50
    assert film_for_tonight(films, ann, mood="family") is None
    narrow = rg.Filters(include=[10, 40], runtime_to=90)
    assert item(film_for_tonight(films, ann, filters=narrow, max_minutes=100)) == 40
    assert film_for_tonight(films, ann, filters=narrow, mood="light") is None


def test_two_people_under_100_minutes() -> None:
    films = recommender()
    both = {"ann": {30: 5.0}, "bob": {50: 5.0}}
    film = film_for_tonight(films, both, max_minutes=99)
    assert film is not None
    # Of 10 (95 minutes) and 40 (80) each loves one: with least misery the one that the other likes better.
    group = rg.recommend_for_group(films, both, 2, rg.Filters(runtime_to=99), how="least-misery")
    assert {line.item_id for line in group.lines} == {10, 40}
    assert film.item_id == group.lines[0].item_id
    assert (film.n_fitting, film.stars) == (2, None)
    assert [opinion.name for opinion in film.opinions] == ["ann", "bob"]
    other = film_for_tonight(films, both, max_minutes=99, exclude=[film.item_id])
    assert {item(film), item(other)} == {10, 40}
    assert film_for_tonight(films, both, max_minutes=99, exclude=[10, 40]) is None
    seen_by_bob = {"ann": {30: 5.0}, "bob": {50: 5.0, 10: 1.0}}
    assert item(film_for_tonight(films, seen_by_bob, max_minutes=99)) == 40


def test_what_cannot_be_asked() -> None:
    with pytest.raises(CapabilityError, match="lengths"):
        film_for_tonight(recommender([0] * 6), {"ann": {10: 5.0}}, max_minutes=100)
    assert item(film_for_tonight(recommender([0] * 6), {"ann": {10: 5.0}})) == 20
    with pytest.raises(ConfigError, match="nobody"):
        film_for_tonight(recommender(), {})
    with pytest.raises(ConfigError, match="120 is more than max_minutes, 100"):
        film_for_tonight(recommender(), {"ann": {10: 5.0}}, min_minutes=120, max_minutes=100)
    with pytest.raises(ConfigError, match="mood"):
        film_for_tonight(recommender(), {"ann": {10: 5.0}}, mood="gloomy")
    with pytest.raises(UnknownIdError):
        film_for_tonight(recommender(), {"ann": {77: 5.0}})
