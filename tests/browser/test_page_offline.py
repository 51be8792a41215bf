"""Without a connection: the page starts, changes wait in order, go out once and are told; a deletion is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from reelgraph.serve.web import offline_shell
from tests.browser.conftest import DEVICES, Open, Watched, wait_until
from tests.browser.test_page_walk import settled, teach, titles, wait_listed
from tests.service.conftest import Running

TASTES = {102: 5, 104: 5, 106: 4.5, 101: 1, 103: 1}
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    kept[name.replace(/-.*/, "")] = requests.map((request) => new URL(request.url).pathname);
  }
  return kept;
}"""
WAITING = "() => Object.keys(localStorage).filter((key) => key.startsWith('change:')).length"
IS_KEPT = """async (path) => Boolean(await caches.match(path, { ignoreSearch: true, ignoreVary: true }))"""
IS_THERE = """async ([path, text]) => {
  const kept = await caches.match(path, { ignoreSearch: true, ignoreVary: true });
  return Boolean(kept) && (await kept.text()).includes(text);
}"""
#: The film of what waits is not in the catalogue any more.
GONE = """() => {
  const [key] = Object.keys(localStorage).filter((name) => name.startsWith("change:"));
  localStorage.setItem(key, localStorage.getItem(key).replace(/me.ratings.[0-9]+/, "me/ratings/gone"));
}"""
NEW_SHELL = """(before) => caches.keys()
  .then((names) => names.some((name) => name.startsWith("shell-") && name !== before))"""
MARKS = "() => fetch('/api/me').then((response) => response.json())"


@pytest.fixture
def online(tab: Open) -> Iterator[Watched]:
    """Somebody with a few ratings and a service worker that has kept the page, on a phone."""
    watched = tab("phone", worker=True, taught=TASTES)
    page = watched.go("/")
    wait_until(page, "Boolean(navigator.serviceWorker.controller)")
    page.reload()
    settled(page)
    for path in ("/api/me/picks", "/api/me", "/static/taste.js", "/taste", "/offline"):
        wait_until(page, IS_KEPT, path)
    yield watched
    watched.wrong.clear()  # Chromium logs every request that failed


def bar(page: Any, text: str) -> None:
    """Wait for what the bar under the header says."""
    page.locator(".net").get_by_text(text).wait_for()


def go_online(page: Any) -> None:
    """Connect again. A page that was opened without the network is not told by the emulation, as it is by a browser."""
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def rate_first(page: Any, stars: str) -> str:
    """Rate the first pick, and return its title."""
    name = titles(page)[0]
    page.locator(".pick").first.get_by_role("button", name=stars, exact=True).tap(force=True)
    return name


def stored(page: Any) -> dict[str, float]:
    """The ratings that the service holds."""
    return {rating["film"]["id"]: rating["stars"] for rating in page.evaluate(MARKS)["rated"]}


def test_a_start_without_connection_shows_the_last_picks(online: Watched) -> None:
    page = online.page
    listed = titles(page)
    page.context.set_offline(True)
    page.goto(online.base + "/")
    assert titles(settled(page)) == listed
    bar(page, "You are offline. This is from your last visit.")
    page.goto(online.base + "/taste")
    page.locator("#ratings li").first.wait_for()
    assert page.locator("#ratings li").count() == len(TASTES)
    page.goto(online.base + "/film/150")  # never opened
    page.get_by_role("heading", name="No connection").wait_for()
    page.context.set_offline(False)
    page.goto(online.base + "/film/150")
    assert page.locator("h1").inner_text().startswith("Space Story 50")


