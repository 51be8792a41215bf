"""docs/service/operate.md and packaging/: the commands, options, extras, files and metrics exist."""

from __future__ import annotations

import contextlib
import io
import json
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
PACKAGED = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "packaging").iterdir() if path.is_file()}
UNITS = {name: text for name, text in PACKAGED.items() if name.endswith((".service", ".timer"))}


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
    for name in re.findall(r"packaging/[\w.-]+\w", PAGE):
        assert (ROOT / name).exists(), name


def test_the_compose_file_fits_the_image() -> None:
    services = pytest.importorskip("yaml").safe_load(COMPOSE)["services"]
    assert set(services) == {"reelgraph", "db", "retrain", "update"}
    (user,) = re.findall(r"(?m)^USER (\w+)$", DOCKERFILE)
    for name in ("reelgraph", "retrain", "update"):
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
    for text in (PACKAGED["prometheus-alerts.yml"], PACKAGED["grafana-dashboard.json"]):
        told += re.findall(r"(?:reelgraph|process)_[a-z_]+(?=[{\[)\s\\])", text)
    assert len(set(told)) >= 15
    for name in told:
        assert f"# TYPE {name.removesuffix('_bucket').removesuffix('_total')}" in shown, name


def test_alert_rules_and_the_board_are_well_formed() -> None:
    (group,) = pytest.importorskip("yaml").safe_load(PACKAGED["prometheus-alerts.yml"])["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(set(names)) == len(names) >= 10
    for rule in group["rules"]:
        assert rule["expr"].count("(") == rule["expr"].count(")"), rule
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
    panels = json.loads(PACKAGED["grafana-dashboard.json"])["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 10
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    for panel in panels:
        for target in panel["targets"]:
            assert target["expr"].count("(") == target["expr"].count(")"), target


def test_the_example_of_a_config_file_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi")
    from reelgraph.cli import serve

    path, seen = tmp_path / "reelgraph.toml", []
    path.write_text(PACKAGED["reelgraph.toml"])
    monkeypatch.setattr(serve, "run", lambda settings, *rest: seen.append(settings))
    assert main(["serve", "--config", str(path)]) == 0
    assert str(seen[0].bundle) == "/var/lib/reelgraph/bundles/current"
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        assert main(["store", "--config", str(path), "vacuum", str(tmp_path / "no.db")]) == 2
    assert "no such file" in errors.getvalue()


def test_units_keep_to_the_folders_of_the_page() -> None:
    assert set(UNITS) == {
        "reelgraph.service",
        *(f"reelgraph-{when}.{kind}" for when in ("nightly", "weekly") for kind in ("service", "timer")),
    }
    for place in ("/var/lib/reelgraph/bundles", "/var/lib/reelgraph/data", "/var/lib/reelgraph/dumps"):
        assert place in PAGE
        assert any(place in text for text in UNITS.values())
