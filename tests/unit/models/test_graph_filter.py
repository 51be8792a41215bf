"""The graph filter by hand, its settings, its choice on validation, and what it refuses."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from reelgraph.core import (
    EvalPart,
    Explains,
    FitContext,
    Interactions,
    Matrix,
    Progress,
    Split,
    SupportsUnlearning,
    config,
)
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError, TrainingError
from reelgraph.data import PerUser, split
from reelgraph.evaluation import evaluate
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import search_settings
from reelgraph.pipeline import make_model
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer, LowRankFilterScorer, rebuild
from tests.conftest import make_interactions, make_part

PLAIN: dict[str, Any] = {
    "user_weight": 0.0,
    "dropout": 0.0,
    "session_weight": 0.0,
    "rating_power": 0.0,
    "feature_weight": 0.0,
}


def fitted(train: Interactions, **named: Any) -> ItemFilterScorer:
    scorer = GraphFilter(**named).fit(train).scorer
    assert isinstance(scorer, ItemFilterScorer)
    return scorer


def history(stars: dict[int, float], n_items: int) -> Matrix:
    dense = np.zeros((1, n_items), np.float32)
    for item, value in stars.items():
        dense[0, item] = value
    return Matrix(dense)


def random_ratings(seed: int, n_users: int = 60, n_items: int = 25) -> Interactions:
    """Two tastes: people of one parity rate movies of it more often, and in one sitting after the other."""
    draw = np.random.default_rng(seed)
    edges = []
    for user in range(n_users):
        chance = np.where(np.arange(n_items) % 2 == user % 2, 0.6, 0.15)
        edges += [
            (user, int(item), float(draw.integers(1, 6))) for item in np.flatnonzero(draw.random(n_items) < chance)
        ]
    return make_interactions(edges, n_users, n_items)


def parted(seed: int = 0) -> Split:
    return split(random_ratings(seed), PerUser(valid=0.2, test=0.2), seed=seed)


def test_three_movies_by_hand() -> None:
    # People {0, 1} and {1, 2}, ridge 1: A = [[2 1 0] [1 3 1] [0 1 2]], C = [[5 -2 1] [-2 4 -2] [1 -2 5]] / 8.
    scorer = fitted(make_interactions([(0, 0, 5), (0, 1, 1), (1, 1, 3), (1, 2, 4)], 2, 3), ridge=1.0, **PLAIN)
    np.testing.assert_allclose(8 * scorer.inverse, [5, -2, 4, 1, -2, 5], rtol=1e-12)
    np.testing.assert_allclose(scorer.weights, [[0, 0.5, -0.2], [0.4, 0, 0.4], [-0.2, 0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(scorer.score(history({0: 2, 1: 5}, 3)), [[0.4, 0.5, 0.2]], rtol=1e-6)
    np.testing.assert_allclose(
        scorer.contributions(history({0: 2, 1: 5}, 3), np.array([2])).ratings, [[-0.2, 0.4]], rtol=1e-6
    )
    # Without the second person: A = [[2 1 0] [1 2 0] [0 0 1]].
    alone = scorer.without(history({1: 3, 2: 4}, 3))
    np.testing.assert_allclose(alone.inverse, [2 / 3, -1 / 3, 2 / 3, 0, 0, 1], atol=1e-12)


def test_ratings_and_times_by_hand() -> None:
    # One person, 4 and 1 of 5 stars a time scale apart: entries 1 and 1/2, likeness 1/2 + 1/2 / e, weight 1/2.
    train = make_interactions([(0, 0, 4), (0, 1, 1)], 1, 2)
    train = dataclasses.replace(train, timestamp=np.array([100, 107]))
    named = {
        "user_weight": 1.0,
        "ridge": 1.0,
        "dropout": 0.5,
        "session_weight": 0.5,
        "time_scale": 7.0,
        "rating_power": 0.5,
    }
    scorer = fitted(train, **named)
    alike = 0.5 * 0.5 * (0.5 + 0.5 / np.e)
    lower = np.linalg.inv([[0.5 + 1 + 0.5, alike], [alike, 0.125 + 1 + 0.125]])
    np.testing.assert_allclose(scorer.inverse, lower[np.tril_indices(2)], rtol=1e-12)


def test_without_weights_dropout_and_times_it_is_ease() -> None:
    train = random_ratings(1)
    rated = (train.matrix().toarray() > 0).astype(float)
    # As published: P = (X'X + lambda I)^-1, B = P / (-diag P), its diagonal 0.
    published = np.linalg.inv(rated.T @ rated + 3.0 * np.eye(25))
    published = published / (-np.diag(published))
    np.fill_diagonal(published, 0)
    np.testing.assert_allclose(fitted(train, ridge=3.0, **PLAIN).weights, published, rtol=1e-4, atol=1e-6)


@examples(max_examples=30, deadline=None)
@given(
    stars=st.dictionaries(st.integers(0, 24), st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), max_size=25),
    item=st.integers(0, 24),
    form=st.sampled_from(["dense", "head", "low-rank"]),
    parts=st.sampled_from([(1.0, 0.0, 0.0), (1.0, 0.5, 0.0), (0.5, 0.0, 2.0)]),
)
def test_contributions_sum_to_the_score(
    stars: dict[int, float], item: int, form: Any, parts: tuple[float, float, float]
) -> None:
    closed, spectral, polynomial = parts if form != "head" else (*parts[:2], 0.0)
    named = {"closed_form": closed, "spectral_weight": spectral, "chebyshev_weight": polynomial, "ridge": 1.0}
    scorer = GraphFilter(form=form, rank=12, cutoff=5, **named).fit(random_ratings(2)).scorer
    assert isinstance(scorer, Explains)
    person = history(stars, 25)
    shares = scorer.contributions(person, np.array([item])).ratings
    assert shares.dtype == np.float64
    assert shares.shape == (1, person.nnz)
    assert abs(shares.sum() - scorer.score(person)[0, item]) < 1e-6


def test_a_long_history_sums_to_the_score_too() -> None:
    draw = np.random.default_rng(0)
    n = 1500
    extra = draw.standard_normal((n, n), np.float32)
    scorer = ItemFilterScorer(np.empty(0), extra, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 4.0)
    person = Matrix(draw.integers(0, 6, size=(1, n)).astype(np.float32) / 100)
    scores = scorer.score(person)[0]
    for item in range(0, n, 300):
        assert abs(scorer.contributions(person, np.array([item])).total()[0] - scores[item]) < 1e-6


def test_parts_without_an_exact_update_say_so() -> None:
    train = random_ratings(3)
    person, times = train.matrix()[[0]], train.times()
    assert times is not None
    with pytest.raises(CapabilityError, match="next fit"):
        fitted(train, spectral_weight=0.1).without(person, times[[0]])
    with pytest.raises(CapabilityError, match="give times"):
        fitted(train).without(person)
    with pytest.raises(CapabilityError, match="not part of it"):
        fitted(train, ridge=1e-3, **PLAIN).without(Matrix(np.full((60, 25), 5, np.float32)))
    assert not isinstance(GraphFilter(form="low-rank").fit(train).scorer, SupportsUnlearning)
    untimed = dataclasses.replace(train, timestamp=None)
    assert fitted(untimed).settings()["session_weight"] == 0.0
    fitted(untimed).without(person)


def test_forgetting_reaches_the_item_vectors() -> None:
    train = random_ratings(4)
    times = train.times()
    assert times is not None
    left = fitted(train, ridge=1.0).without(train.matrix()[[5]], times[[5]])
    refit = fitted(train.take(train.user_row != 5), ridge=1.0)
    cosines = [v @ v.T for v in (left.item_vectors(), refit.item_vectors())]
    np.testing.assert_allclose(cosines[0], cosines[1], atol=1e-5)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"ridge": 0.0}, "ridge: "),
        ({"ridge": float("inf")}, "ridge: "),
        ({"dropout": 1.0}, "dropout: "),
        ({"session_weight": 1.5}, "session_weight: "),
        ({"time_scale": 0.0}, "time_scale: "),
        ({"rating_power": -1.0}, "rating_power: "),
        ({"form": "sparse"}, "form: "),
        ({"choose": 1}, "choose: "),
        ({"closed_form": 0.0}, "closed_form: 0.0 is not valid: one of the three"),
        ({"rigde": 1.0}, "did you mean 'ridge'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(named: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        config.from_dict(GraphFilter, named)


def test_nothing_to_train_on() -> None:
    with pytest.raises(TrainingError, match="no ratings"):
        GraphFilter().fit(random_ratings(0).take(np.array([], np.int64)))


def test_the_form_follows_the_memory_given_and_says_so() -> None:
    train = random_ratings(5)
    roomy = GraphFilter().fit(train)
    assert isinstance(roomy.scorer, ItemFilterScorer)
    assert "dense (dense needs 9.3e-06 GiB for 25 movies, 4 given)" in roomy.stopped_because
    narrow = GraphFilter(memory_gib=1e-6).fit(train)
    assert isinstance(narrow.scorer, CompactFilterScorer)
    assert "head of the 8 most rated movies" in narrow.stopped_because
    asked = GraphFilter(form="low-rank", rank=10).fit(train)
    assert isinstance(asked.scorer, LowRankFilterScorer)
    assert "low-rank, 10 eigenvectors, the form as asked (dense needs" in asked.stopped_because
    assert isinstance(GraphFilter(memory_gib=1e-6, form="dense").fit(train).scorer, ItemFilterScorer)


def test_the_choice_is_made_on_the_validation_part_alone() -> None:
    data = parted()
    told: list[Progress] = []
    fit = GraphFilter(ridge=20.0).fit(data.train, FitContext(valid=data.valid, progress=told.append))
    result = search_settings(
        GraphFilter(ridge=20.0), GraphSource.of(data.train, None), data.valid, 0, lambda trial, best: None
    )
    assert result is not None
    assert result.settings != GraphFilter(ridge=20.0)  # there was something to choose
    assert result.best_ndcg > result.initial_ndcg
    assert str(result) in fit.stopped_because
    # Its figure is that of the public evaluation, and the validation ratings entered nothing but the settings.
    assert evaluate(fit.scorer, data.valid, 10, metrics=["ndcg"])["ndcg@10"].mean == pytest.approx(
        result.best_ndcg, abs=1e-6
    )
    blind = dataclasses.replace(result.settings, choose=False).fit(data.train)
    for name, array in blind.scorer.arrays().items():
        np.testing.assert_array_equal(array, fit.scorer.arrays()[name])
    trials = [step for step in told if step.stage == "choose"]
    assert len(trials) == result.n_trials
    best = [step.values["ndcg@10"] for step in trials]
    assert best == sorted(best)


def test_other_validation_ratings_another_choice_and_none_when_not_asked() -> None:
    data = parted()
    draw = np.random.default_rng(1)
    order = draw.permutation(data.train.n_items)
    unseen = data.valid.target[:, order]
    unseen.sort_indices()
    unseen = Matrix(unseen - unseen.multiply(data.train.matrix()[data.valid.users] != 0))
    unseen.eliminate_zeros()
    other = EvalPart(data.valid.users, data.valid.history, Matrix(unseen), data.valid.seen)
    by = [GraphFilter().fit(data.train, FitContext(valid=part)).stopped_because for part in (data.valid, other)]
    assert by[0] != by[1]
    given_settings = GraphFilter(choose=False).fit(data.train, FitContext(valid=data.valid))
    np.testing.assert_array_equal(given_settings.scorer.arrays()["inverse"], fitted(data.train).inverse)
    assert "chosen" not in given_settings.stopped_because


def test_a_graph_with_validation_edges_is_refused_and_an_empty_part_chooses_nothing() -> None:
    train = random_ratings(6)
    with pytest.raises(LeakError):
        GraphFilter().fit(train, FitContext(valid=make_part(train.matrix(), train.matrix())))
    nobody = make_part(train.matrix(), Matrix(train.matrix().shape, dtype=np.float32))
    assert "chosen" not in GraphFilter().fit(train, FitContext(valid=nobody)).stopped_because


def test_settings_are_read_under_their_old_names_too() -> None:
    assert config.from_dict(GraphFilter, {"sitting": 0.25}) == GraphFilter(session_weight=0.25)
    with pytest.raises(ConfigError, match="old name of session_weight"):
        config.from_dict(GraphFilter, {"sitting": 0.25, "session_weight": 0.5})
    scorer = GraphFilter().fit(random_ratings(0)).scorer
    old_settings = {
        ("sitting" if name == "session_weight" else name): value for name, value in scorer.settings().items()
    }
    again = rebuild("item-filter", scorer.arrays(), old_settings)
    assert again.settings() == scorer.settings()
    low_rank = GraphFilter(form="low-rank", rank=3).fit(random_ratings(0)).scorer
    old_arrays = {("own" if name == "diagonal" else name): value for name, value in low_rank.arrays().items()}
    assert sorted(old_arrays) == ["left", "own", "right", "vectors"]
    np.testing.assert_array_equal(
        rebuild("low-rank-filter", old_arrays, low_rank.settings()).arrays()["diagonal"], low_rank.arrays()["diagonal"]
    )


def test_single_settings_win_over_a_file_whichever_name_each_uses(tmp_path: Path) -> None:
    path = tmp_path / "filter.toml"
    for in_file, single in (("sitting", "session_weight"), ("session_weight", "sitting")):
        path.write_text(f'model = "graph-filter"\n[settings]\n{in_file} = 0.5\n')
        assert make_model(None, path, {single: 0.25}) == GraphFilter(session_weight=0.25)
        assert make_model(None, path) == GraphFilter(session_weight=0.5)
    with pytest.raises(ConfigError, match="did you mean 'session_weight'"):
        make_model("graph-filter", settings={"sittin": 0.5})
    path.write_text("[settings]\nridge = 2.0\n")
    with pytest.raises(ConfigError, match="filter.toml: model: is not named"):
        make_model(None, path)
