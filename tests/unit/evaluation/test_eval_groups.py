"""Figures by group of people, worked by hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reelgraph.core import EvalPart, EvalReport, Matrix, Profiles
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import Grouping, by_group, summarise, user_groups
from reelgraph.evaluation.groups import SMALL, history_thirds


def part_of(lengths: list[int]) -> EvalPart:
    history = np.zeros((len(lengths), 12), np.float32)
    for row, length in enumerate(lengths):
        history[row, :length] = 3
    nothing = Matrix(np.zeros_like(history))
    return EvalPart(np.arange(len(lengths)), Matrix(history), nothing, Matrix(history))


def report_of(seed: int = 0, **values: list[float]) -> EvalReport:
    per_user = {name: np.array(of_all, np.float64) for name, of_all in values.items()}
    weight = {"rmse": np.array([1.0, 3.0, 2.0, 0.0])} if "rmse" in values else {}
    return EvalReport(per_user, weight, {}, "by hand", seed)


def test_thirds_by_the_number_of_ratings_with_their_range() -> None:
    found = history_thirds(part_of([1, 9, 4, 2, 5, 12]))
    # in order: 1, 2 | 4, 5 | 9, 12
    assert found.names == ("few (1-2)", "some (4-5)", "many (9-12)")
    assert_array_equal(found.member, [0, 2, 1, 0, 1, 2])


def test_people_with_equally_many_ratings_stay_together() -> None:
    found = history_thirds(part_of([3, 3, 3, 3, 3, 7]))
    assert_array_equal(found.member, [0, 0, 0, 0, 0, 2])
    assert found.names == ("few (3-3)", "some", "many (7-7)")
    groups = by_group(report_of(ndcg=[1, 1, 1, 1, 1, 0]), [found])
    assert [(group.name, group.people) for group in groups] == [("few (3-3)", 5), ("many (7-7)", 1)]


def test_means_of_each_group_and_people_who_do_not_count() -> None:
    grouping = Grouping("half", ("a", "b", "nobody"), np.array([0, 0, 1, 1]))
    report = report_of(ndcg=[0, 1, 0.5, np.nan], recall=[1, 0, np.nan, np.nan], rmse=[1, 2, 3, 9])
    one, other = by_group(report, [grouping])
    assert (one.kind, one.name, one.people) == ("half", "a", 2)
    assert one.metrics["ndcg"].mean == pytest.approx(0.5)
    assert other.metrics["ndcg"].mean == pytest.approx(0.5)  # of the one who counts
    assert one.metrics["recall"].mean == pytest.approx(0.5)
    assert "recall" not in other.metrics
    # over ratings: sqrt((1 * 1 + 3 * 4) / 4); sqrt(2 * 9 / 2), the last has no rating
    assert one.metrics["rmse"].mean == pytest.approx(np.sqrt(13 / 4))
    assert other.metrics["rmse"].mean == pytest.approx(3)


def test_small_groups_have_no_interval_and_large_ones_that_of_their_people() -> None:
    n = SMALL
    values = np.random.default_rng(0).random(2 * n - 1)
    values[0] = np.nan
    member = (np.arange(2 * n - 1) >= n).astype(np.int64)  # n, of whom n - 1 count, and n - 1
    report = EvalReport({"ndcg": values, "lift": np.arange(2.0 * n - 1)}, {}, {}, "", 5)
    one, other = by_group(report, [Grouping("size", ("a", "b"), member)])
    assert np.isnan([one.metrics["ndcg"].low, one.metrics["ndcg"].high, other.metrics["lift"].low]).all()
    assert one.metrics["ndcg"].mean == pytest.approx(np.nanmean(values[:n]))
    assert str(other.metrics["lift"]) == f"{np.arange(2 * n - 1)[n:].mean():.4f}"
    assert one.metrics["lift"] == summarise({"lift": np.arange(float(n))}, {}, 5)["lift"]
    assert one.metrics["lift"].low < one.metrics["lift"].mean < one.metrics["lift"].high


def test_profiles_by_external_id_the_unknown_last() -> None:
    profiles = Profiles(
        np.array([30, 10, 20]), np.array(["F", "M", "F"]), np.array(["", "", ""]), np.array(["writer", "", "artist"]),
        np.array(["1", "2", "3"]),
    )  # fmt: skip
    found = user_groups(part_of([1, 2, 3, 4]), profiles, user_id=np.array([10, 20, 30, 40]))
    assert [grouping.kind for grouping in found] == ["ratings", "gender", "occupation"]  # no age is known of anybody
    gender, occupation = found[1:]
    assert [gender.names[place] for place in gender.member] == ["M", "F", "F", "unknown"]
    assert occupation.names == ("artist", "writer", "unknown")
    assert [occupation.names[place] for place in occupation.member] == ["unknown", "artist", "writer", "unknown"]
    assert [grouping.kind for grouping in user_groups(part_of([1, 2]))] == ["ratings"]
    with pytest.raises(ConfigError, match="user_id: profiles are by external id"):
        user_groups(part_of([1]), profiles)


def test_a_grouping_of_other_people_is_refused() -> None:
    with pytest.raises(ConfigError, match="half: has 2 people, but ndcg has 3"):
        by_group(report_of(ndcg=[1, 2, 3]), [Grouping("half", ("a", "b"), np.array([0, 1]))])
