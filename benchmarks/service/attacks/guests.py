"""Attack 5: visitors without end, each of whom is stored as a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from benchmarks.service.attacks.target import ATTACKER, Target

_REQUESTS = 190  # below the burst of the rate limit


def attack(target: Target) -> dict[str, str]:
    """190 first ratings without a cookie, as fast as one address can."""

    def rate(number: int) -> int:
        with target.client(ATTACKER) as client:
            item = target.item_ids[number % len(target.item_ids)]
            headers = {"X-CSRF-Token": "first"}
            return client.put(f"/api/me/ratings/{item}", json={"stars": 5}, headers=headers).status_code

    with ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(rate, range(_REQUESTS)))
    return {"people stored for 190 requests of one address": str(statuses.count(200))}
