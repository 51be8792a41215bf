"""Many people at once put into a graph-filter: against dense matrices, a refit, and bundles that do not keep A."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelgraph.bundle import Bundle
from reelgraph.core import NO_TIME, Catalogue, Dataset, Matrix, Ratings, RatingScale
from reelgraph.data import PerUser, index, split
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.scorers import CompactFilterScorer
from reelgraph.scorers.graph_entries import entries, user_block
from reelgraph.scorers.item_filter.compact_weights import HeadWeights
from reelgraph.scorers.item_filter.graph_directions import directions_of_graph, kept_directions, scaled_graph
from reelgraph.scorers.item_filter.inverse_updates import PeopleChange, add_to_graph
from reelgraph.scorers.item_filter.kept_graph import inversion_error, packed, updated_inverse
from reelgraph.scorers.item_filter.low_pass import filter_of
from reelgraph.unlearning.exact import forget
from reelgraph.updating.new_ratings import update

SCALE = RatingScale(1, 5, 1)
GRAPH: Any = SimpleNamespace(
    user_weight=0.5, dropout=0.2, session_weight=0.8, time_scale=600.0, rating_power=0.5, unit_stars=4.0,
    later_weight=0.0,
)  # fmt: skip
N_ITEMS = 1100  # from 1,024 on what was there is gone on from
MODEL = GraphFilter(choose=False, form="dense", ridge=20.0, weights_per_item=N_ITEMS, factors=32, exact_updates=True)


def people(n_users: int, n_items: int, share: float, seed: int) -> tuple[Matrix, Matrix]:
    """Stars and times, some of them unknown."""
    draw = np.random.default_rng(seed)
    stars = draw.integers(1, 6, (n_users, n_items)) * (draw.random((n_users, n_items)) < share)
    history = Matrix(stars.astype(np.float32))
    times = np.where(draw.random(history.nnz) < 0.1, NO_TIME, draw.integers(0, 5_000, history.nnz))
    return history, Matrix((times, history.indices, history.indptr), shape=history.shape)


def block_sum(history: Matrix, times: Matrix, row_of_item: NDArray[np.intp], n_rows: int) -> NDArray[np.float64]:
    """What people add to A, one by one from the definition of a block."""
    total = np.zeros((n_rows, n_rows))
    for person in range(history.shape[0]):
        mine = np.arange(history.indptr[person], history.indptr[person + 1])
        places = mine[row_of_item[history.indices[mine]] >= 0]
        rows = row_of_item[history.indices[places]]
        block = user_block(
            entries(history.data[places], GRAPH.rating_power, GRAPH.unit_stars), times.data[places],
            len(mine) ** -GRAPH.user_weight, session_weight=GRAPH.session_weight, time_scale=GRAPH.time_scale,
            dropout=GRAPH.dropout,
        )  # fmt: skip
        total[np.ix_(rows, rows)] += block
    return total


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_people_enter_and_leave_the_graph_as_their_blocks(dtype: Any, bound: float) -> None:
    row_of_item = np.full(30, -1)
    row_of_item[np.arange(30) % 3 > 0] = np.arange(20)
    came, left = people(12, 30, 0.5, 1), people(5, 30, 0.4, 2)
    graph = 9.0 * np.eye(20)
    expected = graph + block_sum(*came, row_of_item, 20) - block_sum(*left, row_of_item, 20)
    lower = graph.astype(dtype)
    add_to_graph(lower, row_of_item, [PeopleChange(*came, 1.0), PeopleChange(*left, -1.0)], GRAPH)
    np.testing.assert_allclose(np.tril(lower), np.tril(expected), atol=bound)


@pytest.mark.parametrize("n_users", [1, 14])  # fewer ratings than a quarter of the movies, and more than all
@pytest.mark.parametrize("knows_graph", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_inverse_is_that_of_the_changed_graph(n_users: int, knows_graph: bool, dtype: Any) -> None:
    n_items = 60
    everything = np.arange(n_items)
    first, new = people(30, n_items, 0.4, 3), people(n_users, n_items, 0.2, 4)
    before = 2.0 * np.eye(n_items) + block_sum(*first, everything, n_items)
    after = before + block_sum(*new, everything, n_items)
    inverse, graph = updated_inverse(
        packed(np.linalg.inv(before).astype(dtype), np.dtype(dtype)),
        packed(before.astype(dtype), np.dtype(dtype)) if knows_graph else np.empty(0, dtype),
        everything, [PeopleChange(*new, 1.0)], GRAPH,
    )  # fmt: skip
    expected = np.linalg.inv(after)
    np.testing.assert_allclose(inverse, expected, atol=1e-5 * np.abs(expected).max())
    assert np.abs(np.linalg.inv(before) - expected).max() > 1e-3 * np.abs(expected).max()
    if n_users == 1 and not knows_graph:
        assert not len(graph)  # one person is no reason to invert twice
    else:
        np.testing.assert_allclose(graph, packed(after, np.dtype(np.float64)), atol=1e-5 * after.max())
        assert graph.dtype == dtype


def test_the_error_is_seen_and_double_precision_taken_where_it_is_large() -> None:
    draw = np.random.default_rng(5)
    basis = np.linalg.qr(draw.normal(size=(80, 80)))[0]
    none = PeopleChange(*people(14, 80, 0.4, 6), 0.0)  # no change, but many ratings: a new inverse
    for condition, dtype in ((1e2, np.float32), (1e6, np.float64)):
        graph = basis * np.geomspace(1.0, condition, 80) @ basis.T
        exact = np.linalg.inv(graph)
        single = np.linalg.inv(graph.astype(np.float32))
        error = np.abs(single - exact).max() / np.abs(exact).max()
        assert error / 2 < inversion_error(graph, single) < 50 * error
        triangle = packed(graph, np.dtype(np.float64))
        inverse, _ = updated_inverse(packed(exact, triangle.dtype), triangle, np.arange(80), [none], GRAPH)
        assert inverse.dtype == dtype
        np.testing.assert_allclose(inverse, exact, atol=1e-5 * np.abs(exact).max())


def test_directions_go_on_to_those_of_the_changed_graph() -> None:
    draw = np.random.default_rng(7)
    tastes = draw.normal(size=(40, 400)) * np.geomspace(6.0, 0.3, 40)[:, None]
    before = np.eye(400) * 3.0 + tastes.T @ tastes
    moved = tastes + 0.1 * draw.normal(size=tastes.shape)
    after = np.eye(400) * 3.0 + moved.T @ moved

    def exact(graph: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        diagonal = np.diag(np.linalg.inv(graph))
        values, vectors = np.linalg.eigh(graph * np.sqrt(np.outer(diagonal, diagonal)))
        return diagonal, 1.0 / values[::-1], vectors[:, ::-1]

    def projector(vectors: NDArray[Any]) -> NDArray[Any]:
        product: NDArray[Any] = vectors[:, :20] @ vectors[:, :20].T
        return product

    diagonal, values, vectors = exact(after)
    old = exact(before)[2]
    start = old[:, :60].astype(np.float16)
    scaled = scaled_graph(packed(after, np.dtype(np.float64)), diagonal)
    found = directions_of_graph(scaled, 60, start)
    np.testing.assert_allclose(found.values[:20], values[:20], rtol=1e-3)
    error = np.linalg.norm(projector(found.vectors) - projector(vectors))
    assert error < 0.02 < 0.2 < np.linalg.norm(projector(old) - projector(vectors))
    anew = directions_of_graph(scaled, 60, None)
    assert error < np.linalg.norm(projector(anew.vectors) - projector(vectors)) + 0.02
    assert kept_directions(found, 20).shape == (400, 60)  # all there are of the 97 for item vectors
    left, right = filter_of(found, diagonal, 20, 0.5)
    assert left.shape == right.shape == (400, 20)


def test_thin_matrices_go_on_from_those_of_other_weights() -> None:
    draw = np.random.default_rng(8)
    old = draw.normal(size=(90, 12)) @ draw.normal(size=(12, 90)) + 0.1 * draw.normal(size=(90, 90))
    new = (old + 0.1 * draw.normal(size=(90, 90))).astype(np.float32)
    start = np.linalg.svd(old)[2][:8].T.astype(np.float32)
    left, values, right = HeadWeights(90, None, 0.0, polynomial=new).leading(8, start)
    best = np.linalg.norm(np.linalg.svd(new)[1][8:])
    assert np.linalg.norm(new - (left * values) @ right.T) < 1.001 * best
    np.testing.assert_allclose(left.T @ left, np.eye(8), atol=1e-5)


def all_ratings() -> Ratings:
    """Of 300 people with a taste each, in the order of time."""
    draw = np.random.default_rng(9)
    tastes = draw.integers(0, 12, 300)
    chance = np.where(tastes[:, None] == np.arange(N_ITEMS) % 12, 0.25, 0.01)
    user, item = np.nonzero(draw.random((300, N_ITEMS)) < chance)
    order = draw.permutation(len(user))
    stars = draw.integers(1, 6, len(user)).astype(float)
    return Ratings(user[order], item[order], stars, 10**9 + 400 * np.arange(len(user)), SCALE, "made")


def bundle_of(ratings: Ratings, **settings: Any) -> Bundle:
    catalogue = Catalogue.from_ids(np.arange(N_ITEMS))
    data = Dataset("made", ratings, catalogue, None, "0" * 64)
    parts = split(index(ratings, extra_items=catalogue.item_id), PerUser(valid=0.0, test=0.0), seed=0)
    model = dataclasses.replace(MODEL, **settings)
    return Bundle.create(model.fit(parts.train), data, parts, model=model)


def added(bundle: Bundle, ratings: Ratings) -> Bundle:
    data = Dataset("made", ratings, Catalogue.from_ids(np.arange(N_ITEMS)), None, "0" * 64)
    after, report = update(bundle, data)
    assert [part.exactly for part in report.parts] == [True]
    return after


def scorer_of(bundle: Bundle) -> CompactFilterScorer:
    assert isinstance(bundle.scorer, CompactFilterScorer)
    return bundle.scorer


def assert_as_a_refit(after: Bundle, refit: Bundle, share: float = 0.05) -> None:
    """``share`` of the scores is what other directions at the edge of a low pass, and rounding, may change."""
    found, expected = scorer_of(after), scorer_of(refit)
    for name in ("inverse", "graph", "later"):
        new, old = getattr(found, name), getattr(expected, name)
        np.testing.assert_allclose(new, old, atol=1e-5 * np.abs(old).max(initial=0.0), err_msg=name)
        assert new.dtype == old.dtype
    scores, others = found.score(after.history), expected.score(refit.history)
    assert np.abs(scores - others).mean() < share * np.abs(others).mean()
    if len(expected.vectors):
        cosines = [_cosines(scorer.item_vectors()[:200]) for scorer in (found, expected)]
        assert np.abs(cosines[0] - cosines[1]).mean() < 1e-3


def _cosines(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"low_pass_weight": 0.3, "low_pass_cutoff": 12, "later_weight": 0.5, "later_scale": 1.0},
        {"form": "head", "head_items": N_ITEMS, "low_pass_weight": 0.3, "low_pass_cutoff": 12},
    ],
)
def test_the_last_ratings_added_give_a_fit_on_all(settings: dict[str, Any], tmp_path: Path) -> None:
    ratings = all_ratings()
    n_first = len(ratings) - 700
    first, later = ratings.take(np.arange(n_first)), ratings.take(np.arange(n_first, len(ratings)))
    before, refit = bundle_of(first, **settings), bundle_of(ratings, **settings)
    reloaded = Bundle.load(before.save(tmp_path / "before"))
    after = added(reloaded, later)
    assert_as_a_refit(after, refit)
    with pytest.raises(AssertionError):
        assert_as_a_refit(before, refit)
    # A bundle of an earlier version has neither A nor directions: the same, more slowly, and then they are kept.
    old_scorer = dataclasses.replace(
        scorer_of(before), graph=np.empty(0, np.float32), directions=np.empty((0, 0), np.float16)
    )
    old = Bundle.load(dataclasses.replace(before, scorer=old_scorer).save(tmp_path / "old"))
    from_old = added(old, later)
    assert_as_a_refit(from_old, refit)
    assert scorer_of(from_old).directions.shape == scorer_of(after).directions.shape
    # Whoever is forgotten then is gone as from a fit without them.
    without = forget(after, 7)[0]
    assert_as_a_refit(without, bundle_of(ratings.take(ratings.user_id != 7), **settings), 0.005)


def test_many_updates_do_not_drift() -> None:
    ratings = all_ratings()
    edges = np.linspace(len(ratings) - 3_000, len(ratings), 7).astype(int)
    bundle = bundle_of(ratings.take(np.arange(edges[0])), form="head", head_items=N_ITEMS)
    for start, stop in itertools.pairwise(edges.tolist()):
        bundle = added(bundle, ratings.take(np.arange(start, stop)))
    assert_as_a_refit(bundle, bundle_of(ratings, form="head", head_items=N_ITEMS), 0.02)
