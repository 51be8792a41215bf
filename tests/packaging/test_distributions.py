"""The wheel and the source distribution, built here without network: what they hold, and what they do not."""

from __future__ import annotations

import email
import os
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

import reelgraph

pytest.importorskip("hatch_fancy_pypi_readme")
backend = pytest.importorskip("hatchling.build")

ROOT = Path(__file__).parents[2]
VERSION = reelgraph.__version__
NAME = f"reelgraph-{VERSION}"
URL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distributions in one folder; the build reads the working directory."""
    folder, before = tmp_path_factory.mktemp("dist"), Path.cwd()
    os.chdir(ROOT)
    try:
        backend.build_sdist(str(folder))
        backend.build_wheel(str(folder))
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(folder / f"{NAME}-py3-none-any.whl") as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


@pytest.fixture(scope="module")
def sources(folder: Path) -> set[str]:
    with tarfile.open(folder / f"{NAME}.tar.gz") as archive:
        return {name.removeprefix(f"{NAME}/") for name in archive.getnames()}


def package_files() -> set[str]:
    """Every file of the package in the checkout that is not a by-product."""
    files = (path for path in (ROOT / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    names = {path.relative_to(ROOT / "src").as_posix() for path in files}
    return {name for name in names if name.startswith("reelgraph/")}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    information = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    assert set(wheel.namelist()) == package_files() | {f"{NAME}.dist-info/{name}" for name in information}


def test_the_wheel_holds_types_templates_and_static_files(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "reelgraph/py.typed" in names
    for file in ("base.html", "home.html", "static/page.css", "page/page.css", "home.js", "icon.svg"):
        assert sum(name.endswith(f"/{file}") for name in names) == 1, file


def test_the_metadata_of_the_wheel(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("reelgraph", VERSION)
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert f"Repository, {URL}" in metadata.get_all("Project-URL", [])
    classifiers = metadata.get_all("Classifier", [])
    assert [name for name in classifiers if name.startswith("Development")] == ["Development Status :: 4 - Beta"]
    pythons = [name.rsplit(" ", 1)[1] for name in classifiers if " :: Python :: 3." in name]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]


def test_the_readme_on_a_package_index_has_no_relative_links(metadata: Message) -> None:
    text = metadata.get_payload()
    assert isinstance(text, str)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert len(targets) >= 5
    assert [target for target in targets if not re.match(r"https?:|mailto:|#", target)] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert {picture.split("/docs/")[0] for picture in pictures} == {f"{URL}/raw/v{VERSION}"}


def test_the_source_distribution_holds_the_package_and_its_tests(sources: set[str]) -> None:
    assert {f"src/{name}" for name in package_files()} <= sources
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert len(tests) > 100
    assert tests <= sources


def test_the_source_distribution_holds_what_the_tests_read(sources: set[str]) -> None:
    assert sources >= {
        ".github/workflows/test.yml", ".importlinter", "CHANGELOG.md", "CITATION.cff", "Dockerfile", "LICENSE",
        "Makefile", "PKG-INFO", "README.md", "SECURITY.md", "benchmarks/results.jsonl", "compose.yaml",
        "benchmarks/configs/blend-ml-1m.toml", "constraints.txt", "docs/deprecation.md", "notebooks/tour.ipynb",
        "packaging/reelgraph.service", "pyproject.toml",
    }  # fmt: skip


def test_the_source_distribution_holds_no_by_products(sources: set[str]) -> None:
    endings = (".pyc", ".db", ".db-wal", ".whl", ".zip")
    assert [name for name in sources if name.endswith(endings)] == []
    assert {name.split("/")[0] for name in sources} & {".git", ".venv", "build", "data", "dist", "out"} == set()
