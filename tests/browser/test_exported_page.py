"""The exported page: from disk, without a network, the same lists and reasons as Python, and fit to be read by all."""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import CombinesScorers, Scorer
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.export import export_page, export_site
from reelgraph.pipeline import train
from reelgraph.scorers import BayesScorer
from reelgraph.scorers.blend import BlendScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from tests.browser.conftest import N_ITEMS, is_wrong, made_up_data, wait_until
from tests.browser.exported import compare, made_up_people, opened

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


def embedding(cosine: bool) -> EmbeddingScorer:
    """Vectors at random."""
    draw = np.random.default_rng(3)
    source, target = (draw.normal(size=(N_ITEMS, 12)).astype(np.float32) for _ in range(2))
    return EmbeddingScorer(source, target, draw.normal(size=N_ITEMS).astype(np.float32), cosine, 0.5, 1.0, 4.0)


@pytest.fixture(scope="module")
def filter_bundle() -> Bundle:
    """A graph-filter of the made-up data."""
    bundle = train(made_up_data(), rg.GraphFilter(choose=False)).bundle
    series = tuple(f"Series {row % 7}" if row % 3 else "" for row in range(len(bundle.items)))
    return dataclasses.replace(bundle, catalogue=dataclasses.replace(bundle.catalogue, series=series))


def head_bundle(bundle: Bundle) -> Scorer:
    """A graph-filter of the 40 most rated films, in the order of the ratings."""
    settings: dict[str, Any] = {"choose": False, "form": "head", "head_items": 40, "recency": 0.1}
    scorer: Scorer = rg.GraphFilter(**settings).fit(bundle.train_interactions()).scorer
    return scorer


SCORERS: dict[str, Callable[[Bundle], Scorer]] = {
    "graph-filter": lambda bundle: bundle.scorer,
    "head": head_bundle,
    "embedding": lambda bundle: embedding(True),
    "blend": lambda bundle: BlendScorer((bundle.scorer, embedding(False), embedding(True)), (0.6, 0.3, 0.1)),
}


@pytest.mark.parametrize("name", SCORERS)
def test_lists_and_reasons_are_those_of_python(chromium: Any, filter_bundle: Bundle, tmp_path: Path, name: str) -> None:
    bundle = dataclasses.replace(filter_bundle, scorer=SCORERS[name](filter_bundle))
    export = export_page(bundle, tmp_path / "film.html", measure=False)
    people = made_up_people(bundle, 100)
    with opened(chromium, export.path) as watched:
        for order in ("liked", "watch"):
            compare(watched, bundle, export.model.scorer, people, order)


def with_similar_weight(scorer: Scorer, weight: float) -> Scorer:
    """The scorer in which ratings of similar movies count so much in the stars."""
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([with_similar_weight(part, weight) for part in scorer.parts])
    return dataclasses.replace(scorer, similar_weight=weight) if isinstance(scorer, BayesScorer) else scorer


@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_stars_and_the_order_that_weighs_them_are_those_of_python(
    chromium: Any, page_bundle: Path, tmp_path: Path, weight: float
) -> None:
    bundle = Bundle.load(page_bundle)
    bundle = dataclasses.replace(bundle, scorer=with_similar_weight(bundle.scorer, weight))
    export = export_page(bundle, tmp_path / "film.html", draws=6, measure=False)
    assert export.model.names == ("graph-filter", "stars")
    assert export.model.left_out == {"draws": "14 of 20 draws of the stars"}
    people, ids = made_up_people(bundle, 100), bundle.items.ids
    recommender = rg.Recommender(dataclasses.replace(bundle, scorer=export.model.scorer))
    with opened(chromium, export.path) as watched:
        compare(watched, bundle, export.model.scorer, people, "liked", tolerance=1e-4)
        compare(watched, bundle, export.model.scorer, people[:20], "watch")
        for person in people[:20]:
            rows = [row for row in range(N_ITEMS) if row not in person.ratings][:20]
            call = "engine.stars.rate(engine.history(new Map(a[0]), []), a[1])"
            found = watched.engine(call, list(person.ratings.items()), rows)
            expected = recommender.predict({int(ids[row]): s for row, s in person.ratings.items()}, ids[rows].tolist())
            for rating, one in zip(found, expected, strict=True):
                assert abs(rating["stars"] - one.stars) < 1e-4
                assert (rating["low"], rating["high"]) == (one.low, one.high)
                assert abs(sum(rating["chances"]) - 1.0) < 1e-9


