"""``python -m benchmarks.accuracy.rerank_tradeoff`` on the toy data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.accuracy.rerank_tradeoff import app
from reelgraph.cli.app import run


def test_one_json_object_a_place_of_each_dial(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["strong", "--model", "popularity", "--data", str(toy), "--json"]
    assert run(app, "benchmarks.accuracy.rerank_tradeoff", words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["by"] for row in rows] == ["diversity"] * 11 + ["calibration"] * 11 + ["niche"] * 9
    assert [row["dial"] for row in rows[:11]] == pytest.approx([n / 10 for n in range(11)])
    first, last = rows[0], rows[10]
    assert (first["part"], first["model"], first["protocol"]) == ("valid", "popularity", "strong")
    assert first["difference"]["ndcg@10"] == {"mean": 0, "low": 0, "high": 0}
    for name in ("ndcg@10", "diversity@10", "miscalibration@10", "popularity_lift@10"):
        change = last["metrics"][name]["mean"] - first["metrics"][name]["mean"]
        assert last["difference"][name]["mean"] == pytest.approx(change)
    assert rows[11]["metrics"] == first["metrics"]
    assert last["metrics"]["diversity@10"]["mean"] >= first["metrics"]["diversity@10"]["mean"]
    assert rows[22]["metrics"] == first["metrics"]
    lift = [row["metrics"]["popularity_lift@10"]["mean"] for row in rows[22:]]
    assert max(lift[1:5]) >= lift[0] >= min(lift[5:])  # -1 to -0.25, then 0.25 to 1
    for row in rows[12:22]:  # a promise of the re-ranker, person by person
        assert row["difference"]["miscalibration@10"]["mean"] <= 1e-9


def test_a_table_and_a_picture(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    picture = tmp_path / "price.png"
    words = ["strong", "--by", "calibration", "--data", str(toy), "--picture", str(picture)]
    assert run(app, "benchmarks.accuracy.rerank_tradeoff", words) == 0
    shown = capsys.readouterr().out
    assert "the dial of calibration" in shown
    assert "the dial of diversity" not in shown
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "text"), [(["strng"], "did you mean 'strong'"), (["strong", "--by", "variety"], "variety: unknown")]
)
def test_bad_words_are_refused(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, "benchmarks.accuracy.rerank_tradeoff", words) == 2
    assert text in " ".join(capsys.readouterr().err.split())
