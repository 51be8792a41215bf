"""Attack 7: another site plants a session in a browser, or sends changes with it."""

from __future__ import annotations

import hashlib

from benchmarks.service.attacks.target import VISITOR, Target

_PLANTED = "a"
_FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def attack(target: Target) -> dict[str, str]:
    """Rate under a cookie that was planted, and reload the bundle from a page of another site."""
    token = hashlib.blake2b(_PLANTED.encode(), digest_size=16, person=b"token").hexdigest()
    planted = {"Cookie": f"reelgraph={_PLANTED}", "X-CSRF-Token": token}
    with target.client(VISITOR) as browser:
        rated = browser.put(f"/api/me/ratings/{target.item_ids[0]}", json={"stars": 5}, headers=planted)
        reloaded = browser.post("/api/admin/reload", headers=_FOREIGN)
        imported = browser.post("/api/import", files={"file": ("x.csv", b"title\nHeat\n")}, headers=_FOREIGN)
    return {
        "a rating under a planted cookie": str(rated.status_code),
        "a reload by a page of another site (--open)": str(reloaded.status_code),
        "an upload by a page of another site": str(imported.status_code),
    }
