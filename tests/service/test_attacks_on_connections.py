"""Heads without end, and connections without end: one client cannot take memory or connections from the others."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from reelgraph.serve.connections import Admission, ConnectionTable
from reelgraph.serve.protocol import MAX_HEAD_BYTES
from tests.service.conftest import Running, Start

Connect = Callable[..., socket.socket]

REQUEST = b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connections from an address of this machine, closed at the end."""
    with contextlib.ExitStack() as stack:

        def open_connection(service: Running, address: str = "127.0.0.1") -> socket.socket:
            host, port = service.http.base_url.host, service.http.base_url.port
            try:
                connection = socket.create_connection((host, port or 0), 30, (address, 0))
            except OSError:
                pytest.skip(f"this system has no address {address}")
            return stack.enter_context(connection)

        yield open_connection


def answer(connection: socket.socket, request: bytes) -> bytes:
    """What comes back until the server closes the connection, though it may not have taken all of the request."""
    with contextlib.suppress(OSError):
        connection.sendall(request)
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


FILLER = b"x" * MAX_HEAD_BYTES
CLOSE = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        REQUEST + b"X-Filler: " + FILLER + b"\r\n" + CLOSE,
        REQUEST + b"X-Filler: " + 40 * FILLER,  # without an end
        REQUEST + 40 * FILLER,
        REQUEST + b"X-Filler: x\r\n" * 6_000 + CLOSE,
        b"GET /" + FILLER + b" HTTP/1.1\r\n" + CLOSE,
        b"GET /" + 40 * FILLER,
        b"\r\n" * 3 * MAX_HEAD_BYTES,
    ],
    ids=["header", "endless header", "endless name", "many headers", "path", "endless path", "empty lines"],
)
def test_a_head_of_more_than_64_kib_is_refused(module_service: Running, connect: Connect, request_bytes: bytes) -> None:
    reply = answer(connect(module_service), request_bytes)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert body.startswith(b'{"error":"head-too-large","detail":"the head of the request has more than 65,536 bytes"')


def test_a_head_that_comes_in_pieces_is_counted_as_a_whole(module_service: Running, connect: Connect) -> None:
    connection = connect(module_service)
    connection.sendall(REQUEST)
    received = b""
    with contextlib.suppress(OSError):
        for _ in range(100):
            connection.sendall(b"X-Filler: " + b"x" * 1_000 + b"\r\n")
        received = answer(connection, CLOSE)
    assert received.startswith(b"HTTP/1.1 431 ")


def test_headers_after_a_body_count_too(module_service: Running, connect: Connect) -> None:
    head = b"POST /api/session/recommend HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    for trailer in (b"X-Filler: " + 40 * FILLER, b"X-Filler: x\r\n" * 6_000):
        assert b" 200 " not in answer(connect(module_service), head + b"0\r\n" + trailer)
    chunk_extension = b"5;x=" + 40 * FILLER
    assert b" 200 " not in answer(connect(module_service), head + chunk_extension)


def test_a_head_of_60_kib_and_the_next_request_are_answered(module_service: Running, connect: Connect) -> None:
    connection = connect(module_service)
    request = REQUEST + b"X-Filler: " + b"x" * 60_000 + b"\r\n"
    reply = answer(connection, (request + b"\r\n") * 3 + request + CLOSE)
    assert reply.count(b"HTTP/1.1 200 OK") == 4


