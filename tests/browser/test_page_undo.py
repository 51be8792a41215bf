"""Every change can be undone, on every page, and leads back to exactly what was there."""

from __future__ import annotations

import re
import time
from typing import Any

from tests.browser.conftest import Gate, Open, wait_at_rest
from tests.browser.test_page_walk import settled

TASTES = {102: 5, 104: 4.5, 101: 1}
STATE = """async () => {
  const me = await (await fetch("/api/me")).json();
  const ids = (films) => films.map((film) => film.id).sort();
  const rated = me.rated.map(({ film, stars, at }) => [film.id, stars, at]).sort();
  return { rated, watchlist: ids(me.watchlist), seen: ids(me.seen), refused: ids(me.not_interested) };
}"""
MARK = "([kind, id]) => import('/static/api.js').then((api) => api.mark(kind, id))"


def change_and_undo(page: Any, press: Any) -> None:
    """Make a change and undo it: in between the service holds something else, and afterwards the same as before."""
    before = page.evaluate(STATE)
    with page.expect_response(lambda response: response.request.method in ("PUT", "DELETE")):
        press()
    assert page.evaluate(STATE) != before
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    until = time.monotonic() + 30
    while (now := page.evaluate(STATE)) != before:
        assert time.monotonic() < until, (now, before)
        page.wait_for_timeout(100)
    wait_at_rest(page)  # the page shows it, too


def test_the_page_of_a_film_undoes_ratings_and_marks(tab: Open) -> None:
    watched = tab(taught=TASTES)
    page = watched.go("/privacy")
    page.evaluate(MARK, ["watchlist", "108"])
    watched.go("/film/108")
    acts = page.locator("#acts")
    for press in (
        lambda: acts.get_by_role("button", name="4 stars", exact=True).click(force=True),  # takes it off the watchlist
        lambda: acts.get_by_role("button", name="Not interested").click(),  # the same
        lambda: acts.get_by_role("button", name="Seen it").click(),
        lambda: acts.get_by_role("button", name="Watchlist").click(),
    ):
        change_and_undo(page, press)
    watched.go("/film/102")
    change_and_undo(page, lambda: acts.get_by_role("button", name="Take back").click())
    change_and_undo(page, lambda: acts.get_by_role("button", name="2 stars", exact=True).click(force=True))


def test_the_page_of_the_taste_undoes_what_is_taken_off(tab: Open) -> None:
    watched = tab(taught=TASTES)
    page = watched.go("/privacy")
    page.evaluate(MARK, ["not-interested", "110"])
    watched.go("/taste")
    row = page.locator("#ratings li[data-id='101']")
    change_and_undo(page, lambda: row.get_by_role("button", name="Take back").click())
    change_and_undo(page, lambda: row.get_by_role("button", name="3 stars", exact=True).click(force=True))
    change_and_undo(page, lambda: page.get_by_role("button", name="Take Space Story 10 off").click())


def test_a_change_can_be_undone_for_seconds_after_it_was_stored(tab: Open) -> None:
    watched = tab(taught=TASTES)
    watched.page.clock.install()
    page = watched.go("/film/108")
    page.wait_for_selector("#why .bars")
    gate = Gate(page, re.compile("/api/me/watchlist/"))
    page.locator("#acts").get_by_role("button", name="Watchlist").click()
    gate.wait(1)
    undo = page.locator(".toast").get_by_role("button", name="Undo")
    page.clock.fast_forward(8_000)
    assert undo.is_visible()
    gate.open()
    wait_at_rest(page)
    page.clock.fast_forward(6_000)
    assert undo.is_visible()
    page.clock.fast_forward(2_000)
    undo.wait_for(state="detached")


def test_what_was_skipped_is_asked_again(tab: Open) -> None:
    page = tab().go("/")
    settled(page)
    title = page.locator("#interview h2").inner_text()
    page.locator("#not-seen").click()
    page.wait_for_function("(title) => document.querySelector('#interview h2').innerText !== title", arg=title)
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    page.wait_for_function("(title) => document.querySelector('#interview h2').innerText === title", arg=title)