def test_tonight_and_the_diary_start_without_connection(online: Watched) -> None:
    page = online.page
    page.goto(online.base + "/tonight")
    page.wait_for_selector("#mood-options label")
    with page.expect_response(lambda answer: answer.url.endswith("/api/me/tonight") and answer.request.method == "GET"):
        page.locator("#find").tap()
    title = page.locator(".onefilm h2").inner_text()
    page.goto(online.base + "/diary")
    page.locator(".entry").first.wait_for()
    days = page.locator("#days").inner_text()
    assert title in days
    for path in ("/tonight", "/diary", "/api/me/tonight", "/api/me/diary"):
        wait_until(page, IS_KEPT, path)
    wait_until(page, IS_THERE, ["/api/me/tonight", title])
    page.context.set_offline(True)
    page.goto(online.base + "/tonight")
    page.locator(".onefilm").get_by_role("heading", name=title).wait_for()
    page.goto(online.base + "/diary")
    page.locator(".entry").first.wait_for()
    assert page.locator("#days").inner_text() == days
    page.context.set_offline(False)


def test_an_answer_without_connection_leads_to_the_next_question_later(online: Watched) -> None:
    page = online.page
    title = page.locator("#interview h2").inner_text()
    page.context.set_offline(True)
    page.locator("#interview").get_by_role("button", name="4 stars", exact=True).tap(force=True)
    page.locator("#interview").get_by_text("The next question comes when you are online.").wait_for()
    page.locator(".toast").get_by_text("It is sent when you are online.").wait_for()
    note, undo = page.locator(".toast").bounding_box(), page.locator(".toast button").bounding_box()
    assert undo["x"] + undo["width"] <= note["x"] + note["width"]
    go_online(page)
    page.locator("#interview h2").wait_for()
    assert page.locator("#interview h2").inner_text() != title


def test_changes_wait_in_their_order_and_are_sent_once(online: Watched) -> None:
    page = online.page
    page.context.set_offline(True)
    first = rate_first(page, "4 stars")
    wait_listed(page, first, False)
    page.locator(".toast").get_by_text("It is sent when you are online.").wait_for()
    bar(page, "1 change waits to be sent.")
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    wait_listed(page, first, True)
    bar(page, "2 changes wait to be sent.")
    second = rate_first(page, "3 stars")
    assert second == first
    wait_listed(page, first, False)
    refused = titles(page)[0]
    page.get_by_role("button", name=f"Not interested: {refused}", exact=True).tap()
    wait_listed(page, refused, False)
    page.goto(online.base + "/")  # they survive the page
    wait_listed(settled(page), first, False)
    bar(page, "4 changes wait to be sent.")
    answered: list[tuple[str, str]] = []  # what was tried before is not: the queue tries from time to time
    page.on("response", lambda answer: answered.append((answer.request.method, answer.url)))
    go_online(page)
    page.get_by_text("Sent: 4 changes that waited").wait_for()
    assert page.evaluate(WAITING) == 0
    changes = [(method, re.search("me/([a-z-]+)/", url)[1]) for method, url in answered if method != "GET"]  # type: ignore[index]
    assert changes == [("PUT", "ratings"), ("DELETE", "ratings"), ("PUT", "ratings"), ("PUT", "not-interested")]
    assert list(stored(page).values()).count(3.0) == 1
    assert len(stored(page)) == len(TASTES) + 1
    page.locator(".net").wait_for(state="hidden")
    page.wait_for_timeout(300)
    assert len([method for method, _ in answered if method != "GET"]) == 4


def test_two_tabs_with_one_queue_send_each_change_once(online: Watched, page_service: Running) -> None:
    page = online.page
    other = page.context.new_page()
    other.goto(online.base + "/taste")
    other.locator("#ratings li").first.wait_for()
    sent: list[str] = []
    for each in (page, other):
        each.on("response", lambda answer: sent.append(answer.url) if answer.request.method == "PUT" else None)
    page.context.set_offline(True)
    teach_later = "(ids) => import('/static/api.js').then((api) => Promise.all(ids.map((id) => api.rate(id, 4))))"
    page.evaluate(teach_later, ["120", "122", "124"])
    assert page.evaluate(WAITING) == 3
    sent.clear()
    go_online(page)
    page.wait_for_function(WAITING.replace(".length", ".length === 0"))
    other.wait_for_function(WAITING.replace(".length", ".length === 0"))
    page.wait_for_timeout(300)
    assert sorted(url.split("/")[-1] for url in sent) == ["120", "122", "124"]
    assert {"120", "122", "124"} <= stored(page).keys()
    other.wait_for_function("(count) => document.querySelectorAll('#ratings li').length === count", arg=len(TASTES) + 3)
    other.close()


