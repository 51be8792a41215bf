"""Cuts of histories in time, for `targets="later"` of `lightgcn`: breaks by hand, and what a step sees of a person."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from reelgraph.core import FitContext
from reelgraph.core.errors import ConfigError
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.time_cuts import PAUSE, TimeCuts
from reelgraph.models.lightgcn.training_task import LightGCNTask
from tests.conftest import make_interactions

# Two people: the first rated in three sessions, not in the order of the items; the second in one.
INDPTR = np.array([0, 5, 7])
TIMES = np.array([1000 + 2 * PAUSE, 1000, 1001, 1000 + PAUSE, 1000 + PAUSE - 1 + PAUSE, 50, 60])


def test_breaks_are_pauses_of_six_minutes_or_more() -> None:
    cuts = TimeCuts.of(INDPTR, TIMES)
    # In time: 1000, 1001, 1360 (a pause of 359), 1719 (359), 1720 (1): none of them long enough.
    assert cuts.break_time.tolist() == []
    times = TIMES.copy()
    times[3] += 1  # 1000, 1001, 1361 (a pause of 360), 1719, 1720
    cuts = TimeCuts.of(INDPTR, times)
    assert cuts.starts.tolist() == [0, 1, 1]
    assert cuts.break_time.tolist() == [1361]
    assert cuts.has_break().tolist() == [True, False]


def test_history_is_what_came_before_the_break() -> None:
    times = TIMES.copy()
    times[3] += 1
    cuts = TimeCuts.of(INDPTR, times)
    before, after = cuts.sides(
        np.array([1, 0]), np.array([5, 6, 0, 1, 2, 3, 4]), np.array([2, 5]), np.random.default_rng(0)
    )
    assert before.tolist() == [False, False, False, True, True, False, False]
    assert (after == ~before).all()


def test_every_break_is_drawn_about_as_often() -> None:
    times = np.arange(4) * 2 * PAUSE
    cuts = TimeCuts.of(np.array([0, 4]), times)
    rng = np.random.default_rng(1)
    n_before = [int(cuts.sides(np.array([0]), np.arange(4), np.array([4]), rng)[0].sum()) for _ in range(600)]
    assert set(n_before) == {1, 2, 3}
    assert min(np.bincount(n_before)[1:]) > 150  # 200 expected of each


def test_a_step_predicts_later_movies_from_earlier_ones() -> None:
    rows = [(user, item, 5.0) for user in range(20) for item in range(6)]
    times = np.array([1000 * (5 - item) for _, item, _ in rows])  # the last item first
    train = dataclasses.replace(make_interactions(rows, 20, 6), timestamp=times)
    task = LightGCNTask(LightGCN(targets="later", dim=4, choose=False, epochs=1), train, FitContext())
    n_people = 0
    for step in task.batches(1):
        (batch,) = step.batches
        assert step.edges is not None
        assert step.sources is not None
        n_people += len(batch.people)
        earlier, later = np.zeros((2, len(batch.people), 6), np.bool_)
        earlier[:, step.sources.numpy()] = step.edges(torch.eye(len(step.sources))).numpy() > 0
        later[batch.user.numpy(), batch.item.numpy()] = batch.weight.numpy() > 0
        n_later = later.sum(axis=1)
        assert n_later.min() >= 1
        assert n_later.max() <= 5
        np.testing.assert_array_equal(later, np.arange(6) < n_later[:, None])  # the low items came last
        np.testing.assert_array_equal(earlier, ~later)
    assert n_people == 20


def test_later_targets_need_people_who_are_their_movies() -> None:
    with pytest.raises(ConfigError, match="targets"):
        LightGCN(targets="later", layers=2)
    with pytest.raises(ConfigError, match="targets"):
        LightGCN(targets="later", loss="bpr")


def test_without_times_all_rated_movies_are_predicted() -> None:
    rows = [(user, item, 5.0) for user in range(20) for item in range(user % 3, 6)]
    train = dataclasses.replace(make_interactions(rows, 20, 6), timestamp=None)
    fits = [
        LightGCN(targets=targets, dim=4, choose=False, epochs=2).fit(train).scorer.arrays()  # type: ignore[arg-type]
        for targets in ("later", "rated")
    ]
    for name, array in fits[0].items():
        np.testing.assert_array_equal(array, fits[1][name])


def test_without_breaks_all_rated_movies_are_predicted_and_this_is_said() -> None:
    rows = [(user, item, 5.0) for user in range(20) for item in range(user % 3, 6)]
    train = dataclasses.replace(make_interactions(rows, 20, 6), timestamp=np.arange(len(rows)))
    assert TimeCuts.of_train(train) is None
    later, rated = (
        LightGCN(targets=targets, dim=4, choose=False, epochs=2).fit(train)  # type: ignore[arg-type]
        for targets in ("later", "rated")
    )
    assert "no breaks, so the targets are all rated movies" in later.stopped_because
    assert "breaks" not in rated.stopped_because
    for name, array in rated.scorer.arrays().items():
        np.testing.assert_array_equal(array, later.scorer.arrays()[name])


def test_a_checkpoint_of_other_times_is_another_run() -> None:
    rows = [(user, item, 5.0) for user in range(4) for item in range(3)]
    train = make_interactions(rows, 4, 3)
    model, context = LightGCN(targets="later", dim=4, choose=False, epochs=1), FitContext()
    fingerprints = [
        LightGCNTask(model, dataclasses.replace(train, timestamp=np.arange(12) * pause), context).fingerprint
        for pause in (PAUSE, 2 * PAUSE)
    ]
    assert fingerprints[0] != fingerprints[1]


def test_layers_need_a_weight() -> None:
    with pytest.raises(ConfigError, match="layer_weights.*all are 0"):
        LightGCN(layer_weights=(0.0, 0.0))
