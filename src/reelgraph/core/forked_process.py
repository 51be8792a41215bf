"""Functions that work in a forked process, too, although the threads of polars and torch do not survive a fork.

After ``os.fork`` (``multiprocessing`` with the method ``fork``, PyTorch's ``DataLoader``, preloaded workers of a web
server) only the forking thread exists in the child. A call of polars there waits for ever for the threads of the pool
that its parent had. A function marked `runs_after_fork` therefore runs in a fresh Python process if called there.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from reelgraph.core.errors import CapabilityError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_HINT = "start worker processes with the method 'spawn', or call it before the fork and pass on the result"
_FRESH_PROCESS = """
import pickle, sys
results, sys.stdout = sys.stdout.buffer, sys.stderr
sys.path[:] = pickle.load(sys.stdin.buffer)
function, args, kwargs = pickle.load(sys.stdin.buffer)
try:
    outcome = function(*args, **kwargs), None
except Exception as error:
    outcome = None, error
pickle.dump(outcome, results, protocol=pickle.HIGHEST_PROTOCOL)
"""

_loaded_before_fork: set[str] = set()


def _remember_loaded() -> None:
    _loaded_before_fork.update(name for name in ("polars", "torch") if name in sys.modules)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_remember_loaded)
# Imported in the child of a fork that happened before: such a process is recognised by its class.
if type(multiprocessing.current_process()).__name__ == "ForkProcess":
    _remember_loaded()


def loaded_before_fork(package: str) -> bool:
    """Whether this is a forked process, and ``polars`` or ``torch`` was imported before the fork."""
    return package in _loaded_before_fork


def runs_after_fork(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Run ``function``, which uses polars, in a fresh process if this one was forked after polars was imported.

    Args:
        function: of a module, so that the fresh process can import it. Arguments and result must be picklable.

    Raises:
        CapabilityError: when called: no fresh process can be started, or an argument cannot be sent to it.

    Cost: nothing in a process that was not forked; else about 1 s for the start of Python and the imports.
    """

    @functools.wraps(function)
    def wrapper(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        if not loaded_before_fork("polars"):
            return function(*args, **kwargs)
        result: _Result = _in_fresh_process(wrapper, args, kwargs)
        return result

    return wrapper


def _in_fresh_process(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    call_name = f"{function.__module__}.{function.__qualname__} in a forked process"
    try:
        call = pickle.dumps(list(sys.path)) + pickle.dumps((function, args, kwargs))
    except Exception as error:
        raise CapabilityError(f"{call_name}: an argument cannot be sent to a fresh process: {error}", _HINT) from None
    try:
        done = subprocess.run([sys.executable, "-c", _FRESH_PROCESS], input=call, stdout=subprocess.PIPE, check=True)
        result, raised = pickle.loads(done.stdout)
    except (OSError, TypeError, ValueError, EOFError, subprocess.SubprocessError, pickle.UnpicklingError) as error:
        raise CapabilityError(f"{call_name}: the fresh process failed: {error}", _HINT) from None
    if raised is not None:
        raise raised
    return result
