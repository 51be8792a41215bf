"""The part of what is rated later: against a sum over the breaks, in the weights, after forgetting, in the search."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelgraph.core import Interactions, Matrix
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import PerUser, Temporal, split
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.later import drawn_people, rated_earlier, rated_later, scale_between
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import SearchLimits, SettingsSearchResult, search_settings
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer
from reelgraph.scorers.later_ratings import weights_of_breaks_after
from tests.conftest import make_interactions
from tests.unit.models.test_graph_filter import random_ratings

LATER: dict[str, Any] = {"ridge": 1.0, "later_weight": 0.7, "later_scale": 2.0, "choose": False}
HOUR = 3600


def with_pauses(seed: int = 0, n_users: int = 60) -> Interactions:
    """Ratings in random order, several at one second, with short and long pauses, some of exactly six minutes."""
    ratings, draw = random_ratings(seed, n_users), np.random.default_rng(seed)
    return dataclasses.replace(ratings, timestamp=draw.integers(0, 40, len(ratings)) * 120 + 1_000_000_000)


def in_order(seed: int, n_users: int = 200, n_items: int = 40, *, is_told: bool = True) -> Interactions:
    """People who work through movies by number, some an evening; with ``is_told`` False their times are shuffled."""
    draw, edges, times = np.random.default_rng(seed), [], []
    for user in range(n_users):
        first = int(draw.integers(0, n_items - 12))
        movies = first + np.flatnonzero(draw.random(12) < 0.8)
        edges += [(user, int(movie), 4.0) for movie in movies]
        evenings = int(draw.integers(0, 6)) * 24 * HOUR + np.arange(len(movies)) // 3 * 24 * HOUR
        times += list(evenings if is_told else draw.permutation(evenings))
    return dataclasses.replace(make_interactions(edges, n_users, n_items), timestamp=np.array(times, np.int64))


def over_breaks(train: Interactions) -> NDArray[np.float64]:
    """T by its definition, break by break."""
    stars, times = train.matrix(), train.times()
    assert times is not None
    later = np.zeros((train.n_items, train.n_items))
    for user in range(train.n_users):
        mine = slice(stars.indptr[user], stars.indptr[user + 1])
        items, entries, when = stars.indices[mine], stars.data[mine] / 4.0, times.data[mine]
        seconds = np.unique(when)
        for last, next_ in itertools.pairwise(seconds):
            if next_ - last >= 360:
                before, after = when <= last, when > last
                weight = (len(items) * after.sum()) ** -0.5
                later[np.ix_(items[before], items[after])] += weight * entries[before, None]
    return later


def weights_of(scorer: Any) -> NDArray[np.float32]:
    """W, row by row: the scores of a rating that counts 1."""
    scores: NDArray[np.float32] = scorer.score(Matrix(np.eye(scorer.n_items, dtype=np.float32) * 4))
    return scores


def test_weights_of_breaks_by_hand() -> None:
    # Six ratings: two, a pause of six minutes, one, one 359 s later, a day, two at one second.
    times = np.array([100, 460, 100, 86_819, 819, 86_819])
    first, second = (6 * 4) ** -0.5, (6 * 2) ** -0.5
    expected = [first + second, second, first + second, 0, second, 0]
    np.testing.assert_allclose(weights_of_breaks_after(np.array([0, 6, 6]), times), expected)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_sum_over_all_breaks(seed: int) -> None:
    train = with_pauses(seed)
    source, expected = GraphSource.of(train, None), over_breaks(train)
    assert np.count_nonzero(expected) > 100
    np.testing.assert_allclose(rated_later(source, 1.0, np.float64), expected, atol=1e-12)
    items = np.arange(25)
    head, tail = source.within(items[:15]), source.within(items[15:])
    np.testing.assert_allclose(rated_earlier(tail, head, 1.0), expected[:15, 15:].T, atol=1e-6)


def test_the_weights_are_the_closed_form_and_the_regression_of_what_is_later() -> None:
    train = with_pauses()
    graph = GraphSource.of(train, None).graph_of(GraphFilter(**LATER)).dense()
    gram = graph + np.tril(graph, -1).T
    inverse = np.linalg.inv(gram + np.eye(25) + 0.25 * np.diag(np.diag(gram)))
    expected = np.eye(25) - inverse / np.diag(inverse) + 1.4 * inverse @ over_breaks(train)
    dense, head = (
        GraphFilter(**LATER, form=form, head_items=25, factors=25, weights_per_item=25).fit(train).scorer  # type: ignore[arg-type]
        for form in ("dense", "head")
    )
    np.testing.assert_allclose(weights_of(dense), expected, atol=1e-5)
    np.testing.assert_allclose(weights_of(head), expected, atol=5e-3 * np.abs(expected).max())
    assert np.abs(weights_of(dense) - weights_of(GraphFilter(ridge=1.0).fit(train).scorer)).max() > 0.05


def test_a_movie_of_the_tail_is_a_target_of_it() -> None:
    train = with_pauses()
    head = GraphFilter(**LATER, form="head", head_items=15, factors=15, weights_per_item=25).fit(train).scorer
    assert isinstance(head, CompactFilterScorer)
    tail = np.setdiff1d(np.arange(25), head.head)
    graph = GraphSource.of(train, None).graph_of(GraphFilter(**LATER)).dense()
    gram = graph + np.tril(graph, -1).T
    of_head = np.ix_(head.head, head.head)
    inverse = np.linalg.inv(gram[of_head] + np.eye(15) + 0.25 * np.diag(np.diag(gram[of_head])))
    expected = inverse @ (gram + 1.4 * over_breaks(train))[np.ix_(head.head, tail)]
    np.testing.assert_allclose(weights_of(head)[np.ix_(head.head, tail)], expected, atol=1e-2 * np.abs(expected).max())


def test_its_scale_makes_scores_vary_as_much_as_those_of_the_other_parts() -> None:
    train = with_pauses()
    plain = GraphFilter(ridge=1.0, choose=False).fit(train).scorer
    both = GraphFilter(ridge=1.0, choose=False, later_weight=1.0).fit(train).scorer
    people = train.matrix()
    other, part = plain.score(people), both.score(people) - plain.score(people)
    assert part.std(axis=1).mean() == pytest.approx(other.std(axis=1).mean(), rel=1e-4)
    half = GraphFilter(ridge=1.0, choose=False, later_weight=0.5).fit(train).scorer
    np.testing.assert_allclose(half.score(people), other + part / 2, atol=1e-4)
    assert scale_between(np.ones((3, 2)), np.zeros((3, 2))) == 0.0
    assert drawn_people(GraphSource.of(with_pauses(0, 1200), None), 1.0, seed=1).shape == (25, 500)


def test_each_rating_has_its_share_of_a_score() -> None:
    train = with_pauses()
    scorer = GraphFilter(**LATER).fit(train).scorer
    assert isinstance(scorer, ItemFilterScorer)
    history = train.matrix()[[5]]
    shares = scorer.contributions(history, np.arange(25))
    np.testing.assert_allclose(shares.ratings.sum(axis=1), scorer.score(history)[0], atol=1e-5)


@pytest.mark.parametrize(("form", "bound"), [("dense", 1e-9), ("head", 1e-5)])
def test_people_are_taken_out_and_put_in_as_by_a_refit(form: Any, bound: float) -> None:
    ratings = with_pauses(4, 200)
    train = ratings.take((ratings.item_row < 20) | (ratings.user_row % 3 == 0))  # the last five are rated less
    fixed: dict[str, Any] = {"form": form, "head_items": 20, "factors": 20, "weights_per_item": 25}
    model = GraphFilter(**LATER, **fixed, exact_updates=True)
    full, history, times = model.fit(train).scorer, train.matrix(), train.times()
    assert isinstance(full, ItemFilterScorer | CompactFilterScorer)
    assert times is not None
    people = np.array([3, 50, 117])
    forgot = full.without(history[people], times[people])
    name, settings = full.refit_settings() or ("", {})
    assert name == "graph-filter"
    refit = GraphFilter(**settings).fit(train.take(~np.isin(train.user_row, people))).scorer
    assert isinstance(refit, ItemFilterScorer | CompactFilterScorer)
    assert np.abs(full.later - refit.later).max() > 0.01
    np.testing.assert_allclose(forgot.later, refit.later, atol=bound)
    np.testing.assert_allclose(forgot.inverse, refit.inverse, atol=bound)
    again = forgot.including(history[people], times[people])
    np.testing.assert_allclose(again.later, full.later, atol=bound)
    both = full.replacing((history[people], times[people]), (history[[7]], times[[7]]))
    one_more = forgot.including(history[[7]], times[[7]])
    np.testing.assert_allclose(both.later, one_more.later, atol=bound)
    size = np.abs(weights_of(full)).max()
    close = 1e-5 if form == "dense" else 0.02  # weights of the head are kept in fewer bits
    np.testing.assert_allclose(weights_of(again), weights_of(full), atol=close * size)
    with pytest.raises(CapabilityError, match="times"):
        full.without(history[people])


def test_without_times_it_is_left_out_and_the_fit_says_so() -> None:
    untimed = dataclasses.replace(with_pauses(), timestamp=None)
    fit = GraphFilter(**LATER).fit(untimed)
    assert "no times, so without the part of what is rated later" in fit.stopped_because
    assert isinstance(fit.scorer, ItemFilterScorer)
    assert (fit.scorer.later_weight, fit.scorer.later.size) == (0.0, 0)
    fit.scorer.without(untimed.matrix()[[3]])
    assert "no times" not in GraphFilter(**LATER).fit(with_pauses()).stopped_because
    nobody_paused = GraphFilter(**LATER).fit(random_ratings(0)).scorer
    assert isinstance(nobody_paused, ItemFilterScorer)
    assert nobody_paused.later_weight == 0.0


@pytest.mark.parametrize("settings", [{"form": "low-rank"}, {"closed_form": 0.0, "spectral_weight": 1.0}])
def test_it_needs_the_closed_form(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="later_weight"):
        GraphFilter(later_weight=0.5, **settings)


def chosen(
    train: Interactions, splitter: Temporal | PerUser, limits: SearchLimits | None = None
) -> SettingsSearchResult:
    parts = split(train, splitter, seed=0)
    model, source = GraphFilter(ridge=1.0), GraphSource.of(parts.train, None)
    result = search_settings(model, source, parts.valid, 0, lambda trial, best: None, limits)
    assert result is not None
    return result


def test_the_search_takes_it_where_ratings_come_later_and_only_there() -> None:
    without_it = SearchLimits(fixed=("later_weight",))
    by_time, at_random = Temporal(train=0.7, valid=0.2), PerUser(valid=0.2, test=0.2)
    later, random = (chosen(in_order(0), splitter) for splitter in (by_time, at_random))
    assert min(later.n_users, random.n_users) > 50
    assert later.settings.later_weight == 1.0
    assert later.best_ndcg > later.initial_ndcg + 0.2
    assert later.best_ndcg > chosen(in_order(0), by_time, without_it).best_ndcg + 0.05
    assert "later_weight 1" in str(later)
    assert random.settings.later_weight == 0
    # Where the order tells nothing it is one more matrix of who rated both: a small weight of it may gain a little.
    gains = [
        chosen(told_nothing, by_time).best_ndcg - chosen(told_nothing, by_time, without_it).best_ndcg
        for told_nothing in (in_order(seed, is_told=False) for seed in range(3))
    ]
    assert abs(np.mean(gains)) < 0.01
    assert max(gains) < 0.02
    parts = split(in_order(0), Temporal(train=0.7, valid=0.2), seed=0)
    without_times = dataclasses.replace(GraphSource.of(parts.train, None), times=None, breaks_after=None)
    limits = SearchLimits(
        n_starts=1, fixed=("ridge", "user_weight", "dropout", "rating_power", "low_pass_weight", "recency")
    )
    result = search_settings(GraphFilter(ridge=1.0), without_times, parts.valid, 0, lambda trial, best: None, limits)
    assert result is not None
    assert result.n_trials == 1
