"""Scores of predicted distributions, by hand on three levels."""

import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import EvalPart, FloatArray, Interactions, RatingDistribution
from reelgraph.evaluation import evaluate
from reelgraph.evaluation.bootstrap import summarise_sums
from reelgraph.evaluation.metrics import distribution as d
from reelgraph.models.bayes_gcn.model import BayesGCN

ONE_TO_THREE = np.array([1.0, 2.0, 3.0])
TRUE = np.array([1.0, 2.0, 3.0])


def same(chances: list[float], n: int = 3, levels: FloatArray = ONE_TO_THREE) -> RatingDistribution:
    """The same chances for each of n ratings."""
    return RatingDistribution(levels.copy(), np.tile(np.array(chances), (n, 1)))


def liked(chances: list[float]) -> RatingDistribution:
    """Three or four stars, four with these chances."""
    four = np.array(chances)
    return RatingDistribution(np.array([3.0, 4.0]), np.column_stack([1 - four, four]))


# F = 0.2, 0.7, 1.0
TABLE = [0.2, 0.5, 0.3]


def test_crps_of_three_levels() -> None:
    # true 1: (0.2 - 1)^2 + (0.7 - 1)^2 = 0.64 + 0.09
    # true 2: (0.2 - 0)^2 + (0.7 - 1)^2 = 0.04 + 0.09
    # true 3: (0.2 - 0)^2 + (0.7 - 0)^2 = 0.04 + 0.49
    assert_allclose(d.crps(same(TABLE), TRUE), [0.73, 0.13, 0.53])
    # half the step, half the stars
    assert_allclose(d.crps(same(TABLE, levels=np.array([0.5, 1.0, 1.5])), TRUE / 2), [0.365, 0.065, 0.265])


def test_crps_of_certainty_is_the_absolute_error() -> None:
    assert_allclose(d.crps(same([0, 0, 1]), TRUE), [2, 1, 0])


def test_crps_of_a_uniform_distribution() -> None:
    # F = 0.2, 0.4, 0.6, 0.8, 1. True 1: 0.64 + 0.36 + 0.16 + 0.04; true 3: 0.04 + 0.16 + 0.16 + 0.04
    five = same([0.2] * 5, 2, np.arange(1.0, 6.0))
    assert_allclose(d.crps(five, np.array([1.0, 3.0])), [1.2, 0.4])


def test_log_loss_of_three_levels_and_of_the_impossible() -> None:
    assert_allclose(d.log_loss(same(TABLE), TRUE), -np.log([0.2, 0.5, 0.3]))
    assert_allclose(d.log_loss(same([0, 0.5, 0.5]), TRUE), [12 * np.log(10), np.log(2), np.log(2)])


def test_share_of_the_true_cell_in_the_central_interval() -> None:
    # [0.1, 0.9] of the cells [0, 0.2], [0.2, 0.7], [0.7, 1]: 0.1 / 0.2, 0.5 / 0.5, 0.2 / 0.3
    inside = d.covered(same(TABLE), TRUE, 0.8)
    assert_allclose(inside, [1 / 2, 1, 2 / 3])
    assert np.array(TABLE) @ inside == pytest.approx(0.8)  # 0.1 + 0.5 + 0.2: right where the table is
    # [0.4, 0.6] lies within the middle cell
    assert_allclose(d.covered(same(TABLE), TRUE, 0.2), [0, 0.2 / 0.5, 0])


def test_within_the_fewest_levels_that_hold_four_fifths() -> None:
    assert_allclose(d.within_likely_levels(same(TABLE), TRUE, 0.8), [0, 1, 1])  # 0.5 + 0.3
    assert_allclose(d.within_likely_levels(same(TABLE), TRUE, 0.5), [0, 1, 0])
    assert_allclose(d.within_likely_levels(same(TABLE), TRUE, 0.81), [1, 1, 1])
    # Right where the table is: the share is that of the levels, 0.8.
    often = np.repeat(TRUE, [2, 5, 3])
    assert d.within_likely_levels(same(TABLE, 10), often, 0.8).mean() == pytest.approx(0.8)


def test_the_levels_shown_are_measured_alone_and_beside_the_others(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    scorer = BayesGCN(dim=2, draws=10, burn_in=2, keep=5, threads=1).fit(train).scorer
    alone = evaluate(scorer, part, metrics=["levels_80"])
    both = evaluate(scorer, part, metrics=["coverage_80", "levels_80"])
    assert alone["levels_80"] == both["levels_80"]
    assert 0.0 < alone["levels_80"].mean <= 1.0


def test_covered_is_the_mean_of_the_randomised_pit_and_of_jittered_ratings() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(5), 40)
    levels, level = np.arange(0.5, 3.0, 0.5), rng.integers(0, 5, 40)
    predicted = RatingDistribution(levels, chances)
    found = d.covered(predicted, levels[level], 0.6)
    jitter = rng.random((20_000, 40))
    end = np.take_along_axis(np.cumsum(chances, axis=1), level[:, None], axis=1)[:, 0]
    u = end - (1 - jitter) * chances[np.arange(40), level]
    assert_allclose(((u >= 0.2) & (u <= 0.8)).mean(axis=0), found, atol=4 * 0.5 / np.sqrt(20_000))
    low, high = predicted.interval(0.6)
    stars = levels[level] + 0.5 * (jitter - 0.5)
    assert_allclose(((stars >= low) & (stars <= high)).mean(axis=0), found, atol=4 * 0.5 / np.sqrt(20_000))


