"""Attack 2: one client asks for so many long answers that nobody else gets one, and hangs up."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from benchmarks.service.attacks.target import ATTACKER, VISITOR, Target

_UPLOADS, _TITLES = 36, 2_500
_COUNTERFACTUALS, _RATINGS = 8, 1_000
_ASKED_SECONDS = 20
_QUIET_SECONDS, _MAX_QUIET_SECONDS = 1.0, 90.0


def attack(target: Target) -> dict[str, str]:
    """36 uploads of 2,500 made-up titles and 8 counterfactuals of 1,000 ratings from one address, at once."""
    rows = "".join(f"Made up title of number {n},1995,4\n" for n in range(_TITLES))
    export = ("Name,Year,Rating\n" + rows).encode()
    stop = threading.Event()
    with target.client(ATTACKER) as attacker, ThreadPoolExecutor(_UPLOADS + _COUNTERFACTUALS) as threads:
        for _ in range(_UPLOADS):
            threads.submit(_quietly, lambda: attacker.post("/api/import", files={"file": ("mine.csv", export)}), stop)
        for _ in range(_COUNTERFACTUALS):
            threads.submit(_quietly, lambda: _counterfactual(attacker, target), stop)
        time.sleep(1)
        refused, answered, slowest = _ask_as_visitor(target)
        stop.set()
    after_hang_up = _seconds_after_hang_up(target)
    return {
        "refused to another visitor while it lasts (questions, reasons)": f"{refused} of {refused + answered}",
        "slowest answer to the other visitor, s": f"{slowest:.1f}",
        "computed for a client that has hung up, s": f"{after_hang_up:.1f}",
    }


def _quietly(request: Callable[[], httpx.Response], stop: threading.Event) -> None:
    """Ask again and again until it is over: who is refused comes back."""
    while not stop.is_set():
        with contextlib.suppress(httpx.HTTPError):
            if request().status_code == 429:
                time.sleep(0.5)


def _counterfactual(client: httpx.Client, target: Target, timeout: float = 120) -> httpx.Response:
    ratings = {str(1 + n): 0.5 + n % 10 / 2 for n in range(_RATINGS)}
    ratings.pop(target.item_ids[-1], None)
    body = {"ratings": ratings, "item_id": target.item_ids[-1], "n": 100}
    return client.post("/api/session/counterfactual", json=body, timeout=timeout)


def _ask_as_visitor(target: Target) -> tuple[int, int, float]:
    """Numbers of requests refused and answered, and seconds of the slowest answer."""
    refused, answered, slowest = 0, 0, 0.0
    until = time.monotonic() + _ASKED_SECONDS
    with target.client(VISITOR) as visitor:
        while time.monotonic() < until:
            for path, body in (
                ("/api/session/questions", {"ratings": {target.item_ids[0]: 5}}),
                ("/api/session/explain", {"ratings": {target.item_ids[0]: 5}, "item_id": target.item_ids[1]}),
            ):
                started = time.monotonic()
                status = visitor.post(path, json=body).status_code
                if status == 200:
                    answered += 1
                    slowest = max(slowest, time.monotonic() - started)
                else:
                    refused += 1
            time.sleep(0.5)
    return refused, answered, slowest


def _seconds_after_hang_up(target: Target) -> float:
    """How long the service computes after the client of a counterfactual has hung up."""
    _wait_until_quiet(target)
    with target.client(ATTACKER) as attacker, contextlib.suppress(httpx.TimeoutException):
        _counterfactual(attacker, target, timeout=1)
    return _wait_until_quiet(target)


def _wait_until_quiet(target: Target) -> float:
    """Seconds of computing until the process rests, at most 90 s of time."""
    start, until = target.cpu_seconds(), time.monotonic() + _MAX_QUIET_SECONDS
    last = start
    while time.monotonic() < until:
        time.sleep(_QUIET_SECONDS)
        now = target.cpu_seconds()
        if now - last < 0.05:
            break
        last = now
    return last - start
