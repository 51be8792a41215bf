"""The order of a list: liked or watched, worked out by hand, and its promises on small data."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import reelgraph as rg
from reelgraph.core import Contributions, Matrix, RatingPrediction, RatingScale, TopK
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.list_order import agree_with_stars, liked_order_notes, order_scorer, whole_blocks
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import ExplainedLikedRatingsScorer
from reelgraph.scorers.standardise import standardised

WATCH = np.array([4.0, 3.0, 2.0, 1.0, 0.0, -1.0], np.float32)
STARS = np.array([3.2, 4.4, 3.6, 2.5, 4.0, 2.0], np.float32)


class Watch:
    """The same scores for everybody."""

    kind, n_items = "watch", 6

    def score(self, history: Matrix) -> np.ndarray:
        return np.tile(WATCH, (history.shape[0], 1))

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


class Stars(Watch):
    """The same stars for everybody."""

    kind = "stars"

    def rate(self, history: Matrix, items: np.ndarray | None = None) -> RatingPrediction:
        stars = np.tile(STARS if items is None else STARS[items], (history.shape[0], 1))
        return RatingPrediction(stars)


class OwnRatings(Watch):
    """A sum over the ratings: the stars of item j count for every item, times j + 1."""

    def score(self, history: Matrix) -> np.ndarray:
        factor = np.arange(1, 7, dtype=np.float32)
        return np.tile((history @ factor)[:, None], (1, 6)).astype(np.float32)

    def contributions(self, history: Matrix, items: np.ndarray) -> Contributions:
        return Contributions(np.tile(history.data * (history.indices + 1.0), (len(items), 1)))


def history(*rows: list[float]) -> Matrix:
    return Matrix(np.array(rows, np.float32))


LIKED = LikedOrderScorer(Watch(), Stars(), RatingScale(1, 5), mean_rating=3.5, love=2.0)


def test_the_usual_rating_is_damped_and_at_least_three() -> None:
    people = history([5, 5, 5, 5, 5, 0], [1, 1, 1, 0, 0, 0], [0] * 6)
    # (25 + 5 * 3.5) / 10; (3 + 17.5) / 8 = 2.56, so 3; without ratings the mean of all
    assert_allclose(LIKED.usual_ratings(people), [4.25, 3.0, 3.5])
    assert_allclose(LIKED.floors(people), [3.75, 3.0, 3.0])
    assert_allclose(LIKED.agreement(np.array([199, 200])), [0.75, 0.5])


def test_scores_by_hand() -> None:
    one_stars = history([1, 1, 1, 0, 0, 0])
    z = standardised(WATCH[None, :], np.float64)[0]
    # usual: 3 stars; 2.5 lacks 0.5, 2 lacks 1; both are below 3 (and 0.03)
    expected = z - 2.0 * np.array([0, 0, 0, 0.5, 0, 1.0])
    expected[3] -= 1000 + 10 * (3.03 - 2.5)
    expected[5] -= 1000 + 10 * (3.03 - 2.0)
    assert_allclose(LIKED.score(one_stars)[0], expected, rtol=1e-5)


def test_scores_of_some_items_are_those_of_all() -> None:
    person, items = history([1, 1, 1, 0, 0, 0]), np.array([5, 0, 3])
    bounds = LIKED.score_bounds(person)
    assert (LIKED.score(person) <= bounds.astype(np.float32)).all()
    assert_array_equal(LIKED.score_items(person, items, bounds[0, items]), LIKED.score(person)[0, items])


def test_another_scale_gives_the_same_order() -> None:
    ten = LikedOrderScorer(Watch(), TenStars(), RatingScale(2, 10, 2), mean_rating=7.0, love=2.0)
    assert_allclose(ten.score(history([2, 2, 2, 0, 0, 0])), LIKED.score(history([1, 1, 1, 0, 0, 0])), rtol=1e-5)


class TenStars(Stars):
    """As `Stars`, of ten."""

    def rate(self, history: Matrix, items: np.ndarray | None = None) -> RatingPrediction:
        return RatingPrediction(2 * super().rate(history, items).stars)


def test_a_list_agrees_with_its_stars_as_far_as_half_a_star() -> None:
    # sorted: 4.4 4.1 3.9 3.5: the first place takes 3.9, the next 3.6 to 4.6, and so on
    best = TopK(np.array([[7, 3, 5, 1]]), np.array([[4.0, 3.0, 2.0, 1.0]], np.float32))
    agreed = agree_with_stars(best, np.array([[3.5, 3.9, 4.1, 4.4]]), np.array([0.5]))
    assert_array_equal(agreed.items, [[3, 5, 1, 7]])
    assert_array_equal(agreed.scores, [[3, 2, 1, 4]])


def test_a_list_that_agrees_stays() -> None:
    best = TopK(np.array([[7, 3, 5, -1]]), np.array([[4.0, 3.0, 2.0, -np.inf]], np.float32))
    assert_array_equal(agree_with_stars(best, np.array([[4.0, 4.4, 3.9, 0.0]]), np.array([0.5])).items, best.items)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(10, 50), min_size=1, max_size=25))
def test_every_block_is_within_half_a_star_and_keeps_its_items(tenths: list[int]) -> None:
    stars = np.array([tenths]) / 10
    k = stars.shape[1]
    best = TopK(np.arange(k)[None, :], -np.arange(k, dtype=np.float32)[None, :])
    items = agree_with_stars(best, stars, np.array([0.5])).items[0]
    for start in range(0, k, 10):
        block = items[start : start + 10]
        assert set(block.tolist()) == set(range(start, min(start + 10, k)))
        shown = stars[0, block]
        assert np.abs(shown - np.sort(shown)[::-1]).max() <= 0.5 + 1e-5
    if k <= 6:  # no order that agrees has a better item in the first place where they differ
        agreeing = [
            order for order in itertools.permutations(range(k))
            if np.abs(stars[0, list(order)] - np.sort(stars[0])[::-1]).max() <= 0.5 + 1e-6
        ]  # fmt: skip
        assert items.tolist() == list(min(agreeing))


def test_disliked_movies_say_nothing_where_no_stars_are_predicted() -> None:
    scorer = ExplainedLikedRatingsScorer(OwnRatings(), 2.0)
    person = history([1, 0, 3, 2, 0, 4])
    assert_allclose(scorer.score(person), np.full((1, 6), 3 * 3 + 4 * 6))
    assert_allclose(scorer.contributions(person, np.array([4])).ratings, [[0, 9, 0, 24]])
    assert_allclose(scorer.score(history([1, 2, 0, 0, 0, 0])), np.zeros((1, 6)))


def test_an_order_takes_the_scorer_that_it_needs() -> None:
    scale, watch, stars, own = RatingScale(2, 10, 2), Watch(), Stars(), OwnRatings()
    assert order_scorer(own, "watch", scale, 7.0) is own
    assert order_scorer(own, "liked", None, 7.0) is own  # views have no stars
    assert order_scorer(stars, "liked", scale, 7.0) is stars  # ranks by its stars
    assert order_scorer(watch, "liked", scale, 7.0) is not watch
    without_disliked = order_scorer(own, "liked", scale, 7.0)  # disliked are up to 2 of 5 stars, here 4 of 10
    assert_allclose(without_disliked.score(history([4, 0, 6, 2, 0, 8])), np.full((1, 6), 6 * 3 + 8 * 6))
    with pytest.raises(ConfigError, match="order: 'best' is not valid: expected liked or watch"):
        order_scorer(own, "best", scale, 7.0)  # type: ignore[arg-type]


def test_whole_blocks_hold_the_list() -> None:
    assert [whole_blocks(k) for k in (0, 1, 9, 10, 11, 25)] == [0, 10, 10, 10, 20, 30]


def test_notes_say_how_many_reach_the_floor_and_whether_anything_was_liked() -> None:
    """A movie below the floor loses 1000, so its score is below -500."""

    def notes(stars: list[float], *scores: float) -> list[str]:
        best = TopK(np.array([[4, 3, 2, -1]]), np.array([scores], np.float32))
        person = WeightedHistory.unweighted(history(stars))
        return liked_order_notes(best, person, LIKED, RatingScale(1, 5))

    leaning = "no movie that you liked yet: this list leans on what people like in general"
    assert notes([5, 5, 5, 5, 5, 0], 3, 2, -500, -np.inf) == []
    assert notes([5, 5, 5, 5, 5, 0], 3, -501, -1200, -np.inf) == [
        "only 1 of these are predicted at 3.8 stars or more"  # floor: 3.75
    ]
    assert notes([1, 1, 1, 0, 0, 0], 3, 2, 1, -np.inf) == [leaning]
    assert notes([1, 1, 1, 0, 0, 0], 3, 2, -900, -np.inf) == [
        leaning, "only 2 of these are predicted at 3.0 stars or more"
    ]  # fmt: skip
    assert notes([0] * 6, 3, 2, 1, -np.inf) == []  # nothing was rated


@pytest.fixture(scope="module")
def recommender() -> rg.Recommender:
    """Two kinds of movies, even and odd; people love one kind and rate some of the other low."""
    draw = np.random.default_rng(0)
    rows = []
    for user in range(120):
        for item in draw.permutation(40)[:18].tolist():
            is_own = item % 2 == user % 2
            if is_own or draw.random() < 0.5:
                rows.append((user, item, 5.0 - draw.integers(0, 2) if is_own else 1.0 + draw.integers(0, 2)))
    columns = dict(zip(("user", "item", "rating"), zip(*rows, strict=True), strict=True))
    data = rg.from_frame({**columns, "title": [f"Movie {item} (2000)" for item in columns["item"]]})
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    model = rg.Blend(settings={"bayes-gcn": {"draws": 20, "burn_in": 10, "dim": 4, "threads": 1}})
    return rg.Recommender(rg.Bundle.create(model.fit(split.train), data, split))


def test_nothing_is_listed_above_the_floor_because_it_was_hated(recommender: rg.Recommender) -> None:
    hated = {0: 1.0, 2: 1.0, 4: 1.0}
    liked = recommender.recommend(hated, 10)
    assert all(line.stars is not None and line.stars >= 3.0 for line in liked)
    assert all(line.item_id % 2 == 1 for line in liked)  # type: ignore[operator]
    watch = recommender.recommend(hated, 10, order="watch")
    assert [line.item_id for line in watch] != [line.item_id for line in liked]
    assert [line.score for line in watch] == sorted((line.score for line in watch), reverse=True)


def test_a_list_says_how_many_are_as_good_as_they_should_be(recommender: rg.Recommender) -> None:
    answer = recommender.recommend({0: 1.0, 2: 1.0, 4: 1.0}, 36)
    n_good = sum(line.stars >= 3.0 for line in answer if line.stars is not None)
    assert 10 <= n_good < 36
    general = "no movie that you liked yet: this list leans on what people like in general"
    assert answer.note == f"{general}; only {n_good} of these are predicted at 3.0 stars or more"
    assert recommender.recommend({0: 1.0, 2: 1.0, 4: 4.0}, 2).note == ""
    assert all(line.stars >= 3.0 for line in answer[:n_good] if line.stars is not None)


@pytest.mark.parametrize("order", ["liked", "watch"])
def test_longer_lists_begin_with_the_shorter_ones_and_all_lists_are_alike(
    recommender: rg.Recommender, order: rg.recommend.Order
) -> None:
    ids = [line.item_id for line in recommender.recommend(3, 20, order=order)]
    for k in (1, 7, 10, 13):
        assert [line.item_id for line in recommender.recommend(3, k, order=order)] == ids[:k]
    table = recommender.recommend_all(13, users=[3], order=order)
    assert table.item_id.tolist() == ids[:13]


def test_an_unknown_order_is_refused(recommender: rg.Recommender) -> None:
    with pytest.raises(ConfigError, match="order: 'love' is not valid: expected liked or watch"):
        recommender.recommend(3, order="love")  # type: ignore[arg-type]


def test_a_counterfactual_gives_the_rank_of_the_list(recommender: rg.Recommender) -> None:
    person = {1: 5.0, 3: 4.0, 0: 2.0, 5: 5.0}
    listed = recommender.recommend(person, 20)
    for line in (listed[0], listed[6], listed[14]):
        assert recommender.counterfactual(person, line.item_id, 10).rank == line.rank
