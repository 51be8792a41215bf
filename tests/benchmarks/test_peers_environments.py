"""Environments of the peers: when one is made anew, and what is said when it cannot be made. No network."""

from __future__ import annotations

import ast
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import environments
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.errors import PeerError


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "some.txt").write_text("library==1.0\n")
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have installed; the environments are empty folders."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(venv, "create", lambda folder, with_pip: Path(folder).mkdir(parents=True))
    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_fingerprint_changes_with_the_requirements(listed: Path) -> None:
    before = environments.fingerprint(listed / "some.txt")
    assert environments.fingerprint(listed / "some.txt") == before
    (listed / "some.txt").write_text("library==1.1\n")
    assert environments.fingerprint(listed / "some.txt") != before


def test_made_once_and_again_when_the_requirements_change(listed: Path, installs: list[list[str]]) -> None:
    home = listed / "home"
    python = environments.interpreter("some", home, listed)
    assert python == home / "some" / "bin" / "python"
    assert installs[0][0] == str(python)
    assert installs[0][-2:] == ["--requirement", str(listed / "some.txt")]
    environments.interpreter("some", home, listed)
    assert len(installs) == 1
    (listed / "some.txt").write_text("library==1.1\n")
    environments.interpreter("some", home, listed)
    assert len(installs) == 2


def test_half_made_is_made_anew(listed: Path, installs: list[list[str]]) -> None:
    left = listed / "home" / "some" / "left-by-a-killed-run"
    left.parent.mkdir(parents=True)
    left.write_text("")
    environments.interpreter("some", listed / "home", listed)
    assert not left.exists()
    assert len(installs) == 1


def test_a_failed_install_is_one_line_and_leaves_no_stamp(
    listed: Path, installs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "WARNING: slow\nERROR: No matching distribution found for library==1.0\nnotice: a newer pip is there\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, "", said))
    for _ in range(2):
        with pytest.raises(PeerError, match="No matching distribution found for library==1.0") as error:
            environments.interpreter("some", listed / "home", listed)
        assert "\n" not in str(error.value)


def test_every_peer_has_pinned_requirements_and_a_script_without_reelgraph() -> None:
    for library in {peer.library for peer in PEERS.values()}:
        lines = (environments.REQUIREMENTS / f"{library}.txt").read_text().splitlines()
        assert all("==" in line for line in lines), library
        assert all(line == "torch==2.13.0" for line in lines if line.startswith("torch==")), library
    for script in {peer.script for peer in PEERS.values()}:
        _check(script)


def _check(module: str) -> None:
    """Of our own code a peer may import what itself imports no reelgraph."""
    source = environments.ROOT / Path(*module.split(".")).with_suffix(".py")
    imported = _imported(source) | _imported(source.with_name("__init__.py"))
    assert not {name for name in imported if name.split(".")[0] == "reelgraph"}, module
    for name in imported:
        if name.startswith("benchmarks"):
            _check(name)


def _imported(script: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    return names
