"""The package of the page *Add your own model*, built and installed by pip, in a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import write_ml
from tests.plugin_package import blocks

pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow


def test_pip_installs_the_package_and_every_verb_takes_the_model(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "ease_model.py").write_text(blocks("python")[0])
    (source / "pyproject.toml").write_text(blocks("toml")[0])
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *options, str(source)], check=True, timeout=300)
    write_ml(tmp_path / "ml-100k")
    path = os.pathsep.join([str(site), *(entry for entry in sys.path if entry)])
    for command in [*blocks("bash")[1].splitlines()[:-1], "reelgraph train --help", "reelgraph doctor"]:
        done = subprocess.run(
            [sys.executable, "-m", *command.split()], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "ease" in done.stdout or "recommend" in command
    assert "model ease" in done.stdout
    assert (tmp_path / "out" / "ease" / "manifest.json").is_file()
