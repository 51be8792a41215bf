"""Just-in-time compilation of hot loops: without the interpreter lock, cached on disk where possible.

Importing this module imports numba, so `reelgraph.core` and `reelgraph.data` do without it.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])

# Sums may be reordered and multiply-adds fused; infinities and NaN keep their meaning.
_FAST_MATH = {"reassoc", "contract", "arcp", "nsz"}
_SQRT_HALF = math.sqrt(0.5)

_SOURCE_FILES: dict[object, frozenset[str]] = {}  # of each compiled function and all compiled functions it calls


def jit(function: _Function) -> _Function:
    """Compile ``function`` on its first call.

    The machine code is cached beside the package, or in the user's numba cache folder when the package is read-only.
    If neither is writable, every process compiles the function. The cache is renewed when the file of the function, or
    of a compiled function that it calls, has changed. With ``NUMBA_DISABLE_JIT=1`` nothing is compiled.
    """
    return _compiled(function, _FAST_MATH)


def strict_jit(function: _Function) -> _Function:
    """As `jit`, each operation rounded on its own, in the order of the source: the same digits on every processor."""
    return _compiled(function, False)


def _compiled(function: _Function, fast_math: object) -> _Function:
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    options: dict[str, Any] = {"nogil": True, "fastmath": fast_math, "error_model": "numpy"}
    try:
        dispatcher: _Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": no folder is writable
        uncached: _Function = numba.njit(**options)(function)
        return uncached
    code, names = function.__code__, function.__globals__
    callees = [_SOURCE_FILES[names[name]] for name in code.co_names if _is_compiled(names.get(name))]
    _SOURCE_FILES[dispatcher] = frozenset([code.co_filename]).union(*callees)
    # Numba looks at the function's own file only, and has no public interface to add others.
    index = dispatcher._cache._cache_file  # type: ignore[attr-defined]
    index._source_stamp = (index._source_stamp, *(_sha256(file) for file in sorted(_SOURCE_FILES[dispatcher])))
    return dispatcher


def _is_compiled(value: object) -> bool:
    return isinstance(value, numba.core.dispatcher.Dispatcher) and value in _SOURCE_FILES


def parallel_for(body: Callable[[int], None], count: int) -> None:
    """Run ``body(0)`` to ``body(count - 1)`` on ``NUMBA_NUM_THREADS`` threads, by default one for each processor.

    ``body`` should spend its time in compiled loops, which release the interpreter lock, and different calls must write
    to different memory.
    """
    # Not `numba.get_num_threads`: it starts threads of numba's own, and torch then uses as many, whatever it was told.
    threads = min(int(numba.config.NUMBA_NUM_THREADS), count)  # type: ignore[attr-defined]
    if threads < 2:
        for n in range(count):
            body(n)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(body, range(count)))


@functools.cache
def _sha256(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


@jit
def normal_cdf(x: float) -> float:
    """Phi(x), accurate in the lower tail, too."""
    return 0.5 * math.erfc(-x * _SQRT_HALF)
