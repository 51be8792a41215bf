"""Deleted data: the page says so, and a device whose person was deleted elsewhere keeps nothing of them."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from reelgraph.serve.web.session import VisitorSession
from reelgraph.store import Suggestion
from tests.browser.conftest import Open, Watched, playwright, wait_until
from tests.browser.test_page_offline import KEPT, WAITING
from tests.browser.test_page_walk import settled, teach
from tests.service.conftest import Running

TASTES = {102: 5, 104: 5, 106: 4.5, 101: 1}
HOLDS = """async (path) => {
  const kept = await caches.match(path, { cacheName: "own", ignoreSearch: true });
  return kept ? await kept.text() : "";
}"""


def secret_of(page: Any) -> str:
    (secret,) = [cookie["value"] for cookie in page.context.cookies() if "reelgraph" in cookie["name"]]
    return str(secret)


def visit(tab: Open, *paths: str) -> Watched:
    """Somebody on a phone with a service worker, who has opened these pages."""
    watched = tab("phone", worker=True)
    page = watched.go("/")
    wait_until(page, "Boolean(navigator.serviceWorker.controller)")
    teach(page, TASTES)
    page.reload()
    settled(page)
    for path in paths:
        watched.go(path)
        page.wait_for_load_state("networkidle")
    return watched


def test_a_device_of_somebody_deleted_elsewhere_drops_its_copies_and_says_why(tab: Open, page_service: Running) -> None:
    watched = visit(tab, "/diary", "/tonight")
    page = watched.page
    for path in ("/api/me/diary", "/api/me/tonight", "/api/me/picks", "/api/me"):
        wait_until(page, HOLDS, path)
    page.evaluate("sessionStorage.setItem('import-report', '{\"rated\": 4}'); localStorage.setItem('theme', 'dark')")
    page.context.set_offline(True)
    page.evaluate("import('/static/api.js').then((api) => { api.rate('120', 4); })")
    page.wait_for_function(WAITING)
    session = VisitorSession(secret_of(page))
    assert session.user_id is not None
    assert page_service.store.forget(session.user_id, final=True).ratings == len(TASTES)
    page.context.set_offline(False)
    page.goto(watched.base + "/diary")
    page.locator(".ended").get_by_text("The films of this browser are gone").wait_for()
    page.locator("#days .empty").wait_for()
    assert page.evaluate("Object.keys(localStorage)") == ["theme"]
    assert page.evaluate("sessionStorage.getItem('import-report')") is None
    assert page.context.cookies() == []
    kept = page.evaluate(KEPT).get("own", [])
    assert "/api/me/picks" not in kept
    assert "102" not in page.evaluate(HOLDS, "/api/me/diary")
    page.locator(".ended").get_by_role("button", name="Close").tap()
    page.reload()
    page.locator("#days .empty").wait_for()
    assert page.locator(".ended").count() == 0
    watched.wrong.clear()  # Chromium logs every request that failed


def test_a_deletion_is_confirmed_for_as_long_as_the_page_is_open(tab: Open) -> None:
    page = tab("phone").go("/privacy")
    page.get_by_text("holds nothing of yours").wait_for()
    assert page.locator("#forget").is_hidden()  # there is nothing to delete
    teach(page, TASTES)
    page.reload()
    page.locator("#forget").tap()
    assert "every device that shares these films, and for lists you shared" in page.inner_text("#sure")
    page.get_by_role("button", name="Delete it").tap()
    page.get_by_role("heading", name="Your data are deleted").wait_for()
    page.wait_for_timeout(5_000)  # longer than a toast
    text = page.inner_text("#holding")
    assert "Gone: 4 ratings" in text
    assert "The service holds nothing of yours." in text
    assert page.locator("#forget").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Your data are deleted"


def test_share_says_without_a_connection_that_the_service_is_away(tab: Open) -> None:
    watched = visit(tab, "/share")
    page = watched.page
    page.locator("#card img").wait_for()
    wait_until(page, "async () => Boolean(await caches.match('/share', { ignoreVary: true }))")
    wait_until(page, "async () => Boolean(await caches.match('/static/share.js', { ignoreVary: true }))")
    page.context.set_offline(True)
    page.reload()
    page.locator("#card .failed").get_by_text("The service cannot be reached.").wait_for()
    assert "went wrong" not in page.inner_text("body")
    page.locator("#card .failed button").wait_for()
    page.context.set_offline(False)
    with contextlib.suppress(playwright.Error):  # the page may have come back by itself
        page.locator("#card .failed button").tap(timeout=2_000)
    page.locator("#card img").wait_for()
    watched.wrong.clear()


def test_a_question_that_was_answered_is_not_asked_again_without_a_connection(tab: Open, page_service: Running) -> None:
    watched = visit(tab)
    page = watched.page
    user = VisitorSession(secret_of(page)).user_id
    assert user is not None
    page_service.store.suggestions.add(Suggestion(user, "120", int(time.time()) - 4 * 3600))
    watched.go("/tonight").wait_for_selector(".howwasit")
    wait_until(page, HOLDS, "/api/me/tonight")
    page.locator(".howwasit").get_by_role("button", name="4 stars", exact=True).tap(force=True)
    page.wait_for_selector(".howwasit", state="detached")
    wait_until(page, f"async () => JSON.parse(await ({HOLDS})('/api/me/tonight')).ask === null")
    wait_until(page, f"async () => JSON.parse(await ({HOLDS})('/api/me')).rated.length === 5")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#mood-options label")
    assert page.locator(".howwasit").count() == 0
    watched.wrong.clear()
