"""`blend`: the sum of its parts, the stars of one of them, weights from the validation part only."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import FitContext, Interactions, Matrix, PredictsDistribution, PredictsRating, RatingScale
from reelgraph.core.errors import ConfigError
from reelgraph.models.blend import Blend
from reelgraph.models.blend_weights import best_mixture, drawn_people, mixtures
from reelgraph.scorers import BlendScorer, PopularityScorer, StarredBlendScorer, rebuild
from reelgraph.scorers.standardise import standardised
from tests.conftest import make_interactions, make_part

QUICK = {"bayes-gcn": {"draws": 8, "burn_in": 2, "dim": 2, "threads": 1}}


def ratings() -> Interactions:
    draw = np.random.default_rng(2)
    cells = draw.permutation(15 * 8)[:70]
    return make_interactions([(int(c) // 8, int(c) % 8, float(draw.integers(1, 6))) for c in cells], 15, 8)


def test_standardised_rows_by_hand() -> None:
    rows = standardised(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], np.float32))
    np.testing.assert_allclose(rows, [[-np.sqrt(1.5), 0, np.sqrt(1.5)], [0, 0, 0]], rtol=1e-6)
    equal = np.full((1, 1000), 0.1, np.float32)  # not 1000 times its thousandth
    np.testing.assert_array_equal(standardised(equal, np.float64), np.zeros((1, 1000)))
    assert standardised(np.empty((2, 0))).shape == (2, 0)


def test_scores_are_the_weighted_sum_and_survive_a_save() -> None:
    one, other = PopularityScorer(np.array([3, 1, 2])), PopularityScorer(np.array([0, 0, 9]))
    blend = BlendScorer((one, other), (0.25, 0.75))
    nobody = Matrix((2, 3), dtype=np.float32)
    expected = 0.25 * standardised(one.score(nobody)) + 0.75 * standardised(other.score(nobody))
    np.testing.assert_allclose(blend.score(nobody), expected, rtol=1e-6)
    again = rebuild(blend.kind, blend.arrays(), blend.settings())
    np.testing.assert_array_equal(again.score(nobody), blend.score(nobody))
    assert not isinstance(blend, PredictsRating)


def test_stars_are_those_of_the_last_part_and_do_not_change_the_score() -> None:
    train = ratings()
    plain = Blend(rankers=("graph-filter",), settings=QUICK).fit(train).scorer
    loving = Blend(rankers=("graph-filter",), settings=QUICK, love=2.0).fit(train).scorer
    assert isinstance(plain, StarredBlendScorer)
    assert isinstance(loving, StarredBlendScorer)
    assert isinstance(plain, PredictsDistribution)
    history = train.matrix()[:4]
    np.testing.assert_array_equal(plain.rate(history).stars, plain.parts[-1].rate(history).stars)  # type: ignore[attr-defined]
    assert plain.weights == loving.weights == (1.0, 0.0)
    np.testing.assert_array_equal(loving.score(history), plain.score(history))
    assert rebuild(loving.kind, loving.arrays(), loving.settings()).love == 2.0  # type: ignore[attr-defined]
    assert loving.liked_order(RatingScale(1, 5), 3.5).love == 2.0


def test_weights_are_those_of_the_best_ndcg_on_validation() -> None:
    """Popularity ranks the one hidden movie first for everyone; the other ranker was taught the opposite order."""
    train = make_interactions([(user, 0, 1.0) for user in range(9)] + [(user, 1, 5.0) for user in range(3)], 10, 3)
    hidden = make_interactions([(9, 0, 5.0)], 10, 3).matrix()[[9]]
    valid = dataclasses.replace(make_part(train.matrix()[[9]], hidden), users=np.array([9]))
    fit = Blend(rankers=("popularity", "bayes-gcn"), stars="none", settings=QUICK).fit(train, FitContext(valid=valid))
    assert isinstance(fit.scorer, BlendScorer)
    assert fit.scorer.weights[0] >= 0.1
    assert "1 validation person (1.0000)" in fit.stopped_because


def test_weights_are_chosen_on_people_of_the_whole_validation_part() -> None:
    # 50 people, every fifth without a held-back rating: 40 can be looked at, and 10 of them are drawn by seed.
    known = make_interactions([(user, 0, 4.0) for user in range(50)], 50, 3).matrix()
    hidden = make_interactions([(user, 1, 4.0) for user in range(50) if user % 5], 50, 3).matrix()
    valid = make_part(known, hidden)
    assert drawn_people(valid, 0).tolist() == [user for user in range(50) if user % 5]
    drawn = drawn_people(valid, 0, 10)
    assert (np.diff(drawn) > 0).all()
    assert len(drawn) == 10
    assert not (drawn % 5 == 0).any()
    np.testing.assert_array_equal(drawn_people(valid, 0, 10), drawn)
    draws = np.concatenate([drawn_people(valid, seed, 10) for seed in range(60)])
    assert abs(draws.mean() - 25) < 3  # the first ten have a mean of 6.5


def test_a_ranker_alone_is_taken_unless_a_mixture_gains_more_than_its_standard_error() -> None:
    alone, other = np.tile([0.2, 0.4, 0.6, 0.8], 3), np.zeros(12)
    mixed = alone + np.tile([0.3, -0.1, -0.1, 0.0], 3)  # mean gain 0.025, standard error 0.049
    assert best_mixture({(1.0, 0.0): alone, (0.5, 0.5): mixed, (0.0, 1.0): other}) == (1.0, 0.0)
    mixed = alone + np.tile([0.1, 0.05, 0.1, 0.05], 3)  # mean gain 0.075, standard error 0.0075
    assert best_mixture({(1.0, 0.0): alone, (0.5, 0.5): mixed, (0.0, 1.0): other}) == (0.5, 0.5)
    assert best_mixture({(1.0, 0.0): alone, (0.5, 0.5): mixed, (0.0, 1.0): np.ones(12)}) == (0.5, 0.5)


def test_a_ranker_without_weight_is_not_kept() -> None:
    train = make_interactions([(user, 0, 1.0) for user in range(9)] + [(user, 1, 5.0) for user in range(3)], 10, 3)
    hidden = make_interactions([(9, 0, 5.0)], 10, 3).matrix()[[9]]
    valid = dataclasses.replace(make_part(train.matrix()[[9]], hidden), users=np.array([9]))
    fit = Blend(rankers=("popularity", "graph-filter"), stars="bias").fit(train, FitContext(valid=valid))
    assert [part.kind for part in fit.scorer.parts] == ["popularity", "bias"]  # type: ignore[attr-defined]
    given = Blend(rankers=("popularity", "graph-filter"), weights=(1.0, 0.0), stars="none").fit(train)
    assert [part.kind for part in given.scorer.parts] == ["popularity", "item-filter"]  # type: ignore[attr-defined]


def test_mixtures_are_all_tenths_that_add_up_to_one() -> None:
    mixes = list(mixtures(3))
    assert len(mixes) == 66  # (10 + 2 choose 2)
    assert all(abs(sum(mix) - 1) < 1e-9 for mix in mixes)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"weights": (0.5, 0.5)}, "weights"),
        ({"rankers": ("popularity", "popularity")}, "rankers"),
        ({"settings": {"gcn": {}}}, "gcn"),
        ({"settings": {"graph-filter": {"ridge": -1.0}}}, "ridge"),
    ],
)
def test_wrong_settings_are_refused_before_the_first_fit(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        Blend(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [(-1.0,), (0.0,), (float("nan"),), (float("inf"),)])
def test_weights_that_rank_nothing_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="weights"):
        Blend(weights=weights)
