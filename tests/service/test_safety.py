"""Keys, limits, host names, headers, and errors that reveal nothing internal."""

from __future__ import annotations

import io
import socket
import time
import zipfile
from typing import Any

import httpx
import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.serve import ServeSettings, run
from reelgraph.serve.state.token_buckets import TokenBuckets
from reelgraph.store import open_store
from tests.service.conftest import Running, Start

NEEDS = [
    ("GET", "/api/recommend/1", "read"), ("GET", "/api/recommend/1/explain/20", "read"),
    ("GET", "/api/users", "read"), ("GET", "/api/users/1/served", "read"), ("GET", "/api/served/x", "read"),
    ("POST", "/api/ratings", "write"), ("POST", "/api/items", "write"), ("DELETE", "/api/users/ann", "write"),
    ("DELETE", "/api/users/ann/ratings/10", "write"), ("PUT", "/api/users/ann/seen/10", "write"),
    ("DELETE", "/api/users/ann/seen/10", "write"),
    ("POST", "/api/admin/reload", "admin"), ("GET", "/api/admin/keys", "admin"), ("POST", "/api/admin/keys", "admin"),
    ("DELETE", "/api/admin/keys/ab", "admin"),
]  # fmt: skip


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The one shape of an error."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert set(body) == {"error", "detail", "hint"}
    return body


def send(service: Running, raw: bytes, wait: float = 60.0) -> bytes:
    """Bytes as they are, and all that comes back until the server hangs up."""
    with socket.create_connection((service.http.base_url.host, service.http.base_url.port), wait) as line:
        line.sendall(raw)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def open_service(module_service: Running) -> Running:
    return module_service


def test_each_route_of_people_needs_a_key_with_its_own_scope(start: Start) -> None:
    service = start()
    keys = {scope: service.store.add_key(scope, [scope]) for scope in ("read", "write", "admin")}
    for method, path, scope in NEEDS:
        body: Any = {"json": []} if path in ("/api/ratings", "/api/items") else {}
        body = {"json": {}} if (method, path) == ("POST", "/api/admin/keys") else body
        none = service.http.request(method, path, **body)
        assert problem(none, 401)["hint"] == "send it in the header X-API-Key"
        assert none.headers["www-authenticate"].startswith("ApiKey")
        for has, plain in keys.items():
            response = service.http.request(method, path, headers={"X-API-Key": plain}, **body)
            assert (response.status_code in (401, 403)) == (has != scope), (method, path, has)
    for wrong in ("x", "rg_000000000000_x", keys["read"] + "x", keys["read"][:-1]):
        assert problem(service.http.get("/api/users", headers={"X-API-Key": wrong}), 401)["error"] == "unauthorized"


def test_every_route_but_those_about_movies_and_sessions_needs_a_key(start: Start) -> None:
    service = start()
    description = service.http.get("/api/openapi.json").json()
    free = {
        path
        for path, methods in description["paths"].items()
        for operation in methods.values()
        if not operation.get("security")
    }
    by_token = {path for path in free if path.startswith("/feed/{token}/")}  # see test_feeds
    assert len(by_token) == 7
    assert free - by_token == {
        "/api/health/live", "/api/health/ready", "/metrics", "/api/items", "/api/items/{item_id}", "/api/popular",
        "/api/items/{item_id}/similar", "/api/model", "/api/import", "/api/session/recommend", "/api/session/explain",
        "/api/session/counterfactual", "/api/session/what-if", "/api/session/questions", "/api/session/together",
        "/api/session/tonight", "/api/session/portrait",
    }  # fmt: skip
    assert len(
        [1 for methods in description["paths"].values() for operation in methods.values() if operation.get("security")]
    ) == (
        len(NEEDS) + 6  # a person, their ratings and portrait, and to list, make and revoke their feeds
    )


def test_a_revoked_key_is_not_accepted(start: Start) -> None:
    service = start()
    admin = {"X-API-Key": service.store.add_key("admin", ["admin"])}
    created = service.http.post("/api/admin/keys", json={"name": "shop", "scopes": ["read"]}, headers=admin)
    assert created.status_code == 201
    shop = {"X-API-Key": created.json()["key"]}
    assert service.http.get("/api/users", headers=shop).status_code == 200
    listed = {key["name"]: key for key in service.http.get("/api/admin/keys", headers=admin).json()["keys"]}
    assert {name: (key["scopes"], key["revoked"]) for name, key in listed.items()} == {
        "admin": (["admin"], None),
        "shop": (["read"], None),
    }
    assert service.http.delete(f"/api/admin/keys/{listed['shop']['id']}", headers=admin).status_code == 200
    assert service.http.get("/api/users", headers=shop).status_code == 401
    other_process = open_store(service.settings.bundle.parent / "people.db")  # as another process would
    other_process.revoke(listed["admin"]["id"])
    other_process.close()
    until = time.monotonic() + 60
    while service.http.get("/api/admin/keys", headers=admin).status_code != 401:
        assert time.monotonic() < until


