"""What ratings of similar movies say of a person's stars beyond the draws: the term, its weight, where it counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import FloatArray, Interactions, Matrix
from reelgraph.models.bayes_gcn.convergence import SamplePeople
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.bayes_gcn.similar_movies import with_similar_movies
from reelgraph.scorers import BayesScorer
from tests.conftest import make_interactions

MODEL = BayesGCN(dim=2, draws=12, burn_in=4, keep=6, threads=1)


def interactions(stars: FloatArray) -> Interactions:
    """The ratings of a dense table, 0 where there is none."""
    edges = [(int(u), int(i), float(stars[u, i])) for u, i in np.argwhere(stars)]
    return make_interactions(edges, *stars.shape)


def random_ratings() -> Interactions:
    draw = np.random.default_rng(1)
    return interactions(draw.integers(1, 6, (30, 12)) * (draw.random((30, 12)) < 0.6))


def fitted(model: BayesGCN = MODEL, train: Interactions | None = None) -> BayesScorer:
    scorer = model.fit(random_ratings() if train is None else train).scorer
    assert isinstance(scorer, BayesScorer)
    return scorer


def history_of(scorer: BayesScorer) -> Matrix:
    stars = np.zeros((2, scorer.n_items), np.float32)
    stars[0, [1, 4, 6, 9]] = [5, 1, 4, 2]
    return Matrix(stars)


def kernel(scorer: BayesScorer) -> FloatArray:
    """Between all movies, from the four draws of six that are evenly spaced."""
    parts = []
    for draw in (0, 1, 3, 5):
        vectors = scorer.item[draw, :, 1:].astype(np.float64) / np.sqrt(scorer.prior_precision[draw, 1:])
        parts.append(vectors - vectors.mean(axis=0))
    joined = np.concatenate(parts, axis=1)
    joined /= np.linalg.norm(joined, axis=1, keepdims=True)
    values: FloatArray = np.maximum(joined @ joined.T, 0.0) ** 8
    return values


def test_the_term_is_the_dense_formula() -> None:
    scorer = dataclasses.replace(fitted(), similar_weight=0.7)
    rated, stars = np.array([1, 4, 6, 9]), np.array([5, 1, 4, 2], np.float32)
    person = scorer._person(rated, stars)
    k = kernel(scorer)[:, rated]
    expected = 0.7 * (k @ person.slope) / (0.3 + k @ person.curvature)
    assert np.abs(expected).max() > 0.01
    without = dataclasses.replace(scorer, similar_weight=0.0)
    shift = scorer.score(history_of(scorer)) - without.score(history_of(scorer))
    np.testing.assert_allclose(shift[0], expected, atol=1e-4)
    np.testing.assert_array_equal(shift[1], 0.0)  # nobody's ratings say nothing


def test_slope_and_curvature_are_those_of_the_likelihood() -> None:
    """For a normal output they are the missing stars over the variance, and one over the variance."""
    model = dataclasses.replace(MODEL, output="gaussian", personal_noise=False, session_effects=False, dates=False)
    scorer = fitted(model)
    rated, stars = np.array([1, 4, 6, 9]), np.array([5, 1, 4, 2], np.float32)
    person = scorer._person(rated, stars)
    design, base = scorer._dateless_of(rated)
    values = base + np.einsum("tdn,td->tn", design, person.mean)
    missing = (stars - scorer.centre) / scorer.unit - values
    np.testing.assert_allclose(person.slope, (scorer.noise[:, None] * missing).mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(person.curvature, np.full(4, scorer.noise.mean()), rtol=1e-5)


@pytest.mark.parametrize("output", ["ordinal", "gaussian"])
def test_means_and_distributions_have_the_term(output: str) -> None:
    scorer = dataclasses.replace(fitted(dataclasses.replace(MODEL, output=output)), similar_weight=2.0)
    without = dataclasses.replace(scorer, similar_weight=0.0)
    history = history_of(scorer)
    change = scorer.rate(history).stars - without.rate(history).stars
    assert np.abs(change[0]).max() > 0.05
    np.testing.assert_allclose(scorer.mean_stars(history), scorer.rate(history).stars, atol=0.03)
    target = Matrix(np.ones((2, scorer.n_items), np.float32))
    at = scorer.rate_at(history, target).stars[0].reshape(2, -1)
    np.testing.assert_allclose(at, scorer.rate(history).stars, atol=1e-5)


def test_a_movie_has_the_same_stars_alone_and_among_all() -> None:
    scorer = dataclasses.replace(fitted(), similar_weight=0.7)
    history, items = history_of(scorer), np.array([7, 2])
    np.testing.assert_array_equal(scorer.mean_stars(history, items), scorer.mean_stars(history)[:, items])
    np.testing.assert_array_equal(scorer.rate(history, items).stars, scorer.rate(history).stars[:, items])


def people_of(scorer: BayesScorer, errors: FloatArray, weight: float) -> SamplePeople:
    """Forty people whose targets are the predicted stars, ``weight`` times what the term adds, and some errors."""
    draw = np.random.default_rng(5)
    history = np.zeros((40, scorer.n_items), np.float32)
    target = np.zeros((40, scorer.n_items), np.float32)
    for person in range(40):
        movies = draw.permutation(scorer.n_items)
        history[person, movies[:6]] = draw.integers(1, 6, 6)
        target[person, movies[6:10]] = 1.0
    matrix = Matrix(target)
    without = dataclasses.replace(scorer, similar_weight=0.0).rate_at(Matrix(history), matrix).stars[0]
    full = dataclasses.replace(scorer, similar_weight=1.0).rate_at(Matrix(history), matrix).stars[0]
    matrix.data[:] = without + weight * (full - without) + errors
    return SamplePeople(Matrix(history), matrix, None, None, np.arange(40))


def test_the_weight_is_that_of_least_squares() -> None:
    scorer = fitted()
    errors = np.random.default_rng(6).normal(scale=0.01, size=160)
    found = with_similar_movies(scorer, people_of(scorer, errors, 0.6)).similar_weight
    assert found == pytest.approx(0.6, abs=0.05)


def test_no_weight_where_similar_movies_say_nothing() -> None:
    scorer = fitted()
    errors = np.random.default_rng(6).normal(scale=0.5, size=160)
    assert with_similar_movies(scorer, people_of(scorer, errors, 0.0)).similar_weight == 0.0
    assert with_similar_movies(scorer, people_of(scorer, np.zeros(160), -0.6)).similar_weight == 0.0
    nobody = SamplePeople(history_of(scorer)[:0], history_of(scorer)[:0], None, None, np.arange(0))
    assert with_similar_movies(scorer, nobody) is scorer


def series(n_users: int, n_series: int) -> Interactions:
    """Each person has a taste of their own for each series of three movies: more tastes than a vector has places."""
    draw = np.random.default_rng(2)
    taste = draw.normal(size=(n_users, n_series))
    stars = np.clip(
        np.round(3 + np.repeat(1.4 * taste, 3, axis=1) + 0.3 * draw.normal(size=(n_users, 3 * n_series))), 1, 5
    )
    is_rated = draw.random(stars.shape) < 0.6
    return interactions(np.where(is_rated, stars, 0))


def test_a_fit_learns_that_a_person_rates_a_series_alike() -> None:
    train = series(120, 6)
    scorer = fitted(dataclasses.replace(MODEL, draws=40, keep=20, dim=3), train)
    assert scorer.similar_weight > 0.2
    plain = fitted(dataclasses.replace(MODEL, draws=40, keep=20, dim=3, similar_movies=False), train)
    assert plain.similar_weight == 0.0
    history = np.zeros((1, train.n_items), np.float32)
    history[0, :] = 3.0
    history[0, 2], history[0, [0, 1]] = 0.0, 1.0  # two of the first series disliked, the third not yet seen
    assert scorer.rate(Matrix(history)).stars[0, 2] < plain.rate(Matrix(history)).stars[0, 2] - 0.1
