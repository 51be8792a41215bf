"""One way to compile a hot loop: without the interpreter lock, cached on disk where that is possible.

Importing this takes numba's half second, so the shell and the tables import what uses it late.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])

# Sums may be reordered and multiplied-and-added at once; infinities and NaN keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
_SQRT_HALF = math.sqrt(0.5)


def compiled(function: _Function) -> _Function:
    """Compile ``function`` on its first call.

    The machine code is cached beside the package, or in numba's own cache folder of the user when the package cannot be
    written. Where neither can, it is compiled in every process.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": _FAST, "error_model": "numpy"}
    try:
        made: _Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": no folder can be written
        made = numba.njit(**options)(function)
    return made


@compiled
def normal_cdf(x: float) -> float:
    """Phi(x), exact to the last digits in the lower tail too."""
    return 0.5 * math.erfc(-x * _SQRT_HALF)
