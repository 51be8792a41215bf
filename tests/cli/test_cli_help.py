"""Help, version and the list of the commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Shell = Callable[..., Any]
COMMANDS = [
    ("demo",), ("train",), ("tune",), ("evaluate",), ("recommend",), ("serve",), ("similar",), ("explain",),
    ("predict",), ("together",), ("compatible",), ("ask",), ("forget",), ("import",), ("doctor",), ("update",),
    ("mcp",), ("export",), ("bundle", "card"), ("bundle", "push"), ("bundle", "get"),
    ("data", "list"), ("data", "get"), ("data", "describe"), ("data", "clean"), ("data", "generate"),
    ("data", "convert"), ("data", "enrich"),
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example_that_is_that_command(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell(*words, "--help")
    assert answer.code == 0
    assert answer.err == ""
    text = re.sub(r"\x1b\[[0-9;]*m", "", answer.out)
    example = text.split("Example", 1)[1]
    assert f"reelgraph {' '.join(words)}" in example


def test_every_command_is_in_the_help_and_under_these_tests(shell: Shell) -> None:
    from reelgraph.cli.bundle import app as bundle
    from reelgraph.cli.data import app as data
    from reelgraph.cli.verbs import VERBS

    known = [(name,) for name in VERBS if name not in ("bundle", "data", "store")]
    for group, app in (("bundle", bundle), ("data", data)):
        known += [(group, command.name) for command in app.registered_commands]
    assert sorted(known) == sorted(COMMANDS)
    answer = shell("--help")
    assert answer.code == 0
    assert all(words[0] in answer.out for words in COMMANDS)


def test_the_help_of_each_command_starts_with_its_line_in_the_list() -> None:
    from typer import Typer

    from reelgraph.cli.verbs import VERBS

    loaded = {name: verb.load() for name, verb in VERBS.items()}
    first = {
        name: verb.info.help if isinstance(verb, Typer) else " ".join(verb.__doc__.split("\n\n")[0].split())
        for name, verb in loaded.items()
    }
    assert first == {name: verb.summary for name, verb in VERBS.items()}


def test_version(shell: Shell) -> None:
    answer = shell("--version")
    assert answer.code == 0
    assert re.fullmatch(r"reelgraph \d+\.\d+\.\d+\S*\n", answer.out)


@pytest.mark.parametrize("words", [(), ("data",)])
def test_no_words_show_the_help_and_exit_2(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell(*words)
    assert answer.code == 2
    assert "Usage: reelgraph" in answer.out + answer.err
    assert "error" not in answer.err
