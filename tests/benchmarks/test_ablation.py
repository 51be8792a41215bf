"""``python -m benchmarks.accuracy.ablation`` on people who go through movies in one order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.accuracy.ablation import app
from reelgraph.cli.app import run
from tests.benchmarks.test_rated_later import in_order


def test_rows_of_parts_and_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    assert run(app, "benchmarks.accuracy.ablation", ["last-n", "--data", str(in_order(tmp_path)), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = ["default", "without lightgcn", "without later part", "without low pass", "lightgcn alone"]
    assert [row["ranking"] for row in rows if row["group"] == "all"] == names
    assert [row["group"] for row in rows[5:]] == ["ratings up to 50"]
    default, of_group = rows[0], rows[5]
    for row in rows[1:5]:
        mean = row["ndcg@10"]["mean"] - default["ndcg@10"]["mean"]
        assert row["difference"]["mean"] == pytest.approx(mean, abs=1e-5)
    assert abs(rows[4]["difference"]["mean"]) > 0.01  # lightgcn does not know the order
    # Everybody is in the one group.
    assert of_group["ndcg@10"]["mean"] == default["ndcg@10"]["mean"]
    assert of_group["difference"]["mean"] == pytest.approx(-rows[2]["difference"]["mean"], abs=1e-5)
    assert "later_weight 0" in rows[2]["chosen"]
