"""Commands, options, modules and files that the pages of the documentation name do exist."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from reelgraph.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HISTORY = {"adr", "changelog.md", "glossary.md"}  # they name what there was
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in HISTORY]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (*PAGES, ROOT / "CONTRIBUTING.md")
}
SOURCES = [
    path for folder in ("src", "benchmarks") for end in ("py", "md") for path in (ROOT / folder).rglob(f"*.{end}")
]
FOLDERS = (".", "src", "src/reelgraph", "src/reelgraph/evaluation", "src/reelgraph/serve")


def commands(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("reelgraph ")]


@cache
def help_of(verb: tuple[str, ...]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        assert main([*verb, "--help"]) == 0, verb
    return out.getvalue()


@pytest.mark.parametrize("page", [page for page, text in TEXTS.items() if commands(text)])
def test_commands_and_their_options(page: str) -> None:
    for line in commands(TEXTS[page]):
        words = shlex.split(line)[1:]
        depth = {"bundle": 2, "data": 2, "store": 3 if words[1:2] in (["key"], ["feed"]) else 2}.get(words[0], 1)
        shown = help_of(tuple(words[:depth]))
        for option in (word.split("=")[0] for word in words if word.startswith("-")):
            assert re.search(rf"{re.escape(option)}\b", shown), line


def missing_benchmarks(text: str) -> list[str]:
    """Modules of commands in the text that do not exist; NAME in a command stands for several."""
    names = set(re.findall(r"python -m\s+(benchmarks\.[\w.]*\w)", text))
    return [name for name in sorted(names) if "NAME" not in name and not is_benchmark(name)]


def is_benchmark(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def test_benchmarks() -> None:
    texts = [*TEXTS.values(), *(path.read_text(encoding="utf-8") for path in (*SOURCES, ROOT / "CHANGELOG.md"))]
    assert sum(len(re.findall(r"python -m\s+benchmarks\.", text)) for text in texts) >= 40
    assert [name for text in texts for name in missing_benchmarks(text)] == []


def test_a_benchmark_that_does_not_exist_is_found() -> None:
    text = "`python -m benchmarks.speed.person`, `python -m\nbenchmarks.price`, `python -m benchmarks.speed.NAME`"
    assert missing_benchmarks(text) == ["benchmarks.price"]


@pytest.mark.parametrize("page", TEXTS)
def test_files(page: str) -> None:
    """A name in backticks with a slash and a known ending, or a folder with a slash at its end."""
    names = re.findall(r"`([\w.-]+/(?:[\w./-]+\.(?:py|toml|md|ipynb)|(?:[\w.-]+/)*))`", TEXTS[page])
    missing = [name for name in names if not any((ROOT / folder / name).exists() for folder in FOLDERS)]
    assert [name for name in missing if not name.startswith(("build/", "out/", "ml-"))] == []


def test_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page, text in TEXTS.items():
        for target in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", text, flags=re.MULTILINE):
            assert re.search(rf"^{''.join(target)}:", makefile, flags=re.MULTILINE), (page, target)


@cache
def words_of_the_code() -> frozenset[str]:
    files = (ROOT / "src" / "reelgraph").rglob("*.py")
    return frozenset(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in files)))


@pytest.mark.parametrize("page", [page for page in TEXTS if page.startswith("docs/how-to/add-a-")])
def test_names_in_recipes(page: str) -> None:
    names = re.findall(r"`([A-Za-z_][\w.]*)(?:\([^`]*\))?`", TEXTS[page])
    plain = [name for name in names if not name.endswith((".py", ".md"))]
    assert [name for name in plain if not set(name.split(".")) <= words_of_the_code()] == []


def test_new_names_of_the_glossary() -> None:
    """Each name in the column "now" is a file or folder of the package, or a name that its code uses."""
    package, words = ROOT / "src" / "reelgraph", words_of_the_code()
    rows = re.findall(r"^\| `.*\| (`.*`) \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(names) > 100
    assert [name for name in names if "/" in name or name.endswith(".py") if not (package / name).exists()] == []
    plain = [name for name in names if "/" not in name and not name.endswith(".py")]
    assert [name for name in plain if not set(re.findall(r"\w+", name)) <= words] == []
