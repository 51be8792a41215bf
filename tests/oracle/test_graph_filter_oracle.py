"""The graph filter against dense matrices built one person at a time, another way."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelgraph.core import Catalogue, FitContext, Interactions, Matrix, SupportsPartialFit, SupportsUnlearning
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.scorers import ItemFilterScorer
from tests.conftest import make_interactions

N_USERS, N_ITEMS = 14, 9
SETTINGS: dict[str, Any] = {
    "user_weight": 0.7,
    "ridge": 0.9,
    "dropout": 0.3,
    "session_weight": 0.6,
    "time_scale": 500.0,
    "feature_weight": 0.4,
    "rating_power": 0.8,
}
Dense = NDArray[np.float64]


def ratings(seed: int = 0) -> Interactions:
    """Item 8 has one rating, person 12 none; person 0's times lie years apart, the others' within minutes."""
    draw = np.random.default_rng(seed)
    people = [*range(12), 13]
    edges = [(user, item, float(draw.integers(1, 6))) for user in people for item in range(8) if draw.random() < 0.5]
    edges.append((3, 8, 4.0))
    train = make_interactions(edges, N_USERS, N_ITEMS)
    times = 1_000_000_000 + draw.integers(0, 3000, len(edges))
    times[train.user_row == 0] += draw.integers(0, 10**8, int(np.sum(train.user_row == 0)))
    return dataclasses.replace(train, timestamp=times)


def movies() -> Catalogue:
    genres = tuple(("Comedy",) if item % 2 else ("Drama", "Crime") if item % 3 else () for item in range(N_ITEMS))
    years = np.array([1994, 1995, 2001, 0, 1999, 2002, 1996, 2003, 1991])
    return dataclasses.replace(Catalogue.from_ids(1000 + np.arange(N_ITEMS)), genres=genres, year=years)


def naive_gram(train: Interactions, m: GraphFilter, movies: Catalogue | None) -> Dense:
    gram = np.zeros((N_ITEMS, N_ITEMS))
    assert train.timestamp is not None
    for user in range(N_USERS):
        mine = np.flatnonzero(train.user_row == user)
        one_hot = np.zeros((len(mine), N_ITEMS))
        for place, edge in enumerate(mine):
            one_hot[place, train.item_row[edge]] = (float(train.rating[edge]) / 4.0) ** m.rating_power
        time = train.timestamp[mine].astype(float)
        kernel = np.exp(-np.abs(np.subtract.outer(time, time)) / m.time_scale)
        mixed = (1 - m.session_weight) * np.ones_like(kernel) + m.session_weight * kernel
        gram += max(len(mine), 1) ** -m.user_weight * one_hot.T @ mixed @ one_hot
    if movies is not None:
        for a in range(N_ITEMS):
            for b in range(N_ITEMS):
                shared = len(set(movies.genres[a]) & set(movies.genres[b]))
                same_decade = movies.year[a] > 0 and movies.year[a] // 10 == movies.year[b] // 10
                gram[a, b] += m.feature_weight * (shared + same_decade)
    return gram


def naive_inverse(gram: Dense, m: GraphFilter) -> Dense:
    penalty = m.ridge * np.eye(N_ITEMS) + m.dropout / (1 - m.dropout) * np.diag(np.diag(gram))
    return np.linalg.inv(gram + penalty)


def autoencoder(inverse: Dense) -> Dense:
    return np.eye(N_ITEMS) - inverse @ np.diag(1 / np.diag(inverse))


def whole(scorer: ItemFilterScorer) -> Dense:
    """C of a scorer, from its packed triangle."""
    lower = np.zeros((scorer.n_items, scorer.n_items))
    lower[np.tril_indices(scorer.n_items)] = scorer.inverse
    return lower + np.tril(lower, -1).T


def fitted(m: GraphFilter, train: Interactions, movies: Catalogue | None = None) -> ItemFilterScorer:
    scorer = m.fit(train, FitContext(catalogue=movies)).scorer
    assert isinstance(scorer, ItemFilterScorer)
    return scorer


def person(train: Interactions, user: int) -> tuple[Matrix, Matrix]:
    times = train.times()
    assert times is not None
    return train.matrix()[[user]], times[[user]]


@pytest.mark.parametrize("named", [SETTINGS, {"ridge": 1.5, "time_scale": 1e9}, {**SETTINGS, "session_weight": 1.0}])
def test_inverse_and_weights_equal_a_naive_construction(named: dict[str, Any]) -> None:
    model, train = GraphFilter(**named), ratings()
    expected = naive_inverse(naive_gram(train, model, movies()), model)
    scorer = fitted(model, train, movies())
    np.testing.assert_allclose(whole(scorer), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(scorer.weights, autoencoder(expected), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(np.diag(scorer.weights), 0)
    history = train.matrix()
    entries = np.where(history.toarray() > 0, (history.toarray() / 4) ** model.rating_power, 0)
    np.testing.assert_allclose(scorer.score(history), entries @ autoencoder(expected), rtol=1e-4, atol=1e-6)


def test_people_taken_out_equal_a_refit_without_them() -> None:
    model, train = GraphFilter(**SETTINGS), ratings()
    scorer = fitted(model, train, movies())
    for user in (0, 3, 7):  # years of ratings; the only one of item 8; any
        refit = fitted(model, train.take(train.user_row != user), movies())
        left = scorer.without(*person(train, user))
        np.testing.assert_allclose(whole(left), whole(refit), rtol=0, atol=1e-12)
        np.testing.assert_allclose(left.weights, refit.weights, rtol=0, atol=1e-7)
    times = train.times()
    assert times is not None
    pair = np.array([2, 5])
    both = scorer.without(train.matrix()[pair], times[pair])
    refit = fitted(model, train.take(~np.isin(train.user_row, pair)), movies())
    np.testing.assert_allclose(whole(both), whole(refit), rtol=0, atol=1e-12)
    assert abs(whole(both) - whole(scorer)).max() > 1e-3  # there was something to forget


def test_all_people_taken_out_leave_the_prior() -> None:
    model, train = GraphFilter(**{**SETTINGS, "feature_weight": 0.0}), ratings()
    times = train.times()
    assert times is not None
    nothing = fitted(model, train).without(train.matrix(), times)
    np.testing.assert_allclose(whole(nothing), np.eye(N_ITEMS) / model.ridge, rtol=0, atol=1e-10)


@pytest.mark.parametrize("named", [SETTINGS, {"session_weight": 0.0, "dropout": 0.0, "rating_power": 0.0}])
def test_taking_in_undoes_taking_out_and_equals_a_fit(named: dict[str, Any]) -> None:
    model, train = GraphFilter(**named), ratings()
    scorer = fitted(model, train)
    assert isinstance(scorer, SupportsUnlearning)
    assert isinstance(scorer, SupportsPartialFit)
    for user in (0, 3, 12):
        history, times = person(train, user)
        again = scorer.without(history, times).including(history, times)
        np.testing.assert_allclose(whole(again), whole(scorer), rtol=0, atol=1e-12)
    before = fitted(model, train.take(train.user_row != 4))
    np.testing.assert_allclose(whole(before.including(*person(train, 4))), whole(scorer), rtol=0, atol=1e-12)


def graph_of(model: GraphFilter, train: Interactions) -> Any:
    names = ("user_weight", "rating_power", "session_weight", "time_scale", "feature_weight")
    return GraphSource.of(train, movies()).graph(**{name: getattr(model, name) for name in names})


def test_a_source_within_some_items_has_their_ratings_times_and_features() -> None:
    source, items = GraphSource.of(ratings(), movies()), np.array([1, 4, 8])
    assert source.times is not None
    part = source.within(items)
    assert (part.stars.toarray() == source.stars.toarray()[:, items]).all()
    dense_times = Matrix((source.times, source.stars.indices, source.stars.indptr), shape=source.stars.shape).toarray()
    assert part.times is not None
    part_times = Matrix((part.times, part.stars.indices, part.stars.indptr), shape=part.stars.shape).toarray()
    assert (part_times == dense_times[:, items]).all()
    assert (part.item_features.toarray() == source.item_features.toarray()[items]).all()
    assert (part.counts == source.counts).all()  # those of all items
    assert part.unit_stars == source.unit_stars
    assert source.has_stars
    views = GraphSource.of(dataclasses.replace(ratings(), timestamp=None, scale=None, feedback="implicit"), None)
    assert (views.within(items).times, views.has_stars) == (None, False)


def test_products_with_the_graph_need_not_make_it() -> None:
    model, train = GraphFilter(**SETTINGS), ratings()
    gram = naive_gram(train, model, movies())
    graph = graph_of(model, train)
    np.testing.assert_allclose(closed_forms.mirrored(graph.dense()), gram, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(graph.product(np.eye(N_ITEMS)), gram, atol=1e-12)
    np.testing.assert_allclose(graph.diagonal(), np.diag(gram), rtol=1e-12)


def test_spectral_parts_equal_eigendecompositions() -> None:
    model, train = GraphFilter(**SETTINGS), ratings()
    gram = naive_gram(train, model, movies())
    degree = gram.sum(axis=1)
    values, vectors = np.linalg.eigh(gram / np.sqrt(np.outer(degree, degree)))
    assert values[-1] == pytest.approx(1.0)
    into, out = np.diag(degree**-0.5), np.diag(degree**0.5)
    leading = vectors[:, -3:]
    np.testing.assert_allclose(closed_forms.spectral(gram, 3, 0), into @ leading @ leading.T @ out, atol=1e-5)
    response = np.polynomial.chebyshev.chebval(2 * values - 1, closed_forms.plateau(5, 4))
    np.testing.assert_allclose(
        closed_forms.polynomial(gram, closed_forms.plateau(5, 4)),
        into @ vectors @ np.diag(response) @ vectors.T @ out,
        atol=1e-5,
    )


def test_a_plateau_of_flatness_one_is_the_graph_itself() -> None:
    np.testing.assert_allclose(closed_forms.plateau(3, 1), [0.5, 0.5, 0, 0], atol=1e-12)


def test_with_weights_of_one_over_n_the_graph_is_that_of_gf_cf() -> None:
    train = ratings()
    model = GraphFilter(user_weight=1.0, session_weight=0.0, rating_power=0.0, feature_weight=0.0)
    rated = (train.matrix().toarray() > 0).astype(float)[[*range(12), 13]]
    normal = np.diag(rated.sum(axis=1) ** -0.5) @ rated @ np.diag(rated.sum(axis=0) ** -0.5)
    spectrum = closed_forms.Spectrum.of(graph_of(model, train).product, N_ITEMS, N_ITEMS, 0)
    rebuilt = spectrum.vectors @ np.diag(spectrum.values) @ spectrum.vectors.T
    np.testing.assert_allclose(rebuilt, normal.T @ normal, atol=1e-12)


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.2, 0.3)])
def test_low_rank_with_all_eigenvectors_is_the_dense_form(weights: tuple[float, float, float]) -> None:
    closed, spectral, polynomial = weights
    common = {**SETTINGS, "closed_form": closed, "spectral_weight": spectral, "chebyshev_weight": polynomial}
    train = ratings()
    dense = GraphFilter(**common, cutoff=3).fit(train, FitContext(catalogue=movies())).scorer
    low = GraphFilter(**common, cutoff=3, form="low-rank").fit(train, FitContext(catalogue=movies())).scorer
    assert low.kind == "low-rank-filter"
    np.testing.assert_allclose(low.score(train.matrix()), dense.score(train.matrix()), rtol=1e-4, atol=2e-5)


def test_low_rank_keeps_the_diagonal_of_the_graph_and_a_zero_one_of_its_own() -> None:
    model, train = GraphFilter(**SETTINGS), ratings()
    graph = graph_of(model, train)
    spectrum = closed_forms.Spectrum.of(graph.product, N_ITEMS, 4, 0)
    left, right, own = closed_forms.factored_autoencoder(graph, spectrum, model.ridge, model.dropout)
    np.testing.assert_allclose(own + np.sum(left * right, axis=1), 0, atol=1e-12)
    low = spectrum.root[:, None] * spectrum.vectors * np.sqrt(spectrum.values)
    approximate = low @ low.T
    gram = naive_gram(train, model, movies())
    approximate[np.diag_indices(N_ITEMS)] = np.diag(gram)
    expected = autoencoder(naive_inverse(approximate, model))
    np.testing.assert_allclose(np.diag(own) + left @ right.T, expected, atol=1e-10)
