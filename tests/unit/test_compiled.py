"""Compiled loops: the cache on disk knows what a function calls, and `each` runs everything once."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from reelgraph._util import numba_jit

LEAF = "from reelgraph._util.numba_jit import jit\n\n\n@jit\ndef leaf(x):\n    return x + {}\n"
CALLER = """from leaf_of_a_test import leaf
from reelgraph._util.numba_jit import jit


@jit
def caller(x):
    return 10 * leaf(x)
"""


def test_a_change_in_a_leaf_reaches_its_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "caller_of_a_test.py").write_text(CALLER)

    def run() -> tuple[Any, int]:
        for name in ("leaf_of_a_test", "caller_of_a_test"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        numba_jit._sha256.cache_clear()
        caller = importlib.import_module("caller_of_a_test").caller
        return caller(2), sum(caller.stats.cache_hits.values())

    (tmp_path / "leaf_of_a_test.py").write_text(LEAF.format(1))
    assert run() == (30, 0)
    assert run() == (30, 1)
    (tmp_path / "leaf_of_a_test.py").write_text(LEAF.format(500))  # another length, so that the leaf itself is seen
    assert run() == (5020, 0)


def test_nothing_is_compiled_where_numba_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """``NUMBA_DISABLE_JIT=1``, for debuggers and mutation testing."""

    def double(x: float) -> float:
        return 2 * x

    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert numba_jit.jit(double) is double


@pytest.mark.parametrize("threads", [1, 2])
def test_each_runs_every_number_once(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
    seen = np.zeros(50, int)

    def body(n: int) -> None:
        seen[n] += 1

    numba_jit.parallel_for(body, 50)
    numba_jit.parallel_for(body, 0)
    assert (seen == 1).all()


def test_torch_keeps_its_number_of_threads() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        numba_jit.parallel_for(lambda n: None, 2)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_each_passes_errors_on() -> None:
    def body(n: int) -> None:
        if n == 3:
            raise ValueError(n)

    with pytest.raises(ValueError, match="3"):
        numba_jit.parallel_for(body, 5)
