"""The sessions' offsets: stretches by hand, and the exact draw against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from reelgraph.core import FloatArray, IntArray
from reelgraph.models.bayes_gcn import sessions
from reelgraph.models.bayes_gcn.session_offsets import SessionOffsets
from reelgraph.models.bayes_gcn.sessions import Sessions

# Two people: (day, time of day) of their ratings; the second one rates once.
STARTS = np.array([0, 6, 7])
TIME = np.array([0, 0, 1, 61, 7_200, 86_400, 5])
STRETCH_OF_RATING = np.array(
    [[0, 0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 2, 3, 4], [0, 0, 0, 0, 1, 2, 3], [0, 0, 0, 0, 0, 1, 2]]
)


def test_stretches_of_every_length_by_hand() -> None:
    found = Sessions.of(STARTS, TIME)
    assert found.depth.tolist() == [4, 0, 1, 2, 3, 4, 4]
    assert found.first.tolist() == [[0, 0, 0, 0], [5, 4, 3, 2], [6, 5, 4, 3]]
    assert found.counts == [6, 5, 4, 3]


def test_other_ratings_are_located_in_the_stretches_of_their_user() -> None:
    users, times = np.array([0, 0, 0, 0, 1, 1]), np.array([1, 30, 62, 7_201, 6, 86_400])
    located = Sessions.of(STARTS, TIME).locate(STARTS, TIME, users, times)
    seen = [is_seen.tolist() for _, is_seen in located]
    assert seen == [
        [True, False, False, False, False, False],
        [True, True, True, True, True, False],
        [True, True, True, True, True, False],
        [True, True, True, True, True, False],
    ]
    places = [[int(index[m]) for m in np.flatnonzero(is_seen)] for index, is_seen in located]
    assert places == [[1], [0, 0, 1, 2, 4], [0, 0, 0, 1, 3], [0, 0, 0, 0, 2]]


def one_hot(code: IntArray) -> FloatArray:
    return np.asarray(np.eye(code.max() + 1)[code])


def test_offsets_are_added_up_and_taken_off_again() -> None:
    offsets = SessionOffsets(Sessions.of(STARTS, TIME), STARTS, np.float64)
    for weights in offsets.weights:
        weights[:] = np.random.default_rng(len(weights)).normal(size=len(weights))
    out = np.ones(7)
    offsets.add(1.0, out, np.array([0, 1, 2]))
    expected = 1.0 + sum(
        one_hot(code) @ weights for code, weights in zip(STRETCH_OF_RATING, offsets.weights, strict=True)
    )
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    offsets.add(-1.0, out, np.array([0, 2]))
    np.testing.assert_allclose(out, 1.0, rtol=1e-12)


def test_all_offsets_are_drawn_from_their_joint_posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without noise the draw is the dense posterior mean; 20,000 draws have its covariance."""
    draw = np.random.default_rng(0)
    error, weight = draw.normal(size=7), draw.uniform(0.5, 2.0, 7)
    design = np.concatenate([one_hot(code) for code in STRETCH_OF_RATING], axis=1)
    offsets = SessionOffsets(Sessions.of(STARTS, TIME), STARTS, np.float64)
    offsets.mean, offsets.precision = draw.normal(size=4), draw.uniform(0.5, 3.0, 4)
    counts = [6, 5, 4, 3]
    prior_mean, prior = np.repeat(offsets.mean, counts), np.repeat(offsets.precision, counts)
    precision = np.diag(prior) + design.T @ (design * weight[:, None])
    mean = np.linalg.solve(precision, prior * prior_mean + design.T @ (weight * error))
    drawn = np.empty((20_000, 18))
    for row in drawn:
        offsets.draw(error, weight, np.array([0, 2]), draw, fixed=True)
        row[:] = np.concatenate(offsets.weights)
    covariance = np.linalg.inv(precision)
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=5 * spread.max() / np.sqrt(len(drawn)))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.05 * spread.max() ** 2)


def test_the_priors_are_drawn_from_the_sums_over_all_stretches() -> None:
    """A thousand offsets of 1 and precise ratings: the mean of the shortest stretches comes near 1."""
    starts, time = np.array([0, 1_000]), 100_000 * np.arange(1_000)
    offsets = SessionOffsets(Sessions.of(starts, time), starts)
    error, weight = np.ones(1_000, np.float32), np.full(1_000, 1e6, np.float32)
    draw, means = np.random.default_rng(0), []
    for _ in range(200):
        offsets.draw(error, weight, np.array([0, 1]), draw)
        means.append(offsets.mean.sum())
    assert np.mean(means[50:]) == pytest.approx(1.0, abs=0.02)
    total = np.zeros(1_000, np.float32)
    offsets.add(1.0, total, np.array([0, 1]))
    np.testing.assert_allclose(total, 1.0, atol=0.01)


def test_counted_normals_are_normal() -> None:
    drawn = np.array([sessions.normal(7, n) for n in range(20_000)])
    assert abs(drawn.mean()) < 0.03
    assert drawn.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03
    assert np.mean(np.abs(drawn) < 1.0) == pytest.approx(0.6827, abs=0.012)
