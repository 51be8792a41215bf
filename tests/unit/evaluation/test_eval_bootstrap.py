import dataclasses

import numpy as np
import pytest

from reelgraph.core import EvalReport
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.bootstrap import paired, summarise


def report(weight: dict[str, np.ndarray] | None = None, seed: int = 0, **per_user: np.ndarray) -> EvalReport:
    weight = weight or {}
    return EvalReport(per_user, weight, summarise(per_user, weight, seed), "test", seed)


def test_interval_is_close_to_normal_theory() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 400)
    found = summarise({"x": values}, {}, seed=0, resamples=4000)["x"]
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_interval_holds_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for trial in range(200):
        found = summarise({"x": rng.normal(1.0, 1.0, 80)}, {}, seed=trial, resamples=300)["x"]
        held += found.low <= 1.0 <= found.high
    assert 180 <= held <= 198  # 190 expected, standard deviation 3


def test_weighted_mean_is_the_mean_over_ratings() -> None:
    # person 0: 1 rating off by 3 (mse 9); person 1: 3 ratings, mse 1 -> (9 + 3) / 4 = 3, not (9 + 1) / 2
    weight = {"mse": np.array([1.0, 3.0]), "rmse": np.array([1.0, 3.0])}
    found = summarise({"mse": np.array([9.0, 1.0]), "rmse": np.array([3.0, 1.0])}, weight, seed=0)
    assert found["mse"].mean == pytest.approx(3.0)
    # the root of the mean square, not the mean of the roots (1.5)
    assert found["rmse"].mean == pytest.approx(np.sqrt(3.0))
    assert found["rmse"].low == pytest.approx(np.sqrt(found["mse"].low))
    assert found["rmse"].high == pytest.approx(np.sqrt(found["mse"].high))


def test_people_without_a_value_do_not_count() -> None:
    found = summarise({"x": np.array([1.0, np.nan, 0.0, np.nan])}, {}, seed=0)["x"]
    assert found.mean == pytest.approx(0.5)


def test_a_metric_of_nobody_is_an_error() -> None:
    with pytest.raises(ConfigError, match="x: no person"):
        summarise({"x": np.array([np.nan, np.nan])}, {}, seed=0)


def test_same_seed_same_interval_other_seed_another() -> None:
    values = {"x": np.random.default_rng(3).random(50)}
    assert summarise(values, {}, seed=4) == summarise(values, {}, seed=4)
    assert summarise(values, {}, seed=4) != summarise(values, {}, seed=5)


def test_blocks_of_draws_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"x": np.random.default_rng(3).random(50)}
    whole = summarise(values, {}, seed=4)["x"]
    monkeypatch.setattr("reelgraph.evaluation.bootstrap._BLOCK_CELLS", 50 * 7)
    assert summarise(values, {}, seed=4)["x"].low == pytest.approx(whole.low)


def test_difference_of_a_report_with_itself_is_exactly_zero() -> None:
    values = np.random.default_rng(5).random(60)
    one = report({"rmse": np.arange(1.0, 61.0)}, x=values, rmse=values)
    for name in ("x", "rmse"):
        found = paired(one, one, name)
        assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)


def test_pairing_sees_a_small_difference_that_single_intervals_do_not() -> None:
    rng = np.random.default_rng(6)
    base = rng.random(300)
    one, other = report(x=base + 0.01 + rng.normal(0, 0.01, 300)), report(x=base)
    assert one["x"].low < other["x"].high  # the intervals overlap
    found = paired(one, other, "x")
    assert 0 < found.low < found.mean < found.high
    assert found.mean == pytest.approx(one["x"].mean - other["x"].mean)
    # normal theory for the differences
    gap = one.per_user["x"] - base
    assert found.high - found.low == pytest.approx(2 * 1.96 * gap.std() / np.sqrt(300), rel=0.15)


def test_reports_of_other_people_are_not_paired() -> None:
    with pytest.raises(ConfigError, match="not of the same people"):
        paired(report(x=np.array([1.0, 2.0])), report(x=np.array([1.0, np.nan])), "x")
    with pytest.raises(ConfigError, match="not of the same people"):
        paired(report(x=np.array([1.0, 2.0])), report(x=np.array([1.0, 2.0, 3.0])), "x")


def test_a_metric_that_is_not_there_is_named() -> None:
    one = report(**{"ndcg@10": np.array([1.0, 2.0])})
    with pytest.raises(ConfigError, match="did you mean 'ndcg@10'"):
        paired(one, one, "ndcg@1")


def test_reports_of_other_people_of_the_same_number_are_not_paired() -> None:
    one, other = (dataclasses.replace(report(x=np.array([1.0, 2.0])), part_digest=digest) for digest in ("a", "b"))
    with pytest.raises(ConfigError, match="not of the same people and ratings"):
        paired(one, other, "x")
    assert paired(one, dataclasses.replace(other, part_digest="a"), "x").mean == 0
