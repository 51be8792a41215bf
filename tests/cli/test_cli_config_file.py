"""Options from a config file and the environment: the shell wins over the environment, and that over the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from reelgraph.cli import serve as serve_module
from reelgraph.cli.verbs import _command
from reelgraph.serve import ServeSettings


@pytest.fixture
def served(shell: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., ServeSettings]:
    """Calls ``reelgraph serve`` and returns the settings that it would serve with."""
    seen: list[ServeSettings] = []
    monkeypatch.setattr(serve_module, "run", lambda settings, *rest: seen.append(settings))

    def call(*words: object) -> ServeSettings:
        answer = shell("serve", *words)
        assert (answer.code, answer.out, answer.err) == (0, "", "")
        return seen.pop()

    return call


def write(folder: Path, text: str) -> Path:
    path = folder / "reelgraph.toml"
    path.write_text(text)
    return path


def test_the_file_the_environment_and_the_shell(
    served: Callable[..., ServeSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        '[serve]\nbundle = "B"\nport = 1001\nrate = 5\nhost-name = ["a.org", "b.org"]\naccess_log = true\nburst = 7\n'
    )
    words = ("--config", write(tmp_path, text))
    settings = served(*words)
    assert (settings.bundle, settings.port, settings.rate) == (Path("B"), 1001, 5.0)
    assert (settings.hosts, settings.access_log, settings.threads) == (("a.org", "b.org"), True, 2)
    monkeypatch.setenv("REELGRAPH_SERVE_PORT", "1002")
    monkeypatch.setenv("REELGRAPH_SERVE_RATE", "6")
    monkeypatch.setenv("REELGRAPH_SERVE_BUNDLE", "C")
    settings = served(*words)
    assert (settings.port, settings.rate, settings.bundle, settings.burst) == (1002, 6.0, Path("C"), 7)
    settings = served("D", *words, "--port", 1003)
    assert (settings.port, settings.rate, settings.bundle, settings.burst) == (1003, 6.0, Path("D"), 7)
    monkeypatch.setenv("REELGRAPH_SERVE_CONFIG", str(words[1]))
    assert served().burst == 7


def test_every_setting_has_an_option_a_key_and_a_variable(
    served: Callable[..., ServeSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each option changes one setting, from the file as from the environment."""
    command = _command("serve")
    options = {p.name: p.opts[0][2:] for p in command.params if p.opts[0].startswith("--") and p.name != "config"}
    options.pop("help", None)
    default = served("B")
    names = {"open": "open", "i_know": "exposed", "host_name": "hosts", "watch": "watch_seconds"}
    fields = {field.name for field in dataclasses.fields(ServeSettings)} - {"bundle"}
    assert {names.get(name, name) for name in options} == fields
    for name, option in options.items():
        field = names.get(name, name)
        value = getattr(default, field)
        if isinstance(value, bool):
            changed: Any = True
        elif isinstance(value, int | float):
            changed = type(value)(value + 1)
        else:
            changed = 1.0 if name == "seen_weight" else "x"
        expected = {"hosts": ("x",), "posters": Path("x")}.get(field, changed)
        text = f"{changed}".lower() if isinstance(changed, bool | int | float) else f'"{changed}"'
        text = '["x"]' if field == "hosts" else text
        from_file = served("B", "--config", write(tmp_path, f"[serve]\n{option} = {text}\n"))
        assert getattr(from_file, field) == expected, option
        with monkeypatch.context() as patch:
            patch.setenv(f"REELGRAPH_SERVE_{option.upper().replace('-', '_')}", str(changed))
            assert getattr(served("B"), field) == expected, option


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nprot = 1\n", "[serve] prot: unknown option; known are access-log, body-seconds, bundle, burst"),
        ("[serve\n", "not valid TOML"),
        ("serve = 3\n", "[serve]: expected a table"),
        ("[serve]\nport = 'many'\n", "Invalid value for '--port': Input should be a valid integer"),
        ("[serve]\nport = 70000\n", "Invalid value for '--port': Input should be less than or equal to 65535"),
    ],
)
def test_bad_files_are_refused_in_one_line(shell: Callable[..., Any], tmp_path: Path, text: str, message: str) -> None:
    answer = shell("serve", "B", "--config", write(tmp_path, text))
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err
    missing = shell("serve", "B", "--config", tmp_path / "no.toml")
    assert (missing.code, missing.err) == (2, f"error: {tmp_path / 'no.toml'}: no such config file\n")


def test_the_verbs_of_the_store_have_tables_of_their_own(
    shell: Callable[..., Any], sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = tmp_path / "people.db"
    people.write_bytes(sqlite_file.read_bytes())
    path = write(tmp_path, "[serve]\nport = 1\n[store.dump]\nkeep = 1\n[store.vacuum]\nserved-days = 9\n")
    for _ in range(2):
        assert shell("store", "--config", path, "dump", people, tmp_path / "dumps").code == 0
    assert len(list((tmp_path / "dumps").iterdir())) == 1
    monkeypatch.setenv("REELGRAPH_STORE_DUMP_KEEP", "2")
    assert shell("store", "--config", path, "dump", people, tmp_path / "dumps").code == 0
    assert len(list((tmp_path / "dumps").iterdir())) == 2
    wrong = write(tmp_path, "[store.dmp]\nkeep = 1\n")
    answer = shell("store", "--config", wrong, "dump", people, tmp_path / "x")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "[store] dmp: unknown option; known are dump, feed, init," in answer.err
    assert "did you mean 'dump'?" in answer.err
