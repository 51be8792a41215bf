"""What a phone shows once something was tapped: nothing is wider than the screen."""

from __future__ import annotations

from tests.browser.conftest import DEVICES, Open
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
    page.click("#done")
    assert page.locator("#tasting").is_hidden()
