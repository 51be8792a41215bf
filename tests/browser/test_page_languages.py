"""The page in every language: all of its text is translated, nothing sticks out, and a choice is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from reelgraph.serve.web import messages, script_strings
from reelgraph.serve.web.messages import DEFAULT_LANGUAGE, LANGUAGES, all_messages
from tests.browser.conftest import DEVICES, Open, Running, wait_at_rest
from tests.browser.test_page_quality import FRIENDS, PAGES, TAUGHT, TOO_WIDE
from tests.browser.test_page_walk import teach

CACHED = (
    messages.messages_for, messages.messages_digest, messages.language_names, messages.translator,
    script_strings.script_strings,
)  # fmt: skip
#: What is no text of the page: titles, names, data, and the terms of the field.
NOT_TRANSLATED = re.compile(
    r"(Space|Love|Film) Story \d+ ?|<img [^⟦⟧\n]*|reelgraph|Ann|IMDb|JSON|API"
    r"|Letterboxd|Trakt|Netflix|TMDB|English|\band\b"  # the last one by Intl.ListFormat
)
#: Before "%" stands nothing in English, and a space that does not break in the others.
SHARES = {"en": r"[+−]\d+\.\d%"}
SHARES |= dict.fromkeys(("de", "es", "fr"), r"[+−]\d+,\d[\xa0\u202f]%")
TEXTS = """() => [document.body.innerText, ...[...document.querySelectorAll("[aria-label], [title], [placeholder]")]
  .filter(node => !node.closest("[hidden]"))
  .flatMap(node => ["aria-label", "title", "placeholder"].map(name => node.getAttribute(name) ?? ""))].join("\\n")"""


def marked(message: Any) -> Any:
    """A message with brackets around its text, around each of its plural forms."""
    return f"⟦{message}⟧" if isinstance(message, str) else {form: f"⟦{text}⟧" for form, text in message.items()}


@pytest.fixture
def marked_messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """English with brackets around every message."""
    brackets = {key: marked(message) for key, message in all_messages(DEFAULT_LANGUAGE).items()}
    monkeypatch.setattr(messages, "all_messages", lambda language: brackets)
    for function in CACHED:
        function.cache_clear()
    yield
    for function in CACHED:
        function.cache_clear()


def outside_messages(text: str) -> list[str]:
    """The words of a text that are in no brackets."""
    inside = re.compile(r"⟦[^⟦⟧]*⟧")
    while inside.search(text):
        text = inside.sub("", text)
    return re.findall(r"[^\W\d_]{2,}", NOT_TRANSLATED.sub("", text))


def test_text_outside_of_the_brackets_is_found() -> None:
    assert outside_messages("⟦a ⟦b⟧ c⟧ 4.5 ★ · x Love Story 7 Heat ⟦d⟧ or") == ["Heat", "or"]


def test_no_text_of_the_page_is_outside_of_the_messages(tab: Open, marked_messages: None) -> None:
    watched = tab()
    watched.go("/").wait_for_selector("#interview h2")
    wait_at_rest(watched.page)
    found = {"at first": outside_messages(watched.page.evaluate(TEXTS))}
    teach(watched.page, TAUGHT)
    watched.page.evaluate(FRIENDS, {"id": "101", "title": "Love Story 1", "genres": []})
    for path, filled in PAGES.items():
        if path == "/model":  # shows the data of the card as they are
            continue
        page = watched.go(path)
        page.wait_for_selector(filled)
        if path == "/":
            page.locator(".pick .because .link").first.click()
            page.wait_for_selector(".pick .bars")
        found[path] = outside_messages(page.evaluate(TEXTS))
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_gets_its_language_and_its_numbers_and_nothing_sticks_out(
    language: str, chromium: Any, page_service: Running
) -> None:
    base = str(page_service.http.base_url).rstrip("/")
    options = {"reduced_motion": "reduce", "service_workers": "block", **DEVICES["phone"]}
    context = chromium.new_context(locale=f"{language}-XX", **options)
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(base + "/")
    assert page.evaluate("document.documentElement.lang") == language
    assert page.title() == all_messages(language)["title.home"]
    teach(page, TAUGHT)
    page.evaluate(FRIENDS, {"id": "101", "title": "A film with a name that is rather long", "genres": []})
    for path, filled in PAGES.items():
        page.goto(base + path)
        page.wait_for_selector(filled if path != "/together" else ".shared .voice")
        if path == "/":
            page.locator(".pick .because .link").first.click()
            shares = page.locator(".pick .bars .share")
            shares.first.wait_for()
            assert [share for share in shares.all_inner_texts() if not re.fullmatch(SHARES[language], share)] == []
        assert page.evaluate(TOO_WIDE) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()
    assert errors == []


@pytest.mark.skipif(len(LANGUAGES) < 2, reason="there is one language")
def test_a_choice_of_a_language_is_kept(tab: Open) -> None:
    watched = tab()
    page = watched.go("/privacy")
    language = LANGUAGES[-1]
    with page.expect_navigation():
        page.locator("#language").select_option(language)
    assert page.evaluate("document.documentElement.lang") == language
    assert watched.go("/taste").evaluate("document.documentElement.lang") == language
    assert [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "language"] == [language]
