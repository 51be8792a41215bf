"""The search for settings: people and ratings left out, starting points, settings that stay as they are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.data import PerUser, split
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import SearchLimits, SettingsSearchResult, search_settings
from tests.unit.models.test_graph_filter import random_ratings


def source(n_users: int = 60) -> GraphSource:
    return GraphSource.of(random_ratings(3, n_users), None)


def chosen(model: GraphFilter, limits: SearchLimits | None = None) -> SettingsSearchResult:
    parts = split(random_ratings(0, 120), PerUser(valid=0.2, test=0.2), seed=0)
    found = search_settings(model, GraphSource.of(parts.train, None), parts.valid, 0, lambda trial, best: None, limits)
    assert found is not None
    return found


def test_a_sample_has_whole_people_and_the_counts_that_they_had() -> None:
    full = source()
    part = full.sample(10, 1000, seed=1)
    assert part.stars.shape == (10, 25)
    assert part.times is not None
    assert full.times is not None
    rows = {tuple(row.toarray().ravel()): place for place, row in enumerate(full.stars[[n]] for n in range(60))}
    for place in range(10):
        original = rows[tuple(part.stars[[place]].toarray().ravel())]
        assert part.counts[place] == full.counts[original]
        mine, theirs = (s.stars.indptr for s in (part, full))
        np.testing.assert_array_equal(
            part.times[mine[place] : mine[place + 1]], full.times[theirs[original] : theirs[original + 1]]
        )
    np.testing.assert_array_equal(full.sample(10, 1000, seed=1).stars.toarray(), part.stars.toarray())
    assert (full.sample(10, 1000, seed=2).stars.toarray() != part.stars.toarray()).any()
    np.testing.assert_array_equal(full.sample(60, 1000, seed=1).stars.toarray(), full.stars.toarray())


def test_people_without_ratings_are_not_drawn() -> None:
    full = source()
    few = full.within(np.array([0, 1]))
    with_ratings = int(np.count_nonzero(np.diff(few.stars.indptr)))
    assert with_ratings < 60
    part = few.sample(1000, 1000, seed=0)
    assert part.stars.shape[0] == with_ratings
    assert part.stars.nnz == few.stars.nnz


def test_the_newest_ratings_of_a_person_enter() -> None:
    full = source()
    assert full.times is not None
    part = full.sample(60, 3, seed=0)
    for user in range(60):
        mine = slice(full.stars.indptr[user], full.stars.indptr[user + 1])
        newest = np.sort(np.argsort(-full.times[mine], kind="stable")[:3])
        items = full.stars.indices[mine][newest]
        np.testing.assert_array_equal(part.stars[[user]].indices, items)
    assert (part.counts == full.counts).all()
    untimed = dataclasses.replace(full, times=None).sample(60, 3, seed=0)
    assert np.diff(untimed.stars.indptr).max() == 3
    assert (untimed.stars.toarray() != part.stars.toarray()).any()


def test_the_search_says_how_many_people_it_looked_at() -> None:
    result = chosen(GraphFilter(), SearchLimits(n_graph_people=50, n_ranked_people=40, n_items=20, max_ratings=5))
    assert (result.n_graph_users, result.n_users, result.n_items) == (50, 40, 20)
    assert "of 40 validation people on the 20 most rated movies, from the ratings of 50 people" in str(result)


def test_a_head_is_searched_on_its_own_movies() -> None:
    assert chosen(GraphFilter(form="head", head_items=12)).n_items == 12
    assert chosen(GraphFilter(memory_gib=1e-6)).n_items == 8
    assert chosen(GraphFilter()).n_items == 25


def test_the_other_starting_point_is_tried_and_taken_only_for_a_gain() -> None:
    one = chosen(GraphFilter(), SearchLimits(n_starts=1))
    both = chosen(GraphFilter())
    assert both.n_trials > one.n_trials
    assert both.initial_ndcg == one.initial_ndcg
    assert both.best_ndcg >= one.best_ndcg
    # From the other point itself there is no second one.
    by_time = GraphFilter(user_weight=0.0, session_weight=0.0)
    assert chosen(by_time).n_trials == chosen(by_time, SearchLimits(n_starts=1)).n_trials


def test_the_other_starting_point_wins_where_the_first_learns_nothing() -> None:
    # With the time kernel alone, and no two ratings at one time, no movie has anything to do with another.
    model = GraphFilter(session_weight=1.0, time_scale=0.03)
    fixed = ("user_weight", "session_weight", "rating_power", "low_pass_weight")
    one = chosen(model, SearchLimits(n_starts=1, fixed=fixed))
    both = chosen(model, SearchLimits(fixed=fixed))
    assert one.settings.session_weight == 1.0
    assert (both.settings.user_weight, both.settings.session_weight) == (0.0, 0.0)
    assert both.best_ndcg > one.best_ndcg


@pytest.mark.parametrize(
    ("model", "is_offered"),
    [
        (GraphFilter(), True),
        (GraphFilter(exact_updates=True), True),
        (GraphFilter(spectral_weight=0.1), False),
        (GraphFilter(chebyshev_weight=0.1), False),
        (GraphFilter(closed_form=0.0, spectral_weight=1.0), False),
        (GraphFilter(form="low-rank"), False),
    ],
)
def test_the_low_pass_that_is_forgotten_at_once_is_offered(model: GraphFilter, is_offered: bool) -> None:
    limits = SearchLimits(n_ranked_people=30, n_starts=1)
    assert ("low_pass_weight" in str(chosen(model, limits))) is is_offered


def test_settings_that_are_fixed_stay() -> None:
    names = ("user_weight", "ridge", "dropout", "session_weight", "rating_power", "low_pass_weight")
    result = chosen(GraphFilter(ridge=20.0), SearchLimits(fixed=names, n_starts=1))
    assert result.n_trials == 1
    assert result.settings == GraphFilter(ridge=20.0)


def test_the_search_starts_with_a_low_pass_where_none_is_given() -> None:
    names = ("user_weight", "ridge", "dropout", "session_weight", "rating_power")
    parts = split(random_ratings(0, 120), PerUser(valid=0.2, test=0.2), seed=0)
    tried: list[float] = []
    source_ = GraphSource.of(parts.train, None)
    limits = SearchLimits(fixed=names, n_starts=1)
    result = search_settings(GraphFilter(), source_, parts.valid, 0, lambda trial, best: tried.append(best), limits)
    with_one = chosen(GraphFilter(low_pass_weight=0.1), dataclasses.replace(limits, fixed=(*names, "low_pass_weight")))
    assert result is not None
    assert result.initial_ndcg == with_one.best_ndcg
    assert result.n_trials == len(tried) == 3
