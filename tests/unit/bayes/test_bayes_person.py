"""People with few ratings or none: their prior, their noise, days not told, and stars without the distribution."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import sparse, stats

from reelgraph.core import NO_TIME, EvalPart, FitContext, FloatArray, Interactions, Matrix, RatingScale
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField, with_neighbours
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.scorers import BayesScorer
from reelgraph.scorers.bayes.person_posterior import ObservedStars, fold_in
from reelgraph.scorers.bayes.prior import PopulationPrior, Prior, allocate, neighbour_weight, share_seen, spaced
from tests.conftest import make_interactions
from tests.unit.bayes.planted import told_apart_by_gender

SMALL = BayesGCN(dim=3, draws=40, burn_in=4, keep=40, threads=1)


def scorer(model: BayesGCN, train: Interactions, context: FitContext | None = None) -> BayesScorer:
    found = model.fit(train, context).scorer
    assert isinstance(found, BayesScorer)
    return found


def people(draws: int = 2, width: int = 3) -> tuple[PopulationPrior, Matrix]:
    """Four known people with one or two of three profile features, five movies, and everything else drawn."""
    draw = np.random.default_rng(3)
    has = Matrix(np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1]], np.float64))
    root = draw.normal(size=(draws, width, width))
    return PopulationPrior(
        draw.normal(size=(draws, 5, width)),
        draw.normal(size=(draws, width)),
        root @ root.transpose(0, 2, 1),
        draw.normal(size=(draws, width)),
        draw.uniform(1, 3, (draws, width)),
        draw.normal(size=(draws, 3, width)),
        has.indptr.astype(np.int64),
        has.indices.astype(np.int32),
    ), has


def covariance(prior: Prior) -> FloatArray:
    sure = prior.whiten.transpose(0, 2, 1) @ (prior.gain[:, :, None] * prior.whiten)
    inverse: FloatArray = np.linalg.inv(sure)
    return inverse


def test_somebody_unknown_without_ratings_is_anybody() -> None:
    """Mean and covariance are those of the people: own rows, what neighbours say, what profiles say."""
    one, has = people()
    prior = one.prior(np.zeros(0, np.int64), None)
    for t in range(2):
        said = has.toarray() @ one.profile[t]
        np.testing.assert_allclose(prior.mean[t], one.mean[t] + one.neighbour_mean[t] + said.mean(axis=0), atol=1e-6)
        spread = np.diag(1 / one.precision[t]) + one.neighbour_covariance[t] + np.cov(said.T, bias=True)
        np.testing.assert_allclose(covariance(prior)[t], spread, rtol=1e-6)


def test_the_more_ratings_the_less_is_open() -> None:
    one, has = people()
    items = np.array([0, 3, 4])
    seen = 3 / 33
    prior = one.prior(items, 1)
    for t in range(2):
        heard = one.neighbour[t, items].sum(axis=0) * np.sqrt(3) / 8
        mean = one.mean[t] + seen * heard + (1 - seen) * one.neighbour_mean[t] + has.toarray()[1] @ one.profile[t]
        np.testing.assert_allclose(prior.mean[t], mean, atol=1e-6)
        spread = np.diag(1 / one.precision[t]) + (1 - seen) * one.neighbour_covariance[t]
        np.testing.assert_allclose(covariance(prior)[t], spread, rtol=1e-6)
    assert share_seen(0) == 0.0
    assert share_seen(30) == 0.5
    np.testing.assert_array_equal(one.prior(items, 99).mean, one.prior(items, None).mean)  # a row nobody has


def neighbours(rated: Matrix) -> Matrix:
    """The sampler's graph of the people's neighbours, ``(n_users, n_items)`` CSR."""
    codes = np.stack(rated.nonzero()).astype(np.int32)
    fields = [RatingField.of(str(k), codes, k, size, (FeatureGroup.ids(size),)) for k, size in enumerate(rated.shape)]
    group = with_neighbours(*fields)[0].groups[1]
    return Matrix(sparse.csc_array((group.value, group.entity, group.indptr), shape=rated.shape))


def test_sampler_and_fold_in_weigh_neighbours_alike() -> None:
    rated = Matrix(np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]], np.float32))
    weight = neighbours(rated)
    np.testing.assert_allclose(weight.data, [*[np.sqrt(3) / 8] * 3, 1 / 6], rtol=1e-6)
    np.testing.assert_allclose(neighbour_weight(np.array([3, 1])), [np.sqrt(3) / 8, 1 / 6])


def test_what_neighbours_say_over_the_people_is_kept(planted: tuple[Interactions, EvalPart]) -> None:
    train, _ = planted
    fitted = scorer(SMALL, train)
    weights = neighbours(train.matrix())
    for t in (0, 5):
        said = weights @ fitted.neighbour[t].astype(np.float64)
        said = said[np.diff(train.matrix().indptr) > 0]
        np.testing.assert_allclose(fitted.neighbour_mean[t], said.mean(axis=0), atol=3e-4)  # rows in half precision
        np.testing.assert_allclose(fitted.neighbour_covariance[t], np.cov(said.T, bias=True), atol=1e-4)


@pytest.mark.parametrize("ratings", [0, 4])
def test_personal_noise_is_drawn_from_its_gamma(ratings: int) -> None:
    """With normal ratings that the row explains, shape and rate are known: k + n/2, and k + half the squares."""
    draws, k = 2_000, 2.5
    design = np.zeros((draws, 1, ratings))
    seen = ObservedStars.normal(np.array([1.0, -1.0, 0.5, 2.0])[:ratings], np.ones(draws))
    prior = Prior.diagonal(np.zeros((draws, 1)), np.ones((draws, 1)))
    once, again = (
        fold_in(design, np.zeros((draws, ratings)), seen, prior, [], np.full(draws, k)).precision for _ in range(2)
    )
    np.testing.assert_array_equal(once, again)
    rate = k + (1 + 1 + 0.25 + 4) / 2 if ratings else k
    law = stats.gamma(k + ratings / 2, scale=1 / rate)
    assert stats.kstest(once, law.cdf).statistic < 0.01  # spread evenly: closer than 2000 random numbers come


def test_spaced_numbers_fill_any_stretch_evenly() -> None:
    for part in (slice(0, 100), slice(0, 200, 2), slice(50, 150)):
        assert stats.kstest(spaced(200)[part], "uniform").statistic < 0.05
    counts = np.bincount(allocate(np.array([5, 0, 3, 2]), 100), minlength=4)
    np.testing.assert_allclose(counts, [50, 0, 30, 20], atol=2)


def days(seed: int = 0) -> tuple[Interactions, EvalPart]:
    """80 people rate 30 movies on 20 days that make everybody harsh or kind, by 0.9 stars either way."""
    draw = np.random.default_rng(seed)
    mood = np.where(np.arange(20) % 2, 0.9, -0.9)
    rows = []
    for user in range(80):
        for item in range(30):
            day = int(draw.integers(20))
            stars = float(np.clip(np.round(3 + mood[day] + 0.4 * draw.normal()), 1, 5))
            rows.append((user, item, stars, 1_000_000_000 + 86_400 * day + 60 * item))
    held = draw.random(len(rows)) < 0.2

    def edges(where: Any) -> Interactions:
        some = [row for row, one in zip(rows, where, strict=True) if one]
        inter = make_interactions([row[:3] for row in some], 80, 30)
        return dataclasses.replace(inter, timestamp=np.array([row[3] for row in some]))

    train, test = edges(~held), edges(held)
    past = train.matrix()
    return train, EvalPart(np.arange(80), past, test.matrix(), past, train.times(), test.times())


def test_a_day_not_told_is_any_day() -> None:
    """The distribution is then the mixture over days: as often harsh as kind, in the shares that really come."""
    train, part = days()
    fitted = scorer(dataclasses.replace(SMALL, session_effects=False, neighbours=False), train)
    assert len(np.unique(np.round(fitted.date_drawn[:, 0], 3))) > 10
    new = EvalPart(np.full(80, -1), Matrix((80, 30), dtype=np.float32), part.target, part.seen)
    predicted = fitted.rate_at(new.history, new.target)
    assert predicted.distribution is not None
    chance = predicted.distribution.probability[0]
    frequency = np.bincount(part.target.data.astype(int) - 1, minlength=5) / len(chance)
    np.testing.assert_allclose(chance.mean(axis=0), frequency, atol=0.08)  # 40 draws, 20 days
    assert frequency[1] > frequency[2]  # two humps, which one average day would not show
    assert chance.mean(axis=0)[1] > chance.mean(axis=0)[2]


def test_unknown_times_are_those_of_no_day_and_no_session() -> None:
    train, part = days()
    fitted = scorer(SMALL, train)
    assert part.history_time is not None
    assert part.target_time is not None
    people = [times.copy() for times in (part.history_time[:20], part.target_time[:20])]
    for times in people:
        times.data[:] = NO_TIME
    history, target = part.history[:20], part.target[:20]
    at_unknown = fitted.rate_at(history, target, history_time=people[0], target_time=people[1])
    untimed = fitted.rate_at(history, target)
    np.testing.assert_allclose(at_unknown.stars, untimed.stars, atol=0.03)  # sessions of four lengths, or their sum
    assert train.timestamp is not None
    some = np.where(np.arange(len(train)) % 4 == 0, NO_TIME, train.timestamp)
    again = scorer(SMALL, dataclasses.replace(train, timestamp=some))
    assert (again.date_day[0], len(again.date_day)) == (-1, 21)
    last = int(again.date_day[-1]) * 86_400
    assert again._date_row(np.array([0, NO_TIME, last + 5, last + 10**8])).tolist() == [1, 0, 20, 20]
    assert fitted._date_row(np.array([NO_TIME, last])).tolist() == [-1, 19]


@pytest.mark.parametrize("output", ["ordinal", "gaussian"])
def test_mean_stars_are_those_of_the_distribution(planted: tuple[Interactions, EvalPart], output: Any) -> None:
    train, part = planted
    fitted = scorer(dataclasses.replace(SMALL, output=output), train)
    for history in (part.history[:20], part.history[:1] * 0):
        apart = fitted.mean_stars(history) - fitted.rate(history).stars
        assert np.abs(apart).max() < 0.03
        assert np.sqrt(np.square(apart).mean()) < 0.005
        few = np.array([3, 0, 11])
        np.testing.assert_allclose(fitted.mean_stars(history, few), fitted.mean_stars(history)[:, few], rtol=1e-6)


def test_mean_stars_of_half_stars() -> None:
    draw = np.random.default_rng(5)
    edges = [
        (user, item, float(np.clip(np.round(2 * (2.75 + draw.normal())) / 2, 0.5, 5)))
        for user in range(30)
        for item in range(20)
    ]
    train = make_interactions(edges, 30, 20, RatingScale(0.5, 5.0, 0.5))
    fitted = scorer(SMALL, train)
    history = train.matrix()[:5]
    np.testing.assert_allclose(fitted.mean_stars(history), fitted.rate(history).stars, atol=0.01)


def test_who_was_folded_in_lately_gets_the_same_answers(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    fitted, items = scorer(SMALL, train), np.arange(5)
    people = [part.history[[row]] for row in range(12)]  # more than are kept
    first = [fitted.rate(person, items).stars for person in people]
    again = [fitted.rate(person, items).stars for person in (*people, *reversed(people))]
    fresh = [dataclasses.replace(fitted).rate(person, items).stars for person in people]
    np.testing.assert_array_equal(again, [*fresh, *reversed(fresh)])
    np.testing.assert_array_equal(first, fresh)
    changed = people[0].copy()
    changed.data[0] = 6.0 - changed.data[0] if changed.data[0] != 3.0 else 5.0  # the same movies, other stars
    assert not np.array_equal(fitted.rate(changed, items).stars, first[0])


def test_threads_change_no_prediction(planted: tuple[Interactions, EvalPart], monkeypatch: pytest.MonkeyPatch) -> None:
    train, part = planted
    fitted, stars = scorer(SMALL, train), []
    for threads in (1, 3):
        monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", threads)
        stars.append(fitted.rate_at(part.history, part.target).stars)
    np.testing.assert_array_equal(*stars)


def test_a_profile_narrows_what_is_open() -> None:
    """Where profiles tell people apart, somebody whose profile is told gets a narrower distribution."""
    train, profiles = told_apart_by_gender()
    fitted = scorer(dataclasses.replace(SMALL, neighbours=False), train, FitContext(profiles=profiles))
    nothing, asked = Matrix((1, 30), dtype=np.float32), Matrix(np.ones((1, 30), np.float32))
    spread = []
    for users in (np.array([0]), None):
        found = fitted.rate_at(nothing, asked, users=users).distribution
        assert found is not None
        mean = found.mean()
        spread.append((found.probability @ np.square(found.levels) - np.square(mean)).mean())
    assert spread[0] < 0.7 * spread[1]