def test_what_is_not_http_gets_an_error_of_the_usual_shape(module_service: Running, connect: Connect) -> None:
    reply = answer(connect(module_service), b"\x16\x03\x01 something else\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'{"error":"bad-request"' in reply


def test_one_address_has_so_many_connections_and_its_own_idle_ones_make_room(start: Start, connect: Connect) -> None:
    service = start(open=True, client_connections=5)
    idle = [connect(service, "127.0.0.2") for _ in range(8)]
    assert [connection.recv(1) for connection in idle[:3]] == [b""] * 3
    assert all(answer(connection, REQUEST + CLOSE).startswith(b"HTTP/1.1 200") for connection in idle[3:])
    refused = 'reelgraph_refusals_total{limit="connections"} 3.0'
    assert refused in service.http.get("/metrics").text


def test_connections_in_use_are_not_closed_for_more_of_the_same_client(start: Start, connect: Connect) -> None:
    service = start(open=True, client_connections=2)
    in_use = [connect(service, "127.0.0.2") for _ in range(2)]
    head = b"POST /api/session/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for connection in in_use:
        connection.sendall(head + b"Content-Length: 2\r\nConnection: close\r\n\r\n{")
    assert service.http.get("/api/health/live").status_code == 200  # the two have been read by now
    assert answer(connect(service, "127.0.0.2"), REQUEST + CLOSE) == b""
    assert answer(connect(service, "127.0.0.3"), REQUEST + CLOSE).startswith(b"HTTP/1.1 200")
    assert all(answer(connection, b"}").startswith(b"HTTP/1.1 200") for connection in in_use)


def test_idle_connections_of_one_client_do_not_keep_others_out(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelgraph.serve.server._MAX_CONNECTIONS", 10)
    service = start(open=True)
    idle = [connect(service, "127.0.0.2") for _ in range(30)]
    for path in (b"/api/items", b"/api/health/ready", b"/metrics"):
        request = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE
        assert answer(connect(service, "127.0.0.3"), request).startswith(b"HTTP/1.1 200"), path
    assert len(idle) == 30


def test_health_and_metrics_are_reachable_when_all_connections_are_in_use(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelgraph.serve.server._MAX_CONNECTIONS", 3)
    service = start(open=True, body_seconds=60)
    head = b"POST /api/session/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    in_use = [connect(service) for _ in range(3)]  # as of a proxy, whose connections are those of many clients
    for connection in in_use:
        connection.sendall(head + b"Content-Length: 2\r\nConnection: close\r\n\r\n{")
    for path, status in ((b"/api/health/live", 200), (b"/api/health/ready", 200), (b"/metrics", 200), (b"/", 503)):
        reply = answer(connect(service), b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE)
        assert reply.startswith(b"HTTP/1.1 %d " % status), path
    assert b'"error":"busy"' in reply
    assert all(answer(connection, b"}").startswith(b"HTTP/1.1 200") for connection in in_use)


def test_an_untrusted_client_does_not_choose_its_address(start: Start, connect: Connect) -> None:
    service = start(open=True, rate=0.001, burst=2)
    forged = [
        answer(connect(service, "127.0.0.2"), REQUEST + b"X-Forwarded-For: 203.0.113.%d\r\n" % number + CLOSE)
        for number in range(4)
    ]
    assert [reply.split()[1] for reply in forged] == [b"200", b"200", b"429", b"429"]


class FakeConnection:
    """A connection that is idle or not."""

    def __init__(self, *, is_idle: bool = True) -> None:
        self.is_idle, self.is_closed = is_idle, False

    def close_idle(self) -> None:
        """Close it."""
        self.is_closed = True


def test_the_client_with_most_connections_makes_room_and_its_longest_idle_one_goes() -> None:
    table = ConnectionTable(5, 10, 1)
    attacker = [FakeConnection(is_idle=number != 0) for number in range(4)]
    visitor = FakeConnection()
    for connection in (visitor, *attacker):
        client = "visitor" if connection is visitor else "attacker"
        assert table.admit(connection, client, is_proxy=False) is Admission.ANYTHING
    assert table.admit(FakeConnection(is_idle=False), "new", is_proxy=False) is Admission.ANYTHING
    assert [connection.is_closed for connection in attacker] == [False, True, False, False]  # the first is in use
    assert not visitor.is_closed
    table.remove(attacker[1])  # the second time, when the transport says so
    assert len(table) == 5


def test_when_all_are_in_use_a_few_more_may_ask_for_health_and_no_others() -> None:
    refusals: list[None] = []
    table = ConnectionTable(2, 2, 1, lambda: refusals.append(None))
    connections = [FakeConnection(is_idle=False) for _ in range(4)]
    admissions = [table.admit(connection, f"{number}", is_proxy=False) for number, connection in enumerate(connections)]
    assert admissions == [Admission.ANYTHING, Admission.ANYTHING, Admission.MONITORING, Admission.NOTHING]
    assert (len(table), len(refusals)) == (3, 2)
    table.remove(connections[0])
    table.remove(connections[2])
    assert table.admit(FakeConnection(), "late", is_proxy=False) is Admission.ANYTHING


def test_a_proxy_is_not_counted_as_one_client() -> None:
    table = ConnectionTable(10, 2, 1)
    for _ in range(10):
        assert table.admit(FakeConnection(is_idle=False), "proxy", is_proxy=True) is Admission.ANYTHING
    assert table.admit(FakeConnection(), "proxy", is_proxy=True) is Admission.MONITORING
