"""The interval and the chance of liking that a list shows, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from reelgraph.cli.list_tables import as_records
from reelgraph.cli.list_tables import lines as table
from reelgraph.core import RatingDistribution, RatingPrediction, RatingScale, Recommendation, Recommendations
from reelgraph.recommend.list_rows import with_stars

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
