"""Paired differences of the benchmark rows, on figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import paired_differences
from reelgraph.core import EvalReport, Metric
from reelgraph.core.errors import ConfigError


def report(ndcg: list[float], seed: int = 0) -> EvalReport:
    values = np.array(ndcg)
    summary = {"ndcg@10": Metric(float(values.mean()), 0.0, 1.0)}
    return EvalReport({"ndcg@10": values}, {}, summary, "toy", seed)


def test_everyone_is_compared_with_the_first_on_the_same_people() -> None:
    rows = [{"model": "a"}, {"model": "b"}, {"model": "without reports"}]
    reports = {
        "a": [report([0.5, 0.7, 0.9]), report([0.3, 0.3, 0.3])],
        "b": [report([0.4, 0.6, 0.8]), report([0.0, 0.0, 0.0])],
    }
    paired_differences.pair(rows, reports)
    assert "first_minus_this" not in rows[0]
    assert "first_minus_this" not in rows[2]
    # 0.1 for each person with one seed, 0.3 with the other: no spread over people at all.
    assert rows[1]["first_minus_this"]["first"] == "a"
    assert rows[1]["first_minus_this"]["ndcg@10"] == pytest.approx({"mean": 0.2, "low": 0.2, "high": 0.2})
    columns, lines = paired_differences.table(rows)
    assert columns == ["difference", "ndcg@10"]
    assert lines == [["a - b", "0.2000 [0.2000, 0.2000] *"]]


def test_an_interval_with_0_has_no_star() -> None:
    rows = [{"model": "a"}, {"model": "b"}]
    paired_differences.pair(rows, {"a": [report([0.0, 1.0, 0.0, 1.0])], "b": [report([1.0, 0.0, 1.0, 0.0])]})
    (line,) = paired_differences.table(rows)[1]
    assert str(line[1]).startswith("0.0000 [-")
    assert "*" not in str(line[1])


def test_reports_of_other_people_are_refused() -> None:
    rows = [{"model": "a"}, {"model": "b"}]
    with pytest.raises(ConfigError, match="same people"):
        paired_differences.pair(rows, {"a": [report([0.5, 0.7, 0.9])], "b": [report([0.5, float("nan"), 0.9])]})
