"""The interval and the chance of liking that a list shows, worked out by hand."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import sparse

from reelgraph.cli.list_tables import as_records
from reelgraph.cli.list_tables import lines as table
from reelgraph.core import (
    AnyArray,
    FloatArray,
    IntArray,
    Matrix,
    RatingDistribution,
    RatingPrediction,
    RatingScale,
    Recommendation,
    Recommendations,
)
from reelgraph.recommend.list_rows import ListPredictions, with_stars
from reelgraph.recommend.weighted_history import WeightedHistory

SCALE = RatingScale(1.0, 5.0, 1.0)
PLAIN = [Recommendation(7, "Seven", 0.9, 1), Recommendation(8, "Eight", 0.8, 2)]


def predicted() -> RatingPrediction:
    chances = np.array([[[0.0, 0.1, 0.4, 0.4, 0.1], [0.0, 0.0, 0.0, 0.0, 1.0]]])
    return RatingPrediction(np.array([[3.5, 5.0]], np.float32), RatingDistribution(np.arange(1.0, 6.0), chances))


def test_each_line_says_how_sure_it_is() -> None:
    first, second = with_stars(PLAIN, predicted(), SCALE)
    # Three and four stars hold 0.8; one level holds 0.4 at most.
    assert (first.stars, first.low, first.high) == pytest.approx((3.5, 3.0, 4.0))
    assert first.liked == pytest.approx(0.5)
    assert (second.low, second.high, second.liked) == pytest.approx((5.0, 5.0, 1.0))
    assert [line.score for line in (first, second)] == [0.9, 0.8]


def test_a_model_that_knows_no_distribution_says_stars_only() -> None:
    first, _ = with_stars(PLAIN, RatingPrediction(np.array([[3.5, 5.0]], np.float32)), SCALE)
    assert (first.stars, first.low, first.high, first.liked) == (3.5, None, None, None)


def test_table_and_json_show_it_where_it_is_known() -> None:
    sure = Recommendations(with_stars(PLAIN, predicted(), SCALE), "x")
    columns, rows = table(sure)
    assert columns[-3:] == ["stars", "80 % within", "likes it"]
    assert rows[0][-3:] == ["3.50", "3.0 to 4.0", "50%"]
    assert rows[1][-3:] == ["5.00", "5.0", "100%"]
    assert as_records(sure, {})[0]["liked"] == 0.5
    columns, rows = table(Recommendations(tuple(PLAIN), "x"))
    assert columns == ["rank", "title", "genres", "score"]
    assert rows[0] == [1, "Seven", "", "0.900"]
    columns, rows = table(Recommendations(tuple(PLAIN), "x"), with_ids=True)
    assert columns == ["rank", "item_id", "title", "genres", "score"]
    assert rows[0] == [1, "7", "Seven", "", "0.900"]
    assert as_records(Recommendations(tuple(PLAIN), "x"), {})[0]["low"] is None


class _Stars:
    """Predicts a tenth of the item row, and counts how often it is asked."""

    kind: ClassVar[str] = "stars"
    n_items = 30

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def score(self, history: Matrix) -> FloatArray:
        return np.zeros(history.shape, np.float32)

    def arrays(self) -> dict[str, AnyArray]:
        return {}

    def settings(self) -> dict[str, Any]:
        return {}

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        rows = np.arange(self.n_items) if items is None else items
        self.asked.append(rows.tolist())
        stars = rows[None, :].astype(np.float32) / 10
        chances = np.stack([1 - stars / 3, stars / 3], axis=-1)
        return RatingPrediction(stars, RatingDistribution(np.array([0.0, 3.0]), chances))


def test_stars_of_a_list_are_those_of_the_movies_from_which_it_was_taken_and_asked_once() -> None:
    model, history = (
        _Stars(),
        WeightedHistory.unweighted(sparse.csr_array((np.array([3.0], np.float32), ([0], [2])), shape=(1, 30))),
    )
    stars = ListPredictions(model, history)
    pool = stars.of(np.array([4, 9, 21, 7]))
    listed = stars.of(np.array([21, 4]))
    assert pool is not None
    assert listed is not None
    assert listed.distribution is not None
    np.testing.assert_allclose(pool.stars, [[0.4, 0.9, 2.1, 0.7]])
    np.testing.assert_allclose(listed.stars, [[2.1, 0.4]])
    np.testing.assert_allclose(listed.distribution.probability[0, :, 1], [0.7, 0.4 / 3], rtol=1e-6)
    assert model.asked == [[4, 9, 21, 7]]
    with_another = stars.of(np.array([21, 5]))
    assert with_another is not None
    np.testing.assert_allclose(with_another.stars, [[2.1, 0.5]])
    assert model.asked == [[4, 9, 21, 7], [21, 5]]
