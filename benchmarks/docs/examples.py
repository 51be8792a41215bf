"""Run the examples of a page again: every ``$ reelgraph ...`` of its console blocks, and what it prints.

``python -m benchmarks.docs.examples docs/how-to/person.md --data DIR`` writes the page anew with what the commands
print now, in a shell of 100 columns. They run in an empty folder in which the data sets of DIR can be named, such as
``ml-1m``. The blocks ``csv title=NAME`` of the page are written there first, and the ``reelgraph`` lines of its ``sh``
blocks run.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli import main as shell

COLUMNS = "100"
_BLOCK = re.compile(r"```console\n(.*?)```", flags=re.DOTALL)
_FILE = re.compile(r"```csv title=(\S+)\n(.*?)```", flags=re.DOTALL)
_FIRST = re.compile(r"```sh\n(.*?)```", flags=re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
_PASSING = re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+|\b[0-9a-f]{12}\b")  # times and hashes


def commands(page: str) -> list[str]:
    """The command lines of a page, without the prompt; those of ``sh`` blocks first."""
    shown = [line[2:] for block in _BLOCK.findall(page) for line in block.splitlines() if line.startswith("$ ")]
    return [line for block in _FIRST.findall(page) for line in block.splitlines()] + shown


def run_again(page: str) -> str:
    """The page, Markdown, with what its commands print now; they run in the working folder, see `folder`."""
    for name, content in _FILE.findall(page):
        Path(name).write_text(content, encoding="utf-8")
    for block in _FIRST.findall(page):
        for line in block.splitlines():
            _printed(line)
    return _BLOCK.sub(lambda block: f"```console\n{_answered(block.group(1))}```", page)


def same(one: str, other: str) -> bool:
    """Do two pages say the same, times and hashes aside, and numbers that differ in the last of their digits?"""
    texts = [_NUMBER.sub("#", _PASSING.sub("", " ".join(page.split()))) for page in (one, other)]
    numbers = [[_value(n) for n in _NUMBER.findall(_PASSING.sub("", page))] for page in (one, other)]
    near = all(abs(a - b) <= 2e-3 * max(1.0, abs(a)) for a, b in zip(*numbers, strict=False))
    return texts[0] == texts[1] and near


def _value(text: str) -> float:
    return float(text.replace(",", "").rstrip("."))


def _answered(block: str) -> str:
    lines = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{line}\n{_printed(line[2:])}" for line in lines)


def _printed(line: str) -> str:
    """What a command prints on stdout, line ends trimmed."""
    words, shown = shlex.split(line), io.StringIO()
    assert words[0] == "reelgraph", line
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(io.StringIO()):
        code = shell(words[1:])
    assert code == 0, (line, shown.getvalue())
    return "".join(f"{one.rstrip()}\n" for one in shown.getvalue().splitlines())


@contextlib.contextmanager
def folder(data: Path) -> Iterator[None]:
    """An empty working folder with the data sets of ``data``, in a shell of `COLUMNS` columns."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        for one in data.resolve().iterdir():
            if one.is_dir():
                Path(one.name).symlink_to(one)
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = COLUMNS
        try:
            yield
        finally:
            os.environ.pop("COLUMNS") if before is None else os.environ.__setitem__("COLUMNS", before)


def main(
    page: Annotated[Path, typer.Argument(help="A Markdown file.")],
    data: Annotated[Path, typer.Option(help="The folder that holds the data sets.")] = Path("data"),
) -> None:
    """Write the page anew."""
    text = page.read_text(encoding="utf-8")
    with folder(data):
        text = run_again(text)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
