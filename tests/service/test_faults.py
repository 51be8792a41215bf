"""Bundles that are replaced or refused, a store that fails and recovers, and lists on their way to the store."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import IdIndex, Matrix, RatingScale
from reelgraph.core.errors import StoreError
from reelgraph.serve.state.impression_log import ImpressionLog
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import Impression, NewRating, Store, open_store
from tests.service.conftest import Running, Start, small


def metric(service: Running, name: str) -> float:
    lines = service.http.get("/metrics").text.splitlines()
    return float(next(line.rsplit(" ", 1)[1] for line in lines if line.startswith(name)))


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


class Faulty:
    """A store that fails while ``down`` is set."""

    def __init__(self, store: Store) -> None:
        self.store, self.down = store, False

    def __getattr__(self, name: str) -> Any:
        if self.down and name != "close":
            raise StoreError("/secret/place/people.db: disk I/O error")
        return getattr(self.store, name)


def test_another_bundle_is_used_at_once_and_a_bad_one_never(service: Running) -> None:
    first = service.bundles.current.digest
    assert service.http.post("/api/admin/reload").json() == {"swapped": False, "bundle": first}
    small(shift=1.0).save(service.settings.bundle)
    response = service.http.post("/api/admin/reload").json()
    assert response["swapped"] is True
    assert response["bundle"] != first
    assert service.http.get("/api/popular").json()["bundle"] == response["bundle"]
    small(shift=2.0).save(service.settings.bundle)
    scorer = service.settings.bundle / "scorer.safetensors"
    scorer.write_bytes(scorer.read_bytes()[:-1] + b"\x01")
    refused = service.http.post("/api/admin/reload")
    assert (refused.status_code, refused.json()["error"]) == (409, "bundle")
    assert refused.json()["detail"].startswith("bundle/scorer.safetensors is damaged")
    assert service.http.get("/api/health/live").json()["bundle"] == response["bundle"]
    assert metric(service, 'reelgraph_bundle_reloads_total{outcome="loaded"}') == 1
    assert metric(service, 'reelgraph_bundle_reloads_total{outcome="refused"}') == 1


BAD: dict[str, Callable[[Bundle], Bundle]] = {
    "an item below zero": lambda bundle: replace(bundle, history=_with_first_item(bundle.history, -3)),
    "an item too many": lambda bundle: replace(bundle, history=_with_first_item(bundle.history, 99)),
    "a scale upside down": lambda bundle: replace(bundle, scale=RatingScale(5.0, 1.0, 0.5)),
    "the same user twice": lambda bundle: replace(bundle, users=IdIndex(np.array([1, 1, 3]), "user")),
    "a card that is none": lambda bundle: replace(bundle, info={"training": 3}),
}


def _with_first_item(history: Matrix, item: int) -> Matrix:
    changed = history.copy()
    changed.indices[0] = item
    return changed


@pytest.mark.parametrize("how", BAD)
def test_a_bundle_with_right_digests_and_wrong_content_is_refused(
    start: Start, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(open=True)
    first = service.bundles.current.digest
    with monkeypatch.context() as patched:  # written by another program: `save` itself would refuse
        patched.setattr("reelgraph.bundle.bundle.bundle_fields", lambda *args: None)
        BAD[how](small()).save(service.settings.bundle)
    refused = service.http.post("/api/admin/reload")
    assert (refused.status_code, refused.json()["error"]) == (409, "bundle"), refused.text
    assert service.http.get("/api/model").json()["bundle"] == first
    assert metric(service, 'reelgraph_bundle_reloads_total{outcome="refused"}') == 1


def test_watching_goes_on_after_a_bundle_that_fails(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = start(open=True, watch_seconds=0.05)
    first = service.bundles.current.digest

    def fail(loaded: LoadedBundle) -> None:
        raise ZeroDivisionError("by the bundle")

    with monkeypatch.context() as patched:
        patched.setattr(service.bundles, "_warm_up", fail)
        small(shift=1.0).save(service.settings.bundle)
        eventually(lambda: metric(service, 'reelgraph_bundle_reloads_total{outcome="refused"}') == 1)
    assert service.bundles.current.digest == first
    eventually(lambda: "bundle refused, the current one stays" in caplog.messages)
    small(shift=2.0).save(service.settings.bundle)
    eventually(lambda: service.bundles.current.digest != first)


def test_the_first_answers_compute_nothing_that_is_kept(start: Start) -> None:
    """All that a bundle computes once is there before it is used, at the start and after a reload."""
    service = start(open=True)
    for shift in (0.0, 1.0):
        if shift:
            small(shift=shift).save(service.settings.bundle)
            assert service.http.post("/api/admin/reload").json()["swapped"]
        loaded = service.bundles.current
        before = (set(vars(loaded.recommender)), loaded.derived.names, set(vars(loaded)))
        assert {"item_similarity", "co_likes"} <= before[0]
        assert {"movie_statistics", "map_layout"} <= before[1]
        for path in (
            "/", "/film/10", "/api/items/10/similar", "/api/items?q=heat", "/api/popular", "/api/me/picks?n=3",
            "/api/me/questions", "/api/me/wall", "/api/me/explain/20", "/api/me/map", "/api/model",
            "/api/items/10", "/poster/10", "/api/me/tonight", "/api/me/portrait", "/api/me/diary",
        ):  # fmt: skip
            assert service.http.get(path).status_code == 200, path
        ratings = {"ratings": {"10": 5}}
        assert service.http.post("/api/session/recommend", json=ratings).status_code == 200
        token = {"X-CSRF-Token": "first"}
        people = {"people": {"Ann": {"10": 5}, "Bo": {"50": 4}}}
        assert service.http.post("/api/me/together", json=people, headers=token).status_code == 200
        assert (set(vars(loaded.recommender)), loaded.derived.names, set(vars(loaded))) == before


def test_a_watched_folder_swaps_by_itself_without_a_failed_request(start: Start) -> None:
    service = start(open=True, watch_seconds=0.05)
    seen: list[tuple[int, str]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            response = service.http.get("/api/recommend/1")
            seen.append((response.status_code, response.json().get("bundle", "")))

    asking = threading.Thread(target=ask)
    asking.start()
    digests = [service.bundles.current.digest]
    for shift in (1.0, 2.0):
        small(shift).save(service.settings.bundle)
        eventually(lambda: service.bundles.current.digest != digests[-1])
        digests.append(service.bundles.current.digest)
        eventually(lambda: seen[-1][1] == digests[-1])
    done.set()
    asking.join()
    assert {status for status, _ in seen} == {200}
    assert list(dict.fromkeys(digest for _, digest in seen)) == digests


def test_a_store_that_fails_is_not_ready_and_comes_back_by_itself(start: Start, tmp_path: Path) -> None:
    with_faults = Faulty(open_store(tmp_path / "faulty.db"))
    service = start(store=with_faults, open=True)
    service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "30", "stars": 5}])
    recommendation_id = service.http.get("/api/recommend/ann").json()["recommendation_id"]
    with_faults.down = True
    responses = [
        service.http.get("/api/health/ready"),
        service.http.get("/api/recommend/ann"),
        service.http.get("/api/recommend/ann?seen=also"),
        service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "10", "stars": 5}]),
        service.http.delete("/api/users/bo"),
    ]
    for response in responses:
        assert (response.status_code, response.json()["error"]) == (503, "store")
        assert "secret" not in response.text
        assert int(response.headers["retry-after"]) > 0
    assert service.http.get("/api/health/live").status_code == 200
    assert service.http.post("/api/session/recommend", json={"ratings": {"30": 5}}).status_code == 200
    assert metric(service, "reelgraph_store_failures_total") == len(responses)
    with_faults.down = False
    assert service.http.get("/api/health/ready").status_code == 200
    assert service.list_of(service.http.get("/api/recommend/ann"))[0] == "10"
    assert list(service.http.get("/api/users/ann").json()["ratings"]) == ["30"]  # the second was not acknowledged
    assert service.http.get(f"/api/served/{recommendation_id}").status_code == 200  # waited while the store was down
    with_faults.store.close()


def test_a_store_whose_file_is_gone_acknowledges_nothing(service: Running, tmp_path: Path) -> None:
    ratings = [{"user_id": "ann", "item_id": "30", "stars": 5}]
    assert service.http.post("/api/ratings", json=ratings).status_code == 200
    (tmp_path / "away").mkdir()
    files = [*tmp_path.glob("people.db*")]
    for file in files:
        file.rename(tmp_path / "away" / file.name)
    for _ in range(2):
        assert service.http.post("/api/ratings", json=ratings).status_code == 503
        assert service.http.get("/api/health/ready").status_code == 503
    assert not (tmp_path / "people.db").exists()
    for file in files:
        (tmp_path / "away" / file.name).rename(file)
    assert service.http.get("/api/health/ready").status_code == 200
    assert service.http.post("/api/ratings", json=ratings).status_code == 200


def test_the_fast_path_answers_as_the_route(service: Running) -> None:
    service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "30", "stars": 5}])
    # A parameter that changes nothing sends the second request the common way.
    pairs = [("ann?n=3", "ann?n=3&offset=0"), ("ann", "ann?offset=0"), ("nobody", "nobody?offset=0")]
    for short, common in pairs:
        fast, usual = (service.http.get(f"/api/recommend/{path}") for path in (short, common))
        assert fast.status_code == usual.status_code
        bodies = [response.json() for response in (fast, usual)]
        for body in bodies:
            body.pop("recommendation_id", None)
        assert bodies[0] == bodies[1]
        for name in ("content-type", "cache-control", "content-security-policy", "x-content-type-options"):
            assert fast.headers.get(name) == usual.headers.get(name)
    for path in ("ann?n=0", "ann?n=101", "ann?n=x", "ann?n=3&n=4"):
        assert service.http.get(f"/api/recommend/{path}").status_code in (200, 422)
    counted = 'reelgraph_requests_total{method="GET",route="/api/recommend/{user_id}",status="200"}'
    assert metric(service, counted) == 4 + 1  # of n twice the last one counts


def test_metrics_and_logs_have_routes_and_no_people(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "reelgraph.serve")
    service = start(open=True)
    service.http.post("/api/ratings", json=[{"user_id": "secret-ann", "item_id": "30", "stars": 5}])
    service.http.get("/api/recommend/secret-ann?offset=0")
    service.http.get("/secret-path")
    service.http.request("SECRET", "/api/items")
    text = service.http.get("/metrics").text
    assert 'route="/api/ratings"' in text
    assert "secret" not in text.lower()
    records = [record.__dict__ for record in caplog.records if record.name == "reelgraph.serve"]
    assert {"route": "/api/ratings", "method": "POST", "status": 200}.items() <= records[0].items()
    assert not [record for record in records if "secret" in str(record).lower()]


def impression(name: str, user: str | None, at: int = 0) -> Impression:
    return Impression(name, user, ("10",), at, "bundle", (1.0,))


def test_a_full_queue_drops_and_counts_and_never_waits(tmp_path: Path) -> None:
    lost: list[int] = []
    store = Faulty(open_store(tmp_path / "s.db"))
    store.down = True
    queue = ImpressionLog(store, 2, lost.append)
    for name in ("a", "b", "c"):
        queue.add(impression(name, None), time.monotonic())
    assert (len(queue), sum(lost)) == (2, 1)
    assert queue.find("a") == impression("a", None)
    store.down = False
    queue.flush()
    assert [store.impression(name) for name in ("a", "b", "c")] == [impression("a", None), impression("b", None), None]
    queue.close()
    store.close()


def test_no_list_of_a_deleted_person_is_written_later(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", now=lambda: 100)
    queue = ImpressionLog(store, 10)
    asked_at = time.monotonic()
    queue.add(impression("a", "ann"), asked_at)
    queue.add(impression("b", "bo"), asked_at)
    queue.flush()
    queue.add(impression("waits", "ann"), asked_at)
    queue.delete_user("ann")
    store.forget("ann")
    queue.add(impression("late", "ann"), asked_at)
    queue.add(impression("new", "ann", 101), time.monotonic())
    queue.close()
    assert [listed.recommendation_id for listed in store.impressions_of("ann")] == ["new"]
    assert [listed.recommendation_id for listed in store.impressions_of("bo")] == ["b"]
    store.close()


def test_a_list_has_the_time_of_its_request(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db")
    queue, now = ImpressionLog(store, 10), int(time.time())
    queue.add(impression("slow", "ann", now), time.monotonic() - 30)
    queue.close()
    recorded = store.impression("slow")
    assert recorded is not None
    assert now - 31 <= recorded.at <= int(time.time()) - 29
    store.close()


SERVED_WITHOUT_TORCH = """
import sys, threading, urllib.request, time
from pathlib import Path
import uvicorn
from reelgraph.serve import ServeSettings
from reelgraph.serve.app import create_app
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.warm_up import warm_up
from reelgraph.serve.server import config
from reelgraph.store import open_store
folder = Path(sys.argv[1])
settings = ServeSettings(folder / "bundle", "x", port=0, open=True)
app = create_app(settings, open_store(folder / "p.db"), BundleHolder(settings.bundle, warm_up))
server = uvicorn.Server(config(app, settings))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started:
    time.sleep(0.01)
port = server.servers[0].sockets[0].getsockname()[1]
print(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/recommend/1").status)
server.should_exit = True
thread.join()
print(sorted(name for name in ("torch", "torch_geometric", "matplotlib", "optuna") if name in sys.modules))
"""


def test_it_serves_without_torch(tmp_path: Path) -> None:
    small().save(tmp_path / "bundle")
    words = [sys.executable, "-c", SERVED_WITHOUT_TORCH, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:2] == ["200", "[]"], done.stderr


def test_a_rating_beside_another_process_on_the_same_file_is_kept(service: Running) -> None:
    other_process = open_store(service.settings.bundle.parent / "people.db")
    for number in range(5):
        other_process.rate([NewRating("bo", str(10 * (number + 1)), 4.0, 0)])
        ratings = [{"user_id": "ann", "item_id": str(10 * (number + 1)), "stars": 5}]
        assert service.http.post("/api/ratings", json=ratings).status_code == 200
    assert len(service.http.get("/api/users/ann").json()["ratings"]) == 5
    assert len(service.http.get("/api/users/bo").json()["ratings"]) == 5
    other_process.close()
