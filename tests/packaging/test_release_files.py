"""What a release states in more than one file: version, address, Python versions, dependencies, workflows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import reelgraph

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
CITATION = yaml.safe_load(read("CITATION.cff"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github/workflows").iterdir()}
LINES = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
PINS = [Requirement(line) for line in LINES]


def requirements() -> list[Requirement]:
    """Every direct dependency, of the package and of its extras."""
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [Requirement(line) for lines in lists for line in lines if not line.startswith("reelgraph[")]


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def test_changelog_and_citation_have_the_version() -> None:
    changelog = read("CHANGELOG.md")
    newest, date = re.findall(r"(?m)^## \[?([0-9.]+)\]? - ([0-9-]{10})$", changelog)[0]
    assert newest == CITATION["version"] == reelgraph.__version__
    assert date == CITATION["date-released"]
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{newest}]")


def test_changelog_lists_the_newest_version_first() -> None:
    versions = [Version(number) for number in re.findall(r"(?m)^## \[?([0-9.]+)", read("CHANGELOG.md"))]
    assert len(versions) >= 2
    assert versions == sorted(versions, reverse=True)


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "CITATION.cff", "SECURITY.md", ".github/ISSUE_TEMPLATE/config.yml", "pyproject.toml"]
)
def test_every_address_of_the_repository_is_that_of_the_project(name: str) -> None:
    addresses = set(re.findall(r"https://github\.com/[\w.-]+/[\w.-]+", read(name)))
    assert addresses == {PROJECT["urls"]["Repository"]}


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md", ".github/pull_request_template.md"]
)
def test_files_that_are_named_exist(name: str) -> None:
    text = read(name)
    linked = {target.split("#")[0] for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)}
    assert linked
    for target in linked:
        assert ((ROOT / name).parent / target).exists(), target
    for path in re.findall(r"\bdocs/[\w/.-]+\.md", text):
        assert (ROOT / path).is_file(), path


def test_python_versions_agree() -> None:
    listed = [name.rsplit(" ", 1)[1] for name in PROJECT["classifiers"] if " :: Python :: 3." in name]
    assert WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"] == listed
    assert PROJECT["requires-python"] == f">={listed[0]}"
    assert f"sys.version_info >= ({listed[0].replace('.', ', ')})" in read("Makefile")


def test_dependencies_have_lower_bounds_only() -> None:
    for requirement in requirements():
        assert [clause.operator for clause in requirement.specifier] == [">="], requirement


def test_every_dependency_has_one_tested_version() -> None:
    versions = {}
    for pin in PINS:
        (clause,) = pin.specifier
        assert clause.operator == "==", pin
        versions[pin.name] = clause.version
    assert len(versions) == len(PINS)  # one for all Pythons and systems
    for requirement in requirements():
        assert requirement.specifier.contains(versions[requirement.name.replace("_", "-")]), requirement


def test_constraints_name_no_place_to_install_from() -> None:
    assert not re.search(r"://|(?m:^\s*-)", "\n".join(LINES))


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_has_only_the_rights_that_it_names(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    for job in WORKFLOWS[name]["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job or "uses" in job
    for step in steps(WORKFLOWS[name]):
        assert "${{" not in step.get("run", ""), step  # no text from outside in a shell
        if "uses" in step:
            assert re.search(r"@(v\d+|release/v\d+|[0-9a-f]{40})$", step["uses"]), step["uses"]
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_release_is_tested_first_and_published_without_a_token() -> None:
    jobs = WORKFLOWS["release"]["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    order = [jobs[name]["needs"] for name in ("build", "attest", "publish", "announce")]
    assert order == ["test", "build", "attest", "publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in read(".github/workflows/release.yml")


def test_windows_runs_the_commands_of_the_targets() -> None:
    texts = {step["name"]: step["run"] for step in steps(WORKFLOWS["test"]) if "(Windows)" in step.get("name", "")}
    assert set(texts) == {"Install (Windows)", "Test (Windows)", "Lint (Windows)"}
    makefile = read("Makefile")
    for name in ("Test (Windows)", "Lint (Windows)"):
        for command in texts[name].splitlines():
            assert f"$(BIN)/{command}\n" in makefile, command
    assert '".[all,dev]"' in texts["Install (Windows)"]
