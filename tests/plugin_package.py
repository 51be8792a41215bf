"""Packages of other people, installed without pip: modules and entry points in a folder on the path."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "own-model.md"

#: name of the package, its modules (name -> text), its entry points (group -> name -> module:object) -> its folder
Install = Callable[[str, Mapping[str, str], Mapping[str, Mapping[str, str]]], Path]


def blocks(language: str) -> list[str]:
    """The blocks of the page *Add your own model* in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def module_of_page() -> ModuleType:
    """The model of the page *Add your own model* as a module."""
    module = sys.modules["ease_of_page"] = ModuleType("ease_of_page")
    exec(blocks("python")[0], vars(module))
    return module


def write_package(
    folder: Path, name: str, modules: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]
) -> None:
    """Write modules and the metadata of an installed distribution."""
    information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = [
        f"[{group}]\n" + "".join(f"{point} = {target}\n" for point, target in points.items())
        for group, points in entry_points.items()
    ]
    (information / "entry_points.txt").write_text("\n".join(groups))
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package for one test; its modules are forgotten afterwards."""
    installed: list[str] = []

    def write(name: str, modules: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]) -> Path:
        folder = tmp_path / "site" / name
        write_package(folder, name, modules, entry_points)
        monkeypatch.syspath_prepend(str(folder))
        installed.extend(modules)
        return folder

    yield write
    for module in installed:
        sys.modules.pop(module, None)
    importlib.invalidate_caches()


@pytest.fixture
def ease(install: Install) -> Path:
    """The package of the page *Add your own model*, installed."""
    return install("ease-model", {"ease_model": blocks("python")[0]}, {"reelgraph.models": {"ease": "ease_model:EASE"}})
