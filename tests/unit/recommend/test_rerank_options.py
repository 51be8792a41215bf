"""Popular to niche and safe to bold, by hand."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, IntArray, Matrix, RatingDistribution, RatingPrediction, RatingScale, TopK
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend import Filters, Recommender
from reelgraph.recommend.rerank.options import RerankOptions, blend_scores, niche_values, rating_std
from reelgraph.scorers import PopularityScorer

POOL = TopK(np.array([[4, 2, 0, -1]]), np.array([[3.0, 2.0, 1.0, -np.inf]], np.float32))
VIEWERS = np.array([7, 0, 1, 0, 3])


class Sure:
    """Movie 0 is 3 stars for certain, movie 1 is 1 or 5, movie 2 is 4 for certain."""

    kind: ClassVar[str] = "sure"
    n_items = 3
    levels = np.arange(1.0, 6.0)

    def score(self, history: Matrix) -> np.ndarray:
        return np.tile(np.array([3, 2, 1], np.float32), (history.shape[0], 1))

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        all_probability = np.array([[0, 0, 1, 0, 0], [0.5, 0, 0, 0, 0.5], [0, 0, 0, 1, 0]])
        probability = all_probability if items is None else all_probability[items]
        probability = np.tile(probability, (history.shape[0], 1, 1))
        return RatingPrediction(probability @ self.levels, RatingDistribution(self.levels, probability))

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def recommender() -> Recommender:
    items = np.array([10, 20, 30])
    history = Matrix(np.array([[0, 0, 0], [1, 0, 5], [2, 0, 0]], np.float32))
    return Recommender(
        Bundle(
            Sure(), IdIndex(np.arange(3)), IdIndex(items), history, Catalogue.from_ids(items), RatingScale(1, 5, 1), {}
        )  # type: ignore[arg-type]
    )


def ids(recommendations: object) -> list[int]:
    return [line.item_id for line in recommendations]  # type: ignore[attr-defined]


def test_leaning_by_hand() -> None:
    # scores scaled to 1, 1/2, 0; values 0, 0, 3 to 0, 0, 1
    half = blend_scores(POOL, np.array([[0.0, 0.0, 3.0, 9.0]]), 0.5)
    assert half.items.tolist() == [[4, 0, 2, -1]]  # 1/2, 1/2, 1/4: the draw goes to the better ranked
    np.testing.assert_allclose(half.scores[0, :3], [0.5, 0.5, 0.25])
    assert blend_scores(POOL, np.array([[0.0, 0.0, 3.0, 9.0]]), 1.0).items.tolist() == [[0, 4, 2, -1]]
    assert blend_scores(POOL, np.zeros((1, 4)), 0.0).items.tolist() == POOL.items.tolist()


def test_popular_and_niche_by_hand() -> None:
    np.testing.assert_allclose(niche_values(POOL, VIEWERS, 1)[0, :3], -np.log([4, 2, 8]))
    assert blend_scores(POOL, niche_values(POOL, VIEWERS, 1), 1.0).items.tolist() == [[2, 4, 0, -1]]
    assert blend_scores(POOL, niche_values(POOL, VIEWERS, -1), 1.0).items.tolist() == [[0, 4, 2, -1]]


def test_safe_and_bold_by_hand() -> None:
    pool = TopK(np.array([[0, 1, 2]]), np.array([[3, 2, 1]], np.float32))
    history = Matrix(np.array([[0, 0, 4]], np.float32))
    np.testing.assert_allclose(rating_std(Sure(), history, pool), [[0, 2, 0]])  # type: ignore[arg-type]


def test_the_recommender_turns_its_dials() -> None:
    person = {30: 4.0}
    also = Filters(seen="also")
    assert ids(recommender().recommend(person, 3, also)) == [10, 20, 30]
    assert ids(recommender().recommend(person, 3, also, bold=1.0)) == [20, 10, 30]
    safe = recommender().recommend(person, 3, also, bold=-1.0)
    assert ids(safe) == [10, 30, 20]
    assert safe.note == "re-ranked for bold -1"
    assert [line.score for line in safe] == [3, 1, 2]  # as the model scores them
    assert ids(recommender().recommend(person, 3, also, niche=1.0)) == [20, 30, 10]
    assert ids(recommender().recommend(person, 3, also, niche=-1.0)) == [10, 30, 20]
    assert ids(recommender().recommend(person, 3, Filters(seen="only"))) == [30]
    assert ids(recommender().recommend(person, 3, Filters(min_viewers=1))) == [10]


@pytest.mark.parametrize("dial", ["niche", "bold"])
@pytest.mark.parametrize("value", [1.1, -1.1, float("nan")])
def test_a_dial_out_of_range_is_refused(dial: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{dial}: .* is not valid: expected a number from -1 to 1"):
        recommender().recommend({30: 4.0}, **{dial: value})  # type: ignore[arg-type]


def test_what_a_dial_needs() -> None:
    plain = dataclasses.replace(recommender().bundle, scorer=PopularityScorer(np.arange(3)))
    with pytest.raises(CapabilityError, match="predicts no distribution"):
        Recommender(plain).recommend({30: 4.0}, bold=0.5)
    with pytest.raises(ConfigError, match="known are also, hidden, only"):
        Filters(seen="never")  # type: ignore[arg-type]
    assert not RerankOptions()
    assert str(RerankOptions(niche=-0.5, diversity=0.2)) == "diversity 0.2 and niche -0.5"
