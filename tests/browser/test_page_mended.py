"""What goes wrong between the clicks: slow answers, undo, the way back, what an older visit left behind."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.browser.conftest import Gate, Open
from tests.browser.test_page_walk import settled, titles, wait_listed
from tests.service.conftest import Running

TASTES = {102: 5, 104: 5, 106: 4.5, 101: 1, 103: 1}
SHOWN = "(count) => document.querySelectorAll('#picks .pick').length === count"


def loves(page: Any) -> dict[str, list[str]]:
    """What the browser holds of each of the others."""
    people = json.loads(page.evaluate("localStorage.getItem('together')"))
    return {person["name"]: [film["id"] for film in person["loves"]] for person in people}


def add(page: Any, name: str) -> None:
    page.get_by_label("Name of somebody who watches").fill(name)
    page.get_by_role("button", name="Add").click()


def test_a_slow_answer_about_one_person_is_not_taken_for_another(tab: Open) -> None:
    page = tab().go("/together")
    add(page, "Ann")
    page.locator("#loves li").first.wait_for()
    add(page, "Bob")
    page.locator("#loves li").first.wait_for()
    gate = Gate(page, re.compile("/questions|/wall"))
    page.get_by_role("button", name=re.compile("^Ann pick")).click()
    page.get_by_role("button", name=re.compile("^Bob pick")).click()
    assert page.locator("#loves li").count() == 0
    gate.wait(2)
    gate.waiting[1].continue_()
    page.locator("#loves li").first.wait_for()
    gate.waiting[0].continue_()
    page.wait_for_load_state("networkidle")
    page.locator("#loves button").first.click()
    assert [len(films) for films in loves(page).values()] == [0, 1]


def test_what_an_older_visit_left_is_taken_as_far_as_it_fits(tab: Open) -> None:
    page = tab(taught=TASTES).go("/privacy")
    left = [
        None,
        {},
        {"name": "You", "loves": []},
        {"name": "Ann", "loves": [None, {"id": "101", "title": "Love Story 1"}]},
        {"name": "Ann", "loves": []},
        {"name": "Bob", "loves": [{"id": "7", "title": "Gone"}]},
    ]
    page.evaluate("(left) => localStorage.setItem('together', JSON.stringify(left))", left)
    page.goto(page.url.replace("/privacy", "/together"))
    page.get_by_text("1 favourite is not in this catalogue any more.").wait_for()
    page.locator(".shared > li").first.wait_for()
    assert loves(page) == {"Ann": ["101"], "Bob": []}
    assert page.locator(".toast.bad").count() == 0
    for name in ("Ann", "You"):
        add(page, name)
        page.get_by_text(f"{name} is here already").wait_for()
    for name in "CDEFG":
        add(page, name)
    assert len(loves(page)) == 7
    add(page, "H")
    page.get_by_text("7 beside you are the most").wait_for()
    page.get_by_role("button", name="You do not watch").click()
    page.get_by_role("button", name="You watch, too").click()
    page.get_by_role("button", name="You do not watch").wait_for()


def test_enough_is_enough_and_undo_gives_back_the_wish(tab: Open) -> None:
    page = tab(taught=TASTES).go("/")
    settled(page)
    page.get_by_role("button", name="Enough for now").click()
    name = titles(page)[0]
    first = page.locator(".pick").first
    first.get_by_role("button", name=f"Watchlist: {name}", exact=True).click()
    page.get_by_text(f"{name}: on your watchlist").wait_for()
    first.get_by_role("button", name="4 stars", exact=True).click(force=True)
    wait_listed(page, name, False)
    assert page.locator("#hero").is_hidden()
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    wait_listed(page, name, True)
    page.reload()
    settled(page)
    assert page.locator("#hero").is_hidden()
    wish = page.get_by_role("button", name=f"Watchlist: {name}", exact=True)
    assert wish.get_attribute("aria-pressed") == "true"


def test_back_from_a_film_the_list_is_as_it_was(tab: Open) -> None:
    page = tab(taught=TASTES).go("/")
    settled(page)
    page.locator("#more").click()
    page.wait_for_function(SHOWN, arg=20)
    page.locator("#picks h3 a").nth(18).scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    assert top > 0
    page.locator("#picks h3 a").nth(18).click()
    page.wait_for_url(re.compile("/film/"))
    page.go_back()
    page.wait_for_function(SHOWN, arg=20)
    page.wait_for_function("(top) => Math.abs(scrollY - top) < 40", arg=top)
    while page.locator("#more").is_visible():
        page.locator("#more").click()
        settled(page)
    assert len(titles(page)) == 60 - len(TASTES)


def test_an_address_that_says_nonsense_sets_nothing(tab: Open) -> None:
    page = tab().go("/?diversity=abc&niche=7&bold=0.5&year_from=2000&year_to=1990")
    page.get_by_text("No year is from 2000 on and up to 1990").wait_for()
    assert page.locator("#active").inner_text() == "3"
    dials = {name: page.locator(f"input[name={name}]").input_value() for name in ("diversity", "niche", "bold")}
    assert dials == {"diversity": "0", "niche": "0", "bold": "0.5"}


def test_search_answers_what_is_typed_or_says_that_it_cannot(tab: Open) -> None:
    watched = tab()
    page = watched.go("/privacy")
    page.locator("#search").fill("space story 8")
    page.locator("#found li").first.wait_for()
    page.locator("#search").fill("love story 7")
    page.locator("#search").press("Enter")  # before the answer is there
    page.wait_for_url(re.compile("/film/107$"))
    page.route(re.compile("/search"), lambda route: route.abort())
    page.locator("#search").fill("love")
    page.locator("#found").get_by_text("The service cannot be reached.").wait_for()
    watched.wrong.clear()  # Chromium writes down what did not arrive


def test_on_a_films_page_the_focus_stays_and_nothing_is_offered_that_cannot_be(tab: Open) -> None:
    page = tab(taught=TASTES).go("/film/108")
    page.get_by_role("button", name="What would change that?").wait_for()
    page.get_by_role("button", name="Not interested").press("Enter")
    page.get_by_role("button", name="What would change that?").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Not interested"
    page.get_by_role("button", name="4 stars", exact=True).press("Enter")
    page.get_by_role("button", name="Take back").wait_for()
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label') === '4 stars'")
    page.get_by_role("button", name="Take back").press("Enter")
    page.get_by_role("button", name="Take back").wait_for(state="detached")
    page.wait_for_function("() => document.activeElement.closest('#acts .stars') !== null")


def test_without_scripts_the_first_thing_said_is_that_they_are_needed(chromium: Any, page_service: Running) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(8000)
    for path in ("/", "/film/102", "/together", "/taste", "/privacy", "/model"):
        page.goto(str(page_service.http.base_url).rstrip("/") + path)
        first = page.locator("main > *:visible").first
        assert first.inner_text().startswith("This page talks to the service with a little JavaScript"), path
        assert page.locator(".ghost:visible").count() == 0, path
    context.close()
