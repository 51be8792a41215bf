"""After an import: the picks at once, a portrait, doubtful films settled by yes and no, and all that was left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DEVICES, Open
from tests.browser.test_page_walk import titles

TAKEN = [(item, 1960 + item % 50, 5 if item < 12 else 4.5) for item in (1, 3, 5, 7, 9, 11, 13)]
ROWS = [f"Love Story {item},{year},{stars}" for item, year, stars in TAKEN]
# A year that is off by two, and no year at all: it may be the film of that title, and may not.
DOUBTFUL = ["Space Story 2,1964,4", "Love Story 15,,3.5"]
MISSING = [f"Nobody Knows Film {'abcdefghijklmnopqrst'[number]},1999,3" for number in range(20)]


def export(folder: Path, rows: list[str]) -> Path:
    file = folder / "mine.csv"
    file.write_text("\n".join(["title,year,rating", *rows]) + "\n")
    return file


def rated(page: Any) -> dict[str, float]:
    ratings = page.evaluate("fetch('/api/me').then((answer) => answer.json())")["rated"]
    return {rating["film"]["title"]: rating["stars"] for rating in ratings}


@pytest.mark.parametrize("device", DEVICES)
def test_an_import_leads_to_the_picks_and_a_portrait(tab: Open, tmp_path: Path, device: str) -> None:
    page = tab(device, wall=True).go("/")
    page.wait_for_selector("#wall .love")
    page.locator("#export").set_input_files(export(tmp_path, ROWS))
    page.get_by_text("7 ratings taken over from your file.").wait_for()
    assert page.locator("#hero").is_hidden()
    assert page.evaluate("document.activeElement.id") == "report"
    page.wait_for_selector("#report .portrait")
    portrait = page.locator("#report .portrait").inner_text()
    assert "4.9★" in portrait  # (6 * 5 + 4.5) / 7
    assert re.search(r"Romance and Drama|Drama and Romance", portrait)
    assert "1960s" in portrait
    assert page.locator("#picks-title").inner_text() == "Your picks"
    assert page.evaluate("document.querySelector('#picks-title').getBoundingClientRect().top < innerHeight")
    page.goto(page.url + "taste")
    page.wait_for_selector("#portrait .portrait")
    assert "4.9★" in page.locator("#portrait").inner_text()
    page.go_back()
    page.wait_for_selector("#report .portrait")  # until it is closed
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.wait_for_selector("#picks .pick")
    assert page.locator("#report").is_hidden()


def test_doubtful_films_are_settled_with_the_keyboard(tab: Open, tmp_path: Path) -> None:
    page = tab(wall=True).go("/")
    page.locator("#export").set_input_files(export(tmp_path, ROWS + DOUBTFUL))
    page.wait_for_selector(".doubt")
    assert page.locator("#doubtful .settle > summary").inner_text() == "2 films to settle"
    assert "Space Story 2 (1964), rated 4★" in page.locator(".doubt").inner_text()
    assert "Is it Space Story 2 (1962)?" in page.locator(".doubt h3").inner_text()
    page.locator(".doubt").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/api/me/changes")):
        page.keyboard.press("y")
    page.get_by_text("1 film to settle").wait_for()
    assert page.evaluate("document.activeElement.className") == "doubt panel"
    page.keyboard.press("n")
    page.get_by_text("All settled: 1 more film taken over.").wait_for()
    assert page.locator("#report .rows").inner_text() == "Your file has 9 rows: 8 ratings taken over and 1 left out."
    assert rated(page)["Space Story 2"] == 4.0
    assert "Love Story 15" not in rated(page)
    page.locator("#left-out summary").click()
    assert page.locator("#left-out li").all_inner_texts() == ["Love Story 15: none of the films here, as you said"]


def test_all_that_was_left_out_can_be_seen_and_downloaded(tab: Open, tmp_path: Path) -> None:
    page = tab("phone", wall=True).go("/")
    page.locator("#export").set_input_files(export(tmp_path, ROWS + DOUBTFUL[:1] + MISSING + ["=1+1,1999,3"]))
    page.get_by_text("21 rows left out").click()
    lines = page.locator("#left-out li").all_inner_texts()
    assert len(lines) == 21
    assert lines[0] == "Nobody Knows Film a (1999): not in the catalogue"
    assert "Nobody Knows Film t (1999): not in the catalogue" in lines
    page.reload()  # a tap on the picks of a film leads away, and the way back keeps the report
    page.get_by_text("21 rows left out").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this list").click()
    content = Path(download.value.path()).read_text()
    assert content.splitlines()[:2] == ["title,year,reason", '"Nobody Knows Film a","1999","not in the catalogue"']
    assert '"\'=1+1"' in content  # no formula in a spreadsheet


def test_a_refused_file_changes_nothing(tab: Open, tmp_path: Path) -> None:
    watched = tab(wall=True)
    page = watched.go("/")
    page.wait_for_selector("#wall .love")
    file = tmp_path / "mine.csv"
    file.write_bytes(b"PK\x03\x04 no zip at all")
    page.locator("#export").set_input_files(file)
    page.locator(".toast.bad").wait_for()
    assert page.locator("#wall .love").first.is_visible()
    assert page.locator("#reading").inner_text() == ""
    assert page.locator("#report").is_hidden()
    assert len(titles(page)) >= 10
    assert "409" in watched.wrong.pop()  # Chromium writes down every refusal


def parts(page: Any) -> str:
    return str(page.locator("#report .rows").inner_text())


def test_every_row_of_the_file_is_in_the_report_once_also_after_settling(tab: Open, tmp_path: Path) -> None:
    page = tab(wall=True).go("/")
    rows = [*ROWS, ROWS[0], *DOUBTFUL, MISSING[0], "Love Story 17,1977,excellent"]
    page.locator("#export").set_input_files(export(tmp_path, rows))
    page.wait_for_selector(".doubt")
    assert parts(page) == "Your file has 12 rows: 7 ratings taken over, 2 to settle, and 3 left out."
    page.locator("#left-out summary").click()
    assert page.locator("#left-out li").all_inner_texts() == [
        "1 row about a film that another row is about",
        "1 row that cannot be read",
        "Nobody Knows Film a (1999): not in the catalogue",
    ]
    page.get_by_role("button", name="Yes, take it").click()
    page.get_by_text("1 film to settle").wait_for()
    assert parts(page) == "Your file has 12 rows: 8 ratings taken over, 1 to settle, and 3 left out."
    assert page.get_by_text("8 ratings taken over from your file.").is_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("2 films to settle").wait_for()
    assert parts(page) == "Your file has 12 rows: 7 ratings taken over, 2 to settle, and 3 left out."
    page.get_by_role("button", name="Close").click()
    page.locator("#export").set_input_files(export(tmp_path, [ROWS[0], ROWS[1][:-1] + "1"]))
    page.get_by_text("Nothing taken over from your file.").wait_for()
    assert parts(page) == "Your file has 2 rows: 1 was here already and 1 was here and has other stars now."


@pytest.mark.parametrize("device", DEVICES)
def test_all_suggestions_are_taken_by_one_tap_and_taken_back_by_another(tab: Open, tmp_path: Path, device: str) -> None:
    page = tab(device, wall=True).go("/")
    page.locator("#export").set_input_files(export(tmp_path, ROWS + DOUBTFUL))
    button = page.get_by_role("button", name="Take all 2 suggestions")
    button.wait_for()
    page.locator(".suggestions summary").click()
    assert page.locator(".suggestions li").all_inner_texts() == [
        "Space Story 2 (1964) → Space Story 2 (1962)",
        "Love Story 15 → Love Story 15 (1975)",
    ]
    before = rated(page)
    button.click()
    page.get_by_text("All settled: 2 more films taken over.").wait_for()
    assert rated(page) == {**before, "Space Story 2": 4.0, "Love Story 15": 3.5}
    assert parts(page) == "Your file has 9 rows: 9 ratings taken over."
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Take all 2 suggestions").wait_for()
    assert rated(page) == before
    assert parts(page) == "Your file has 9 rows: 7 ratings taken over and 2 to settle."


def test_a_film_taken_back_keeps_what_was_given_before(tab: Open, tmp_path: Path) -> None:
    page = tab(wall=True).go("/")
    page.locator("#export").set_input_files(export(tmp_path, [*ROWS, "Love Story 15,1975,2"]))
    page.get_by_text("8 ratings taken over from your file.").wait_for()
    page.locator("#export").set_input_files(export(tmp_path, ["Love Story 15,,3.5"]))
    page.get_by_role("button", name="Yes, take it").click()
    page.get_by_text("All settled: 1 more film taken over.").wait_for()
    assert rated(page)["Love Story 15"] == 3.5
    assert parts(page) == "Your file has 1 row: 1 was here and has other stars now."
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(".doubt")
    assert rated(page)["Love Story 15"] == 2.0


def test_films_still_to_settle_are_not_among_the_picks(tab: Open, tmp_path: Path) -> None:
    page = tab(wall=True).go("/")
    page.locator("#export").set_input_files(export(tmp_path, ROWS))
    page.get_by_text("7 ratings taken over from your file.").wait_for()
    page.wait_for_selector("#picks .pick")
    first = page.locator("#picks .pick h3 a").first.inner_text()
    page.locator("#export").set_input_files(export(tmp_path, [f"{first},,4"]))
    page.get_by_text("1 film to settle").wait_for()
    page.wait_for_function(
        "first => ![...document.querySelectorAll('#picks h3 a')].some((a) => a.innerText === first)", arg=first
    )
    with page.expect_response(lambda answer: "/api/me/picks" in answer.url):
        page.get_by_role("button", name="No", exact=True).click()
    page.wait_for_function(
        "first => [...document.querySelectorAll('#picks h3 a')].some((a) => a.innerText === first)", arg=first
    )
