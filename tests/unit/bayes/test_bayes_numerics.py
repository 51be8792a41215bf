"""The scorer's numerics far from where ratings usually lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from reelgraph.models.bayes_gcn.cut_points import with_ends
from reelgraph.scorers.bayes.person_posterior import ObservedStars, fold_in
from reelgraph.scorers.bayes.prior import Prior
from reelgraph.scorers.bayes.probit import level_slope, mills, quick_cdf


def test_mills_ratio_agrees_with_scipy_far_out() -> None:
    x = np.concatenate([np.linspace(0, 5.99, 40), np.linspace(6, 60, 40), [1e3, 1e8]])
    expected = np.sqrt(np.pi / 2) * special.erfcx(x / np.sqrt(2))
    np.testing.assert_allclose([mills(v) for v in x], expected, rtol=1e-12)


@pytest.mark.parametrize("low", [-45.0, -12.5, -3.0, -0.2, 0.0, 0.4, 5.9, 6.1, 13.0, 45.0])
@pytest.mark.parametrize("width", [0.01, 0.7, 3.0])
def test_level_slope_is_mean_and_second_moment_of_the_truncated_normal(low: float, width: float) -> None:
    high = low + width
    nearest = min(max(0.0, low), high)  # take the density's top out, which is 0 in floats 45 deviations away

    def moment(power: int) -> float:
        return float(
            integrate.quad(
                lambda x: x**power * np.exp(0.5 * (nearest - x) * (nearest + x)), low, high, epsabs=0, epsrel=1e-11
            )[0]
        )

    mean, bend = level_slope(low, high)
    assert mean == pytest.approx(moment(1) / moment(0), rel=1e-7, abs=1e-9)
    assert 1 + bend == pytest.approx(moment(2) / moment(0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("low", [-40.0, -1.0, 0.0, 2.0, 11.9, 12.1, 40.0, 1e4])
def test_level_slope_of_the_end_levels(low: float) -> None:
    mean, bend = level_slope(low, np.inf)
    expected = 1 / mills(low) if low >= 0 else stats.norm.pdf(low) / stats.norm.sf(low)
    assert mean == pytest.approx(expected, rel=1e-10, abs=1e-300)
    assert bend == pytest.approx(low * expected, rel=1e-10, abs=1e-300)
    below, below_bend = level_slope(-np.inf, -low)
    assert (below, below_bend) == (-mean, bend)


def test_quick_cdf_is_phi_and_lets_nan_through() -> None:
    x = np.linspace(-9, 9, 4_001).astype(np.float32)
    np.testing.assert_allclose([quick_cdf(v) for v in x], special.ndtr(x), atol=1e-6)
    assert np.isnan(quick_cdf(np.float32(np.nan)))
    assert quick_cdf(np.float32(np.inf)) == pytest.approx(1.0, abs=1e-6)
    assert quick_cdf(np.float32(-np.inf)) == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 60.0), st.integers(1, 30), st.booleans())
@example(180, 44.0, 11, False)  # went to and fro for ever
def test_fold_in_ends_at_the_mode_however_odd_the_ratings(seed: int, scale: float, n: int, personal: bool) -> None:
    """At the end the log posterior given the noise is flat, in units of its own spread; also tens of noises away."""
    draw = np.random.default_rng(seed)
    draws, width = 3, 2
    design, base = draw.normal(size=(draws, width, n)), scale * draw.normal(size=(draws, n))
    level, cuts = draw.integers(0, 5, n), np.tile([-1.2, -0.3, 0.5, 1.4], (draws, 1))
    prior = Prior.diagonal(draw.normal(size=(draws, width)), draw.uniform(0.5, 2, (draws, width)))
    shape = np.full(draws, 3.0) if personal else None
    person = fold_in(design, base, ObservedStars.levels(level, cuts), prior, [], shape)
    assert np.isfinite(person.mean).all()
    assert np.isfinite(person.factor).all()
    assert (person.precision > 0).all()
    if personal:  # the precision that is returned is drawn, and not the one that belongs to the row
        return
    for t in range(draws):
        edges = with_ends(cuts[t])
        fitted = base[t] + person.mean[t] @ design[t]
        slope = np.array([level_slope(edges[k] - f, edges[k + 1] - f)[0] for k, f in zip(level, fitted, strict=True)])
        gradient = design[t] @ slope - prior.gain[t] * (person.mean[t] - prior.mean[t])
        assert np.abs(person.factor[t].T @ gradient).max() < 0.02
