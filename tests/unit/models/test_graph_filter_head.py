"""The form ``head`` of the graph filter against the dense form and dense matrices; exact reasons and updates."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import reelgraph as rg
from reelgraph.core import FitContext, Interactions, Matrix
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer, LowRankFilterScorer, rebuild
from tests.oracle.test_graph_filter_oracle import N_ITEMS, SETTINGS, movies, naive_gram, ratings
from tests.unit.models.test_graph_filter import random_ratings

EXACT: dict[str, Any] = {"form": "head", "factors": 100, "weights_per_item": 100, "exact_updates": True}


def head_fit(train: Interactions, context: FitContext | None = None, **settings: Any) -> CompactFilterScorer:
    scorer = GraphFilter(**settings).fit(train, context).scorer
    assert isinstance(scorer, CompactFilterScorer)
    return scorer


def written_out(scorer: CompactFilterScorer) -> NDArray[np.float64]:
    """W, from the scores of people who rated one movie with the stars that count 1."""
    return scorer.score(Matrix(np.eye(scorer.n_items, dtype=np.float32) * scorer.unit_stars)).astype(np.float64)


def test_a_head_of_all_movies_is_the_dense_form() -> None:
    context = FitContext(catalogue=movies())
    dense = GraphFilter(**SETTINGS).fit(ratings(), context).scorer
    assert isinstance(dense, ItemFilterScorer)
    head = head_fit(ratings(), context, **SETTINGS, **EXACT, head_items=N_ITEMS)
    assert head.head.tolist() == list(range(N_ITEMS))
    # Factors and the rest are 8-bit numbers; what the factors lose by it the rest holds.
    np.testing.assert_allclose(written_out(head), dense.weights, atol=2e-4)
    np.testing.assert_allclose(head.inverse, dense.inverse, atol=1e-6)


def test_the_tail_is_regressed_on_the_head() -> None:
    model = GraphFilter(**SETTINGS)
    train = ratings()
    counts = np.bincount(train.item_row, minlength=N_ITEMS)
    scorer = head_fit(train, FitContext(catalogue=movies()), **SETTINGS, **EXACT, head_items=4)
    head = scorer.head
    assert sorted(counts[head].tolist(), reverse=True) == sorted(counts.tolist(), reverse=True)[:4]
    gram = naive_gram(train, model, movies())
    penalty = model.ridge * np.eye(4) + model.dropout / (1 - model.dropout) * np.diag(np.diag(gram)[head])
    inverse = np.linalg.inv(gram[np.ix_(head, head)] + penalty)
    weights = written_out(scorer)
    for movie in range(N_ITEMS):
        if movie in head:
            position = head.tolist().index(movie)
            expected = -inverse[:, position] / inverse[position, position]
            expected[position] = 0.0
        elif counts[movie] >= 10:
            expected = inverse @ gram[head, movie]
        else:
            expected = np.zeros(4)
        np.testing.assert_allclose(weights[head, movie], expected, atol=5e-4, err_msg=str(movie))
    tail = np.setdiff1d(np.arange(N_ITEMS), head)
    assert not weights[tail].any()  # nothing that somebody rated of the tail adds to a score


def test_the_tail_of_many_ratings_by_hand() -> None:
    # Ten people rated movies 0 and 1, eleven others movie 0 alone; without weights G = [[21 10] [10 10]].
    edges = [(user, item, 4.0) for user in range(10) for item in (0, 1)] + [(user, 0, 4.0) for user in range(10, 21)]
    table = {name: [edge[place] for edge in edges] for place, name in enumerate(("user", "item", "rating"))}
    train = rg.index(rg.from_frame(table, scale=rg.RatingScale(1, 5)).ratings)
    plain = {"user_weight": 0.0, "dropout": 0.0, "session_weight": 0.0, "feature_weight": 0.0, "ridge": 4.0}
    scorer = head_fit(train, **plain, **EXACT, head_items=1)
    np.testing.assert_allclose(written_out(scorer), [[0.0, 10 / 25], [0.0, 0.0]], atol=2e-4)


def test_a_tail_of_seldom_rated_movies_by_hand() -> None:
    # Two people rated movies 0 and 1, eleven others movie 0 alone; without weights G = [[13 2] [2 2]].
    edges = [(user, item, 4.0) for user in range(2) for item in (0, 1)] + [(user, 0, 4.0) for user in range(2, 13)]
    table = {name: [edge[place] for edge in edges] for place, name in enumerate(("user", "item", "rating"))}
    train = rg.index(rg.from_frame(table, scale=rg.RatingScale(1, 5)).ratings)
    plain = {"user_weight": 0.0, "dropout": 0.0, "session_weight": 0.0, "feature_weight": 0.0, "ridge": 4.0}
    scorer = head_fit(train, **plain, **EXACT, head_items=1)
    np.testing.assert_allclose(written_out(scorer), [[0.0, 2 / 17], [0.0, 0.0]], atol=2e-4)


MANY_SELDOM = np.repeat([3, 2, 0], [2500, 1000, 500])


@pytest.mark.parametrize(
    ("settings", "counts", "keep_forgetting", "expected"),
    [
        ({}, MANY_SELDOM, False, ("head", 2500)),
        ({"low_pass_weight": 0.1, "later_weight": 1.0, "spectral_weight": 0.0}, MANY_SELDOM, False, ("head", 2500)),
        ({"memory_gib": 1e-4}, MANY_SELDOM, False, ("head", 81)),  # 6,710 pairs of 16 bytes
        ({}, MANY_SELDOM[1:], False, ("dense", 3999)),
        ({}, np.repeat([3, 2], [2667, 1333]), False, ("dense", 4000)),
        ({}, np.repeat([3, 2], [2666, 1334]), False, ("head", 2666)),
        ({}, np.full(4000, 2), False, ("dense", 4000)),
        ({}, MANY_SELDOM, True, ("dense", 4000)),
        ({"compact": False}, MANY_SELDOM, False, ("dense", 4000)),
        ({"form": "dense"}, MANY_SELDOM, False, ("dense", 4000)),
        ({"form": "head", "head_items": 3000}, MANY_SELDOM, False, ("head", 3000)),
        ({"chebyshev_weight": 0.1}, MANY_SELDOM, False, ("dense", 4000)),
        ({"form": "low-rank"}, MANY_SELDOM, False, ("low-rank", 4000)),
    ],
)
def test_movies_with_fewer_than_three_ratings_are_left_out_of_the_head_where_they_are_many(
    settings: dict[str, Any], counts: NDArray[np.int64], keep_forgetting: bool, expected: tuple[str, int]
) -> None:
    choice = GraphFilter(**settings).form_for(counts, keep_forgetting=keep_forgetting)
    assert (choice.name, choice.n_head) == expected


@pytest.mark.parametrize("seed", range(3))
def test_reasons_sum_to_the_score(seed: int) -> None:
    train = random_ratings(seed, 300)
    scorer = head_fit(train, form="head", head_items=17, factors=5, weights_per_item=4)
    people = train.matrix()[[0, 7, 20]]
    scores = scorer.score(people)
    for row in range(3):
        person = people[[row]]
        np.testing.assert_allclose(scorer.score(person)[0], scores[row], atol=1e-6)
        shares = scorer.contributions(person, np.arange(25))
        np.testing.assert_allclose(shares.total(), scores[row], atol=1e-6)
        is_tail = ~np.isin(person.indices, scorer.head)
        assert is_tail.any()
        assert not shares.ratings[:, is_tail].any()


def test_forgetting_and_extending_equal_a_refit_on_the_head() -> None:
    train = random_ratings(4, 200)
    settings = {**EXACT, "ridge": 1.0, "head_items": 25, "choose": False}
    scorer = head_fit(train, **settings)
    history, times = train.matrix(), train.times()
    assert times is not None
    people = np.array([3, 50, 117])
    refit = head_fit(train.take(~np.isin(train.user_row, people)), **settings)
    forgot = scorer.without(history[people], times[people])
    np.testing.assert_allclose(forgot.inverse, refit.inverse, atol=1e-5)
    np.testing.assert_allclose(written_out(forgot), written_out(refit), atol=5e-4)
    again = forgot.including(history[people], times[people])
    np.testing.assert_allclose(again.inverse, scorer.inverse, atol=1e-5)


def test_many_updates_do_not_drift() -> None:
    train = random_ratings(5, 200)
    settings = {**EXACT, "head_items": 20, "choose": False}
    scorer = head_fit(train, **settings)
    history, times = train.matrix(), train.times()
    assert times is not None
    changed = scorer
    for person in range(60):
        changed = changed.without(history[[person]], times[[person]])
    for person in range(60):
        changed = changed.including(history[[person]], times[[person]])
    np.testing.assert_allclose(changed.inverse, scorer.inverse, rtol=0, atol=1e-5 * float(np.abs(scorer.inverse).max()))


def test_the_tail_stays_until_the_next_fit() -> None:
    train = random_ratings(6, 400)
    scorer = head_fit(train, **EXACT, head_items=12, choose=False)
    history, times = train.matrix(), train.times()
    assert times is not None
    forgot = scorer.without(history[[1]], times[[1]])
    tail = np.setdiff1d(np.arange(25), scorer.head)
    np.testing.assert_allclose(written_out(forgot)[:, tail], written_out(scorer)[:, tail], atol=1e-3)
    assert np.abs(written_out(forgot)[:, scorer.head] - written_out(scorer)[:, scorer.head]).max() > 1e-3


def test_what_has_no_update_keeps_no_inverse_and_says_so() -> None:
    train = random_ratings(7)
    scorer = head_fit(train, form="head", spectral_weight=0.1, cutoff=5)
    assert len(scorer.inverse) == 0
    with pytest.raises(CapabilityError, match="next fit"):
        scorer.without(train.matrix()[[0]], train.times())
    timed = head_fit(train, form="head", exact_updates=True)
    with pytest.raises(CapabilityError, match="give times"):
        timed.without(train.matrix()[[0]])
    with pytest.raises(ConfigError, match="form: 'head' is not valid"):
        GraphFilter(form="head", chebyshev_weight=1.0)


def test_the_low_pass_is_that_of_the_dense_form() -> None:
    train = random_ratings(8)
    settings = {"spectral_weight": 0.5, "cutoff": 4, "choose": False}
    dense = GraphFilter(form="dense", **settings).fit(train).scorer
    assert isinstance(dense, ItemFilterScorer)
    head = head_fit(train, **EXACT, **settings, head_items=25)
    np.testing.assert_allclose(written_out(head), dense.weights, atol=5e-4)


@pytest.mark.parametrize(
    ("settings", "modelled"),
    [
        ({"head_items": 9}, "the 9 most rated movies"),
        ({"head_items": 1_000_000}, "all 25 movies"),
        ({"head_items": 0}, "all 25 movies"),
        ({"head_items": 0, "memory_gib": 1e-6}, "the 8 most rated movies"),
    ],
)
def test_what_is_said_of_the_head_is_how_large_it_is(settings: dict[str, Any], modelled: str) -> None:
    form, reason = FilterSettings(form="head", **settings).choose_form(25)
    assert form == "head"
    assert reason.startswith(f"head of {modelled}, the form as asked (dense needs ")


def test_it_is_what_a_large_catalogue_gets_and_survives_a_bundle() -> None:
    train = random_ratings(9, 300)
    fit = GraphFilter(memory_gib=1e-6).fit(train)
    assert isinstance(fit.scorer, CompactFilterScorer)
    assert len(fit.scorer.head) == 8  # 8 x 8 numbers of sixteen bytes
    assert "head of the 8 most rated movies (dense needs 9.3e-06 GiB for 25 movies, only 1e-06 given)" in (
        fit.stopped_because
    )
    assert isinstance(GraphFilter(memory_gib=1e-6, chebyshev_weight=1.0).fit(train).scorer, LowRankFilterScorer)
    again = rebuild("compact-filter", fit.scorer.arrays(), fit.scorer.settings())
    people = train.matrix()[:5]
    np.testing.assert_array_equal(again.score(people), fit.scorer.score(people))
    name, settings = fit.scorer.refit_settings() or ("", {})
    refit = GraphFilter(**settings).fit(train).scorer
    assert name == "graph-filter"
    for field, array in refit.arrays().items():
        np.testing.assert_array_equal(array, fit.scorer.arrays()[field], err_msg=field)


def test_item_vectors_put_movies_of_one_taste_together() -> None:
    scorer = head_fit(random_ratings(10, 400), form="head", head_items=25, factors=4)
    vectors = scorer.item_vectors()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    same = np.arange(25)[:, None] % 2 == np.arange(25) % 2
    apart = ~np.eye(25, dtype=bool)
    assert cosines[same & apart].mean() > cosines[~same].mean() + 0.2


def with_seldom_rated(train: Interactions, n_seldom: int) -> Interactions:
    """The ratings, of the last movies two each."""
    is_first = np.zeros(len(train), bool)
    for item in range(train.n_items):
        is_first[np.flatnonzero(train.item_row == item)[:2]] = True
    return train.take(is_first | (train.item_row < train.n_items - n_seldom))


def test_vectors_of_seldom_rated_movies_follow_from_what_speaks_for_them() -> None:
    train = with_seldom_rated(random_ratings(10, 400), 4)
    settings: dict[str, Any] = {"ridge": 2.0, "choose": False}
    scorer = head_fit(train, **settings, **EXACT, head_items=21)
    vectors, inverse = scorer.item_vectors(), np.zeros((21, 21))
    inverse[np.tril_indices(21)] = scorer.inverse
    expected = written_out(scorer)[:21, 21:].T @ (vectors[:21] / np.sqrt(2.0 * np.diag(inverse))[:, None])
    np.testing.assert_allclose(vectors[21:], expected, atol=2e-3)
    dense = GraphFilter(**settings, form="dense").fit(train).scorer
    assert isinstance(dense, ItemFilterScorer)
    mine, theirs = (whole @ whole.T for whole in (vectors, dense.item_vectors()))
    assert np.corrcoef(mine[21:, :21].ravel(), theirs[21:, :21].ravel())[0, 1] > 0.85
    assert 0.5 < np.linalg.norm(mine[21:, :21]) / np.linalg.norm(theirs[21:, :21]) < 2.0


def test_vectors_of_seldom_rated_movies_are_forgotten_with_the_head() -> None:
    train = with_seldom_rated(random_ratings(11, 200), 4)
    settings: dict[str, Any] = {**EXACT, "ridge": 2.0, "choose": False, "head_items": 21}
    scorer = head_fit(train, **settings)
    history, times = train.matrix(), train.times()
    assert times is not None
    people = np.flatnonzero(~np.isin(np.arange(200), train.user_row[train.item_row >= 21]))[:5]  # the tail stays
    refit = head_fit(train.take(~np.isin(train.user_row, people)), **settings).item_vectors()
    forgot = scorer.without(history[people], times[people]).item_vectors()
    assert np.abs(scorer.item_vectors() @ scorer.item_vectors().T - refit @ refit.T).max() > 0.01
    np.testing.assert_allclose(forgot @ forgot.T, refit @ refit.T, atol=0.01)


def test_settings_of_the_form_are_checked() -> None:
    for settings in ({"head_items": -1}, {"factors": 0}, {"weights_per_item": 0}):
        (name,) = settings
        with pytest.raises(ConfigError, match=f"{name}: "):
            GraphFilter(**settings)  # type: ignore[arg-type]
    assert dataclasses.replace(GraphFilter(), head_items=10).n_head(4) == 4
