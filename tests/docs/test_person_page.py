"""docs/how-to/person.md: its commands exist, and on ML-1M they print what the page shows."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.docs.examples import commands, folder, run_again, same
from reelgraph.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "person.md").read_text(encoding="utf-8")


VERBS = ("train", "recommend", "explain", "together", "compatible", "ask", "forget")


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """The help of each verb."""
    shown = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        for verb in VERBS:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                assert main([verb, "--help"]) == 0
            shown[verb] = out.getvalue()
    return shown


def test_commands_and_their_options_exist(helps: dict[str, str]) -> None:
    assert len(commands(PAGE)) >= 8
    for line in commands(PAGE):
        words = shlex.split(line)[1:]
        for option in (word for word in words if word.startswith("-")):
            assert option in helps[words[0]], line


def test_options_in_the_text_exist(helps: dict[str, str]) -> None:
    for option in set(re.findall(r"`(--[a-z-]+)", PAGE)):
        assert re.search(rf"{option}\b", "".join(helps.values())), option


def test_what_counts_as_the_same() -> None:
    page = "score 0.543 at 2026-11-24T06:45:17+00:00 of e37594933c1e"
    assert same(page, "score 0.544 at 2025-01-01T00:00:00+00:00  of 9e9c3527ed29")
    assert not same(page, page.replace("0.543", "0.553"))
    assert not same(page, page.replace("score", "scores"))


@pytest.mark.slow
def test_the_page_is_what_is_printed(real_data: Callable[[str], Path]) -> None:
    with folder(real_data("ml-1m").parent):
        again = run_again(PAGE)
        (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
        exec(compile(block, "person.md", "exec"), {})
    assert same(PAGE, again), again
