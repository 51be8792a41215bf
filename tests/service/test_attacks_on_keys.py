"""Who guesses keys learns nothing from the time, and keeps nobody else waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters

from reelgraph.store import keys as api_key_text
from reelgraph.store import open_store
from reelgraph.store.keys import generate_key, split_key
from tests.service.conftest import Running, Start


class CountingHasher:
    """An argon2 hasher that counts what it verifies, and can be held up."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher, self.digests, self.is_open = hasher, list[str](), threading.Event()
        self.is_open.set()

    def verify(self, digest: str, secret: str) -> bool:
        """Verify when it is not held up."""
        self.digests.append(digest)
        self.is_open.wait(60)
        return self._hasher.verify(digest, secret)

    def hash(self, secret: str) -> str:
        """Hash."""
        return self._hasher.hash(secret)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingHasher]:
    counting = CountingHasher(api_key_text._HASHER)
    monkeypatch.setattr(api_key_text, "_HASHER", counting)
    yield counting
    counting.is_open.set()


def wrong(key: str) -> str:
    """The same id with another secret."""
    id_and_secret = split_key(key)
    assert id_and_secret is not None
    return f"rg_{id_and_secret[0]}_{'x' * 43}"


def test_known_unknown_and_revoked_ids_cost_the_same(store_url: str, hasher: CountingHasher) -> None:
    store = open_store(store_url)
    key, revoked = (store.add_key(name, ["read"]) for name in ("page", "old"))
    store.revoke(split_key(revoked)[0])  # type: ignore[index]
    for text in (wrong(key), wrong(revoked), revoked, generate_key().plain):
        hasher.digests.clear()
        assert store.key(text) is None
        (digest,) = hasher.digests  # one hash each
        assert extract_parameters(digest) == extract_parameters(generate_key().digest)
    assert store.key(key) is not None
    store.close()


def get(service: Running, key: str, address: str = "127.0.0.1") -> int:
    headers = {"X-API-Key": key, "X-Forwarded-For": address}
    return httpx.get(service.http.base_url.join("/api/users"), headers=headers, timeout=60).status_code


def test_made_up_keys_do_not_fill_the_threads_of_short_requests(start: Start, hasher: CountingHasher) -> None:
    service = start()
    key = service.store.add_key("page", ["read"])
    assert get(service, key) == 200
    hasher.is_open.clear()
    with ThreadPoolExecutor(12) as threads:
        attacks = [threads.submit(get, service, generate_key().plain, "198.51.100.1") for _ in range(12)]
        assert service.http.get("/api/me/picks").status_code == 200  # short work goes on
        assert get(service, key, "203.0.113.9") == 200  # a key that is known does not wait
        hasher.is_open.set()
        statuses = [attack.result() for attack in attacks]
    assert set(statuses) <= {401, 429}
    assert 401 in statuses


def test_a_key_that_was_refused_is_not_hashed_again_until_keys_change(start: Start, hasher: CountingHasher) -> None:
    service = start()
    key = generate_key().plain
    assert [get(service, key) for _ in range(3)] == [401, 401, 401]
    assert len(hasher.digests) == 1
    admin = {"X-API-Key": service.store.add_key("admin", ["admin"])}
    assert (
        service.http.post("/api/admin/keys", json={"name": "x", "scopes": ["read"]}, headers=admin).status_code == 201
    )
    service.app.state.service.keys.invalidate()
    assert get(service, key) == 401
    assert len(hasher.digests) == 3  # that of the admin, and this one again


def test_requests_with_one_new_key_at_once_share_its_verification(start: Start, hasher: CountingHasher) -> None:
    service = start()
    key = service.store.add_key("page", ["read"])
    hasher.is_open.clear()
    with ThreadPoolExecutor(20) as threads:
        requests = [threads.submit(get, service, key) for _ in range(20)]
        while not hasher.digests:
            pass
        hasher.is_open.set()
        assert [request.result() for request in requests] == [200] * 20
    assert len(hasher.digests) == 1
