"""The environment that ``make`` builds: when it is refused, kept or made anew. Nothing is installed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="needs make")

ROOT = Path(__file__).parents[2]
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHER = "3.12" if CURRENT != "3.12" else "3.13"
EXTRAS = {"demo": "sample,train", "page": "sample,serve,train", "test": "all,dev", "lint": "all,dev"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the install rules read."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def dry_run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--dry-run", "--no-print-directory", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def stand_in(path: Path, version: str, recent: bool) -> Path:
    """A program that answers the two questions of the Makefile as a Python of that version does."""
    path.write_text(f'#!/bin/sh\ncase "$2" in *">="*) echo {recent};; *) echo {version};; esac\n')
    path.chmod(0o755)
    return path


def add_environment(folder: Path, version: str = CURRENT) -> Path:
    """A virtual environment as far as the rules look: a program, a script to activate it, and the stamps."""
    environment = folder / ".venv"
    (environment / "bin").mkdir(parents=True)
    stand_in(environment / "bin" / "python", version, recent=True)
    (environment / "bin" / "activate").write_text(f'VIRTUAL_ENV="{environment}"\n')
    for stamp in (".python", ".demo", ".page", ".dev"):
        (environment / stamp).touch()
    return environment


@pytest.mark.parametrize("target", EXTRAS)
@pytest.mark.parametrize("version", ["2.7", "3.10"])
def test_an_old_python_is_refused_in_one_line(checkout: Path, target: str, version: str) -> None:
    python = stand_in(checkout / "old", version, recent=False)
    answer = dry_run(checkout, target, f"PYTHON={python}")
    assert answer.returncode == 2
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    assert f"reelgraph needs Python 3.11 or later; {python} is {version}. Name another: make PYTHON=" in line


def test_a_python_that_is_not_there_is_refused_in_one_line(checkout: Path) -> None:
    answer = dry_run(checkout, "demo", "PYTHON=no-such-python")
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert "reelgraph needs Python 3.11 or later; no-such-python is not found." in line


def test_cleaning_needs_no_python(checkout: Path) -> None:
    answer = dry_run(checkout, "clean", "PYTHON=no-such-python")
    assert answer.returncode == 0
    assert answer.stdout.startswith("rm -rf .venv ")


def test_an_environment_is_made_where_there_is_none(checkout: Path) -> None:
    answer = dry_run(checkout, "demo", f"PYTHON={sys.executable}")
    assert answer.returncode == 0, answer.stderr
    assert f"{sys.executable} -m venv .venv" in answer.stdout


def test_an_environment_that_fits_stays(checkout: Path) -> None:
    add_environment(checkout)
    answer = dry_run(checkout, "demo", f"PYTHON={sys.executable}")
    assert answer.returncode == 0, answer.stderr
    (command,) = answer.stdout.splitlines()
    assert ".venv/bin/reelgraph demo" in command


@pytest.mark.parametrize("fault", ["of another Python", "broken", "copied"])
def test_an_environment_that_does_not_fit_is_made_anew(checkout: Path, fault: str) -> None:
    environment = add_environment(checkout, OTHER if fault == "of another Python" else CURRENT)
    if fault == "broken":
        (environment / "bin" / "python").unlink()
    if fault == "copied":
        (environment / "bin" / "activate").write_text('VIRTUAL_ENV="/another/folder/.venv"\n')
    answer = dry_run(checkout, "demo", f"PYTHON={sys.executable}")
    assert answer.returncode == 0, answer.stderr
    assert f"rm -rf .venv; {sys.executable} -m venv .venv" in answer.stdout
    assert f'--editable ".[{EXTRAS["demo"]}]"' in answer.stdout


@pytest.mark.parametrize("target", EXTRAS)
def test_a_target_installs_only_what_it_needs(checkout: Path, target: str) -> None:
    answer = dry_run(checkout, target, f"PYTHON={sys.executable}")
    assert re.findall(r'--editable "\.\[([a-z,]+)\]"', answer.stdout) == [EXTRAS[target]]
    assert "--constraint constraints.txt" in answer.stdout