def test_a_service_without_keys_listens_on_this_machine_only(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match=r"everybody who reaches 0\.0\.0\.0"):
        run(ServeSettings(tmp_path, "x", host="0.0.0.0", open=True))
    assert ServeSettings(tmp_path, "x", host="0.0.0.0", open=True, exposed=True).answered_hosts == ()
    assert "localhost" in ServeSettings(tmp_path, "x", open=True).answered_hosts


def test_an_unknown_host_name_is_refused(open_service: Running) -> None:
    problem(open_service.http.get("/api/users", headers={"Host": "evil.example"}), 421)
    assert open_service.http.get("/api/users", headers={"Host": "localhost:1"}).status_code == 200


def test_no_response_may_be_read_by_another_origin(open_service: Running) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    for response in (
        open_service.http.options("/api/users/ann", headers=headers),
        open_service.http.get("/api/items/10", headers=headers),
        open_service.http.get("/nowhere"),
        open_service.http.get("/api/users", headers={"Host": "evil.example"}),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "server" not in response.headers


def test_bodies_are_bounded_with_and_without_a_content_length(start: Start) -> None:
    service = start(open=True, max_body=2000, max_upload=3000)
    large = b'{"ratings": {' + b" " * 3000 + b"}}"
    json_type = {"Content-Type": "application/json"}
    assert problem(service.http.post("/api/session/recommend", content=large, headers=json_type), 413)["error"]
    chunked = service.http.post("/api/session/recommend", content=iter([large[:1500], large[1500:]]), headers=json_type)
    assert "2,000 bytes" in problem(chunked, 413)["detail"]
    assert service.http.post("/api/session/recommend", content=iter([b"{", b"}"]), headers=json_type).status_code == 200
    for size, status in ((1500, 409), (2500, 409), (3500, 413)):
        problem(service.http.post("/api/import", files={"file": b"\x00" * size}), status)


def test_an_unhandled_error_has_the_shape_of_all_errors(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = start(open=True)

    def broken(model: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr("reelgraph.serve.api.presenters.model_card", broken)
    response, usual = service.http.get("/api/model"), service.http.get("/api/items")
    assert problem(response, 500)["error"] == "internal"
    assert "s3cret" not in response.text
    assert set(usual.headers) - set(response.headers) <= {"etag", "content-encoding", "vary"}
    assert response.headers["content-security-policy"] == usual.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert "unhandled error" in caplog.messages


def test_monitoring_uses_any_host_name(start: Start) -> None:
    service = start(open=True, hosts=("films.example",))
    for path in ("/api/health/live", "/api/health/ready", "/metrics"):
        assert service.http.get(path).status_code == 200
    problem(service.http.get("/api/items"), 421)
    assert service.http.get("/api/items", headers={"Host": "films.example"}).status_code == 200


def test_health_and_operator_do_not_wait_for_long_requests(service: Running) -> None:
    service.app.state.service.slow_pool.max_tasks = 0
    problem(service.http.post("/api/session/explain", json={"ratings": {"20": 5}, "item_id": "10"}), 429)
    assert service.http.get("/api/health/ready").status_code == 200
    assert service.http.post("/api/admin/reload").json()["swapped"] is False


def test_a_hundred_thousand_ratings_are_refused(open_service: Running) -> None:
    ratings = {str(item): 5.0 for item in range(100_000)}
    problem(open_service.http.post("/api/session/recommend", json={"ratings": ratings}), 413)
    ratings = {str(item): 5.0 for item in range(5_001)}
    assert (
        "5000 items"
        in problem(open_service.http.post("/api/session/recommend", json={"ratings": ratings}), 422)["detail"]
    )
    rating_list = [{"user_id": "a", "item_id": "10", "stars": 5}] * 1001
    problem(open_service.http.post("/api/ratings", json=rating_list), 422)


def test_connections_of_slow_clients_are_closed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(open=True, body_seconds=0.2)
    with monkeypatch.context() as patched:
        patched.setattr("reelgraph.serve.protocol.HEAD_SECONDS", 0.2)
        assert send(service, b"GET /api/health/live HTT") == b""
        assert send(service, b"") == b""
    head = (
        b"POST /api/ratings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    assert send(service, head + b"[{").startswith(b"HTTP/1.1 408 ")
    assert service.http.get("/api/health/live").status_code == 200


def test_more_requests_than_allowed_wait(start: Start) -> None:
    service = start(open=True, rate=0.001, burst=3)
    responses = [service.http.get("/api/health/live") for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert 900 < int(responses[-1].headers["retry-after"]) <= 1000
    assert service.http.get("/api/health/live", headers={"X-API-Key": "made-up"}).status_code == 429


def test_a_bucket_fills_up_steadily_and_clients_do_not_share_it() -> None:
    bucket = TokenBuckets(2.0, 3)
    assert [bucket.take("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert bucket.take("b", 0.0) == 0.0
    assert bucket.take("a", 0.25) == 0.25
    assert [bucket.take("a", 0.5), bucket.take("a", 0.5)] == [0.0, 0.5]
    assert [bucket.take("a", 100.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]  # no more than the burst


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/api/session/recommend", b"{", 422),
        ("POST", "/api/session/recommend", b"\xff\xfe{}", 422),
        ("POST", "/api/session/recommend", b'{"ratings": {"\\ud800": 5}}', 422),
        ("POST", "/api/session/recommend", b'{"ratings": {"10": 1e999}}', 422),
        ("POST", "/api/session/recommend", b'{"ratings": {"10": NaN}}', 422),
        ("POST", "/api/session/recommend", b"[" * 100_000, 400),
        ("POST", "/api/session/recommend", b'{"n": 1000000000000}', 422),
        ("POST", "/api/session/recommend", b'{"rating": {}}', 422),
        ("POST", "/api/session/recommend", b'{"genre": ["Comedi"]}', 409),
        ("POST", "/api/session/recommend", b'{"ratings": {"10": 77}}', 409),
        ("POST", "/api/session/recommend", b'{"ratings": {"999": 5}}', 404),
        ("POST", "/api/ratings", b'[{"user_id": "a\\u0000b", "item_id": "10", "stars": 5}]', 422),
        ("POST", "/api/ratings", b'[{"user_id": "a", "item_id": "10", "stars": 0.25}]', 409),
        ("GET", "/api/items?n=99999999999999999999", None, 422),
        ("GET", "/api/items/%ff%fe", None, 404),
        ("GET", "/api/items/..%2f..%2fetc%2fpasswd", None, 404),
        ("GET", "/api/recommend/' OR 1=1;--", None, 404),
        ("GET", "/api/recommend/1?surprise=1", None, 422),
        ("GET", "/api/nothing", None, 404),
        ("PATCH", "/api/items", None, 405),
    ],
)
def test_bad_input_is_one_clear_error(
    open_service: Running, method: str, path: str, content: bytes | None, status: int
) -> None:
    headers = {"Content-Type": "application/json"} if content else {}
    response = open_service.http.request(method, path, content=content, headers=headers)
    problem(response, status)
    assert len(response.content) < 2000


def test_ids_that_look_like_sql_or_html_are_ids(service: Running) -> None:
    user = "Robert'); DROP TABLE ratings;--<script>"
    rating = {"user_id": user, "item_id": "50", "stars": 5}
    assert service.http.post("/api/ratings", json=[rating]).json() == {"kept": 1, "kept_for_later": []}
    assert list(service.http.get(f"/api/users/{user}").json()["ratings"]) == ["50"]
    assert service.http.get("/api/items", params={"q": "drop table"}).json()["items"][0]["item_id"] == "50"


def bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", "Date,Name,Year,Letterboxd URI,Rating\n" + "0" * size)
    return buffer.getvalue()


def test_a_zip_bomb_and_invalid_uploads_are_refused_without_naming_a_folder(open_service: Running) -> None:
    packed = bomb(100 * 2**20)
    assert len(packed) < 200_000
    for content, name in ((packed, "all.zip"), (b"PK\x03\x04rest", "x.zip"), (b"", "e"), (b"\x00" * 99, "../../x")):
        started = time.monotonic()
        error = problem(open_service.http.post("/api/import", files={"file": (name, content)}), 409)
        assert time.monotonic() - started < 60
        assert error["error"] == "export"
        assert "/" not in error["detail"].split(":")[0]


def test_form_fields_tell_what_the_upload_does_not(open_service: Running) -> None:
    rows = "what,who,joy\nHeat (1995),Ann,7\nThe Matrix (1999),Ben,1\n"
    fields = {"columns": "title=what,user=who,rating=joy", "scale": "1:7"}

    def upload(data: dict[str, str]) -> httpx.Response:
        files = {"file": ("мои.csv", rows.encode())}
        return open_service.http.post("/api/import", files=files, data=data)

    error = problem(upload(fields), 409)
    assert (error["detail"], error["hint"]) == (
        "мои.csv: the rows of one person, found 2 profiles: Ann, Ben",
        "choose one: --profile NAME",
    )
    response = upload({**fields, "profile": "ann"})
    assert response.json()["ratings"] == {"10": 5.0}
    assert response.json()["report"]["set_aside"] == {"rows of other profiles": 1}
    assert "expected LOW:HIGH" in problem(upload({**fields, "scale": "7"}), 409)["detail"]


def test_an_upload_is_matched_and_not_stored(open_service: Running) -> None:
    rows = "Name,Year,Rating\nHeat,1995,4.5\nThe Matrix,1999,5\nNobody Knows This,2020,1\n"
    response = open_service.http.post("/api/import", files={"file": ("mine.csv", rows.encode())})
    assert response.status_code == 200, response.text
    assert response.json()["ratings"] == {"10": 4.5, "20": 5.0}
    report = response.json()["report"]
    assert report["films"] == {"matched": 2, "doubtful": 0, "missing": 1}
    assert report["missing"][0]["where"] == "mine.csv, line 4"
    assert open_service.store.counts().ratings == 0
