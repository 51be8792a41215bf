"""One way to compile a hot loop: without the interpreter lock, cached on disk where that is possible.

Importing this takes numba's half second, so the shell and the tables import what uses it late.
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

# Sums may be reordered and multiplied-and-added at once; infinities and NaN keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
_SQRT_HALF = math.sqrt(0.5)

_FILES: dict[object, frozenset[str]] = {}  # of each compiled function: its file and those of all that it calls


def jit(function: _Function) -> _Function:
    """Compile ``function`` on its first call.

    The machine code is cached beside the package, or in numba's own cache folder of the user when the package cannot be
    written. Where neither can, it is compiled in every process. It is made anew when the function's file has changed,
    or the file of a compiled function that it calls.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": _FAST, "error_model": "numpy"}
    try:
        made: _Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": no folder can be written
        uncached: _Function = numba.njit(**options)(function)
        return uncached
    code, names = function.__code__, function.__globals__
    called = [_FILES[names[name]] for name in code.co_names if _is_compiled(names.get(name))]
    _FILES[made] = frozenset([code.co_filename]).union(*called)
    # Numba itself looks at the function's own file alone, and has no public place to say more.
    index = made._cache._cache_file  # type: ignore[attr-defined]
    index._source_stamp = (index._source_stamp, *(_digest(file) for file in sorted(_FILES[made])))
    return made


def _is_compiled(value: object) -> bool:
    return isinstance(value, numba.core.dispatcher.Dispatcher) and value in _FILES


def parallel_for(body: Callable[[int], None], count: int) -> None:
    """Run ``body(0)`` to ``body(count - 1)`` on as many threads as numba may use (``NUMBA_NUM_THREADS``).

    For bodies that spend their time in compiled loops, which hold no lock, and write to places of their own.
    """
    threads = min(int(numba.get_num_threads()), count)
    if threads < 2:
        for n in range(count):
            body(n)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(body, range(count)))


@functools.cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


@jit
def normal_cdf(x: float) -> float:
    """Phi(x), exact to the last digits in the lower tail too."""
    return 0.5 * math.erfc(-x * _SQRT_HALF)
