"""Attack 8: wrong API keys, to learn which ids there are, and to keep the threads of short requests busy."""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.service.attacks.target import ATTACKER, VISITOR, Target

_TRIES, _GUESSERS, _SECONDS = 15, 8, 5


def attack(target: Target) -> dict[str, str]:
    """Time wrong keys with a known and with unknown ids, and guess from eight connections while a visitor asks."""
    known_id = target.key.split("_")[1]
    known = _median_ms(target, lambda: known_id)
    unknown = _median_ms(target, lambda: secrets.token_hex(6))
    alone = _slowest_ms(target)
    stop = threading.Event()
    with ThreadPoolExecutor(_GUESSERS) as threads:
        for _ in range(_GUESSERS):
            threads.submit(_guess, target, known_id, stop)
        attacked = _slowest_ms(target)
        stop.set()
    return {
        "a wrong secret: id known / unknown, ms (median)": f"{known:.1f} / {unknown:.1f}",
        "slowest list of another visitor, alone / while 8 guess, ms": f"{alone:.0f} / {attacked:.0f}",
    }


def _key(key_id: str) -> str:
    return f"rg_{key_id}_{secrets.token_urlsafe(32)}"


def _median_ms(target: Target, key_id: Callable[[], str]) -> float:
    times = []
    with target.client(ATTACKER) as client:
        client.get("/api/health/live")
        for _ in range(_TRIES):
            key = _key(key_id())
            started = time.perf_counter()
            client.get("/api/users", headers={"X-API-Key": key})
            times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def _guess(target: Target, key_id: str, stop: threading.Event) -> None:
    with target.client(ATTACKER) as client:
        while not stop.is_set():
            client.get("/api/users", headers={"X-API-Key": _key(key_id)})


def _slowest_ms(target: Target) -> float:
    slowest, until = 0.0, time.monotonic() + _SECONDS
    with target.client(VISITOR) as client:
        client.get("/api/me/picks", params={"n": 12})
        while time.monotonic() < until:
            started = time.perf_counter()
            client.get("/api/me/picks", params={"n": 12})
            slowest = max(slowest, 1e3 * (time.perf_counter() - started))
            time.sleep(0.05)
    return slowest
