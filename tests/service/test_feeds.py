"""Feeds: a person's list by a read-only link, for programs; revoked at once, never in a log."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.cli import main
from reelgraph.store import add_feed
from tests.service.conftest import Running, Start, small
from tests.unit.bridges.test_bridges import RADARR, STREMIO_CATALOG, STREMIO_MANIFEST, TRAKT

feedparser = pytest.importorskip("feedparser", reason="feedparser is not installed")
icalendar = pytest.importorskip("icalendar", reason="icalendar is not installed")
jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

IMDB = ("tt0113277", "tt0133093", "tt0000003", "tt0211915", "tt0000005", "", "tt0022100", "")
TMDB = (949, 603, 3, 194, 0, 6, 832, 0)


def with_ids() -> Bundle:
    bundle = small()
    catalogue = dataclasses.replace(
        bundle.catalogue, imdb_id=np.array(IMDB), tmdb_id=np.array(TMDB), runtime=np.array([170] + [0] * 7)
    )
    return dataclasses.replace(bundle, catalogue=catalogue)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger of the process writes, at every level."""
    lines, logger = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s %(route)s", defaults={"route": ""}))
    loggers = [logger, *(logging.getLogger(name) for name in ("reelgraph", "uvicorn"))]
    before = [(entry.level, entry.handlers) for entry in loggers]
    for entry in loggers:
        entry.handlers = [*(entry.handlers if entry is logger else ()), handler]
        entry.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        for entry, (level, handlers) in zip(loggers, before, strict=True):
            entry.handlers = handlers
            entry.setLevel(level)


@pytest.fixture
def service(start: Start) -> Running:
    """With keys, and a bundle whose movies have ids."""
    running = start()
    with_ids().save(running.settings.bundle)
    running.bundles.reload()
    return running


def key(service: Running, *scopes: Any) -> dict[str, str]:
    return {"X-API-Key": service.store.add_key("test", list(scopes))}


def new_feed(service: Running, user: str = "1") -> tuple[str, dict[str, str]]:
    """The id of a feed made by the API, and its paths."""
    response = service.http.post(
        f"/api/users/{user}/feeds", json={"name": "kitchen"}, headers=key(service, "read", "write")
    )
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["feed"]["name"] == "kitchen"
    return body["feed"]["id"], body["paths"]


def test_each_form_shows_the_list_of_the_person(service: Running) -> None:
    """User 1 rated 10 and 20, so the list is 30, 40, then the rest; 60 and 80 have no id of IMDb, 80 none at all."""
    _, paths = new_feed(service)
    radarr = service.http.get(paths["radarr"])
    assert radarr.status_code == 200
    jsonschema.validate(radarr.json(), RADARR)
    assert [entry.get("id") for entry in radarr.json()] == [3, 194, None, 6, 832]
    trakt = service.http.get(paths["trakt"], params={"n": 2}).json()
    jsonschema.validate(trakt, TRAKT)
    assert [movie["ids"]["tmdb"] for movie in trakt["movies"]] == [3, 194]
    assert [entry["title"] for entry in service.http.get(paths["radarr"], params={"genre": "Comedy"}).json()] == [
        "Amélie"
    ]
    for response in (radarr, service.http.get(paths["atom"])):
        assert response.headers["cache-control"] == "private, no-store"
        assert "noindex" in response.headers["x-robots-tag"]


def test_the_feed_of_a_reader_has_reasons(service: Running) -> None:
    _, paths = new_feed(service)
    response = service.http.get(paths["atom"])
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = feedparser.parse(response.content)
    assert not feed.bozo
    assert feed.feed.title == "Movies for kitchen"
    assert len(feed.entries) == 6
    assert feed.entries[1].title == "Amélie (2001)"
    assert feed.entries[1].content[0].value == "because you gave Heat 5 stars and The Matrix 4 stars"


def test_stremio(service: Running) -> None:
    _, paths = new_feed(service)
    manifest = service.http.get(paths["stremio"])
    jsonschema.validate(manifest.json(), STREMIO_MANIFEST)
    assert manifest.headers["access-control-allow-origin"] == "*"
    catalog = f"{paths['stremio'].removesuffix('manifest.json')}catalog/movie/{manifest.json()['catalogs'][0]['id']}"
    response = service.http.get(f"{catalog}.json")
    jsonschema.validate(response.json(), STREMIO_CATALOG)
    assert response.headers["access-control-allow-origin"] == "*"
    assert [meta["id"] for meta in response.json()["metas"]] == ["tt0000003", "tt0211915", "tt0000005", "tt0022100"]
    assert [meta["id"] for meta in service.http.get(f"{catalog}/skip=3.json").json()["metas"]] == ["tt0022100"]
    assert service.http.get(f"{catalog}/skip=901.json").status_code == 422
    assert service.http.get(f"{catalog}/skip=x.json").status_code == 422
    assert service.http.get(catalog.replace("picks", "other") + ".json").status_code == 404


