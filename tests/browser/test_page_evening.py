"""Tonight, the diary, sharing and another device, in Chromium on a desktop and on a phone."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from reelgraph.serve.web.session import VisitorSession
from reelgraph.store import Suggestion
from tests.browser.conftest import DEVICES, Open
from tests.browser.test_page_quality import _serious, teach
from tests.service.conftest import Running

TAUGHT = {102: 4.5, 104: 4.5, 106: 4.5}  # films of space
PAGES = {"/tonight": "#mood-options label", "/diary": ".entry", "/share": "#card img", "/device": "#transfer p"}
ANN = [{"name": "Ann", "loves": [{"id": "101", "title": "Love Story 1", "genres": []}]}]


def remember_ann(page: Any) -> None:
    page.evaluate("people => localStorage.setItem('together', JSON.stringify(people))", ANN)


@pytest.mark.parametrize("device", DEVICES)
def test_one_film_and_another_and_for_two(tab: Open, device: str) -> None:
    watched = tab(device, taught=TAUGHT)
    page = watched.go("/privacy")
    remember_ann(page)
    watched.go("/tonight")
    page.wait_for_selector("#mood-options label")
    assert page.locator("#lengths").is_hidden()  # the catalogue has no lengths, and says so
    assert "how long films are" in page.inner_text("#length-hint")
    page.locator("#mood-options label", has_text="Exciting").click()
    page.click("#find")
    page.wait_for_selector(".onefilm")
    assert page.evaluate("document.activeElement.closest('.onefilm') !== null")
    seen = [page.get_attribute(".onefilm", "data-id")]
    for _ in range(2):
        page.click("#another")
        page.wait_for_selector(f".onefilm:not([data-id='{seen[-1]}'])")
        seen.append(page.get_attribute(".onefilm", "data-id"))
    assert len(set(seen)) == 3
    assert all(int(item or 0) % 2 == 0 for item in seen)  # science fiction
    watched.go("/tonight")
    page.wait_for_selector(f".onefilm[data-id='{seen[-1]}']")  # still there, and the wishes too
    assert page.is_checked("input[name=mood][value=exciting]")
    page.locator("#mood-options label", has_text="Anything").click()
    page.locator("#people label", has_text="Ann").click()
    page.click("#find")
    page.wait_for_selector(".voicelist")
    voices = page.inner_text(".voicelist")
    assert re.search(r"You: [1-5]\.\d★, ", voices)
    assert re.search(r"Ann: [1-5]\.\d★, ", voices)
    page.get_by_role("button", name="We’ll watch this").click()
    page.get_by_text("That is the film for tonight.").wait_for()
    chosen = page.get_attribute(".onefilm", "data-id")
    watched.go("/tonight")
    page.wait_for_selector(f".onefilm[data-id='{chosen}']")
    page.get_by_text("On your next visit you are asked how it was.").wait_for()
    assert page.locator("#choose").count() == 0


def test_the_next_visit_asks_how_it_was(tab: Open, page_service: Running) -> None:
    watched = tab("phone", taught=TAUGHT)
    page = watched.page
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    (secret,) = [value for name, value in cookies.items() if "reelgraph" in name]
    user = VisitorSession(secret).user_id
    assert user is not None
    at = int(time.time()) - 4 * 3600
    page_service.store.suggestions.add(Suggestion(user, "120", at, company=2))
    watched.go("/taste").wait_for_selector("#ratings li")
    assert page.locator(".howwasit").count() == 0  # this browser does not know of a suggestion
    page.evaluate("at => localStorage.setItem('tonight', String(at))", at)
    watched.go("/taste").wait_for_selector(".howwasit")
    assert "Did you watch Space Story 20?" in page.inner_text(".howwasit")
    page.evaluate("localStorage.clear()")  # as on another device: the first page asks all the same
    watched.go("/").wait_for_selector(".howwasit")
    assert page.evaluate("getComputedStyle(document.querySelector('.howwasit')).display") == "grid"
    page.locator(".howwasit button", has_text="Not yet").click()
    page.wait_for_selector(".howwasit", state="detached")
    assert page_service.store.suggestions.of(user)[0].outcome == "later"
    page_service.store.suggestions.add(Suggestion(user, "122", at))
    watched.go("/tonight").wait_for_selector(".howwasit")
    page.locator(".howwasit").get_by_role("button", name="3.5 stars", exact=True).click(force=True)
    page.wait_for_selector(".howwasit", state="detached")
    person = page_service.store.person(user)
    assert person is not None
    assert person.ratings["122"].stars == 3.5
    assert page.evaluate("localStorage.getItem('tonight')") is None


def test_the_diary_has_days(tab: Open) -> None:
    watched = tab("desktop")
    page = watched.go("/diary")
    page.wait_for_selector("#days .empty")
    teach(page, TAUGHT)
    watched.go("/tonight")
    page.wait_for_selector("#mood-options label")
    page.click("#find")
    page.wait_for_selector(".onefilm")
    title = page.inner_text(".onefilm h2")
    watched.go("/diary")
    page.wait_for_selector(".entry")
    text = page.inner_text("#days")
    assert f"{title} suggested for tonight" in text
    assert text.count("rated 4.5★") == 3
    assert page.locator(".day h2").count() in (1, 2)  # around midnight there are two


def test_a_card_as_png_a_list_by_link_and_a_feed(tab: Open) -> None:
    watched = tab("phone")
    page = watched.go("/share")
    page.wait_for_selector("#card .empty")
    teach(page, TAUGHT)
    watched.go("/share")
    page.wait_for_selector("#card img")
    with page.expect_download() as download:
        page.click("#card-png")
    head = download.value.path().read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")) == (1200, 630)
    page.fill("#list-name", "Zoë")
    page.select_option("#list-kind", "favourites")
    page.click("#list-form button")
    page.wait_for_selector("#links li")
    url = page.input_value("#new-link input")
    stranger = tab("desktop")
    stranger.go(url.removeprefix(stranger.base))
    assert stranger.page.inner_text("h1") == "A list by Zoë"
    assert stranger.page.locator(".sharedlist li").count() == 3
    page.click("#links li button")
    page.wait_for_selector("#links li", state="detached")
    assert stranger.page.request.get(url).status == 404
    page.fill("#feed-name", "my reader")
    page.click("#feed-form button")
    page.wait_for_selector("#feeds li")
    assert "my reader" in page.inner_text("#feeds li")
    feed = page.get_by_label("Feed reader (Atom)").input_value()
    assert stranger.page.request.get(feed).status == 200
    page.click("#feeds li button")
    page.wait_for_selector("#feeds li", state="detached")
    assert stranger.page.request.get(feed).status == 404


def test_another_device_takes_the_films_over(tab: Open) -> None:
    first = tab("desktop", taught=TAUGHT)
    first.go("/share")
    first.page.click("#device-make")
    first.page.wait_for_selector("#device svg path")
    url = first.page.input_value("#device input")
    second = tab("phone", taught={101: 2.0})
    second.go(url.removeprefix(second.base))
    second.page.wait_for_selector(".transferring")
    assert second.page.evaluate("location.hash") == ""  # the token is in no history
    text = second.page.inner_text(".transferring")
    assert "3 ratings" in text
    assert "1 rating," in text
    assert second.page.is_checked("input[value=add]")
    second.page.click(".transferring button")
    second.page.wait_for_url("**/taste")
    second.page.wait_for_selector("#ratings li")
    assert second.page.locator("#ratings li").count() == 4
    third = tab("desktop")
    third.go(url.removeprefix(third.base))
    third.page.wait_for_selector("#transfer [role=alert]")
    assert "used already" in third.page.inner_text("#transfer")
    third.wrong.clear()  # the console says that the answer was 404


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_axe_finds_nothing_serious_on_these_pages(tab: Open, device: str, scheme: str) -> None:
    watched = tab(device, scheme, taught=TAUGHT)
    page = watched.go("/privacy")
    remember_ann(page)
    violations = {path: _serious(watched.go(path), ready) for path, ready in PAGES.items()}
    watched.go("/tonight").wait_for_selector("#mood-options label")
    page.click("#find")
    violations["one film"] = _serious(page, ".onefilm")
    assert {path: rules for path, rules in violations.items() if rules} == {}


def test_nothing_sticks_out_at_the_side(tab: Open) -> None:
    watched = tab()
    watched.page.set_viewport_size({"width": 320, "height": 800})
    page = watched.go("/privacy")
    teach(page, TAUGHT)
    remember_ann(page)
    for path, ready in PAGES.items():
        watched.go(path).wait_for_selector(ready)
        if path == "/tonight":
            page.click("#find")
            page.wait_for_selector(".onefilm")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    tabs = page.locator(".tabs a:visible")
    edges = [tabs.nth(number).bounding_box() for number in range(tabs.count())]
    assert all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in edges)
