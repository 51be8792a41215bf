"""A person at the page: interview, import, rate, why, filter, group, delete; on a desktop and on a phone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DEVICES, NASTY, Gate, Open
from tests.service.conftest import Running

SPACE, LOVE = "Space Story", "Love Story"
OTHER = """title => document.querySelector("#hero").hidden
  || document.querySelector("#interview h2").innerText !== title"""
LISTED = (
    "([name, isListed]) => [...document.querySelectorAll('#picks h3 a')].some((a) => a.innerText === name) === isListed"
)
TEACH = """async (ratings) => {
  const api = await import("/static/api.js");
  for (const [id, stars] of ratings) await api.rate(id, stars);
}"""
FOCUSED = "() => (document.activeElement.getAttribute('aria-label') ?? '') + document.activeElement.innerText"


def titles(page: Any, within: str = "#picks") -> list[str]:
    return [text.strip() for text in page.locator(f"{within} h3 a").all_inner_texts()]


def wait_listed(page: Any, name: str, listed: bool) -> None:
    """Wait until a film is in the list, or out of it."""
    page.wait_for_function(LISTED, arg=[name, listed])


def settled(page: Any) -> Any:
    """The list as it is once the service has answered."""
    page.wait_for_selector("#picks[aria-busy=false] .pick")
    return page


def answer(page: Any, *, loves: str, count: int) -> None:
    """Answer the interview: five stars for films of one kind, one star for the others."""
    for _ in range(count):
        title = page.locator("#interview h2").inner_text()
        stars = "5 stars" if title.startswith(loves) else "1 star"
        page.locator("#interview").get_by_role("button", name=stars, exact=True).click(force=True)
        page.wait_for_function(OTHER, arg=title)
        settled(page)


@pytest.mark.parametrize("device", DEVICES)
def test_an_interview_teaches_a_taste_and_everything_follows_from_it(tab: Open, device: str) -> None:
    page = tab(device).go("/")
    settled(page)
    assert page.locator("#picks-title").inner_text() == "What everybody watches"
    assert page.context.cookies() == []  # nothing is kept of somebody who only looks
    title = page.locator("#interview h2").inner_text()
    page.get_by_role("button", name="Haven't seen it").click()
    page.wait_for_function(OTHER, arg=title)
    assert page.context.cookies() == []
    answer(page, loves=SPACE, count=8)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["name"]) == (True, "Lax", "reelgraph")
    assert "8 films" in page.locator("#slim").inner_text()

    listed = titles(page)
    assert sum(SPACE in title for title in listed[:6]) >= 5, listed
    first = page.locator(".pick").first
    assert re.search(r"Because you gave .*Space Story \d+ 5★", first.locator(".because").inner_text())
    first.get_by_role("button", name=re.compile("^Why ")).click()
    first.locator(".bars li").first.wait_for()
    # Per cents of all that the films add: those for it make the whole. Each is rounded to a tenth.
    texts = first.locator(".whys > div").first.locator(".share").all_inner_texts()
    shares = [float(text.removesuffix("%").replace("−", "-")) for text in texts]
    assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=0.5)
    # The exact terms, one click away, add up to the score.
    first.locator(".counted summary").click()
    terms = [text.replace("−", "-") for text in first.locator(".terms li span:last-child").all_inner_texts()]
    *parts, score = map(float, terms)
    assert sum(parts) == pytest.approx(score, abs=0.03)  # each is rounded to a hundredth

    # Rated in place: it leaves the list, and the list is full again.
    name = titles(page)[0]
    page.locator(".pick").first.get_by_role("button", name="4 stars", exact=True).click(force=True)
    page.get_by_text(f"{name}: 4★").wait_for()
    wait_listed(page, name, False)
    assert len(titles(settled(page))) == 10
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    wait_listed(page, name, True)

    refused = titles(settled(page))[1]
    page.get_by_role("button", name=f"Not interested: {refused}", exact=True).click()
    wait_listed(page, refused, False)


@pytest.mark.parametrize("device", DEVICES)
def test_filters_and_dials_change_the_list_and_stay_in_the_address(tab: Open, device: str) -> None:
    page = tab(device).go("/")
    settled(page)
    if device == "phone":
        page.locator("#filters summary").click()
    with page.expect_response(re.compile("picks.*genre=Romance")):
        page.get_by_role("button", name="Romance: any").click()
    settled(page)
    assert all(LOVE in title for title in titles(page))
    page.get_by_label("From year").fill("1990")
    with page.expect_response(re.compile("picks.*year_from=1990")):
        page.get_by_label("From year").press("Tab")
    settled(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.pick .meta')].every((node) => parseInt(node.innerText) >= 1990)"
    )
    filtered = titles(page)
    assert page.url.endswith("?genre=Romance&year_from=1990")
    page.reload()
    assert titles(settled(page)) == filtered
    with page.expect_response(re.compile("picks.*not_genre=Romance")):
        page.evaluate("document.querySelector('#filters').open = true")
        page.get_by_role("button", name="Romance: only").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('#picks h3 a')].every((a) => !a.innerText.startsWith('Love'))"
    )
    page.get_by_label("Popular or Hidden gems").evaluate(
        "(dial) => { dial.value = 0.5; dial.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_url(re.compile("niche=0.5"))
    page.get_by_role("button", name="Clear all").click()
    page.wait_for_function("() => location.search === ''")


EXPORT = "title,year,rating\n" + "".join(
    f"Love Story {item},{1960 + item % 50},{5 if item < 12 else 4.5}\n" for item in (1, 3, 5, 7, 9, 11, 13)
)


def test_an_export_dropped_on_the_page_is_taken_over_at_once(tab: Open, tmp_path: Path) -> None:
    watched = tab()
    page = watched.go("/")
    settled(page)
    file = tmp_path / "mine.csv"
    file.write_text(EXPORT + "Nobody Knows This Film,1999,3\n")
    page.locator("#export").set_input_files(file)
    page.get_by_text("7 ratings taken over from").wait_for()
    page.get_by_text("1 row left out").wait_for()
    page.wait_for_function("() => document.querySelector('#picks-title').innerText === 'Your picks'")
    assert sum(LOVE in title for title in titles(settled(page))[:6]) >= 5
    file.write_bytes(b"PK\x03\x04 no zip at all")
    page.locator("#export").set_input_files(file)
    page.locator(".toast.bad").wait_for()
    assert "409" in watched.wrong.pop()  # Chromium writes down every refusal
    assert len(titles(page)) == 10


def teach(page: Any, ratings: dict[int, float]) -> None:
    """Ratings by item id, as the page itself would send them."""
    page.evaluate(TEACH, [[str(item), stars] for item, stars in ratings.items()])


def test_a_films_page_says_what_it_would_be_and_what_would_change_that(tab: Open) -> None:
    page = tab(taught={102: 5, 104: 5, 106: 4, 101: 1}).go("/film/108")
    page.locator("#why .bars li").first.wait_for()
    assert page.locator("h1").inner_text().startswith("Space Story 8")
    assert page.locator(".shelf li").count() > 4
    page.get_by_role("button", name="What would change that?").click()
    page.locator(".needs").first.wait_for()
    page.locator("#acts").get_by_role("button", name="3.5 stars", exact=True).click(force=True)
    page.get_by_text("You gave it 3.5★.").wait_for()
    page.goto(page.url.replace("/film/108", "/film/100"))
    assert page.locator("h1").inner_text().startswith(NASTY.removesuffix(" (1999)"))


def test_together_needs_two_and_says_who_gives_up_what(tab: Open) -> None:
    page = tab(taught={102: 5, 104: 5, 106: 5, 101: 1, 103: 1}).go("/together")
    page.locator(".seat").first.wait_for()
    assert page.locator("#alone").is_visible()
    page.get_by_label("Name of somebody who watches").fill("<i>Ann</i>")
    page.get_by_role("button", name="Add").click()
    for title in ("Love Story 1 ", "Love Story 3 ", "Love Story 5 "):
        page.get_by_label("Find a film they love").fill(title)
        page.locator("#love-found li", has_text=title).first.click()
    page.locator(".shared > li").first.wait_for()
    page.wait_for_function("() => document.querySelector('.seats').innerText.includes('3 favourites')")
    people = page.locator("#gives").inner_text()
    assert "against the list you would get alone" in people
    assert "Each film counts for as much as it is to the one of you who would like it least." in people
    assert "You give" in people
    assert "<i>Ann</i> gives" in people
    assert page.locator(".shared > li").count() == 8
    voices = page.locator(".shared > li").first.locator(".voice")
    assert voices.count() == 2
    for words in voices.all_inner_texts():  # the stars, why or which place, and the length of the bar as a number
        assert re.search(r"[1-5]\.\d★, (because of |number \d)", words)
        assert re.search(r"\d+%$", words.strip())
    with page.expect_request(
        lambda request: request.url.endswith("/api/me/together") and request.post_data_json["how"] == "envy-bounded"
    ):
        page.get_by_text("Evenly shared").click()
    page.get_by_text("while all of you give up about the same").wait_for()


def test_what_it_was_taught_can_be_seen_changed_and_taken_back(tab: Open) -> None:
    page = tab(taught={102: 5, 104: 4.5, 101: 1}).go("/taste")
    page.locator("#map circle.mine").first.wait_for()
    assert page.locator("#map circle.mine").count() == 3
    assert page.locator("#words p").count() >= 1
    before = page.locator("#map svg").get_attribute("viewBox")
    page.get_by_role("button", name="Zoom in").click()
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#map svg").get_attribute("viewBox") != before
    page.get_by_role("button", name="Take back the rating of Love Story 1").click()
    page.wait_for_function("() => document.querySelectorAll('#ratings li').length === 2")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert json.loads(Path(download.value.path()).read_text())["ratings"].keys() == {"102", "104"}


def test_delete_my_data_leaves_nothing(tab: Open, page_service: Running) -> None:
    page = tab(taught={102: 5, 104: 5}).go("/")
    settled(page)
    counts = page_service.store.counts()
    before = (counts.users, counts.ratings)
    page.goto(page.url.rstrip("/") + "/privacy")
    page.get_by_text("holds 2 ratings").wait_for()
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Keep it").click()
    assert (page_service.store.counts().users, page_service.store.counts().ratings) == before
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Delete it").click()
    page.get_by_text("Gone: 2 ratings").wait_for()
    page.get_by_text("holds nothing of yours").wait_for()
    assert page.context.cookies() == []
    after = page_service.store.counts()
    assert (after.users, after.ratings) == (before[0] - 1, before[1] - 2)


def test_the_keyboard_alone_gets_everywhere(tab: Open) -> None:
    page = tab().go("/")
    settled(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'main'")

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            label = page.evaluate(FOCUSED)
            if label.startswith(name):
                return
        raise AssertionError(f"{name} was not reached")

    title = page.locator("#interview h2").inner_text()
    tab_to("5 stars")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "4.5 stars"
    page.keyboard.press("Enter")
    page.wait_for_function(OTHER, arg=title)
    settled(page)
    # Asked for the next film, the focus is on its stars; the letters of the search find, arrows choose.
    page.wait_for_function("() => document.activeElement.closest('#interview .stars') !== null")
    page.keyboard.press("3")
    page.wait_for_function(
        "() => document.querySelector('#interview .progress').getAttribute('aria-label').startsWith('2 of')"
    )
    page.locator("#search").focus()
    page.keyboard.type("love story 7")
    page.locator("#found li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/film/107$"))


TOGETHER = """async (ids) => {
  const api = await import("/static/api.js");
  await Promise.all(ids.map((id) => api.rate(id, 5)));
}"""


def test_what_is_rated_at_the_same_time_is_of_one_person(tab: Open, page_service: Running) -> None:
    page = tab().go("/")
    settled(page)
    before = page_service.store.counts()
    page.evaluate(TOGETHER, ["102", "104", "106"])
    after = page_service.store.counts()
    assert (after.users - before.users, after.ratings - before.ratings) == (1, 3)


def test_a_double_click_is_one_answer_of_one_person(tab: Open, page_service: Running) -> None:
    page = tab().go("/")
    settled(page)
    before, title = page_service.store.counts(), page.locator("#interview h2").inner_text()
    page.locator("#interview").get_by_role("button", name="5 stars", exact=True).dblclick(force=True)
    page.wait_for_function(OTHER, arg=title)
    settled(page)
    after = page_service.store.counts()
    assert (after.users - before.users, after.ratings - before.ratings) == (1, 1)


API = re.compile("/api/me|/model/plots")
#: A page of somebody with ratings, and what only the answer of the service puts there.
FILLED = {
    "/": ".pick", "/film/102": "#why .bars", "/model": "#popularity .plot", "/taste": "#map svg",
    "/together": ".seat", "/privacy": "#holding .hint",
}  # fmt: skip


def test_a_page_that_could_not_be_filled_is_tried_again(tab: Open) -> None:
    watched = tab(taught={102: 5, 104: 5, 101: 1})
    page = watched.page
    for path, filled in FILLED.items():
        page.route(API, lambda route: route.abort())
        watched.go(path).get_by_text("The service cannot be reached.").wait_for()
        assert page.locator(".failed").count() == 1, path
        assert page.locator(".ghost:visible").count() == 0, path
        assert watched.wrong
        watched.wrong.clear()  # Chromium logs every request that failed
        page.unroute(API)
        gate = Gate(page, API)
        with page.expect_request(API):
            page.get_by_role("button", name="Try again").click()
        # The service has not answered yet: the error is gone all the same, and cannot be pressed again.
        assert page.locator(".failed").count() == 0, path
        assert page.locator(filled).count() == 0, path
        gate.open()
        page.locator(filled).first.wait_for()
        assert page.locator(".failed").count() == 0, path
        page.unroute(API)
