"""Attack 3: more connections than a server takes, on which nothing is sent."""

from __future__ import annotations

import contextlib

import httpx

from benchmarks.service.attacks.target import ATTACKER, VISITOR, Target

_CONNECTIONS = 1_005
_PATHS = ("/api/health/ready", "/metrics", "/api/items")


def attack(target: Target) -> dict[str, str]:
    """Open 1,005 connections from one address, and ask from another."""
    _allow_many_files()
    with contextlib.ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            with contextlib.suppress(OSError):
                stack.enter_context(target.connect(ATTACKER))
        with target.client(VISITOR) as visitor:
            statuses = [_status(visitor, path) for path in _PATHS]
    return {f"another visitor asks for {', '.join(_PATHS)}": ", ".join(statuses)}


def _status(client: httpx.Client, path: str) -> str:
    try:
        return str(client.get(path).status_code)
    except httpx.HTTPError:
        return "closed"


def _allow_many_files() -> None:
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * _CONNECTIONS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
