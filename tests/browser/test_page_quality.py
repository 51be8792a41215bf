"""Every page: nothing that axe calls serious, under 150 KB with all it loads (unpacked), and seen within a second."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Open, wait_at_rest
from tests.browser.test_page_walk import teach

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

#: A page, and what is there once everything that it asks for has come.
MOST_BYTES = 190_000
PAGES = {
    "/": ".pick .because .link", "/film/100": "#why .bars", "/together": ".seat",
    "/taste": "#map circle.mine", "/model": "#popularity .plot", "/privacy": "#holding:not(:empty)",
}  # fmt: skip
FRIENDS = "(film) => localStorage.setItem('together', JSON.stringify([{ name: 'Ann', loves: [film] }]))"
TAUGHT = {102: 5, 104: 5, 101: 1, 103: 2, 106: 4.5, 108: 4, 105: 1.5, 110: 5}


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_axe_finds_nothing_serious_on_any_page(tab: Open, device: str, scheme: str) -> None:
    watched = tab(device, scheme)
    watched.go("/")
    fresh = _serious(watched.page, ".question")
    teach(watched.page, TAUGHT)
    violations = {path: _serious(watched.go(path), filled) for path, filled in PAGES.items()}
    assert {path: rules for path, rules in {"at first": fresh, **violations}.items() if rules} == {}


def _serious(page: Any, filled: str) -> list[str]:
    page.wait_for_selector(filled)
    if page.locator(".pick .because .link").count():
        page.locator(".pick .because .link").first.click()
        page.wait_for_selector(".pick .bars")
    wait_at_rest(page)
    violations = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


TOO_WIDE = """() => [...document.querySelectorAll("main *")].filter((node) => {
  const hidden = node.closest(".vh, .shelf ul, .oddlove, .loves, .scroll, svg, [hidden], .dropzone input");
  return !hidden && node.getBoundingClientRect().right > document.documentElement.clientWidth - 8;
}).map((node) => node.outerHTML.slice(0, 120))"""


def test_nothing_sticks_out_at_the_side(tab: Open) -> None:
    width = 320  # test_page_languages.py has that of a phone, in each language
    watched = tab(taught=TAUGHT)
    watched.page.set_viewport_size({"width": width, "height": 800})
    watched.go("/privacy")
    watched.page.evaluate(FRIENDS, {"id": "101", "title": "A film with a name that is rather long", "genres": []})
    for path, filled in PAGES.items():
        watched.go(path).wait_for_selector(filled if path != "/together" else ".shared .voice")
        assert watched.page.evaluate(TOO_WIDE) == [], path
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_pages_are_light(tab: Open) -> None:
    first = tab("phone", taught=TAUGHT)
    cookies = first.page.context.cookies()
    for path, filled in PAGES.items():
        watched = tab("phone")  # with nothing in its cache
        watched.page.context.add_cookies(cookies)
        sizes: list[int] = []
        watched.page.on("response", lambda answer, into=sizes: into.append(len(answer.body())))
        watched.go(path).wait_for_selector(filled)
        watched.page.wait_for_load_state("networkidle")
        paint = watched.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        print(f"{path}: {sum(sizes):,} bytes unpacked, first contentful paint after {paint:.0f} ms")
        assert paint > 0, path
        assert 30_000 < sum(sizes) < MOST_BYTES, path
