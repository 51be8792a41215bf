"""The search for the settings of `lightgcn`: what is tried, what is kept, and that only the validation part decides."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reelgraph.core import FitContext, FloatArray, Interactions, Matrix, Scorer
from reelgraph.core.errors import LeakError
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.settings_search import ShortFitsResult, search_settings
from tests.conftest import make_interactions, make_part

N_ITEMS = 40


class FixedScorer:
    """Ranks the held-back movie, item 0, at the same place for everybody."""

    kind, n_items = "fixed", N_ITEMS

    def __init__(self, place: int) -> None:
        self._scores = -np.arange(N_ITEMS, dtype=np.float32)
        self._scores[0] = -0.5 - place

    def score(self, history: Matrix) -> FloatArray:
        return np.tile(self._scores, (history.shape[0], 1))


def data() -> tuple[Interactions, FitContext]:
    rated = make_interactions([(user, item, 5.0) for user in range(30) for item in (38, 39)], 30, N_ITEMS)
    train = dataclasses.replace(rated, timestamp=np.tile([0, 1000], 30))  # with a break
    held_back = make_interactions([(user, 0, 5.0) for user in range(30)], 30, N_ITEMS).matrix()
    return train, FitContext(valid=make_part(train.matrix(), held_back))


def search(
    places: dict[Any, int], model: LightGCN | None = None, given: tuple[Interactions, FitContext] | None = None
) -> tuple[ShortFitsResult, list[LightGCN]]:
    """The search where a trial ranks the movie at the place that ``places`` has for one of its settings."""
    tried: list[LightGCN] = []

    def fit_trial(trial: LightGCN, train: Interactions, context: FitContext) -> Scorer:
        tried.append(trial)
        values = dataclasses.asdict(trial).values()
        return FixedScorer(min([places[key] for key in places if key in values] or [9]))  # type: ignore[return-value]

    found = search_settings(model or LightGCN(), fit_trial, *(given or data()))
    assert found is not None
    return found, tried


def test_best_of_each_step_is_kept() -> None:
    found, tried = search({0.8: 7, "later": 5, 0.3: 3, 256: 2})
    assert found.settings == {"dim": 256, "targets": "later", "temperature": 0.3}
    assert found.n_trials == len(tried) == 6
    assert [trial.dim for trial in tried] == [64] * 5 + [256]
    assert not any(trial.choose for trial in tried)
    assert found.initial_ndcg == pytest.approx(1 / np.log2(9 + 2))
    assert found.best_ndcg == pytest.approx(1 / np.log2(2 + 2))


def test_people_of_the_part_without_a_held_back_rating_decide_nothing() -> None:
    train, context = data()
    part = context.valid
    assert part is not None
    part = dataclasses.replace(part, target=Matrix(part.target.toarray() * (np.arange(30)[:, None] % 3 > 0)))
    found, _ = search({0.8: 7, "later": 5, 0.3: 3, 256: 2}, given=(train, dataclasses.replace(context, valid=part)))
    assert found.settings == {"dim": 256, "targets": "later", "temperature": 0.3}
    assert found.n_people == 20
    assert str(found).startswith(
        "chosen by NDCG@10 of 20 validation people, from the ratings of 30 people, in 6 short fits ("
    )
    one = dataclasses.replace(found, n_train_people=1, n_trials=1)
    assert "from the ratings of 1 person, in 1 short fit (" in str(one)
    assert found.best_ndcg == pytest.approx(1 / np.log2(2 + 2))


def test_nothing_moves_without_a_gain() -> None:
    found, _ = search({})
    assert found.settings == {"dim": 64}


def test_what_the_caller_has_set_is_not_searched() -> None:
    found, tried = search({"later": 0, 256: 0}, LightGCN(dim=100, edge_dropout=0.4))
    assert found.settings == {"targets": "later"}
    assert {trial.dim for trial in tried} == {100}
    assert {trial.edge_dropout for trial in tried} == {0.4}


def test_later_targets_are_not_tried_without_times() -> None:
    train, context = data()
    tried = []

    def fit_trial(trial: LightGCN, train: Interactions, context: FitContext) -> Scorer:
        tried.append(trial.targets)
        return FixedScorer(0)  # type: ignore[return-value]

    search_settings(LightGCN(), fit_trial, dataclasses.replace(train, timestamp=None), context)
    assert set(tried) == {"rated"}


def test_a_fit_says_what_was_chosen_and_refuses_a_leak() -> None:
    train, context = data()
    fit = LightGCN(epochs=1).fit(train, context)
    assert "chosen by NDCG@10 of 30 validation people, from the ratings of 30 people, in 6 short fits" in (
        fit.stopped_because
    )
    assert context.valid is not None
    leak = dataclasses.replace(context, valid=dataclasses.replace(context.valid, target=train.matrix()))
    with pytest.raises(LeakError):
        LightGCN().fit(train, leak)


def test_without_a_validation_part_the_settings_stay() -> None:
    fit = LightGCN(epochs=1, dim=8).fit(data()[0])
    assert fit.scorer.arrays()["source"].shape == (N_ITEMS, 8)
    assert "chosen" not in fit.stopped_because