def test_pit_spreads_each_rating_over_its_cell() -> None:
    # Bins [0, 0.5], [0.5, 1] hold of the three cells 1, 0.3 / 0.5 and 0, and the rest.
    assert_allclose(d.pit(same(TABLE), TRUE, bins=2), [(1 + 0.6) / 3, (0.4 + 1) / 3])
    # Twenty ratings as often as they were said to be: flat.
    often = np.repeat(TRUE, [4, 10, 6])
    assert_allclose(d.pit(same(TABLE, 20), often), np.full(10, 0.1))


def test_an_impossible_rating_falls_on_one_point_of_the_pit() -> None:
    assert_allclose(d.pit(same([0.0, 1.0, 0.0], 2), np.array([1.0, 3.0]), bins=4), [0.5, 0, 0, 0.5], atol=1e-3)
    assert_allclose(d.covered(same([0.5, 0.0, 0.5], 1), np.array([2.0]), 0.8), [1.0])


def test_ratings_drawn_from_their_own_chances_are_covered_as_often_as_said() -> None:
    rng = np.random.default_rng(2)
    chances = rng.dirichlet(np.full(5, 0.7), 20_000)
    level = (np.cumsum(chances, axis=1) < rng.random((20_000, 1))).sum(axis=1)
    predicted, true = RatingDistribution(np.arange(1.0, 6.0), chances), 1.0 + level
    for coverage in (0.8, 0.95):
        inside = d.covered(predicted, true, coverage)
        assert abs(inside.mean() - coverage) < 3 * inside.std() / np.sqrt(20_000)
    assert_allclose(d.pit(predicted, true), np.full(10, 0.1), atol=3 * 0.3 / np.sqrt(20_000))
    # By chance alone: ten bins of 2,000, each off by 0.8 standard errors of at most 0.5 / sqrt(2000) on average.
    assert d.calibration_error(predicted, true) < 2 * 0.8 * 0.5 / np.sqrt(2000)


def test_a_rating_between_levels_counts_as_the_nearest() -> None:
    odd = np.array([0.2, 1.9, 2.6])
    for score in (d.crps, d.log_loss):
        assert_array_equal(score(same(TABLE), odd), score(same(TABLE), TRUE))
    assert d.calibration_error(same(TABLE, 1), np.array([2.6]), stars=3.0) == pytest.approx(0.7)


def test_calibration_error_of_two_bins() -> None:
    # Below one half: said 0.2 and 0.4, mean 0.3, came 1 of 2: 0.2 off. Above: said 0.6, 0.9, 0.9, mean 0.8, came 2 of
    # 3: 2/15 off. (2 * 0.2 + 3 * 2 / 15) / 5 = 0.16
    predicted, true = liked([0.2, 0.4, 0.6, 0.9, 0.9]), np.array([3.0, 4.0, 4.0, 4.0, 3.0])
    assert d.calibration_error(predicted, true, bins=2) == pytest.approx(0.16)
    assert d.calibration_error(predicted, true, stars=3.0, bins=2) == pytest.approx(0.0)
    assert np.isnan(d.calibration_error(liked([]), np.array([])))


def test_reliability_table_of_three_bins_with_an_empty_one() -> None:
    table = d.reliability(liked([0.2, 0.3, 0.9, 1.0]), np.array([3.0, 4.0, 4.0, 4.0]), bins=3)
    assert_allclose(table.edges, [0, 1 / 3, 2 / 3, 1])
    assert table.count.tolist() == [2, 0, 2]
    assert_allclose(table.predicted, [0.25, np.nan, 0.95])
    assert_allclose(table.observed, [0.5, np.nan, 1.0])
    # Wilson with z^2 = 3.8415: 1 of 2: 0.5 -+ sqrt(z^2) / (2 + z^2) * sqrt(0.5 + z^2 / 4) = 0.5 -+ 0.40547
    # 2 of 2: 2 / (2 + z^2) = 0.34238 to 1
    assert_allclose(table.low, [0.09453, np.nan, 0.34238], atol=1e-5)
    assert_allclose(table.high, [0.90547, np.nan, 1.0], atol=1e-5)


def test_calibration_error_of_resampled_people_equals_a_slow_computation() -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(12), rng.integers(0, 6, 12))
    predicted = liked(rng.random(len(person)).tolist())
    true = rng.integers(3, 5, len(person)).astype(float)
    sums = d.bin_sums(predicted, true, person, 12)
    found = summarise_sums(sums, d.expected_error, seed=3, resamples=200)
    # As bootstrap.py draws its people, but each resample written out rating by rating.
    draw = np.random.default_rng(np.random.SeedSequence([3, zlib.crc32(b"bootstrap")])).integers(0, 12, (200, 12))
    slow = []
    for people in draw:
        rows = np.concatenate([np.flatnonzero(person == one) for one in people])
        slow.append(d.calibration_error(liked(predicted.probability[rows, 1].tolist()), true[rows]))
    assert found.mean == pytest.approx(d.calibration_error(predicted, true))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))
