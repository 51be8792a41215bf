"""docs/service/operate.md and packaging/: the commands, options, extras, files and metrics exist."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from reelgraph.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service" / "operate.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
UNITS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "packaging").iterdir()}


def commands() -> list[list[str]]:
    """Every call of reelgraph in the page, the units, the image and the compose file, without its first word."""
    found = re.findall(r"(?m)^(?:docker compose run --rm )?reelgraph (.+)$", PAGE)
    found += [line.replace("\\\n", " ") for text in UNITS.values() for line in _calls(text)]
    found += [" ".join(re.findall(r'"([^"]+)"', line)) for line in re.findall(r"(?m)^CMD (.+)$", DOCKERFILE)]
    found += [line.replace(",", " ") for line in re.findall(r"(?m)^    command: \[(.+)\]$", COMPOSE)]
    return [shlex.split(line, comments=True) for line in found]


def _calls(unit: str) -> list[str]:
    return re.findall(r"(?m)^ExecStart=/opt/reelgraph/bin/reelgraph ((?:.*\\\n)*.*)$", unit)


def _help(verb: tuple[str, ...]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        assert main([*verb, "--help"]) == 0, verb
    return out.getvalue()


def test_commands_and_their_options_exist() -> None:
    verbs = set()
    for words in commands():
        depth = 1 if words[0] not in ("store",) else 3 if words[1] == "key" else 2
        verb = tuple(words[:depth])
        verbs.add(verb)
        shown = _help(verb)
        for option in (word.split("=")[0] for word in words if word.startswith("-")):
            assert re.search(rf"{re.escape(option)}\b", shown), (verb, option)
    assert {("serve",), ("store", "retrain"), ("store", "dump"), ("store", "key", "add")} <= verbs


def test_extras_and_files_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for text in (DOCKERFILE, PAGE):
        (asked,) = re.findall(r'"\.\[([a-z,]+)\]"', text)
        assert set(asked.split(",")) <= set(extras)
    copied = [word for line in re.findall(r"(?m)^COPY ([^-].+) \S+$", DOCKERFILE) for word in line.split()]
    assert len(copied) >= 5
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in kept, name
    for name in re.findall(r"packaging/\S+", PAGE):
        assert (ROOT / name).exists(), name


def test_the_compose_file_fits_the_image() -> None:
    services = pytest.importorskip("yaml").safe_load(COMPOSE)["services"]
    assert set(services) == {"reelgraph", "db", "retrain"}
    (user,) = re.findall(r"(?m)^USER (\w+)$", DOCKERFILE)
    for name in ("reelgraph", "retrain"):
        assert f"postgresql://{services['db']['environment']['POSTGRES_USER']}@db/{user}" in services[name]["command"]
        assert services[name]["environment"]["PGPASSWORD"] == services["db"]["environment"]["POSTGRES_PASSWORD"]
    (port,) = re.findall(r"(?m)^EXPOSE (\d+)$", DOCKERFILE)
    assert services["reelgraph"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert services["reelgraph"]["volumes"][1].split(":")[1] == re.findall(r"(?m)^VOLUME (\S+)$", DOCKERFILE)[0]


def test_metrics_exist() -> None:
    pytest.importorskip("prometheus_client")
    from reelgraph.serve.state.metrics import Metrics

    shown = Metrics().text().decode()
    told = re.findall(r"`(reelgraph_[a-z_]+)", PAGE)
    assert len(told) >= 6
    for name in told:
        assert f"# TYPE {name.removesuffix('_total')}" in shown, name


def test_units_keep_to_the_folders_of_the_page() -> None:
    assert set(UNITS) == {"reelgraph.service", "reelgraph-nightly.service", "reelgraph-nightly.timer"}
    for place in ("/var/lib/reelgraph/bundles", "/var/lib/reelgraph/data", "/var/lib/reelgraph/dumps"):
        assert place in PAGE
        assert any(place in text for text in UNITS.values())