def test_parts_are_left_out_as_asked_and_said(page_bundle: Path, tmp_path: Path) -> None:
    bundle = Bundle.load(page_bundle)
    export = export_page(bundle, tmp_path / "film.html", without=["stars"])
    assert export.model.names == ("graph-filter",)
    assert any(sentence == "Without stars, which the bundle has." for sentence in export.sentences)
    assert all(
        sentence in export.path.read_text(encoding="utf-8") for sentence in export.sentences if "'" not in sentence
    )
    assert export.loss is not None
    assert (export.loss.difference.low, export.loss.difference.high) != (0.0, 0.0) or export.loss.difference.mean == 0.0


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_page_is_fit_for_all(
    chromium: Any, filter_bundle: Bundle, tmp_path: Path, device: str, scheme: str
) -> None:
    path = export_page(filter_bundle, tmp_path / "film.html").path
    with opened(chromium, path, device, scheme) as watched:
        page = watched.page
        found = _violations(page)
        for place in (0, 2, 4):
            page.locator(".love").nth(place).click()
        if device == "phone":
            page.locator("#filters summary").click()
        page.locator(".pick .link").first.click()
        page.fill("#search", "story")
        page.wait_for_selector("#found li")
        found += _violations(page)
        assert found == []
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0


def test_search_by_people_and_by_titles_in_the_persons_language(
    chromium: Any, filter_bundle: Bundle, tmp_path: Path
) -> None:
    n, rest = len(filter_bundle.items), ((),) * (len(filter_bundle.items) - 3)
    catalogue = dataclasses.replace(
        filter_bundle.catalogue,
        people=(("Ágnes Varró", "Bo Li"), ("Agnes Varro",), (), *rest),
        translated_titles=((), ("Über Umwege", "Par détours"), (), *rest),
        title_languages=((), ("de", "fr"), (), *rest),
        languages=((), (), ("it",), *rest),
        original_title=("", "", "Vita lontana", *[""] * (n - 3)),
    )
    path = export_page(
        dataclasses.replace(filter_bundle, catalogue=catalogue), tmp_path / "film.html", measure=False
    ).path
    counts = filter_bundle.item_statistics.counts
    both = sorted([0, 1], key=lambda row: (-counts[row], row))
    german = "Object.defineProperty(navigator, 'language', { get: () => 'de-AT' });"
    with opened(chromium, path, script=german) as watched:
        found = {
            query: watched.engine("engine.search(a[0], 5)", query)
            for query in ("agnes varro", "varo agnes", "bo li", "uber umwege", "par detours", "vita lontana", "nobody")
        }
        assert found == {
            "agnes varro": both, "varo agnes": both, "bo li": [0], "uber umwege": [1], "par detours": [1],
            "vita lontana": [2], "nobody": [],
        }  # fmt: skip
        own = str(catalogue.title[2])
        assert watched.engine("[1, 2].map((row) => engine.films[row].name)") == ["Über Umwege", display_title(own)]


def _violations(page: Any) -> list[str]:
    violations = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in violations for node in rule["nodes"]]


def test_ratings_are_kept_changed_downloaded_and_forgotten(
    chromium: Any, filter_bundle: Bundle, tmp_path: Path
) -> None:
    path = export_page(filter_bundle, tmp_path / "film.html", title="Films <of> ours").path
    with opened(chromium, path) as watched:
        page = watched.page
        assert page.title() == "Films <of> ours"
        page.fill("#search", "space story 2")
        page.keyboard.press("Enter")
        page.locator("dialog[open] button[data-rating='4.5']").click()
        assert page.locator("#rated li").count() == 1
        assert (
            page.locator("#picks .because").first.text_content().startswith("Because you gave Space Story 2 4.5 stars")
        )
        assert page.locator("#kept").text_content().startswith("1 rating. Kept in this browser")
        with page.expect_download() as download:
            page.locator("#download").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        imported = rg.import_export(Path(download.value.path()).rename(tmp_path / "mine.csv"), filter_bundle.catalogue)
        assert dict(imported.ratings) == {102: 4.5}, text
        page.reload()
        page.wait_for_selector("#rated li")
        (tmp_path / "brought.csv").write_text(text.replace(",4.5,", ",1.5,") + "103,Love Story 3,1963,,,2020-01-02\n")
        page.set_input_files("#export", tmp_path / "brought.csv")  # what was downloaded, changed by hand
        page.wait_for_selector("#report:not([hidden])")
        assert page.locator("#report .summary").text_content().startswith("1 rating, 1 film seen. 2 films matched")
        assert page.locator("#rated .stars [aria-pressed='true']").get_attribute("data-rating") == "1.5"
        page.locator("#rated .tool").click()
        assert page.locator("#rated li").count() == 0
        page.locator(".toast button").click()
        page.locator("#forget").click()
        page.locator("#confirm button[value='yes']").click()
        assert page.locator("#mine").is_hidden()
        assert page.evaluate("JSON.stringify(Object.values(localStorage))") == "[]"
        watched.requests.pop()  # of the reload


def test_a_browser_that_keeps_nothing_is_said_to(chromium: Any, filter_bundle: Bundle, tmp_path: Path) -> None:
    path = export_page(filter_bundle, tmp_path / "film.html").path
    refuse = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    with opened(chromium, path, script=refuse) as watched:
        watched.page.locator(".love").first.click()
        assert "This browser keeps nothing" in watched.page.locator("#kept").text_content()
        assert watched.page.locator(".pick .because b").count()


