"""People, stories, languages and the operator's own posters: on the page of a film, in search and in filters."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reelgraph.recommend import Filters, Recommender, catalogue_values, story_similarity
from reelgraph.serve import ServeSettings
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.warm_up import warm_up
from reelgraph.serve.web.posters.local import LocalPosters
from tests.service.conftest import Running, new_store, running, small
from tests.service.test_page import rate

JPEG, PNG = b"\xff\xd8\xff a picture", b"\x89PNG\r\n\x1a\n a picture"


def details(**of_first: object) -> dict[str, tuple[object, ...]]:
    unknown = {str: "", tuple: ()}
    return {name: (value, *[unknown[type(value)]] * 7) for name, value in of_first.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("details")
    posters = folder / "posters"
    posters.mkdir()
    (posters / "tt0113277.jpg").write_bytes(JPEG)
    plain = small()
    catalogue = dataclasses.replace(
        plain.catalogue,
        imdb_id=plain.catalogue.item_id.astype(str).astype("<U9"),
        **details(
            directors=("Michael Mann",), cast=("Al Pacino", "<b>Nobody</b>"), people=("Michael Mann", "Al Pacino"),
            overview="A thief & a detective.", languages=("en",), countries=("US",), series="Heat of L.A.",
            original_title="Heat!", translated_titles=("Fuego contra fuego",), title_languages=("es",),
        ),
    )  # fmt: skip
    directors = ("Michael Mann",), ("Michael Mann", "Nobody Else"), (), ("Michael Mann",), *((),) * 4
    catalogue = dataclasses.replace(catalogue, directors=directors)
    ids = catalogue.imdb_id.copy()
    ids[0] = "tt0113277"
    overview = (catalogue.overview[0], "", "Another thief.", "Nothing alike.", "", "", "", "")
    catalogue = dataclasses.replace(catalogue, imdb_id=ids, overview=overview, series=("Heat of L.A.",) * 2 + ("",) * 6)
    bundle = dataclasses.replace(plain, catalogue=catalogue).save(folder / "bundle")
    settings = ServeSettings(bundle, "unused", port=0, rate=0.0, watch_seconds=0.0, open=True, posters=posters)
    with contextlib.closing(new_store(folder / "people.db")) as store, running(settings, store) as service:
        yield service


def test_the_page_of_a_film_says_what_one_decides_by(page: Running) -> None:
    html = page.http.get("/film/10").text
    for text in ("A thief &amp; a detective.", "Directed by", "Al Pacino", "English", "United States", "Heat of L.A."):
        assert text in html
    assert "Original title: Heat!" in html
    assert 'href="/?words=directed%20by%20Michael%20Mann"' in html
    assert "<b>Nobody" not in html
    assert "More by Michael Mann" in html
    assert 'href="/film/20"' in html.split("More by Michael Mann")[1].split("</section>")[0]
    other = page.http.get("/film/20").text
    assert ("More by Michael Mann" in other, "More by Nobody Else" in other, "Original title" in other) == (
        True,
        False,
        False,
    )
    assert "Directed by" not in page.http.get("/film/30").text
    assert "Vereinigte Staaten" in page.http.get("/film/10", headers={"Accept-Language": "de"}).text


def test_search_and_filters_use_them(page: Running) -> None:
    def found(query: str) -> list[str]:
        return page.list_of(page.http.get("/api/items", params={"q": query}))

    assert (found("pacino"), found("fuego contra"), found("al pacinno")) == (["10"], ["10"], ["10"])
    wanted = {"director": ["michael mann"], "film_language": ["English"], "country": ["us"], "cast": ["Al Pacino"]}
    answer = page.http.post("/api/session/recommend", json={"ratings": {"20": 5}, **wanted})
    assert page.list_of(answer) == ["10"]
    for body in ({"director": ["Michael Man"]}, {"film_language": ["fr"]}, {"country": ["x" * 201]}):
        assert page.http.post("/api/session/recommend", json={"ratings": {"20": 5}, **body}).status_code in (409, 422)
    words = page.http.post("/api/session/recommend", json={"ratings": {"20": 5}, "words": "with Al Pacino"})
    assert page.list_of(words) == ["10"]


def test_where_nothing_fits_it_is_said_what_to_loosen(page: Running) -> None:
    body = {"ratings": {"20": 5}, "director": ["Nobody Else"]}
    answer = page.http.post("/api/session/recommend", json=body).json()
    assert answer["items"] == []
    assert answer["note"].startswith("no movie fits directors Nobody Else: ")
    assert answer["note"].endswith(" without the directors, 1 with those seen")
    note = page.http.get("/api/me/picks", params={"director": "Nobody Else", "year_to": 1901}).json()["note"]
    assert note.startswith("No film fits these filters.")
    alone = page.http.get("/api/items/40/similar?by=story").json()
    assert (alone["items"], "in common with" in alone["note"]) == ([], True)
    assert "No other film has words, keywords or genres in common" in page.http.get("/film/40").text
    assert "No other film has words" not in page.http.get("/film/10").text
    assert "No other film has words" not in page.http.get("/film/50").text  # of which no story is known


def test_one_film_of_a_series_is_listed_at_a_time(page: Running) -> None:
    def listed(ratings: dict[str, float], **more: object) -> list[str]:
        return page.list_of(page.http.post("/api/session/recommend", json={"ratings": ratings, "n": 3, **more}))

    assert listed({"30": 5}) == ["10", "40", "50"]
    assert listed({"30": 5}, whole_series=True) == ["10", "20", "40"]
    assert listed({"10": 5}) == ["20", "30", "40"]
    assert listed({"30": 5}, not_interested=["10"]) == ["40", "50", "60"]


def test_titles_are_in_the_language_that_is_asked_for(page: Running) -> None:
    spanish = {"Accept-Language": "es"}
    assert "<h1>Fuego contra fuego" in page.http.get("/film/10", headers=spanish).text
    assert "<h1>Heat" in page.http.get("/film/10", headers={"Accept-Language": "de"}).text
    picks = page.http.get("/api/me/picks", params={"n": 1, "cast": "Al Pacino"}, headers=spanish).json()
    assert picks["items"][0]["film"]["title"] == "Fuego contra fuego"
    ask = {"ratings": {"30": 5}, "n": 2, "whole_series": True}
    lines = page.http.post("/api/session/recommend", json=ask).json()["items"]
    assert [line["title_local"] for line in lines] == [None] * 2
    lines = page.http.post("/api/session/recommend", json={**ask, "lang": "es"}).json()["items"]
    assert [(line["title"], line["title_local"]) for line in lines] == [
        ("Heat (1995)", "Fuego contra fuego"), ("Matrix, The (1999)", None),
    ]  # fmt: skip
    for path in ("/api/items?q=heat&lang=es&n=1", "/api/popular?lang=es", "/api/items/20/similar?lang=es"):
        items = {line["item_id"]: line["title_local"] for line in page.http.get(path).json()["items"]}
        assert items["10"] == "Fuego contra fuego"
    assert page.http.get("/api/items/10?lang=es").json()["title_local"] == "Fuego contra fuego"
    assert page.http.get("/api/items/10?lang=español").status_code == 422


def test_reasons_are_summed_up_by_what_the_films_share(page: Running) -> None:
    answer = page.http.post(
        "/api/session/explain", json={"ratings": {"20": 5, "40": 4.5, "30": 4}, "item_id": "10"}
    ).json()
    share_of = {reason["item_id"]: reason["share"] for reason in answer["reasons"]}
    (group,) = answer["shared"]
    assert (group["kind"], group["name"], group["label"], group["count"]) == (
        "director", "Michael Mann", "movies by Michael Mann", 2,
    )  # fmt: skip
    assert {movie["item_id"]: movie["share"] for movie in group["movies"]} == {id: share_of[id] for id in ("20", "40")}
    assert group["share"] == share_of["20"] + share_of["40"] > 0
    page.http.get("/")
    for item in ("20", "40"):
        rate(page, item)
    why = page.http.get("/api/me/explain/10", headers={"Accept-Language": "de"}).json()
    assert why["shared_title"].endswith("in jeder Gruppe")
    (bar,) = why["shared"]
    head, films = bar["label"].split(": ")
    assert (head, bar["share"] > 0) == ("2 Filme von Michael Mann", True)
    assert set(films.split(" und ")) == {"The Matrix", page.http.get("/api/items/40").json()["title"].split(" (")[0]}


def test_movies_of_a_similar_story(page: Running) -> None:
    stories = page.http.get("/api/items/10/similar", params={"by": "story"})
    assert (page.list_of(stories), stories.json()["answered_by"]) == (["30"], "story")
    assert page.http.get("/api/items/50/similar", params={"by": "story"}).status_code == 409
    assert page.http.get("/api/items/40/similar", params={"by": "plot"}).status_code == 422
    assert [" by its story" in page.http.get(f"/film/{item}").text for item in (10, 50)] == [True, False]


def test_one_movie_has_all_that_is_known_of_it(page: Running) -> None:
    known, unknown = page.http.get("/api/items/10").json(), page.http.get("/api/items/20").json()
    assert (known["directors"], known["languages"], known["countries"]) == (["Michael Mann"], ["en"], ["US"])
    assert (known["titles"], known["overview"]) == (["Fuego contra fuego"], "A thief & a detective.")
    assert (unknown["cast"], unknown["overview"], unknown["title"]) == ([], "", "Matrix, The (1999)")


def test_the_first_page_has_filters_of_what_the_catalogue_has(page: Running) -> None:
    html = page.http.get("/").text
    assert all(f'data-detail="{name}"' in html for name in ("director", "cast", "film_language", "country"))
    assert '<option value="US">United States</option>' in html
    assert 'data-detail="runtime_to"' not in html  # no length is known
    assert '<select data-detail="whole_series"><option value="">The next film</option><option value="true">' in html
    for asked, films in (("", ["10", "30", "50"]), ("&whole_series=true", ["10", "20", "30"])):  # of a new visitor
        listed = httpx.get(f"{page.http.base_url}/api/me/picks?n=3{asked}").json()["items"]
        assert [pick["film"]["id"] for pick in listed] == films
    picks = page.http.get("/api/me/picks", params={"n": 5, "director": "Michael Mann", "country": "US"}).json()
    assert [pick["film"]["id"] for pick in picks["items"]] == ["10"]


def test_posters_of_the_operator_are_shown_first(page: Running) -> None:
    own, drawn = page.http.get("/poster/10"), page.http.get("/poster/20")
    assert (own.content, own.headers["content-type"]) == (JPEG, "image/jpeg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert page.http.get("/poster/..%2Fpeople.db").status_code == 404


def test_only_small_pictures_of_the_folder_itself_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "posters"
    posters = LocalPosters(folder)
    assert posters.get("tt0113277", 949) is None
    folder.mkdir()
    (tmp_path / "secret").write_bytes(JPEG)
    (folder / "tt0000001.jpg").symlink_to(tmp_path / "secret")
    (folder / "tt0000002.jpg").write_bytes(b"<svg/>")
    (folder / "tt0000003.jpg").write_bytes(JPEG + b"x" * 2**21)
    (folder / "949.png").write_bytes(PNG)
    assert posters.get("tt0113277", 949) == (PNG, "image/png")
    for name in ("tt0000001", "tt0000002", "tt0000003", "../secret", ""):
        assert posters.get(name, 0) is None
    changed_at = folder.stat().st_mtime_ns
    for name, target in (("949.png", tmp_path / "secret"), ("tt0000002.jpg", folder / "949.png")):
        (folder / name).unlink()
        (folder / name).symlink_to(target)
    (folder / "tt0000003.jpg").unlink()
    os.mkfifo(folder / "tt0000003.jpg")
    os.utime(folder, ns=(changed_at, changed_at))  # the listing of before counts
    assert [posters.get("", 949), posters.get("tt0000002", 0), posters.get("tt0000003", 0)] == [None] * 3


def test_what_questions_need_is_computed_before_the_first_one(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = LoadedBundle(Recommender(page.bundles.current.bundle), "digest")
    warm_up(loaded)
    recommender = loaded.recommender

    def fail(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(story_similarity, "_terms", fail)
    monkeypatch.setattr(catalogue_values, "country_code", fail)
    assert [line.item_id for line in recommender.similar(10, by="story")] == [30]
    for words in ({"cast": ["al pacino"]}, {"directors": ["michael mann"], "people": ["AL PACINO"]}):
        listed = recommender.recommend({30: 5.0}, filters=Filters(**words))  # type: ignore[arg-type]
        assert [line.item_id for line in listed] == [10]
