"""The chains end when more draws would change nothing that matters."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import EvalPart, FitContext, Interactions, Progress
from reelgraph.models.bayes_gcn.convergence import DrawConvergence, SamplePeople
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.bayes_gcn.problem import PreparedProblem, prepare
from reelgraph.scorers import BayesScorer

MODEL = BayesGCN(dim=2, draws=100, burn_in=3, keep=10, tolerance=0.5, threads=1, checkpoint_every=7)


def prepared(train: Interactions) -> PreparedProblem:
    return prepare(train, FitContext(), MODEL)


def convergence(planted: tuple[Interactions, EvalPart]) -> DrawConvergence:
    train, part = planted
    setup = prepared(train)
    return DrawConvergence(setup, SamplePeople.of(setup, part))


def test_what_is_left_is_a_quarter_of_the_squared_distance_of_the_halves(
    planted: tuple[Interactions, EvalPart],
) -> None:
    judge = convergence(planted)
    target = judge._people.target.data.astype(np.float64)
    judge.batches = [target + shift for shift in (0.3, 0.5, 0.1)]
    assert judge.remaining() == np.inf  # too few to say
    # Halves 0.4 and 0.2 above the target: D = 0.2^2 / 4 = 0.01, RMSE 0.3.
    judge.batches.append(target + 0.3)
    assert judge.remaining() == pytest.approx(0.01 / 0.6, rel=1e-6)
    # 0.4 and 0.2 + 1/30 on average: D = (1/6)^2 * 2 * 3 / 25, RMSE 0.3.
    judge.batches.append(target + 0.3)
    assert judge.remaining() == pytest.approx((0.4 - 0.7 / 3) ** 2 * 6 / 25 / 0.6, rel=1e-6)


def test_for_independent_draws_it_is_what_infinitely_many_would_gain(planted: tuple[Interactions, EvalPart]) -> None:
    judge, draw = convergence(planted), np.random.default_rng(0)
    target = judge._people.target.data.astype(np.float64)
    limit = target + 0.8 * draw.normal(size=len(target))
    judge.batches = [limit + 0.3 * draw.normal(size=len(target)) for _ in range(12)]
    rmse = [np.sqrt(np.mean((predicted - target) ** 2)) for predicted in (np.mean(judge.batches, axis=0), limit)]
    assert judge.remaining() == pytest.approx(0.3**2 / 12 / (2 * rmse[0]), rel=0.3)
    assert judge.remaining() == pytest.approx(rmse[0] - rmse[1], abs=0.004)


def test_the_sampler_ends_early_and_says_so(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    fit = MODEL.fit(train, FitContext(valid=part))
    assert len(fit.history) == 43
    assert fit.stopped_because.startswith(
        "converged after 43 of at most 103 sweeps: more draws would lower the RMSE by"
    )
    assert isinstance(fit.scorer, BayesScorer)
    assert len(fit.scorer.item) == 10
    every = dataclasses.replace(MODEL, draws=50, tolerance=0).fit(train, FitContext(valid=part))
    assert every.stopped_because == "all 53 sweeps done"
    assert len(dataclasses.replace(MODEL, draws=50, tolerance=1e-12).fit(train).history) == 53


def test_a_run_resumed_in_the_middle_of_a_batch_ends_where_it_would_have_ended(
    tmp_path: Path, planted: tuple[Interactions, EvalPart]
) -> None:
    train, part = planted
    whole = MODEL.fit(train, FitContext(valid=part))

    def stop(progress: Progress) -> None:
        if progress.done == 31:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        MODEL.fit(train, FitContext(valid=part, checkpoint_dir=tmp_path, progress=stop))
    resumed, again = (MODEL.fit(train, FitContext(valid=part, checkpoint_dir=tmp_path, resume=True)) for _ in range(2))
    for fit in (resumed, again):
        assert fit.stopped_because == whole.stopped_because
        assert isinstance(fit.scorer, BayesScorer)
        assert isinstance(whole.scorer, BayesScorer)
        for name, array in whole.scorer.arrays().items():
            np.testing.assert_array_equal(array, fit.scorer.arrays()[name], err_msg=name)


def test_without_anybody_to_fold_in_all_draws_are_made(tiny: Interactions) -> None:
    one_rating_each = tiny.take(np.unique(tiny.user_row, return_index=True)[1])
    fit = dataclasses.replace(MODEL, draws=45).fit(one_rating_each)
    assert fit.stopped_because == "all 48 sweeps done"


def test_people_of_the_training_part_take_the_place_of_a_missing_validation_part(
    planted: tuple[Interactions, EvalPart],
) -> None:
    train, _ = planted
    train = dataclasses.replace(train, timestamp=np.arange(len(train)) * 100)
    setup = prepared(train)
    people = SamplePeople.of(setup, None)
    assert people.history.shape == people.target.shape == (64, train.n_items)
    rated, times = train.matrix()[people.users], train.times()
    assert times is not None
    assert people.history_time is not None
    assert people.target_time is not None
    both = (people.history + people.target).toarray()
    np.testing.assert_array_equal(both, rated.toarray())
    np.testing.assert_array_equal((people.history_time + people.target_time).toarray(), times[people.users].toarray())
    share = np.diff(people.target.indptr) / np.diff(rated.indptr)
    assert ((share > 0.1) & (share <= 0.5)).all()
    assert people.history.has_sorted_indices
    assert people.target.has_sorted_indices
