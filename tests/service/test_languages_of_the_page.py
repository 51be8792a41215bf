"""Which language a page has, and that no cache mixes two."""

from __future__ import annotations

import re

import pytest

from reelgraph.serve.web import language as language_module
from reelgraph.serve.web.language import _accepted_language
from tests.service.conftest import Running


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("de", "de"), ("de-AT, en;q=0.8", "de"), ("ja, fr;q=0.5, en;q=0.4", "fr"), ("FR-ca", "fr"),
        ("en;q=0.3, es;q=0.7", "es"), ("de;q=0, en", "en"), ("ja", "en"), ("de;q=x, fr;q=0.1", "fr"), (";;,,", "en"),
        ("*", "en"), ("de;q=inf, es", "de"), (",".join(["ja"] * 20) + ",de", "en"),
    ],
)  # fmt: skip
def test_the_first_language_of_the_browser_that_the_page_has(
    header: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_module, "LANGUAGES", ("en", "de", "es", "fr"))
    assert _accepted_language(header) == language


def test_a_page_says_its_language_and_varies_with_it(module_service: Running) -> None:
    response = module_service.http.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="en"' in response.text
    assert response.headers["content-language"] == "en"
    varies = {name.strip() for name in response.headers["vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= varies
    unchanged = module_service.http.get("/", headers={"If-None-Match": response.headers["etag"]})
    assert unchanged.status_code == 304
    assert "Accept-Language" in unchanged.headers["vary"]
    missing = module_service.http.get("/film/999", headers={"Accept": "text/html"})
    assert missing.status_code == 404
    assert "Accept-Language" in missing.headers["vary"]


def test_an_unknown_choice_is_ignored(module_service: Running) -> None:
    response = module_service.http.get("/", headers={"Cookie": 'language="><script>'})
    assert '<html lang="en"' in response.text


def test_the_strings_of_a_page_are_cached_by_their_hash(module_service: Running) -> None:
    (path,) = re.findall(r'<script defer src="(/strings/[^"]+)">', module_service.http.get("/").text)
    response = module_service.http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/javascript")
    assert "immutable" in response.headers["cache-control"]
    assert response.text.startswith('globalThis.pageStrings = {"language":"en","messages":{')
    older = module_service.http.get(re.sub(r"-[0-9a-f]{16}\.js", "-0123456789abcdef.js", path))
    assert older.text == response.text
    assert older.headers["cache-control"] == "no-store"
    for wrong in ("/strings/xx-stars-0123456789abcdef.js", "/strings/en.js", "/strings/en-other-0123456789abcdef.js"):
        assert module_service.http.get(wrong).status_code == 404
