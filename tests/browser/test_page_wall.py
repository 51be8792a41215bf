"""The first visit: a wall of posters to tap, others on request, and then the interview."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import DEVICES, Open

LOVED = "#wall .love[aria-pressed=true]"


def shown(page: Any) -> list[str]:
    page.wait_for_selector("#wall .love")
    return page.locator("#wall .love").all_inner_texts()


@pytest.mark.parametrize("device", DEVICES)
def test_a_newcomer_taps_what_they_love_and_goes_on(tab: Open, device: str) -> None:
    page = tab(device, wall=True).go("/")
    films = shown(page)
    assert len(films) == len(set(films)) == 12
    assert page.locator("#interview").is_hidden()
    assert page.context.cookies() == []
    space = page.locator("#wall .love", has_text="Space Story")
    for place in range(2):
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            space.nth(place).click()
    page.wait_for_function("() => document.querySelector('#picks-title').innerText === 'Your picks'")
    assert shown(page) == films  # the wall stays until it is left
    assert page.locator(LOVED).count() == 2
    rated = page.evaluate("fetch('/api/me').then((answer) => answer.json())")["rated"]
    assert [rating["stars"] for rating in rated] == [5.0, 5.0]
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        space.nth(1).click()  # taken back
    assert page.locator(LOVED).count() == 1
    page.get_by_role("button", name="Go on with 1 film", exact=True).click()
    page.locator("#interview h2").wait_for()
    assert page.locator("#wall").is_hidden()
    assert page.locator("#interview .progress").get_attribute("aria-label") == "1 of 8 films rated"
    page.reload()
    page.locator("#interview h2").wait_for()
    assert page.locator("#wall").is_hidden()


def test_others_are_offered_on_request_and_the_wall_can_be_skipped(tab: Open) -> None:
    page = tab(wall=True).go("/")
    first = shown(page)
    for _ in range(2):
        before = shown(page)
        page.get_by_role("button", name="Others, please").click()
        page.wait_for_function("(text) => document.querySelector('#wall .love').innerText !== text", arg=before[0])
        assert page.evaluate("document.activeElement.id") == "wall-title"
        assert not set(shown(page)) & set(first)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "wall-done"
    page.keyboard.press("Enter")
    page.locator("#interview h2").wait_for()
    page.wait_for_function("() => document.activeElement.id === 'interview'")
    assert page.context.cookies() == []


def test_eight_films_from_the_wall_are_enough(tab: Open) -> None:
    page = tab("phone", wall=True).go("/")
    shown(page)
    for place in range(8):
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            page.locator("#wall .love").nth(place).tap()
    page.get_by_role("button", name="Go on with 8 films").click()
    page.wait_for_selector("#hero", state="hidden")
    assert "8 films" in page.locator("#slim").inner_text()
    page.wait_for_function("() => document.querySelector('#picks-title').getBoundingClientRect().top < 200")


def test_a_tap_that_cannot_be_stored_is_taken_back(tab: Open) -> None:
    watched = tab(wall=True)
    page = watched.go("/")
    shown(page)
    page.route(
        re.compile("/api/me/ratings/"),
        lambda route: route.fulfill(status=422, json={"error": "config", "detail": "no"}),
    )
    page.locator("#wall .love").first.click()
    page.locator(".toast.bad").wait_for()
    assert page.locator(LOVED).count() == 0
    assert watched.wrong
    watched.wrong.clear()  # Chromium logs every request that failed
