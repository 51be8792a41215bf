"""Movies that the bundle does not have: ratings of them are kept, and they can be added; half stars come back."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelgraph.core import RatingScale
from reelgraph.importers import import_export
from reelgraph.recommend import Filters
from reelgraph.serve.state import added_items
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.stored_items import StoredItems
from reelgraph.store import StoreCounts
from tests.service.conftest import Running, small

Start = Callable[..., Running]
DUNE = {"item_id": "900", "title": "Dune (2021)", "year": 2021, "genres": ["Sci-Fi"]}


def answer(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def search(service: Running, query: str, **params: int) -> tuple[list[str], int, bool]:
    page = answer(service.http.get("/api/items", params={"q": query, **params}))
    return [item["item_id"] for item in page["items"]], page["total"], page["near"]


def test_a_rating_of_a_movie_that_the_bundle_lacks_is_kept(service: Running) -> None:
    ratings = [
        {"user_id": "ann", "item_id": "900", "stars": 5.0}, {"user_id": "ann", "item_id": "30", "stars": 4.5},
        {"user_id": "bo", "item_id": "900", "stars": 1.0}, {"user_id": "bo", "item_id": "tt7"},
    ]  # fmt: skip
    body = answer(service.http.post("/api/ratings", json=ratings))
    assert body == {"kept": 4, "kept_for_later": ["900", "tt7"]}
    person = answer(service.http.get("/api/users/ann"))
    assert {item: rating["stars"] for item, rating in person["ratings"].items()} == {"900": 5.0, "30": 4.5}
    assert answer(service.http.get("/api/users/bo"))["seen"] == ["tt7"]
    # The list is made from the rating that the bundle knows.
    assert service.list_of(service.http.get("/api/recommend/ann", params={"n": 2})) == ["10", "20"]
    exported = next(iter(service.store.ratings_in_chunks()))
    assert sorted(exported["item_id"].to_list()) == ["30", "900", "900"]
    # Nothing of it is left when the person is.
    assert answer(service.http.delete("/api/users/ann"))["ratings"] == 2
    assert service.http.get("/api/users/ann").status_code == 404
    assert [rows["item_id"].to_list() for rows in service.store.ratings_in_chunks()] == [["900"]]


def test_an_added_movie_is_found_at_once_and_marked(service: Running) -> None:
    before = service.http.get("/api/items", params={"q": "dune"})
    assert answer(service.http.post("/api/items", json=[DUNE])) == {"added": 1, "replaced": 0, "in_model": []}
    after = service.http.get("/api/items", params={"q": "dune"}, headers={"If-None-Match": before.headers["etag"]})
    (found,) = answer(after)["items"]
    assert found == {
        "item_id": "900", "title": "Dune (2021)", "year": 2021, "genres": ["Sci-Fi"], "viewers": 0, "runtime": 0,
        "imdb_id": "", "tmdb_id": 0, "people": [], "tags": [], "in_model": False, "title_local": None,
    }  # fmt: skip
    alone = answer(service.http.get("/api/items/900"))
    assert {name: alone[name] for name in found} == found
    assert not any(alone[name] for name in alone.keys() - found.keys())  # no details are known
    assert answer(service.http.get("/api/items/10"))["in_model"] is True
    assert service.http.get("/api/items/901").status_code == 404
    assert answer(service.http.put("/api/users/ann/watchlist/900")) == {"changed": True}
    assert service.http.put("/api/users/ann/watchlist/901").status_code == 404
    answer(service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "900", "stars": 4}]))
    assert answer(service.http.get("/api/users/ann/ratings"))["ratings"][0]["title"] == "Dune (2021)"
    assert "900" not in service.list_of(service.http.get("/api/recommend/ann"))


def test_added_movies_come_after_those_of_the_bundle(service: Running) -> None:
    movies = [DUNE, {"item_id": "901", "title": "Heat 2"}, {"item_id": "902", "title": "Heat 3"}]
    assert answer(service.http.post("/api/items", json=movies))["added"] == 3
    assert search(service, "heat") == (["10", "60", "901", "902"], 4, False)
    assert search(service, "heat", n=2, offset=1) == (["60", "901"], 4, False)
    assert search(service, "heat", n=2, offset=3) == (["902"], 4, False)
    assert search(service, "", n=2, offset=7) == (["80", "900"], 11, False)
    assert search(service, "dune") == (["900"], 1, False)  # and no guess among the others
    assert search(service, "matrix") == (["20"], 1, False)


def test_a_movie_of_the_bundle_stays_and_an_added_one_is_replaced(service: Running) -> None:
    answer(service.http.post("/api/items", json=[DUNE]))
    again = [DUNE | {"title": "Dune: Part One (2021)"}, {"item_id": "10", "title": "Not Heat"}]
    assert answer(service.http.post("/api/items", json=again)) == {"added": 0, "replaced": 1, "in_model": ["10"]}
    assert answer(service.http.get("/api/items/900"))["title"] == "Dune: Part One (2021)"
    assert answer(service.http.get("/api/items/10"))["title"] == "Heat (1995)"
    assert service.store.counts() == StoreCounts(0, 0, 0, 0, 0, items=1)


def test_added_movies_are_those_of_the_key_and_bounded(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.serve.api.routes.items.MAX_OF_CLIENT", 2)
    service = start()
    keys = [service.store.add_key(name, ["write"]) for name in ("shop", "other")]

    def add(key: str, *ids: str) -> Any:
        return service.http.post(
            "/api/items", json=[{"item_id": item, "title": "A"} for item in ids], headers={"X-API-Key": key}
        )

    assert answer(add(keys[0], "900", "901"))["added"] == 2
    assert answer(add(keys[0], "902"), 409)["detail"] == "items: at most 2 movies can be added with one key"
    assert answer(add(keys[1], "902"))["added"] == 1
    stored_keys = service.store.keys()
    name_of = {key.id: key.name for key in stored_keys}
    assert [name_of[item.client] for item in service.store.added_items()] == ["shop", "shop", "other"]
    assert added_items.MAX_ADDED_ITEMS >= added_items.MAX_OF_CLIENT


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"item_id": "900"}, {"item_id": "900", "title": ""}, {"item_id": "900", "title": "x" * 501},
        {"item_id": "", "title": "A"}, DUNE | {"year": -1}, DUNE | {"genres": "Sci-Fi"}, DUNE | {"more": 1},
        DUNE | {"title": "A\u0000"}, DUNE | {"item_id": "a/b"}, DUNE | {"item_id": ".."},
    ],
)  # fmt: skip
def test_movies_that_are_none_are_refused_all_together(service: Running, wrong: dict[str, Any]) -> None:
    assert answer(service.http.post("/api/items", json=[DUNE, wrong]), 422)["error"] == "invalid"
    assert service.store.added_items() == []


def test_a_movie_given_twice_is_refused(service: Running) -> None:
    refused = answer(service.http.post("/api/items", json=[DUNE, DUNE | {"title": "Dune: Part One"}]), 409)
    assert refused["detail"] == f"items: the movie {DUNE['item_id']} is given twice"
    assert service.store.added_items() == []


def test_a_title_is_kept_without_what_no_reader_sees(service: Running) -> None:
    answer(service.http.post("/api/items", json=[DUNE | {"title": " Dune\u202e (2021)\u200b"}]))
    assert [item.title for item in service.store.added_items()] == ["Dune (2021)"]
    assert answer(service.http.post("/api/items", json=[DUNE | {"title": "\u200b\u202e"}]), 422)["error"] == "invalid"


def test_the_movies_of_an_import_can_be_posted(service: Running) -> None:
    dataclasses.replace(small(), scale=RatingScale(1.0, 5.0, 1.0)).save(service.settings.bundle)  # whole stars
    assert service.bundles.reload()
    export = b"Name,Year,Rating\nHeat,1995,4.5\nAm\xc3\xa9lie,2001,2.5\n"
    imported = answer(service.http.post("/api/import", files={"file": ("ratings.csv", io.BytesIO(export))}))
    assert imported["ratings"] == {"10": 4.5, "40": 2.5}
    posted = [{"user_id": "ann", "item_id": item, "stars": stars} for item, stars in imported["ratings"].items()]
    assert answer(service.http.post("/api/ratings", json=posted)) == {"kept": 2, "kept_for_later": []}
    from_store = service.list_of(service.http.get("/api/recommend/ann"))
    session = service.http.post("/api/session/recommend", json={"ratings": imported["ratings"]})
    assert from_store == service.list_of(session)


def test_added_movies_are_in_lists_and_imports_after_a_reload(service: Running, tmp_path: Path) -> None:
    stored = StoredItems(service.store)
    holder = BundleHolder(service.settings.bundle, lambda loaded: None, stored_items=stored)
    assert not holder.reload()
    first = holder.current
    answer(
        service.http.post("/api/items", json=[DUNE | {"genres": ["Action"]}, {"item_id": "text", "title": "No number"}])
    )
    assert holder.reload()
    second = holder.current
    assert second.digest != first.digest
    assert second.manifest_digest == first.manifest_digest
    assert not holder.reload()
    row = second.item_row("900")
    assert not second.is_in_model(row)
    assert second.is_in_model(row - 1)
    assert "text" not in second.item_rows  # the ids of the bundle are numbers
    person = {int(second.item_ids[0]): 5.0}
    (line,) = second.recommender.recommend(person, k=1, filters=Filters(year_from=2021))
    assert (line.item_id, line.new) == (900, True)
    export = tmp_path / "export.csv"
    export.write_text("Title,Year,Rating\nDune,2021,5\nHeat,1995,4\n")
    assert import_export(export, second.bundle.catalogue).ratings == {900: 5.0, 10: 4.0}
    # A better description takes the place of the first one.
    answer(service.http.post("/api/items", json=[DUNE | {"title": "Dune: Part One (2021)"}]))
    assert holder.reload()
    assert holder.current.bundle.catalogue.title[row] == "Dune: Part One (2021)"


def test_an_added_movie_that_an_update_put_into_the_bundle_is_still_replaced(service: Running) -> None:
    answer(service.http.post("/api/items", json=[DUNE]))
    bundle, _ = StoredItems(service.store).added_to(small(), "")
    bundle.save(service.settings.bundle)  # as `store update` does
    holder = BundleHolder(service.settings.bundle, lambda loaded: None, stored_items=StoredItems(service.store))
    assert service.bundles.reload()
    posted = [DUNE | {"title": "Dune: Part One (2021)"}, {"item_id": "10", "title": "Not Heat"}]
    assert answer(service.http.post("/api/items", json=posted)) == {"added": 0, "replaced": 1, "in_model": ["10"]}
    assert holder.reload()
    titles = holder.current.bundle.catalogue.title.tolist()
    assert ("Dune: Part One (2021)" in titles, "Dune (2021)" in titles, "Not Heat" in titles) == (True, False, False)
