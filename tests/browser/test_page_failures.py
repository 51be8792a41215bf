"""Requests that fail or answer late: the page shows the newest answer, and an error only where one is due."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Gate, Open
from tests.browser.test_page_mended import add
from tests.browser.test_page_walk import settled

UNREACHABLE = "The service cannot be reached."
TASTES = {102: 5, 104: 5, 106: 4.5, 101: 1, 103: 1}
ANN = "localStorage.setItem('together', JSON.stringify([{ name: 'Ann', loves: [{ id: '101', title: 'Love Story' }] }]))"
# In the same box: a load that fails late, and a newer one that has filled the box by then.
LATE = """async () => {
  const { load } = await import("/static/load.js");
  const box = document.createElement("div");
  document.querySelector("#main").append(box);
  let fail, finish;
  const older = load([box], (signal) => new Promise((_, reject) => { fail = reject; }));
  const newer = load([box], (signal) => new Promise((resolve) => { finish = resolve; }));
  fail(new Error("too late"));
  await older;
  const busy = box.getAttribute("aria-busy");
  box.append("filled");
  finish();
  await newer;
  return [busy, box.getAttribute("aria-busy"), box.innerText, document.querySelectorAll(".failed, .toast").length];
}"""


def test_a_load_that_fails_after_a_newer_one_began_changes_nothing(tab: Open) -> None:
    page = tab().go("/privacy")
    page.locator("#holding .hint").wait_for()
    assert page.evaluate(LATE) == ["true", "false", "filled", 0]


def test_a_later_failure_is_retried_when_the_network_is_back(tab: Open) -> None:
    watched = tab()
    watched.page.route(re.compile("/api/me"), lambda route: route.abort())
    page = watched.go("/privacy")
    for _ in range(2):
        page.get_by_text(UNREACHABLE).wait_for()
        page.get_by_role("button", name="Try again").press("Enter")
    page.get_by_text(UNREACHABLE).wait_for()
    assert page.evaluate("document.activeElement.innerText") == "Try again"
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("holds nothing of yours").wait_for()
    assert page.locator(".failed").count() == 0
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.evaluate("dispatchEvent(new Event('online'))")  # what is filled is not loaded again
    page.evaluate("fetch('/static/heart.svg')")
    assert [url.split("/", 3)[3] for url in requests] == ["static/heart.svg"]
    watched.wrong.clear()  # Chromium logs every request that failed


def test_a_filter_after_a_failed_start_fills_the_whole_page(tab: Open) -> None:
    watched = tab()
    watched.page.route(re.compile("/api/me"), lambda route: route.abort())
    page = watched.go("/")
    page.get_by_text(UNREACHABLE).wait_for()
    page.unroute_all()
    page.get_by_role("button", name="Romance: any").click()
    settled(page)
    page.locator("#interview h2").wait_for()
    assert page.locator(".failed").count() == 0
    watched.wrong.clear()  # Chromium logs every request that failed


def test_an_older_list_that_comes_late_leaves_the_newer_one_busy(tab: Open) -> None:
    page = tab().go("/")
    settled(page)
    gate = Gate(page, re.compile("/picks"))
    for state in ("any", "only"):
        with page.expect_request(gate.pattern):
            page.get_by_role("button", name=f"Romance: {state}").click()
    gate.wait(2)
    gate.waiting.pop(0).abort()
    page.wait_for_timeout(100)
    assert page.locator("#picks").get_attribute("aria-busy") == "true"
    gate.open()
    settled(page)
    assert not any("Love" in title for title in page.locator("#picks h3 a").all_inner_texts())


def test_a_company_begun_without_the_network_is_complete_later(tab: Open) -> None:
    watched = tab(taught=TASTES)
    page = watched.go("/privacy")
    page.evaluate(ANN)
    page.route(re.compile("/api/me"), lambda route: route.abort())
    watched.go("/together")
    page.get_by_text(UNREACHABLE).wait_for()
    assert page.locator(".seat").all_inner_texts() == ["A\nAnn\n1 favourite"]
    add(page, "Bob")
    page.locator("#loves .failed").wait_for()
    page.unroute_all()
    page.locator("#loves").get_by_role("button", name="Try again").click()
    page.locator("#loves .love").first.click()
    page.locator(".shared > li").first.wait_for()
    assert [text.split("\n")[1] for text in page.locator(".seat").all_inner_texts()] == ["You", "Ann", "Bob"]
    assert page.locator(".failed").count() == 0
    watched.wrong.clear()  # Chromium logs every request that failed


def test_a_reason_that_could_not_be_loaded_can_be_asked_for_again(tab: Open) -> None:
    watched = tab(taught=TASTES)
    page = watched.go("/")
    settled(page)
    page.route(re.compile("/explain"), lambda route: route.abort())
    why = page.locator(".pick").first.get_by_role("button", name=re.compile("^Why "))
    why.click()
    page.locator(".toast.bad").wait_for()
    assert why.get_attribute("aria-expanded") == "false"
    page.unroute_all()
    why.click()
    page.locator(".pick .bars li").first.wait_for()
    assert why.get_attribute("aria-expanded") == "true"
    watched.wrong.clear()  # Chromium logs every request that failed


@pytest.mark.parametrize(("body", "status", "text"), [
    ("<h1>Bad gateway</h1>", 502, "Something went wrong in the service."),
    ("<h1>Log in to this network</h1>", 200, "Something went wrong in the service."),
])  # fmt: skip
def test_an_answer_that_is_not_of_the_service_is_an_error(tab: Open, body: str, status: int, text: str) -> None:
    watched = tab()
    watched.page.route(re.compile("/api/me"), lambda route: route.fulfill(status=status, body=body))
    watched.go("/privacy").get_by_text(text).wait_for()
    watched.wrong.clear()  # Chromium logs every status of an error


def test_the_search_does_not_open_after_it_was_left(tab: Open) -> None:
    page = tab().go("/privacy")
    gate = Gate(page, re.compile("/search"))
    with page.expect_request(gate.pattern):
        page.locator("#search").fill("space story 8")
    page.locator("#search").blur()
    page.wait_for_timeout(300)
    gate.open()
    page.wait_for_timeout(100)
    assert page.locator("#found").is_hidden()
    page.locator("#search").focus()
    page.locator("#found").get_by_text("Space Story 8").wait_for()
    page.locator("#search").blur()
    page.locator("#search").focus()  # sooner than the list closes
    page.wait_for_timeout(300)
    assert page.locator("#found").is_visible()
