"""The time until a service is ready, and what is said of one that is never."""

from __future__ import annotations

import socket
import sys

import pytest

from benchmarks.scale.service_start import seconds_until_ready
from reelgraph.core.errors import ReelgraphError


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_service_that_ends_is_told_from_one_that_is_slow(port: int) -> None:
    address = f"http://127.0.0.1:{port}/"
    ends = "import sys; sys.exit('first\\n' + '\\n'.join('abcde'))"
    with pytest.raises(ReelgraphError, match=r"^the service ended with status 1: a \| b \| c \| d \| e$"):
        seconds_until_ready([sys.executable, "-c", ends], address, 60)
    with pytest.raises(ReelgraphError, match="ended with status -9, and wrote nothing to standard error"):
        seconds_until_ready([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], address, 60)
    waits = "import sys, time; print('loading', file=sys.stderr, flush=True); time.sleep(60)"
    with pytest.raises(ReelgraphError, match="was not ready within 3 s: loading"):
        seconds_until_ready([sys.executable, "-c", waits], address, 3.0)


def test_a_service_that_answers_is_ready(port: int) -> None:
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    assert 0 < seconds_until_ready(server, f"http://127.0.0.1:{port}/", 60) < 60
