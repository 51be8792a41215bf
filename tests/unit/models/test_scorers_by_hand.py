"""Small models whose every number is worked by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import NO_TIME, Interactions, Matrix
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.full_ranking import top_k
from reelgraph.models import model_class
from reelgraph.models.baselines import Bias, Constant, Popularity, RecentPopularity
from reelgraph.scorers import PopularityScorer, rebuild
from tests.conftest import make_interactions


def three() -> Interactions:
    """Mean 4; item 0 has 5 and 4, item 1 has 3, item 2 nothing; user 2 nothing."""
    return make_interactions([(0, 0, 5), (0, 1, 3), (1, 0, 4)], 3, 3)


def test_bias_by_hand() -> None:
    # Item offsets: (1 + 0) / (2 + 1) = 1/3 and -1 / (1 + 1) = -1/2.
    # User 0: ((5 - 4 - 1/3) + (3 - 4 + 1/2)) / (2 + 2) = 1/24. User 1: (4 - 4 - 1/3) / (1 + 2) = -1/9. User 2: 0.
    scorer = Bias(item_damping=1.0, user_damping=2.0).fit(three()).scorer
    assert scorer.arrays()["item_offset"] == pytest.approx([1 / 3, -1 / 2, 0])
    expected = 4 + np.array([[1 / 24], [-1 / 9], [0]]) + np.array([[1 / 3, -1 / 2, 0]])
    np.testing.assert_allclose(scorer.score(three().matrix()), expected, rtol=1e-6)


def test_bias_is_clipped_when_asked_for_stars_and_not_when_ranking() -> None:
    train = make_interactions([(0, 0, 5), (0, 1, 5), (1, 0, 5), (1, 1, 1)], 2, 2)
    # Mean 4, offsets 1 and -1, without damping; user 0: ((5-5) + (5-3)) / 2 = 1, so item 0 gets 6.
    scorer = Bias(item_damping=0.0, user_damping=0.0).fit(train).scorer
    history = train.matrix()[[0]]
    assert scorer.score(history).tolist() == [[6, 4]]
    assert scorer.rate(history).stars.tolist() == [[5, 4]]
    assert scorer.rate(history, np.array([1])).stars.tolist() == [[4]]


def test_bias_without_damping_meets_no_ratings_calmly() -> None:
    scorer = Bias(item_damping=0.0, user_damping=1.0).fit(three()).scorer
    assert scorer.score(Matrix((1, 3), dtype=np.float32)).tolist() == [[4.5, 3, 4]]


def test_undamped_user_without_ratings_is_the_average_one() -> None:
    scorer = Bias(item_damping=0.0, user_damping=0.0).fit(three()).scorer
    assert scorer.score(Matrix((1, 3), dtype=np.float32)).tolist() == [[4.5, 3, 4]]


def test_constant_is_the_mean() -> None:
    scorer = Constant().fit(three()).scorer
    assert scorer.score(three().matrix()).tolist() == [[4] * 3] * 3
    assert scorer.rate(three().matrix(), np.array([2])).stars.tolist() == [[4]] * 3


def test_popularity_counts_and_its_ties_go_by_row() -> None:
    train = make_interactions([(0, 3, 1), (1, 3, 1), (0, 1, 5), (1, 2, 5), (2, 0, 5)], 3, 5)
    scorer = Popularity().fit(train).scorer
    scores = scorer.score(Matrix((1, 5), dtype=np.float32))
    assert scores.tolist() == [[1, 1, 1, 2, 0]]
    for k in range(1, 6):
        assert top_k(scores, None, k).items.tolist() == [[3, 0, 1, 2, 4][:k]]


def test_recent_popularity_counts_the_last_days_and_then_all() -> None:
    train = make_interactions([(0, 0, 1), (1, 0, 1), (2, 0, 1), (0, 1, 5), (1, 2, 5), (2, 3, 5)], 3, 5)
    days = np.array([-20, -20, -20, -7, -6, 0])  # item 1 is as old as the stretch is long
    timed = dataclasses.replace(train, timestamp=86_400 * days)
    fit = RecentPopularity(days=7).fit(timed)
    expected = [[3 / 4, 1 / 4, 1 + 1 / 4, 1 + 1 / 4, 0]]
    assert fit.scorer.score(Matrix((1, 5), dtype=np.float32)).tolist() == expected
    assert fit.stopped_because == "2 ratings of 6 in the last 7 days"
    assert fit.scorer.with_new_items(Matrix((2, 5)), 0).score(Matrix((1, 7), dtype=np.float32)).tolist() == [
        [*expected[0], 0, 0]
    ]
    unknown = dataclasses.replace(timed, timestamp=np.array([NO_TIME] * 5 + [-(10**9)]))
    assert RecentPopularity(days=7).fit(unknown).scorer.recent_counts.tolist() == [0, 0, 0, 1, 0]
    for timestamp in (None, np.full(6, NO_TIME)):
        fit = RecentPopularity().fit(dataclasses.replace(train, timestamp=timestamp))
        assert fit.scorer.score(Matrix((1, 5), dtype=np.float32)).tolist() == [[3 / 4, 1 / 4, 1 / 4, 1 / 4, 0]]
        assert fit.stopped_because == "no times are known, so all ratings count alike"


def test_popularity_answers_may_be_changed_by_whoever_asked() -> None:
    scorer = PopularityScorer(np.array([3, 1]))
    scorer.score(Matrix((2, 2), dtype=np.float32))[0, 0] = -1
    assert scorer.score(Matrix((2, 2), dtype=np.float32)).tolist() == [[3, 1]] * 2


def test_rebuild_refuses_what_it_does_not_know() -> None:
    with pytest.raises(KeyError):
        rebuild("pickle", {}, {})
    with pytest.raises(TypeError):
        rebuild("popularity", {"counts": np.zeros(2), "more": np.zeros(2)}, {})
    with pytest.raises(TypeError):
        rebuild("constant", {}, {"stars": 3.0})


def test_unknown_model_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'popularity'\?"):
        model_class("popularty")


@pytest.mark.parametrize("damping", [-1.0, float("nan"), "5"])
def test_bad_damping_is_refused(damping: object) -> None:
    with pytest.raises(ConfigError, match="item_damping: .* is not valid"):
        Bias(item_damping=damping)  # type: ignore[arg-type]
