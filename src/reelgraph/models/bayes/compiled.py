"""One way to compile a hot loop: without the interpreter lock, cached on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reelgraph.errors import CapabilityError

try:
    import numba
except ModuleNotFoundError as error:
    if error.name != "numba":
        raise
    raise CapabilityError("the model 'bayes-gcn' needs numba", 'pip install "reelgraph[train]"') from None

_Function = TypeVar("_Function", bound=Callable[..., object])

# Sums may be reordered and multiplied-and-added at once; infinities and NaN keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}


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
