"""Heads and floors by hand, one of a series, and a first choice from different tastes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.core.errors import ConfigError, UnknownIdError
from reelgraph.recommend import Recommender, next_questions, well_known_items
from reelgraph.recommend.elicitation.well_known import WellKnownItems
from reelgraph.scorers import FoldInScorer, PopularityScorer

TITLES = ["Star Trek: Generations (1994)", "Star Trek IV: The Voyage Home (1986)", "Heat (1995)", "Big (1988)", "M"]
# Two camps: six people love the Star Treks, four love Heat, of whom three love Big; one of each camp saw M without joy.
CAMPS = [[5, 5, 0, 0, 0]] * 5 + [[5, 0, 0, 0, 2]] + [[0, 0, 5, 4, 0]] * 3 + [[1, 0, 5, 0, 1]]


def known(ratings: list[list[int]] = CAMPS, titles: list[str] = TITLES) -> WellKnownItems:
    return WellKnownItems(Matrix(np.array(ratings, np.float32)), titles, 4.0)


def test_the_head_is_the_smallest_set_of_the_most_watched_with_a_share_of_the_views() -> None:
    # Views: 7, 5, 4, 3, 2, together 21.
    assert known().viewer_counts.tolist() == [7, 5, 4, 3, 2]
    assert known().head(0.3).tolist() == [0]  # 7 of 21
    assert known().head(0.34).tolist() == [0, 1]
    assert known().head(0.9).tolist() == [0, 1, 2, 3]  # 19 of 21
    assert known().head(1.0).tolist() == [0, 1, 2, 3, 4]
    assert known().floor(0.34) == 5 / 10  # ten people
    assert known([[0, 0, 0, 0, 0]]).head(0.5).tolist() == []
    assert known([[0, 0, 0, 0, 0]]).floor(0.5) == 0.0


def test_further_parts_of_a_series_come_later() -> None:
    assert known().one_per_series([1, 2, 0, 4]) == ([1, 2, 4], [0])
    assert known().one_per_series([1, 2], answered=[0]) == ([2], [1])
    assert known().one_per_series([2, 2], answered=[2]) == ([2, 2], [])  # none of a series


def test_a_first_choice_is_from_different_tastes_and_one_of_a_series() -> None:
    # Likes: 6, 5, 4, 3, 0. Liking Star Trek and liking Heat exclude each other, so Heat stands for itself and Big.
    assert known().choice(2).tolist() == [0, 2]
    assert known().choice(3).tolist() == [0, 2, 3]  # not the other Star Trek
    assert known().choice(2, exclude=[0]).tolist() == [2, 3]
    assert known().choice(9).tolist()[:2] == [0, 2]
    assert sorted(known().choice(9).tolist()) == [0, 1, 2, 3, 4]  # all there are


def test_each_next_item_adds_most_likes_that_the_earlier_ones_do_not_stand_for() -> None:
    draw = np.random.default_rng(3)
    ratings = draw.integers(0, 6, (40, 12)) * (draw.random((40, 12)) < 0.6)
    titles = [f"Film {name}" for name in "abcdefghijkl"]
    likes = ratings >= 4
    correlation = np.clip(np.corrcoef(likes.T), 0, None)
    chosen = WellKnownItems(Matrix(ratings.astype(np.float32)), titles, 4.0).choice(5).tolist()
    for place, row in enumerate(chosen):
        covered = correlation[:, chosen[:place]].max(axis=1, initial=0.0)
        value = [likes.sum(0) @ np.maximum(correlation[:, item] - covered, 0) for item in range(12)]
        assert value[row] == pytest.approx(max(value))


def recommender(scorer: Scorer, ratings: list[list[int]] = CAMPS, titles: list[str] = TITLES) -> Recommender:
    ids = 10 * np.arange(len(titles))
    catalogue = dataclasses.replace(Catalogue.from_ids(ids), title=np.array(titles))
    return Recommender(
        Bundle(scorer, IdIndex(np.arange(len(ratings)), "user"), IdIndex(ids, "item"),
               Matrix(np.array(ratings, np.float32)), catalogue, RatingScale(1, 5, 1), {})
    )  # fmt: skip


def test_any_model_has_a_first_choice() -> None:
    choice = well_known_items(recommender(PopularityScorer(np.arange(5))), 2)
    assert [(item.item_id, item.title, item.viewers) for item in choice] == [(0, TITLES[0], 7), (20, TITLES[2], 4)]
    others = well_known_items(recommender(PopularityScorer(np.arange(5))), 2, exclude=[0, "Heat"])
    assert [item.item_id for item in others] == [30, 40]
    with pytest.raises(ConfigError, match="k: 0"):
        well_known_items(recommender(PopularityScorer(np.arange(5))), 0)
    with pytest.raises(UnknownIdError):
        well_known_items(recommender(PopularityScorer(np.arange(5))), exclude=[99])


def test_what_is_asked_is_known_and_of_different_series() -> None:
    # All 40 people have seen the first 60 movies, one person each of the others; the model would learn most from the
    # latter, as gcn does of odd movies.
    n_known, n_items, n_people = 60, 200, 40
    ratings = np.zeros((n_people, n_items), np.int64)
    ratings[:, :n_known] = 4
    ratings[np.arange(n_known, n_items) % n_people, np.arange(n_known, n_items)] = 3
    design = np.where(np.arange(n_items) < n_known, 1.0, 9.0)[:, None]
    scorer = FoldInScorer(
        design, np.full(n_items, 3.0), np.zeros((n_items, 2)), np.arange(n_items), np.zeros(1), np.eye(1), 0.5, 3.0,
        1.0, 5.0,
    )  # fmt: skip
    titles = ["Rocky", "Rocky II", "Rocky III", *(f"Film {number} of many" for number in range(3, n_items))]
    people = recommender(scorer, ratings.tolist(), titles)
    assert [question.item_id for question in next_questions(people, {}, 4)] == [0, 30, 40, 50]  # one Rocky
    assert [question.item_id for question in next_questions(people, {10: 4.0}, 2)] == [30, 40]  # Rocky II was rated
    everything = [question.item_id for question in next_questions(people, {}, n_known)]
    assert everything == [0, *range(30, 10 * n_known, 10), 10, 20]  # rather a second Rocky than nothing, and last
