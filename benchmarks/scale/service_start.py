"""How long a service takes until it is ready, and why where it does not get so far."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from typing import IO

from reelgraph.core.errors import ReelgraphError

_INTERVAL = 0.05  # seconds between two questions
_LINES_SHOWN = 5  # of what the service wrote last


def seconds_until_ready(command: Sequence[str], address: str, limit: float) -> float:
    """Start a service, ask until it answers that it is ready, and end it.

    Args:
        command: that starts it.
        address: of its answer, status 200 when it is ready.
        limit: seconds after which it is given up.

    Raises:
        ReelgraphError: it ended before, or is not ready in time; with its exit status and the last lines that it wrote
            to standard error.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as errors, subprocess.Popen(command, stderr=errors) as process:
        try:
            while not _answers(address):
                if process.poll() is not None:
                    raise ReelgraphError(f"the service ended with status {process.returncode}{_last_lines(errors)}")
                if time.perf_counter() - started > limit:
                    raise ReelgraphError(f"the service was not ready within {limit:g} s{_last_lines(errors)}")
                time.sleep(_INTERVAL)
            return time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _last_lines(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()[-_LINES_SHOWN:]
    return ": " + " | ".join(lines) if lines else ", and wrote nothing to standard error"