def test_an_export_is_dropped_and_what_is_doubtful_is_asked(
    chromium: Any, filter_bundle: Bundle, tmp_path: Path
) -> None:
    head = "Date,Name,Year,Letterboxd URI,Rating\n"
    rows = (
        "2024-01-02,Space Story 2,1962,u2,5\n2024-01-02,Love Story 3,1964,u3,1\n2024-01-02,Space Storey 4,1964,u4,4\n"
    )
    (tmp_path / "ratings.csv").write_text(f"{head}{rows}2024-01-03,Unheard Of,1990,u9,4\n")
    path = export_page(filter_bundle, tmp_path / "film.html").path
    with opened(chromium, path) as watched:
        page = watched.page
        page.set_input_files("#export", tmp_path / "ratings.csv")
        page.wait_for_selector("#report:not([hidden])")
        imported = rg.import_export(tmp_path / "ratings.csv", filter_bundle.catalogue)
        counts = [len(imported.with_status(status)) for status in ("matched", "doubtful", "missing")]
        assert (
            "{} films matched, {} doubtful, {} not".format(*counts) in page.locator("#report .summary").text_content()
        )
        assert page.locator("#rated li").count() == len(imported.ratings)
        n_asked = page.locator(".doubts > li").count()
        assert n_asked == counts[1] > 0
        page.locator(".doubts .quiet").first.click()
        assert page.locator("#rated li").count() == len(imported.ratings) + 1
        assert page.locator(".doubts > li").count() == n_asked - 1
        page.set_input_files("#export", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
        wait_until(page, "document.getElementById('reading').textContent.includes('expected a Letterboxd zip')")


def test_a_static_site_can_be_installed_and_starts_without_a_connection(
    chromium: Any, filter_bundle: Bundle, tmp_path: Path
) -> None:
    export_site(filter_bundle, tmp_path / "below" / "films", measure=False)
    handler = functools.partial(SilentHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        page, wrong, asked, failed = context.new_page(), [], [], []
        page.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
        context.on("request", lambda request: asked.append(request.url))
        address = f"http://127.0.0.1:{server.server_port}/below/films/"
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        session = context.new_cdp_session(page)
        assert session.send("Page.getAppManifest")["errors"] == []
        errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert {error["errorId"] for error in errors} <= {"in-incognito"}
        assert all(url.startswith((address, "blob:")) for url in asked)
        page.goto("about:blank")  # nothing of the page is on its way when the server stops
        assert wrong == []
        server.shutdown()
        server.server_close()
        context.on("requestfailed", lambda request: failed.append(request.url))
        page.goto(f"{address}?start=again")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.locator(".love").first.click()
        assert page.locator(".pick .because b").count()
        context.close()
    assert failed == []
    assert [text for text in wrong if "net::ERR_" not in text] == []  # the look for a newer worker finds no server


class SilentHandler(SimpleHTTPRequestHandler):
    """Serves a folder and logs nothing."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_filters_dials_and_hidden_films(chromium: Any, filter_bundle: Bundle, tmp_path: Path) -> None:
    path = export_page(filter_bundle, tmp_path / "film.html").path
    with opened(chromium, path) as watched:
        page = watched.page
        page.locator(".love").nth(1).click()
        rows = "[...document.querySelectorAll('.pick')].map((card) => Number(card.dataset.row))"
        before = page.evaluate(rows)
        page.locator(".pick .stars button[tabindex='0']").nth(1).focus()
        page.keyboard.press(
            "Shift+Digit4"
        )  # a rating by keyboard: the list is drawn anew, and the focus stays in its place
        assert page.evaluate(f"reelgraph.person.ratings.get({before[1]}).stars") == 3.5
        place = "[...document.querySelectorAll('.pick')].findIndex((card) => card.contains(document.activeElement))"
        assert page.evaluate(place) == 1
        page.locator(".toast button").click()
        page.locator(".pick .tool[title='Not interested']").first.click()
        assert page.evaluate(rows) == [*before[1:], page.evaluate(rows)[-1]]
        page.locator(".chip", has_text="Romance").click()
        assert {row % 2 for row in page.evaluate(rows)} == {1}
        page.locator(".chip", has_text="Romance").click()
        assert {row % 2 for row in page.evaluate(rows)} == {0}
        page.fill("#year-from", "2000")
        years = filter_bundle.catalogue.year[page.evaluate(rows)]
        assert years.min() >= 2000
        page.locator("#filter-form button[type=reset]").click()
        wait_until(page, "document.getElementById('active').hidden")
        page.locator("#niche").fill("1")
        popular = rg.Recommender(filter_bundle).recommend(
            {int(filter_bundle.items.ids[page.evaluate("[...reelgraph.person.ratings.keys()][0]")]): 5.0},
            13, rg.Filters(exclude=[int(filter_bundle.items.ids[before[0]])]), niche=1.0,
        )  # fmt: skip
        assert [int(filter_bundle.items.ids[row]) for row in page.evaluate(rows)] == [line.item_id for line in popular][
            :12
        ]
