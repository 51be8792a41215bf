"""docs/service/api-tour.md: each line is sent to a service, and the answers are those that the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from reelgraph.cli import main
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import running, small

PAGE = Path(__file__).parents[2] / "docs" / "service" / "api-tour.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_CHANCE = re.compile(r'("(?:recommendation_id|bundle)":)"[^"]+"')  # other at each run


def answered(page: str, folder: Path) -> str:
    """The page with what the service answers now below each command."""
    small().save(folder / "bundle")
    store = open_store(folder / "people.db")
    key, admin = store.add_key("docs", ["read", "write"]), store.add_key("operator", ["admin"])
    settings = ServeSettings(folder / "bundle", "unused", port=0, watch_seconds=0.0)
    with running(settings, store) as service:
        known = {**os.environ, "API": str(service.http.base_url).rstrip("/"), "KEY": key, "ADMIN": admin}

        def again(block: re.Match[str]) -> str:
            lines = []
            for line in (line for line in block.group(1).splitlines() if line.startswith("$ ")):
                done = subprocess.run(["bash", "-c", line[2:]], env=known, capture_output=True, text=True, check=True)
                lines += [line, done.stdout.rstrip("\n")]
            return "```console\n" + "\n".join(lines) + "\n```"

        made = _BLOCK.sub(again, page)
    store.close()
    return made


def test_every_answer_is_the_one_shown(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    page = PAGE.read_text(encoding="utf-8")
    assert len(_BLOCK.findall(page)) >= 8
    assert _CHANCE.sub(r'\1""', answered(page, tmp_path)).splitlines() == _CHANCE.sub(r'\1""', page).splitlines()


def test_commands_and_their_options_exist(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            verbs = words[1:4] if words[1] == "store" else words[1:2]
            assert main([*verbs, "--help"]) == 0
            shown = capsys.readouterr().out
            assert [word for word in words if word.startswith("--") and word not in shown] == []