#: A change that was sent is still in the storage: tabs learn of each other's storage with a delay.
SEND_AND_BRING_BACK = """async () => {
  const api = await import("/static/api.js");
  const answer = api.rate("126", 4);
  const [key] = Object.keys(localStorage).filter((name) => name.startsWith("change:"));
  const entry = localStorage.getItem(key);
  await answer;
  localStorage.setItem(key, entry);
}"""
FLUSH = "() => import('/static/api.js').then((api) => api.queue.flush())"


def test_a_tab_that_sees_the_storage_of_before_sends_nothing_again(online: Watched) -> None:
    page = online.page
    other = page.context.new_page()
    other.goto(online.base + "/taste")
    other.locator("#ratings li").first.wait_for()
    sent: list[str] = []
    for each in (page, other):
        each.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    page.evaluate(SEND_AND_BRING_BACK)
    other.wait_for_function(WAITING.replace(".length", ".length === 1"))
    other.evaluate(FLUSH)
    assert other.evaluate(WAITING) == 0
    assert [url.split("/")[-1] for url in sent] == ["126"]
    other.close()


def test_what_is_refused_later_is_told(online: Watched) -> None:
    page = online.page
    page.context.set_offline(True)
    name = rate_first(page, "4 stars")
    bar(page, "1 change waits to be sent.")
    page.reload()
    settled(page)
    page.evaluate(GONE)
    go_online(page)
    page.locator(".toast.bad").get_by_text(f"{name}: not taken. ").wait_for()
    assert page.evaluate(WAITING) == 0
    assert stored(page).keys() == {str(film) for film in TASTES}
    wait_listed(page, name, True)


def test_a_busy_service_gets_it_later_and_the_token_of_then(tab: Open) -> None:
    watched = tab()
    page = watched.go("/")
    settled(page)
    busy = {"error": "busy", "detail": "Too many requests.", "hint": None}
    page.route("**/api/me/ratings/*", lambda route: route.fulfill(status=503, json=busy))
    rate_first_with_mouse = page.locator(".pick").first.get_by_role("button", name="4 stars", exact=True)
    rate_first_with_mouse.click(force=True)
    bar(page, "The service is busy. 1 change waits to be sent.")
    # Meanwhile the session begins elsewhere with the cookies of this browser: the token of this page is of no use now.
    elsewhere = page.context.request
    token = {"X-CSRF-Token": elsewhere.get(watched.base + "/api/me/count").json()["csrf"]}
    assert elsewhere.put(watched.base + "/api/me/ratings/157", data={"stars": 2}, headers=token).ok
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function(WAITING.replace(".length", ".length === 0"))
    assert sorted(stored(page).values()) == [2, 4]
    watched.wrong.clear()  # Chromium logs every status of an error


def test_a_deletion_leaves_nothing_on_the_device(online: Watched) -> None:
    page = online.page
    assert "/api/me/picks" in page.evaluate(KEPT)["own"]
    teach(page, {110: 4})
    other = page.context.new_page()
    other.goto(online.base + "/")
    settled(other)
    page.goto(online.base + "/privacy")
    page.evaluate("sessionStorage.setItem('anything', '1'); localStorage.setItem('theme', 'dark')")
    page.get_by_role("button", name="Delete my data").tap()
    with other.expect_navigation():
        page.get_by_role("button", name="Delete it").tap()
    page.get_by_text("holds nothing of yours").wait_for()
    settled(other)
    assert other.locator("#picks-title").inner_text() == "What everybody watches"
    other.close()
    assert page.evaluate("[Object.keys(localStorage), sessionStorage.getItem('anything')]") == [["theme"], None]
    page.context.set_offline(True)
    page.goto(online.base + "/")
    page.locator("#picks-title").wait_for()
    page.wait_for_function("() => !document.querySelector('#picks .ghost')")
    assert not any("Because you" in text for text in page.locator("#picks").all_inner_texts())
    page.context.set_offline(False)


