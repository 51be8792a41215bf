"""What the page shows once something was tapped: within the screen, with no false praise, and while it works."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.conftest import DEVICES, Gate, Open
from tests.browser.test_page_quality import TAUGHT, teach

WIDTH = DEVICES["phone"]["viewport"]["width"]


def test_together_fits_on_a_phone_while_a_person_is_added(tab: Open) -> None:
    page = tab("phone").go("/privacy")
    teach(page, TAUGHT)
    page.goto(page.url.replace("/privacy", "/together"))
    page.fill("#name", "Ana")
    page.click("#adding button")
    page.wait_for_selector("#loves .love")
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    for node in ("#done", "#tasting .hint", "#love-search", ".tabs"):
        box = page.locator(node).bounding_box()
        assert box is not None
        assert box["x"] >= 0, node
        assert box["x"] + box["width"] <= WIDTH, node
    assert page.evaluate(
        "document.querySelector('.loves').scrollWidth > innerWidth"
    )  # the films scroll inside the card
    nasty = page.locator("#loves .love", has_text="<img")  # its title has no place to break at
    assert nasty.bounding_box()["width"] <= 96
    page.click("#done")
    assert page.locator("#tasting").is_hidden()


def test_what_was_not_liked_can_be_tapped_and_the_first_pick_is_on_the_first_screen(tab: Open) -> None:
    page = tab("phone", wall=True).go("/")
    page.wait_for_selector("#wall .love")
    page.locator("#wall .segments label", has_text="Did not like it").tap()
    assert "A tap counts as 1.5★" in page.inner_text("#wall-hint")
    disliked, loved = page.locator("#wall .love", has_text="Love").first, page.locator("#wall .love", has_text="Space")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        disliked.tap()
    assert disliked.get_attribute("aria-label").endswith(": Did not like it")
    page.locator("#wall .segments label", has_text="Loved it").tap()
    for place in range(3):
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            loved.nth(place).tap()
    rated = page.evaluate("fetch('/api/me').then((answer) => answer.json())")["rated"]
    assert sorted(rating["stars"] for rating in rated) == [1.5, 5.0, 5.0, 5.0]
    page.get_by_role("button", name="Go on with 4 films").tap()
    page.locator("#interview h2").wait_for()
    page.evaluate("scrollTo(0, 0)")
    top = page.locator(".pick").first.evaluate("(node) => node.getBoundingClientRect().top")
    assert top < page.locator(".tabs").evaluate("(node) => node.getBoundingClientRect().top")
    assert "the stars are one part of that" in page.inner_text("#picks-order")


def test_the_page_of_a_film_rated_low_does_not_praise_it(tab: Open) -> None:
    watched = tab("phone")
    page = watched.go("/privacy")
    teach(page, {102: 5, 104: 5, 108: 4.5, 106: 1})
    watched.go("/film/106").get_by_text("You gave it 1★.").wait_for()
    text = page.inner_text("#why")
    assert re.search(r"What spoke for it: Space Story \d+ \([45](\.5)?★\)", text)
    assert "Because" not in text
    gate = Gate(page, re.compile("/api/me/counterfactual/"))
    watched.go("/film/101").get_by_role("button", name="What would change that?").tap()
    page.get_by_text("This is being worked out").wait_for()
    gate.open()
    page.locator(".whybox .needs, .whybox .hint", has_text="of your list").or_(
        page.get_by_text("in your order")
    ).first.wait_for()
    assert page.get_by_text("This is being worked out").count() == 0


def test_plots_that_take_long_say_so_and_come(tab: Open) -> None:
    watched = tab()
    page, answers = watched.page, list[int]()

    def once_not_ready(route: Any) -> None:
        answers.append(len(answers))
        if answers[-1]:
            route.continue_()
        else:
            route.fulfill(status=503, headers={"retry-after": "1"}, json={"error": "not-ready", "detail": "computing"})

    page.route("**/model/plots", once_not_ready)
    watched.go("/model")
    page.locator("#popularity").get_by_text("Being computed for the first time").wait_for()
    page.locator("#calibration").get_by_text("Being computed for the first time").wait_for()
    page.locator("#popularity .plot").wait_for()
    assert page.get_by_text("Being computed for the first time").count() == 0
    watched.wrong.clear()  # Chromium logs every status of an error


def test_picks_on_a_phone_name_their_buttons_and_french_joins_its_reasons(tab: Open) -> None:
    watched = tab("phone")
    page = watched.go("/privacy")
    teach(page, {102: 5, 104: 5})
    watched.go("/").wait_for_selector(".pick .because")
    assert page.locator(".pick").first.locator(".toolname:visible").all_inner_texts() == [
        "Watchlist", "Seen it", "Not interested"
    ]  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    page.context.add_cookies([{"name": "language", "value": "fr", "url": watched.base}])
    watched.go("/film/106").wait_for_selector("#why .because")
    pattern = r"Parce que tu as donné 5★ à Space Story \d et que tu as donné 5★ à Space Story \d\."
    assert re.search(pattern, page.inner_text("#why .because"))


def test_what_was_understood_of_a_phrase_is_shown_and_can_be_taken_back(tab: Open) -> None:
    page = tab("phone").go("/privacy")
    teach(page, TAUGHT)
    page.goto(page.url.replace("/privacy", "/"))
    page.fill("#say", "romance with zorgblat")
    with page.expect_response(lambda answer: "/api/me/picks?" in answer.url):
        page.locator("#say-form button").tap()
    chip = page.locator("#say-chips .chip", has_text="Romance")
    chip.wait_for()
    assert "zorgblat" in page.inner_text("#say-missed")
    genres = page.locator("#picks .pick .meta").all_inner_texts()
    assert genres
    assert all("Romance" in genre for genre in genres)
    assert "words=romance" in page.url
    with page.expect_response(lambda answer: "/api/me/picks?" in answer.url):
        chip.tap()
    page.wait_for_function("() => !document.querySelector('#say-chips .chip')")
    assert "Romance" not in page.input_value("#say").title()
