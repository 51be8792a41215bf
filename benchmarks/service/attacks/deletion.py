"""Attack 6, without ill will: ratings that are in flight when their visitor deletes everything."""

from __future__ import annotations

import threading

import httpx

from benchmarks.service.attacks.target import Target

_ROUNDS, _WRITES = 12, 10
_MAX_WAIT = 120  # seconds, for all writers to be there


def attack(target: Target) -> dict[str, str]:
    """Twelve times: ten ratings and the deletion at once, then a look at what is left."""
    left = [_race(target, f"127.0.0.{10 + number}") for number in range(_ROUNDS)]
    return {
        "rounds of 12 after which ratings of a deleted visitor are there": str(sum(count > 0 for count in left)),
        "ratings left in a round, at most": str(max(left)),
    }


def _race(target: Target, address: str) -> int:
    """Number of ratings left of a visitor, who has an address of their own so that no limit of one refuses them."""
    with target.client(address) as browser:
        first = {"X-CSRF-Token": "first"}
        started = browser.put(
            f"/api/me/ratings/{target.item_ids[0]}", json={"stars": 5}, headers=first
        ).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers = {"X-CSRF-Token": started.json()["csrf"], "Cookie": cookie}
    together = threading.Barrier(_WRITES + 1, timeout=_MAX_WAIT)

    def write(client: httpx.Client, item: str) -> None:
        client.get("/api/health/live")
        together.wait()
        client.put(f"/api/me/ratings/{item}", json={"stars": 5})

    clients = [target.client(address, headers=headers) for _ in range(_WRITES + 1)]
    threads = [
        threading.Thread(target=write, args=(client, target.item_ids[1 + n])) for n, client in enumerate(clients[1:])
    ]
    for thread in threads:
        thread.start()
    clients[0].get("/api/health/live")
    together.wait()
    clients[0].delete("/api/me")
    for thread in threads:
        thread.join()
    left = len(clients[0].get("/api/me").json()["rated"])
    for client in clients:
        client.close()
    return left
