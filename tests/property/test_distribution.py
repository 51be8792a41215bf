"""What holds of any predicted distribution of stars."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reelgraph.core import RatingDistribution, RatingScale
from reelgraph.evaluation.metrics import distribution as d


@st.composite
def forecasts(draw: st.DrawFn) -> tuple[RatingDistribution, np.ndarray]:
    """Up to eight ratings with any chances, zeros among them, on a scale of two to ten levels."""
    n, count, step = draw(st.integers(1, 8)), draw(st.integers(2, 10)), draw(st.sampled_from([0.5, 1.0]))
    weight = draw(hnp.arrays(np.float64, (n, count), elements=st.sampled_from([0.0, 0.01, 0.3, 1.0, 5.0])))
    weight[np.arange(n), draw(hnp.arrays(np.int64, n, elements=st.integers(0, count - 1)))] += 1.0
    levels = RatingScale(step, step * count, step).levels()
    true = levels[draw(hnp.arrays(np.int64, n, elements=st.integers(0, count - 1)))]
    return RatingDistribution(levels, weight / weight.sum(axis=1, keepdims=True)), true


@given(forecasts())
def test_crps_is_zero_for_certainty_of_the_truth_alone(case: tuple[RatingDistribution, np.ndarray]) -> None:
    predicted, true = case
    score = d.crps(predicted, true)
    chance = predicted.probability[np.arange(len(true)), np.searchsorted(predicted.levels, true)]
    assert (score >= 0).all()
    assert ((score < 1e-12) == (chance > 1 - 1e-9)).all()
    assert (score <= predicted.levels[-1] - predicted.levels[0] + 1e-12).all()


@given(forecasts(), st.lists(st.floats(0.01, 0.99), min_size=2, max_size=5))
def test_a_wider_interval_covers_more(case: tuple[RatingDistribution, np.ndarray], coverages: list[float]) -> None:
    predicted, true = case
    wider = sorted(coverages)
    inside = np.array([d.covered(predicted, true, coverage) for coverage in wider])
    assert ((inside >= 0) & (inside <= 1)).all()
    assert (np.diff(inside, axis=0) >= -1e-9).all()
    low, high = zip(*(predicted.interval(coverage) for coverage in wider), strict=True)
    assert (np.diff(low, axis=0) <= 1e-9).all()
    assert (np.diff(high, axis=0) >= -1e-9).all()
    assert (np.array(low) <= np.array(high)).all()


@given(forecasts(), st.integers(1, 12))
def test_a_pit_histogram_adds_up_and_coverage_is_its_middle(
    case: tuple[RatingDistribution, np.ndarray], bins: int
) -> None:
    shares = d.pit(*case, bins=bins)
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1.0, abs=1e-3)
    fifths = d.pit(*case, bins=5)
    assert d.covered(*case, coverage=0.6).mean() == pytest.approx(fifths[1:4].sum(), abs=1e-3)


@given(forecasts())
def test_expected_coverage_is_the_nominal_one_exactly(case: tuple[RatingDistribution, np.ndarray]) -> None:
    predicted, _ = case
    for coverage in (0.5, 0.8, 0.95):
        expected = sum(
            predicted.probability[:, k] * d.covered(predicted, np.full(len(predicted.probability), stars), coverage)
            for k, stars in enumerate(predicted.levels)
        )
        assert expected == pytest.approx(np.full(len(predicted.probability), coverage))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 10))
def test_right_probabilities_keep_their_word(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    n, levels = 2000, np.arange(1.0, count + 1)
    chances = rng.dirichlet(np.full(count, 0.7), n)
    level = np.minimum((np.cumsum(chances, axis=1) < rng.random((n, 1))).sum(axis=1), count - 1)
    predicted, true = RatingDistribution(levels, chances), levels[level]
    for coverage in (0.8, 0.95):
        # A share in [0, 1] with this mean has at most the spread of a coin. 5 sigma: hypothesis tries many seeds.
        sigma = np.sqrt(coverage * (1 - coverage) / n)
        assert abs(d.covered(predicted, true, coverage).mean() - coverage) < 5 * sigma
    # Ten bins, each off by about sqrt(n_b) / 2 ratings: at most sqrt(10 n) / 2 / n = 0.035 expected in all.
    assert d.calibration_error(predicted, true, stars=2.0) < 0.08
