"""Long work: no client takes all threads, and it ends when its time is over or its client is gone."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from reelgraph.core.errors import WorkInterruptedError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.fair_pool import FairPool
from tests.service.conftest import Running, Start
from tests.service.test_safety import problem, send

EXPORT = {"file": ("mine.csv", b"Name,Year,Rating\nHeat,1995,4.5\n")}
COUNTERFACTUAL = {"ratings": {"10": 5, "50": 3}, "item_id": "30", "n": 1}
EXPLAIN = {"ratings": {"10": 5}, "item_id": "30"}


class Gate:
    """Work that stands at a gate until it is opened, and looks whether it is to stop."""

    def __init__(self) -> None:
        self.is_open, self.n_started, self.n_interrupted = threading.Event(), 0, 0

    def __call__(self, *args: object, **kwargs: object) -> None:
        self.n_started += 1
        try:
            while not self.is_open.wait(0.001):
                raise_if_interrupted()
        except WorkInterruptedError:
            self.n_interrupted += 1
            raise


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.is_open.set()


@pytest.fixture
def clients() -> Iterator[Callable[..., Future[httpx.Response]]]:
    """Sends requests in threads of their own, each from an address that a trusted proxy names."""
    with ThreadPoolExecutor(40) as threads:

        def send_from(service: Running, address: str, path: str, **body: object) -> Future[httpx.Response]:
            url, headers = service.http.base_url.join(path), {"X-Forwarded-For": address}
            return threads.submit(httpx.post, url, headers=headers, timeout=60, **body)  # type: ignore[arg-type]

        yield send_from


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


Clients = Callable[..., "Future[httpx.Response]"]


def test_imports_and_counterfactuals_keep_nobody_from_questions_and_reasons(
    start: Start, gate: Gate, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(open=True, uploads=40)
    monkeypatch.setattr("reelgraph.importers.import_export", gate)
    monkeypatch.setattr("reelgraph.recommend.explainer.counterfactual", gate)
    attacks = [
        clients(service, f"198.51.100.{number}", path, **body)
        for number in range(3)
        for path, body in [
            ("/api/import", {"files": EXPORT}),
            ("/api/session/counterfactual", {"json": COUNTERFACTUAL}),
        ]
        for _ in range(4)
    ]
    wait_until(lambda: gate.n_started == 2)  # one of each kind, in pools of their own
    for path, body in (
        ("/api/session/questions", {"ratings": {"10": 5}}),
        ("/api/session/explain", EXPLAIN),
        ("/api/session/what-if", {"ratings": {"10": 5}, "changes": {"stars": {"10": 1}}}),
        ("/api/session/recommend", {"ratings": {"10": 5}, "diversity": 0.5}),
    ):
        assert service.http.post(path, json=body).status_code == 200, path
    assert gate.n_started == 2
    gate.is_open.set()
    assert all(attack.result().status_code != 429 for attack in attacks)


def test_the_long_answers_of_one_client_do_not_delay_those_of_another(
    start: Start, gate: Gate, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(open=True)
    monkeypatch.setattr("reelgraph.recommend.explainer.explain_item", gate)
    pool = service.app.state.service.slow_pool
    attacks = [clients(service, "198.51.100.1", "/api/session/explain", json=EXPLAIN) for _ in range(30)]
    wait_until(lambda: sum(attack.done() for attack in attacks) == 30 - pool.max_per_client)
    refused = [attack.result() for attack in attacks if attack.done()]
    assert {problem(response, 429)["error"] for response in refused} == {"busy"}
    visitor = clients(service, "203.0.113.9", "/api/session/questions", json={})
    wait_until(lambda: len(pool) == pool.max_per_client + 1)
    gate.is_open.set()
    assert visitor.result().status_code == 200
    metrics = service.http.get("/metrics").text
    assert f'reelgraph_refusals_total{{limit="busy"}} {30 - pool.max_per_client}.0' in metrics


def test_a_client_that_hangs_up_frees_the_thread_and_the_place_in_the_queue(
    start: Start, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(open=True)
    monkeypatch.setattr("reelgraph.recommend.explainer.counterfactual", gate)
    pool = service.app.state.service.counterfactual_pool
    body = b'{"ratings": {"10": 5, "50": 3}, "item_id": "30", "n": 1}'
    request = (
        b"POST /api/session/counterfactual HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    address = (service.http.base_url.host, service.http.base_url.port or 0)
    connections = [socket.create_connection(address) for _ in range(3)]
    for connection in connections:
        connection.sendall(request)
    wait_until(lambda: len(pool) == 3 and gate.n_started == 1)
    connections[0].close()
    wait_until(lambda: gate.n_interrupted == 1 and gate.n_started == 2)
    connections[2].close()
    wait_until(lambda: len(pool) == 1)
    connections[1].close()
    wait_until(lambda: len(pool) == 0 and pool.n_running == 0)
    assert gate.n_started == gate.n_interrupted == 2  # the third never began


def test_long_work_ends_at_its_deadline(start: Start, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(open=True, work_seconds=0.05)
    monkeypatch.setattr("reelgraph.recommend.explainer.counterfactual", gate)
    error = problem(service.http.post("/api/session/counterfactual", json=COUNTERFACTUAL), 504)
    assert (error["error"], error["detail"]) == ("time-limit", "the answer took longer than 0.05 seconds")
    assert gate.n_interrupted == 1
    assert 'reelgraph_refusals_total{limit="time"} 1.0' in service.http.get("/metrics").text


def test_an_import_of_mistyped_titles_ends_at_its_deadline(start: Start) -> None:
    service = start(open=True, work_seconds=0.05)
    rows = "Name,Year,Rating\n" + "".join(f"The Matrux number {n},1999,4\n" for n in range(100_000))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", rows)
    files = {"file": ("all.zip", buffer.getvalue())}
    assert problem(service.http.post("/api/import", files=files), 504)["error"] == "time-limit"
    assert service.http.post("/api/import", files=EXPORT).status_code in (200, 504)  # the thread is free again


def test_uploads_under_way_are_bounded_before_they_are_read(start: Start) -> None:
    service = start(open=True, uploads=4, body_seconds=60)
    head = (
        b"POST /api/import HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 30000000\r\n\r\n"
    )
    address = (service.http.base_url.host, service.http.base_url.port or 0)
    with contextlib.ExitStack() as stack:

        def begin(client: bytes) -> None:
            connection = stack.enter_context(socket.create_connection(address))
            connection.sendall(head % client)

        for client in (b"198.51.100.1", b"198.51.100.1", b"198.51.100.2"):
            begin(client)
        wait_until(lambda: b"under_way 4" in service.http.get("/metrics").content)  # with that of the metrics
        assert send(service, head % b"198.51.100.1").startswith(b"HTTP/1.1 429 ")  # more than half of all
        begin(b"198.51.100.2")
        wait_until(lambda: b"under_way 5" in service.http.get("/metrics").content)
        assert send(service, head % b"198.51.100.3").startswith(b"HTTP/1.1 429 ")
        assert 'reelgraph_refusals_total{limit="uploads"} 2.0' in service.http.get("/metrics").text
    wait_until(lambda: service.http.post("/api/import", files=EXPORT).status_code == 200)  # they hung up


def test_a_pool_takes_turns_by_client() -> None:
    """One thread: the first task of each client comes before the second of any; who waits longest comes first."""
    order: list[str] = []

    async def run() -> None:
        pool = FairPool("test", 1, 10, 5, 60)
        first = threading.Event()
        tasks = [asyncio.create_task(pool.run("a", first.wait))]
        for client, name in (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2"), ("c", "c1")):
            tasks.append(asyncio.create_task(pool.run(client, lambda name=name: order.append(name))))  # type: ignore[misc]
        await asyncio.sleep(0)
        first.set()
        await asyncio.gather(*tasks)
        assert (len(pool), pool.n_running) == (0, 0)
        pool.close()

    asyncio.run(run())
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_with_several_threads_the_client_with_fewest_running_is_next() -> None:
    started: list[str] = []
    gates = {name: threading.Event() for name in ("a1", "a2", "a3", "b1")}

    def work(name: str) -> None:
        started.append(name)
        gates[name].wait(60)

    async def run() -> None:
        pool = FairPool("test", 2, 10, 5, 60)
        tasks = [asyncio.create_task(pool.run("a", lambda name=name: work(name))) for name in ("a1", "a2", "a3")]  # type: ignore[misc]
        while len(started) < 2:
            await asyncio.sleep(0.001)
        tasks.append(asyncio.create_task(pool.run("b", lambda: work("b1"))))
        await asyncio.sleep(0)
        gates["a1"].set()
        while len(started) < 3:
            await asyncio.sleep(0.001)
        for gate in gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        pool.close()

    asyncio.run(run())
    assert set(started[:2]) == {"a1", "a2"}
    assert started[2:] == ["b1", "a3"]


def test_a_pool_is_bounded_for_each_client_and_in_all_and_frees_places_after_errors() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async def run() -> None:
        refusals: list[str] = []
        pool, wait = FairPool("test", 1, 3, 2, 60, refusals.append), threading.Event()
        tasks = [asyncio.create_task(pool.run(client, wait.wait)) for client in ("a", "a", "b")]
        await asyncio.sleep(0)
        for client in ("a", "c"):
            with pytest.raises(ApiError, match="too many long requests"):
                await pool.run(client, fail)
        wait.set()
        await asyncio.gather(*tasks)
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await pool.run("a", fail)
        assert (len(pool), refusals) == (0, ["busy", "busy"])
        pool.close()

    asyncio.run(run())