def test_a_deletion_without_connection_removes_what_is_here_and_says_that_the_rest_is_there(online: Watched) -> None:
    page = online.page
    page.goto(online.base + "/privacy")
    page.get_by_text("holds 5 ratings").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Delete my data").tap()
    page.get_by_role("button", name="Delete it").tap()
    page.locator(".toast.bad").get_by_text("The service cannot be reached.").wait_for()
    wait_until(page, "caches.has('own').then((there) => !there)")
    page.context.set_offline(False)
    assert len(stored(page)) == len(TASTES)


def test_what_the_page_asks_of_the_worker_makes_no_store_anew_after_a_deletion(online: Watched) -> None:
    page = online.page
    page.context.set_offline(True)
    page.evaluate("fetch('/api/me', { method: 'DELETE' }).catch(() => {})")
    wait_until(page, "caches.has('own').then((there) => !there)")
    for kind in ("changed", "complete"):
        page.evaluate("(type) => navigator.serviceWorker.controller.postMessage({ type })", kind)
    page.wait_for_timeout(1_500)
    assert not page.evaluate("caches.has('own')")
    page.context.set_offline(False)


def test_a_new_version_of_the_page_replaces_the_old_one(online: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    page = online.page
    (before,) = [name for name in page.evaluate("caches.keys()") if name.startswith("shell-")]
    monkeypatch.setattr(offline_shell, "__version__", "another")
    offline_shell.service_worker.cache_clear()
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    wait_until(page, NEW_SHELL, before)
    wait_until(page, "(before) => caches.has(before).then((there) => !there)", before)
    monkeypatch.undo()
    offline_shell.service_worker.cache_clear()
    page.context.set_offline(True)
    page.goto(online.base + "/")
    settled(page)
    page.context.set_offline(False)


BODIES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((entry) => entry.encodedBodySize)"""


def test_a_first_visit_is_light_although_the_page_is_kept(chromium: Any, page_service: Running) -> None:
    """The lightest of three visits: answers that a slow page gets by way of the worker are given as uncompressed."""
    visits = []
    while len(visits) < 3 and not (visits and min(visits) <= 60 * 1024):
        bodies, worker_bodies = first_visit(chromium, str(page_service.http.base_url))
        print(
            f"first visit: {sum(bodies):,} bytes in {len(bodies)} files, {sum(worker_bodies):,} for the service worker"
        )
        assert len(bodies) > 15
        visits.append(sum(bodies) + sum(worker_bodies))
    assert 20_000 < min(visits) <= 60 * 1024


def first_visit(chromium: Any, address: str) -> tuple[list[int], list[int]]:
    """The bytes of each file that a page of a new visitor takes, and its worker."""
    context = chromium.new_context(**DEVICES["phone"])
    page = context.new_page()
    of_worker: list[Any] = []
    context.on("response", lambda response: of_worker.append(response.request) if is_of_worker(response) else None)
    page.goto(address)
    settled(page)
    wait_until(page, IS_KEPT, "/api/me/picks")
    page.wait_for_timeout(500)
    bodies = page.evaluate(BODIES)
    # What the worker takes from the cache of the browser has a size of zero or less.
    worker_bodies = [max(0, request.sizes()["responseBodySize"]) for request in of_worker]
    context.close()
    return bodies, worker_bodies


def is_of_worker(response: Any) -> bool:
    return bool(response.request.service_worker) or response.url.endswith("/service_worker.js")
