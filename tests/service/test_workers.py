"""Several workers on one port: one store, metrics of all, a dead one is replaced, and a signal ends them all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.serve import ServeSettings
from reelgraph.serve.workers import ServiceStartError, run_workers
from tests.service.conftest import small

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Two workers, and their address."""
    small().save(tmp_path / "bundle")
    words = ["serve", str(tmp_path / "bundle"), "--workers", "2", "--port", "0", "--open", "--rate", "0"]
    process = subprocess.Popen([sys.executable, "-m", "reelgraph", *words], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if match := re.search(r"http://\S+:\d+/", line.replace("\n", "")):
                break
        else:
            pytest.fail(f"it ended with {process.wait()}")
        yield process, match[0]
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def pids_of(address: str) -> set[int]:
    """The processes whose memory the metrics have."""
    text = httpx.get(f"{address}metrics", timeout=120).text
    return {int(pid) for pid in re.findall(r'process_resident_memory_bytes\{pid="(\d+)"\} [1-9]', text)}


def eventually(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_workers_share_port_store_and_metrics_and_are_replaced(service: tuple[subprocess.Popen[str], str]) -> None:
    process, address = service
    rating = [{"user_id": "ann", "item_id": "10", "stars": 5}]
    for number in range(30):  # each over a connection of its own, so that both workers answer
        assert httpx.post(f"{address}api/ratings", json=rating, timeout=120).status_code == 200
        answer = httpx.get(f"{address}api/recommend/ann?n=3", timeout=120)
        assert [line["item_id"] for line in answer.json()["items"]] == ["20", "30", "40"], number
    eventually(lambda: len(pids_of(address)) == 2)
    asked = r'reelgraph_requests_total\{method="GET",route="/api/recommend/\{user_id\}",status="200"\} ([\d.]+)'

    def total() -> float:
        (text,) = re.findall(asked, httpx.get(f"{address}metrics", timeout=120).text)
        return float(text)

    eventually(lambda: total() >= 30)  # a worker counts after it has answered
    assert total() == 30
    assert re.search(r"reelgraph_bundle_created_seconds \d", httpx.get(f"{address}metrics", timeout=120).text)
    victim = min(pids_of(address))
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: len(pids_of(address) - {victim}) == 2)
    assert victim not in pids_of(address)
    assert all(httpx.get(f"{address}api/popular", timeout=120).status_code == 200 for _ in range(10))
    survivors = pids_of(address)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    for pid in survivors:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = ServeSettings(tmp_path, "unused", port=taken.getsockname()[1], workers=2)
        with pytest.raises(ConfigError, match=r"port: cannot listen on 127\.0\.0\.1, port \d+"):
            run_workers(fails, settings, lambda address: None)


def fails(settings: ServeSettings, listening: object, started: object) -> None:
    raise ConfigError("bundle", "is not there")


def test_what_keeps_a_worker_from_starting_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # those of pytest stay
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(ServiceStartError, match="bundle: is not there"):
        run_workers(fails, ServeSettings(tmp_path, "unused", port=0, workers=2), lambda address: None)
