"""The modules and the tests that mutation testing names are there, and compiled loops have no decorator in the copy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from benchmarks.mutation import AREAS, PACKAGE, ROOT, copy_code, source_files


@pytest.mark.parametrize("name", AREAS)
def test_modules_and_tests_are_there(name: str) -> None:
    for module in AREAS[name].modules:
        assert list((ROOT / PACKAGE).glob(module)), module
    for test in AREAS[name].tests:
        file, _, function = test.partition("::")
        assert (ROOT / "tests" / file).exists(), test
        assert not function or f"def {function}(" in (ROOT / "tests" / file).read_text(), test
    text = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    assert [part for part in AREAS[name].slow if part not in text] == []


def test_compiled_loops_are_plain_python_in_the_copy(tmp_path: Path) -> None:
    copy_code(AREAS["kernels"], tmp_path / "copy")
    files = [(tmp_path / "copy" / file).read_text() for file in source_files(AREAS["kernels"])]
    assert sum(text.count("\ndef ") for text in files) > 50
    assert [text.count("@jit") for text in files] == [0] * len(files)
    settings = tomllib.loads((tmp_path / "copy" / "pyproject.toml").read_text())
    assert "src/reelgraph/scorers/bayes/probit.py" in settings["tool"]["mutmut"]["only_mutate"]
    assert settings["project"]["name"] == "reelgraph"
