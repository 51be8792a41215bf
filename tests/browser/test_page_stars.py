"""The input of a rating: only what somebody rated looks rated; mouse, finger and arrow keys preview."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import Gate, Open, wait_at_rest
from tests.browser.test_page_walk import OTHER, settled

PAINTED = """() => [...document.querySelectorAll("#interview .fill")]
  .map((star) => 1 - parseFloat(star.style.getPropertyValue("--cut")) / 100).reduce((sum, part) => sum + part, 0)"""
OPACITY = """() => {
  let [node, opacity] = [document.querySelector("#interview .eyebrow"), 1];
  for (; node; node = node.parentElement) opacity *= getComputedStyle(node).opacity;
  return opacity;
}"""
FOCUS_IS_ON = "() => document.activeElement.matches('#interview button')"
#: Two lists at once, each animated; the first animation is given up for the second.
TWO_CHANGES = """async () => {
  const { change } = await import("/static/dom.js");
  const box = document.querySelector("#picks-note");
  change(() => { box.textContent = "one"; });
  await change(() => { box.textContent = "two"; });
  await new Promise((done) => setTimeout(done, 300));
  return box.textContent;
}"""


def rate_question(page: Any, how: str) -> None:
    """Answer the question that is asked, and wait for the next one."""
    title = page.locator("#interview h2").inner_text()
    star = page.locator("#interview").get_by_role("button", name="4 stars", exact=True)
    box = star.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if how == "tap":
        page.touchscreen.tap(x, y)
    elif how == "click":
        page.mouse.move(x - 40, y)
        page.mouse.move(x, y, steps=4)
        page.mouse.click(x, y)
    else:
        star.focus()
        page.keyboard.press("Enter" if how == "Enter" else "4")
    page.wait_for_function(OTHER, arg=title)
    settled(page)


@pytest.mark.parametrize(
    ("device", "how"), [("phone", "tap"), ("desktop", "click"), ("desktop", "Enter"), ("desktop", "digit")]
)
def test_the_next_question_never_looks_rated(tab: Open, device: str, how: str) -> None:
    page = tab(device).go("/")
    settled(page)
    for _ in range(3):
        rate_question(page, how)
        page.wait_for_timeout(150)  # a mouse at rest is reported again once the new question lies under it
        assert page.evaluate(PAINTED) == 0
        assert not page.evaluate(FOCUS_IS_ON)
    if how in ("Enter", "digit"):  # the keyboard goes on where it was: no key but the rating is needed
        title = page.locator("#interview h2").inner_text()
        page.keyboard.press("ArrowRight")
        assert page.evaluate(PAINTED) == 0.5
        page.keyboard.press("5")
        page.wait_for_function(OTHER, arg=title)


def test_a_mouse_that_moves_previews_and_one_that_leaves_does_not(tab: Open) -> None:
    page = tab().go("/")
    settled(page)
    box = page.locator("#interview .stars").bounding_box()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20, steps=3)
    assert page.evaluate(PAINTED) == 4
    page.mouse.move(box["x"], box["y"] + 200, steps=3)
    assert page.evaluate(PAINTED) == 0
    page.locator("#interview").get_by_role("button", name="5 stars", exact=True).focus()
    assert page.evaluate(PAINTED) == 0


def test_a_finger_that_draws_over_the_stars_rates_where_it_is_lifted(tab: Open) -> None:
    page = tab("phone").go("/")
    settled(page)
    title = page.locator("#interview h2").inner_text()
    first, last = (page.locator("#interview .stars span").nth(index).bounding_box() for index in (0, 4))
    box = {**first, "width": last["x"] + last["width"] - first["x"]}
    devtools = page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2

    def touch(kind: str, share: float | None = None) -> None:
        points = [] if share is None else [{"x": box["x"] + share * box["width"], "y": y}]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.05)
    for share in (0.15, 0.3, 0.45, 0.64):
        touch("touchMove", share)
    page.wait_for_function(f"() => ({PAINTED})() === 3.5")  # a browser reports a finger once a frame
    with page.expect_request(lambda request: "/api/me/ratings/" in request.url) as request:
        touch("touchEnd")
    assert request.value.post_data_json["stars"] == 3.5
    page.wait_for_function(OTHER, arg=title)


def test_what_is_sent_shows_at_once(tab: Open) -> None:
    watched = tab("phone")
    page = watched.go("/")
    settled(page)
    gate = Gate(page, re.compile("/api/me/ratings/"))
    page.locator("#interview").get_by_role("button", name="3 stars", exact=True).tap(force=True)
    gate.wait(1)
    assert page.evaluate(PAINTED) == 3
    assert page.locator("#interview .stars").get_attribute("aria-busy") == "true"
    gate.waiting[0].fulfill(status=409, json={"error": "other", "detail": "No.", "hint": None})
    page.locator(".toast.bad").wait_for()
    assert page.evaluate(PAINTED) == 0  # it was not taken
    assert page.locator("#interview .stars").get_attribute("aria-busy") is None
    watched.wrong.clear()  # Chromium logs every refusal


def test_the_next_question_can_be_answered_while_the_picks_are_loading(tab: Open) -> None:
    page = tab().go("/")
    settled(page)
    gate = Gate(page, re.compile("/api/me/picks"))
    for held in (1, 2):
        title = page.locator("#interview h2").inner_text()
        page.locator("#interview").get_by_role("button", name="4 stars", exact=True).click(force=True)
        page.wait_for_function(OTHER, arg=title)
        gate.wait(held)
        assert page.locator("#interview").get_attribute("aria-busy") == "false"
        assert page.evaluate(OPACITY) == 1
    gate.open()
    page.wait_for_function("() => document.querySelector('#picks-title').innerText === 'Your picks'")
    assert len(page.evaluate("fetch('/api/me').then((answer) => answer.json())")["rated"]) == 2


def test_two_changes_at_once_leave_no_error(chromium: Any, page_service: Any) -> None:
    context = chromium.new_context()  # with motion
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(str(page_service.http.base_url))
    settled(page)
    assert page.evaluate(TWO_CHANGES) == "two"
    context.close()
    assert wrong == []


#: Controls, without those in running text. Half a star is 24 px wide.
TARGETS = """() => {
  const controls = "main button, main input:not([type=file]), main select, main summary, header button, header input";
  const isInText = (node) => node.closest("p:not(.because):not(.summary) .link");
  return [...document.querySelectorAll(`${controls}, nav a, footer a`)]
    .filter((node) => node.getClientRects().length && !node.closest(".vh") && !isInText(node))
    .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()])
    .filter(([node, { width, height }]) => {
      const least = node.dataset.rating || node.matches("footer a") ? 24 : 44;
      return Math.round(height) < 44 || Math.round(width) < least;
    })
    .map(([node, { width, height }]) => `${width}x${height} ${node.outerHTML.slice(0, 120)}`);
}"""
TARGET_PAGES = {
    "/": ".pick .because .link", "/film/108": "#why .bars", "/taste": "#map circle.mine", "/together": ".seat",
    "/tonight": "#mood-options label", "/diary": ".entry", "/share": "#card img", "/privacy": "#holding:not(:empty)",
}  # fmt: skip


def test_everything_can_be_hit_with_a_finger(tab: Open) -> None:
    watched = tab("phone", taught={102: 5, 104: 5, 106: 4.5, 101: 1, 103: 1})
    for path, filled in TARGET_PAGES.items():
        page = watched.go(path)
        page.wait_for_selector(filled)
        wait_at_rest(page)
        if path == "/":
            page.locator("#filters summary").click()
        assert page.evaluate(TARGETS) == [], path
