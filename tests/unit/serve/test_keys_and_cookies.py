"""Keys, sessions and files of the page alone: what is remembered, what a cookie says, what is sent again."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from reelgraph.serve.state import key_cache
from reelgraph.serve.state.key_cache import KeyCache
from reelgraph.serve.web.session import VisitorSession, delete_cookie
from reelgraph.serve.web.static_files import PageFiles, compact
from reelgraph.store import ApiKey
from reelgraph.store.keys import generate_key, split_key, verify_secret


def test_a_key_is_its_id_and_a_secret_of_which_only_a_hash_is_kept() -> None:
    key, other = generate_key(), generate_key()
    prefix, key_id, secret = key.plain.split("_", 2)
    assert (prefix, key_id, len(key_id), len(secret)) == ("rg", key.id, 12, 43)
    assert split_key(key.plain) == (key_id, secret)
    assert secret not in key.digest
    assert key.digest.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_secret(key.digest, secret) is True
    assert verify_secret(other.digest, secret) is False
    assert verify_secret(None, secret) is False
    assert verify_secret("no digest", secret) is False


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("rg_a_b", ("a", "b")),
        ("rg_a_b_c", ("a", "b_c")),
        ("rg_" + "a" * 58 + "_" + "b" * 58, ("a" * 58, "b" * 58)),  # 120 characters
        ("rg_" + "a" * 58 + "_" + "b" * 59, None),
        ("rx_a_b", None),
        ("rg_a", None),
        ("", None),
        ("rg_a_\xe9", None),
    ],
)
def test_texts_of_keys(text: str, parts: tuple[str, str] | None) -> None:
    assert split_key(text) == parts


class Keys:
    """A store of one key, which counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.n_versions = self.number = 0
        self.valid = ApiKey("k1", "page", ("read",), 1)

    def version(self, name: str) -> int:
        assert name == "keys"
        self.n_versions += 1
        return self.number

    def key(self, text: str) -> ApiKey | None:
        self.asked.append(text)
        return self.valid if text == "good" else None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [50.0]
    monkeypatch.setattr(key_cache.time, "monotonic", lambda: now[0])
    return now


def test_verdicts_are_remembered_until_any_key_changes(clock: list[float]) -> None:
    store: Any = Keys()
    cache = KeyCache(store)
    assert cache.remembered("good") is None
    assert cache.recall("good") is None
    assert [cache.verify(text) for text in ("good", "bad", "good", "bad")] == [store.valid, None, store.valid, None]
    assert store.asked == ["good", "bad"]
    assert store.n_versions == 1
    assert cache.remembered("good") is store.valid
    assert cache.remembered("bad") is None
    assert (cache.recall("good").key, cache.recall("bad").key) == (store.valid, None)  # type: ignore[union-attr]
    clock[0] += 1.0  # the store is asked whether a key has changed, once a second
    assert cache.remembered("good") is None
    assert cache.verify("good") is store.valid
    assert (store.asked, store.n_versions) == (["good", "bad"], 2)
    assert cache.remembered("good") is store.valid
    clock[0] += 1.0
    store.number, store.valid = 1, None
    assert [cache.verify(text) for text in ("good", "bad")] == [None, None]
    assert store.asked == ["good", "bad", "good", "bad"]
    store.number = 2
    cache.invalidate()  # a change made here counts at once
    assert cache.remembered("good") is None
    cache.verify("good")
    assert store.asked[4:] == ["good"]


def test_a_key_that_changes_while_it_is_verified_is_not_remembered(clock: list[float]) -> None:
    class Changing(Keys):
        def key(self, text: str) -> ApiKey | None:
            key = super().key(text)
            if len(self.asked) == 1:
                self.number = 1
                cache.invalidate()
                assert cache.recall("other") is None
            return key

    store: Any = Changing()
    cache = KeyCache(store)
    assert cache.verify("good") is store.valid
    assert cache.recall("good") is None


def test_made_up_keys_displace_no_valid_one(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_cache, "_MAX_KEYS", 2)
    store: Any = Keys()
    cache = KeyCache(store)
    for text in ("good", "bad 1", "bad 2", "bad 3"):
        cache.verify(text)
    assert cache.remembered("good") is store.valid
    assert [cache.recall(text) is None for text in ("bad 1", "bad 2", "bad 3")] == [True, False, False]


def request(scheme: str, *headers: tuple[str, str]) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Request(
        {"type": "http", "method": "GET", "path": "/a.js", "headers": raw, "scheme": scheme, "query_string": b"",
         "server": ("films.example", 80)}
    )  # fmt: skip


def cookie_of(response: Response) -> set[str]:
    return set(response.headers["set-cookie"].split("; "))


def test_the_cookie_is_for_this_host_and_not_for_scripts_or_other_sites() -> None:
    session, http, https = VisitorSession.new(), Response(), Response()
    session.set_cookie(request("http"), http)
    session.set_cookie(request("https"), https)
    common = {"Path=/", "HttpOnly", "SameSite=lax"}
    assert cookie_of(http) == {f"reelgraph={session.secret}", "Max-Age=31536000", *common}
    assert cookie_of(https) == {f"__Host-reelgraph={session.secret}", "Max-Age=31536000", "Secure", *common}
    gone = Response()
    delete_cookie(request("https"), gone)
    parts = {part for part in cookie_of(gone) if not part.startswith("expires")}
    assert parts == {'__Host-reelgraph=""', "Max-Age=0", "Secure", *common}


def test_the_store_and_the_page_see_hashes_of_the_secret() -> None:
    session = VisitorSession("s" * 43)
    assert session.user_id is not None
    assert "s" * 10 not in session.user_id + session.csrf_token
    assert session.user_id.split("-")[-1] != session.csrf_token
    assert len({VisitorSession.new().user_id for _ in range(5)}) == 5
    assert (VisitorSession().user_id, VisitorSession().csrf_token) == (None, "first")


def test_files_are_sent_again_only_if_they_have_changed(tmp_path: Path) -> None:
    script, picture = tmp_path / "a.js", tmp_path / "a.png"
    script.write_text("// what it does\nlet a = 1;\n\n    let b = 2;\n")
    picture.write_bytes(b"\x89PNG")
    files = PageFiles(directory=tmp_path)

    def get(path: Path, *headers: tuple[str, str]) -> Response:
        return files.file_response(path, path.stat(), request("http", *headers).scope)

    plain, packed = get(script), get(script, ("accept-encoding", "br, gzip"))
    assert (plain.status_code, plain.body) == (200, b"let a = 1;\nlet b = 2;\n")
    assert (packed.status_code, gzip.decompress(bytes(packed.body))) == (200, plain.body)
    assert plain.headers["content-type"].startswith("text/javascript")
    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    for response in (plain, packed):
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["vary"] == "Accept-Encoding"
    again = get(script, ("if-none-match", plain.headers["etag"]))
    assert (again.status_code, again.body) == (304, b"")
    assert files.file_response(script, script.stat(), request("http").scope, 404).status_code == 404
    assert get(picture).headers["cache-control"] == "no-cache"
    assert get(picture).headers["content-type"] == "image/png"


def test_comments_and_indentation_are_left_out() -> None:
    assert compact("/* a\n b */\n\n  p { color: red; }\n", ".css") == "p { color: red; }\n"
    assert compact('let url = "https://a"; // see "b"\n', ".js") == 'let url = "https://a"; // see "b"\n'