def test_a_feed_takes_what_the_list_takes_and_nothing_else(service: Running) -> None:
    _, paths = new_feed(service)
    assert service.http.get(paths["radarr"], params={"recent": True}).status_code == 409  # the model knows no order
    for path in (paths["radarr"], paths["calendar"]):
        assert service.http.get(path, params={"bogus": 1}).status_code == 422


def test_an_evening(service: Running) -> None:
    _, paths = new_feed(service)
    response = service.http.get(paths["calendar"], params={"at": "2026-12-04T20:00:00"})
    assert response.headers["content-type"].startswith("text/calendar")
    (event,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert event["DTSTART"].dt == datetime(2026, 12, 4, 20)
    assert "(2001)" in str(event["SUMMARY"])
    (friday,) = icalendar.Calendar.from_ical(service.http.get(paths["calendar"]).content).walk("VEVENT")
    assert (friday["DTSTART"].dt.weekday(), friday["DTSTART"].dt.hour) == (4, 20)
    for bad in ({"at": "soon"}, {"at": "9999-12-31T23:59:59"}, {"mood": "grim"}, {"max_minutes": "-1"}):
        assert service.http.get(paths["calendar"], params=bad).status_code == 422, bad
    none = service.http.get(paths["calendar"], params={"min_minutes": "171"})
    assert (none.status_code, none.json()["error"]) == (409, "empty")


def test_what_the_person_rates_counts_in_the_next_answer(service: Running) -> None:
    _, paths = new_feed(service)
    service.http.post(
        "/api/ratings", json=[{"user_id": "1", "item_id": "30", "stars": 5}], headers=key(service, "write")
    )
    assert [entry.get("id") for entry in service.http.get(paths["radarr"]).json()] == [194, None, 6, 832]


def test_a_revoked_feed_is_dead_at_once(service: Running) -> None:
    feed_id, paths = new_feed(service)
    other_id, other = new_feed(service)
    headers = key(service, "read", "write")
    assert all(service.http.get(path).status_code == 200 for path in paths.values())
    listed = service.http.get("/api/users/1/feeds", headers=headers).json()["feeds"]
    assert {feed["id"] for feed in listed} == {feed_id, other_id}
    assert not any(path.split("/")[2] in json.dumps(listed) for path in (*paths.values(), *other.values()))
    assert service.http.delete(f"/api/users/1/feeds/{feed_id}", headers=headers).json() == {"id": feed_id}
    for path in paths.values():
        response = service.http.get(path)
        assert (response.status_code, response.json()["error"]) == (404, "unknown-feed")
    assert service.http.get(other["radarr"]).status_code == 200
    assert service.http.delete(f"/api/users/1/feeds/{feed_id}", headers=headers).status_code == 404


def test_a_feed_revoked_by_another_process_is_dead_at_once(service: Running) -> None:
    feed_id, paths = new_feed(service)
    assert service.http.get(paths["radarr"]).status_code == 200
    store = str(service.settings.bundle.parent / "people.db")
    assert main(["store", "feed", "revoke", store, "1", feed_id]) == 0
    assert service.http.get(paths["radarr"]).status_code == 404


def test_a_feed_goes_with_its_person(service: Running) -> None:
    _, paths = new_feed(service)
    assert service.http.delete("/api/users/1", headers=key(service, "write")).status_code == 200
    assert service.http.get(paths["radarr"]).status_code == 404


def test_an_expired_feed_is_dead(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.store.feeds.time.time", lambda: 1_000_000_000.0)
    token, _ = add_feed(service.store, "1", "old", days=1)
    assert service.http.get(f"/feed/{token}/radarr.json").status_code == 404


def test_other_links_and_made_up_tokens_open_nothing(service: Running) -> None:
    service.store.links.add("1", "list", "L" * 32, 2**40, {"kind": "picks"}, max_links=10)
    assert service.http.get(f"/feed/{'L' * 32}/radarr.json").status_code == 404
    assert service.http.get(f"/feed/{'x' * 32}/atom.xml").status_code == 404
    assert service.http.get("/feed/short/atom.xml").status_code == 422
    assert service.http.get(f"/list/{new_feed(service)[1]['atom'].split('/')[2]}").status_code == 404


def test_a_token_opens_nothing_but_its_own_files(service: Running) -> None:
    token = new_feed(service)[1]["atom"].split("/")[2]
    for path in ("/api/recommend/1", "/api/users/1", "/api/users/1/feeds"):
        assert service.http.get(path, headers={"X-API-Key": token}).status_code == 401
    assert service.http.post(f"/feed/{token}/radarr.json").status_code == 405


def test_making_a_feed_needs_both_scopes_and_a_known_person(service: Running) -> None:
    for scopes, status in ((("read",), 403), (("write",), 403), (("read", "write"), 201)):
        response = service.http.post("/api/users/1/feeds", json={"name": "x"}, headers=key(service, *scopes))
        assert response.status_code == status, scopes
    assert service.http.post("/api/users/1/feeds", json={"name": "x"}).status_code == 401
    headers = key(service, "read", "write")
    assert service.http.post("/api/users/nobody/feeds", json={"name": "x"}, headers=headers).status_code == 404
    assert service.store.person("nobody") is None
    for body in (
        {},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 61},
        {"name": "x", "days": 0},
        {"name": "x", "days": 3651},
    ):
        assert service.http.post("/api/users/1/feeds", json=body, headers=headers).status_code == 422, body
    for _ in range(19):
        assert service.http.post("/api/users/1/feeds", json={"name": "x"}, headers=headers).status_code == 201
    full = service.http.post("/api/users/1/feeds", json={"name": "x"}, headers=headers)
    assert (full.status_code, full.json()["detail"]) == (409, "links: there are 20 already; revoke one first")


def test_the_token_is_in_no_log_and_no_metric(start: Start) -> None:
    service = start(access_log=True)
    token, _ = add_feed(service.store, "1", "kitchen")
    with logged() as lines:
        for path in ("atom.xml", "radarr.json", "evening.ics", "catalog/movie/x.json", "no-such-file"):
            service.http.get(f"/feed/{token}/{path}")
        service.http.get(f"/feed/{token}/atom.xml", params={"n": "x"})
        metrics = service.http.get("/metrics").text
    text = lines.getvalue()
    server_lines = [line for line in text.splitlines() if not line.startswith(("httpx", "httpcore"))]
    assert any("/feed/{token}/atom.xml" in line for line in server_lines)
    assert not [line for line in server_lines if token in line]
    assert "/feed/{token}/radarr.json" in metrics
    assert token not in metrics


def test_only_a_hash_of_the_token_is_stored(service: Running) -> None:
    token = new_feed(service)[1]["atom"].split("/")[2]
    folder = service.settings.bundle.parent
    assert not [file for file in folder.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]


def test_a_bundle_without_ids_says_so(start: Start) -> None:
    service = start()
    token, _ = add_feed(service.store, "1", "kitchen")
    response = service.http.get(f"/feed/{token}/radarr.json")
    assert (response.status_code, response.json()["error"]) == (409, "no-ids")
    assert service.http.get(f"/feed/{token}/atom.xml").status_code == 200


def test_the_shell_makes_lists_and_revokes_feeds(
    service: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, bundle = str(service.settings.bundle.parent / "people.db"), str(service.settings.bundle)
    assert main(["store", "feed", "add", store, "1", "radarr"]) == 2
    assert "nobody in the store has the id '1' (for a user of a bundle give --bundle)" in capsys.readouterr().err
    assert main(["store", "feed", "add", store, "77", "radarr", "--bundle", bundle]) == 2
    words = ["store", "feed", "add", store, "1", "radarr", "--bundle", bundle, "--url", "https://films.example/"]
    assert main([*words, "--json"]) == 0
    made = json.loads(capsys.readouterr().out.splitlines()[-1])
    address = made["addresses"]["radarr"]
    assert re.fullmatch(r"https://films\.example/feed/[A-Za-z0-9_-]{32}/radarr\.json", address)
    assert service.http.get(address.removeprefix("https://films.example")).status_code == 200
    assert main(["store", "feed", "list", store, "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["name"]) == (made["id"], "radarr")
    assert main(["store", "feed", "revoke", store, "1", "0" * 16]) == 2
    assert main(["store", "feed", "revoke", store, "1", made["id"]]) == 0
    assert service.http.get(address.removeprefix("https://films.example")).status_code == 404
