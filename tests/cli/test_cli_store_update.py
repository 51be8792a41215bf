"""``reelgraph store update``: what people rated since, added to the bundle in use, behind the gate of ``retrain``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock, Timeout

from reelgraph.bundle import Bundle, read_manifest
from reelgraph.cli import store_update
from reelgraph.serve.state.stored_items import StoredItems
from reelgraph.store import AddedItem, NewRating, open_store
from tests.cli.test_cli_retrain import DAY, N_ITEMS, N_PEOPLE, rate, records, write_data


@pytest.fixture
def update(shell: Callable[..., Any], sqlite_file: Path, tmp_path: Path) -> Callable[..., Any]:
    """A bundle of `write_data` in use, a store, and what updates the one with the other."""
    data = write_data(tmp_path / "data")
    (tmp_path / "people.db").write_bytes(sqlite_file.read_bytes())
    assert shell("train", data, "--model", "popularity", "--out", tmp_path / "current").code == 0

    def run(*words: object) -> Any:
        return shell("store", "update", tmp_path / "people.db", tmp_path / "current", *words)

    return run


def put(path: Path, *rows: tuple[str, int, float], at: int | None = None) -> None:
    """Ratings ``(person, movie, stars)`` of ten days ago, or with the time ``at``."""
    ago = int(time.time()) - 10 * DAY
    store = open_store(path, now=lambda: ago)
    store.rate([NewRating(user, str(item), stars, ago if at is None else at) for user, item, stars in rows])
    store.close()


def counts_of(path: Path) -> np.ndarray:
    bundle = Bundle.load(path)
    return np.bincount(bundle.history.indices, minlength=len(bundle.items))


def test_ratings_of_the_store_are_added_and_learnt_from(update: Callable[..., Any], tmp_path: Path) -> None:
    current, before = tmp_path / "current", Bundle.load(tmp_path / "current")
    rate(tmp_path / "people.db", ["ada", "7"], [38, 39])
    answer = update("--json")
    assert (answer.code, answer.value["outcome"]) == (0, "accepted")
    added = answer.value["update"]
    is_rated = before.history[[before.users.row(7)]].toarray()[0] > 0
    n_old = sum(bool(is_rated[before.items.row(film)]) for film in (38, 39))
    assert (added["ratings"], added["replaced"], added["users"], added["items"]) == (4 - n_old, n_old, 1, 0)
    after = Bundle.load(current)
    assert len(after.users) == N_PEOPLE + 1
    assert set(after.users.ids.tolist()) == {*(str(user) for user in range(1, N_PEOPLE + 1)), "ada"}
    ada = after.history[[after.users.row("ada")]]
    assert sorted(after.items.id(row) for row in ada.indices) == [38, 39]
    assert [part["exactly"] for part in added["parts"]] == [True]
    assert after.info["training"]["finished"] == before.info["training"]["finished"]  # an update is no fit
    again = update("--json")
    assert (again.code, again.value["outcome"]) == (0, "unchanged")
    assert read_manifest(current)["digest"] == answer.value["bundle"]
    assert [record["outcome"] for record in records(tmp_path)] == ["accepted", "unchanged"]
    assert "nothing is new" in update().out


def test_a_poisoned_update_is_refused_forced_and_rolled_back(
    shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"
    before = read_manifest(current)["digest"]
    rate(tmp_path / "people.db", (f"app-{user}" for user in range(400)), range(20, 32))
    answer = update()
    assert answer.code == 3
    assert "the new bundle is refused, the one in use stays: ndcg@10 0." in answer.err
    assert read_manifest(current)["digest"] == before
    forced = update("--force", "--json").value
    assert (forced["outcome"], forced["gate"]["people"]) == ("forced", N_PEOPLE)
    assert read_manifest(current)["digest"] == forced["bundle"] != before
    assert shell("store", "rollback", current, "--json").value["bundle"] == before


def test_guests_count_as_in_a_retraining(update: Callable[..., Any], tmp_path: Path) -> None:
    film = 40 - 1  # row of a movie that few rated
    n_before = counts_of(tmp_path / "current")[film]
    rate(tmp_path / "people.db", [f"guest-{user:02}" for user in range(90)], range(36, 41), days_ago=10)
    rate(tmp_path / "people.db", [f"guest-x{user:02}" for user in range(10)], range(36, 41))
    answer = update("--json")
    assert answer.value["guests"] == {
        "guests": 100, "waiting": 10, "waiting_ratings": 50, "held_over": 435, "movies": 5, "as_before": 0,
    }  # fmt: skip
    assert counts_of(tmp_path / "current")[film] == n_before + 3


def test_movies_added_to_the_service_and_movies_that_nobody_described(
    shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path
) -> None:
    data, current = tmp_path / "data", tmp_path / "current"
    words = ["--model", "graph-filter", "--set", "choose=false", "--keep-forgetting"]
    assert shell("train", data, *words, "--out", current).code == 0
    with_movie = open_store(tmp_path / "people.db")
    with_movie.add_items([AddedItem("new-film", "New Film", 2026, ("Drama",))], 10, 10)
    with_movie.close()
    rate(tmp_path / "people.db", ["ada"], [1, 2, 999])
    answer = update("--json", "--force")
    assert answer.code == 0
    assert answer.value["unknown"] == 1
    assert (answer.value["update"]["ratings"], answer.value["update"]["items"]) == (2, 1)
    bundle = Bundle.load(current)
    assert bundle.items.ids.tolist() == [*(str(film) for film in range(1, N_ITEMS + 1)), "new-film"]
    assert bundle.catalogue.title[-1] == "New Film"
    assert "1 of unknown movies left out: `store retrain` takes them" in update().err


def test_a_movie_that_is_posted_again_takes_the_newer_description(
    shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"

    def post(*items: AddedItem) -> None:
        store = open_store(tmp_path / "people.db")
        store.add_items(items, 10, 10)
        store.close()

    post(AddedItem("900001", "Brand New Film 2", 2024, ("Drama",)), AddedItem("900002", "Other", 2024, ("Drama",)))
    assert update("--json").value["update"]["items"] == 2
    first_title = Bundle.load(current).catalogue.title[0]
    post(AddedItem("900001", "Corrected title", 2025, ()), AddedItem("1", "Not the film", 2025, ()))
    # The service has it before the next update, whatever the bundle says.
    store = open_store(tmp_path / "people.db")
    served, digest = StoredItems(store).added_to(Bundle.load(current), "digest")
    store.close()
    assert (served.catalogue.title[-2], len(served.items)) == ("Corrected title", N_ITEMS + 2)
    assert digest != "digest"
    answer = update("--json", "--force")
    assert (answer.value["update"]["items"], answer.value["update"]["corrected"]) == (0, 1)
    bundle = Bundle.load(current)
    assert bundle.items.ids[-2:].tolist() == [900001, 900002]
    assert bundle.catalogue.title[[0, -2, -1]].tolist() == [first_title, "Corrected title", "Other"]
    assert bundle.catalogue.year[-2:].tolist() == [2025, 2024]
    assert bundle.catalogue.genres[-2:] == ((), ("Drama",))
    assert update("--json").value["outcome"] == "unchanged"
    store = open_store(tmp_path / "people.db")
    assert StoredItems(store).added_to(bundle, "digest") == (bundle, "digest")
    store.close()


def test_ids_that_become_text_are_told(shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path) -> None:
    store = open_store(tmp_path / "people.db")
    store.add_items([AddedItem("900001", "A number", 2026)], 10, 10)
    assert "text from now on" not in update().err
    store.add_items([AddedItem("tt123", "No number", 2026)], 10, 10)
    store.close()
    told = "the ids of all {} are text from now on, '1' in place of 1, for '{}' is not a number"
    printed = update().err
    assert told.format("movies", "tt123") in printed
    assert "ids of all people" not in printed
    assert Bundle.load(tmp_path / "current").items.ids[-1] == "tt123"
    rate(tmp_path / "people.db", ["ada"], [1, 2])
    printed = update("--force").err
    assert told.format("people", "ada") in printed
    assert "ids of all movies" not in printed
    assert "text from now on" not in update().err
    words = ["--model", "popularity", "--out", tmp_path / "other"]
    retrained = shell("store", "retrain", tmp_path / "people.db", tmp_path / "data", *words)
    assert retrained.code == 0, retrained.err
    assert told.format("people", "ada") in retrained.err
    assert told.format("movies", "tt123") in retrained.err


def test_a_bundle_without_people_is_refused(
    shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"
    Bundle.load(current).save(current, with_people=False)
    before = read_manifest(current)["digest"]
    rate(tmp_path / "people.db", ["ada"], [1])
    answer = update()
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "saved without people" in answer.err
    assert read_manifest(current)["digest"] == before


def test_every_rating_of_the_store_is_accounted_for(update: Callable[..., Any], tmp_path: Path) -> None:
    """Three a movie count: of four changed ratings of guests one stays as it was, of four new ones one waits."""
    path, words, guests = tmp_path / "people.db", ["--guest-ratings", "2", "--json", "--force"], list("0123")
    for some in (guests[:3], guests[3:]):
        put(path, *((f"guest-{guest}", film, 5.0) for guest in some for film in (36, 37)))
        assert update(*words).value["update"]["ratings"] == 2 * len(some)
    put(path, *((f"guest-{guest}", film, 1.0) for guest in guests for film in (36, 38)))
    put(path, ("guest-new", 1, 4.0), ("ada", 1, 6.0), ("ada", 2, 3.3), ("ada", 999, 4.0), ("ada", 4, 4.0))
    put(path, ("ada", 3, 4.0), at=1)
    value = update(*words).value
    assert [value[name] for name in ("in_store", "unknown", "rounded", "unscored")] == [18, 1, 1, 0]
    assert value["dropped"] == {"ratings off the scale": 1, "impossible timestamps": 1}
    assert value["guests"] == {
        "guests": 5, "waiting": 1, "waiting_ratings": 1, "held_over": 2, "movies": 2, "as_before": 1,
    }  # fmt: skip
    added = value["update"]
    assert (added["ratings"], added["replaced"], added["repeated"]) == (3 + 2, 3, 1 + 4)
    assert value["in_store"] == 5 + 3 + 5 + 1 + 1 + (2 - 1) + sum(value["dropped"].values())
    assert records(tmp_path)[-1]["dropped"] == value["dropped"]
    printed = update("--guest-ratings", "2").err
    assert "18 ratings in the store" in printed
    assert "1 left out: ratings off the scale" in printed
    assert "1 left out: impossible timestamps" in printed


def test_a_store_of_another_scale_is_refused_in_one_line(update: Callable[..., Any], tmp_path: Path) -> None:
    before = read_manifest(tmp_path / "current")["digest"]
    put(tmp_path / "people.db", ("ada", 1, 8.0), ("ada", 2, 9.0), ("ada", 3, 4.0))
    answer = update()
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "2 of 3 ratings are not on the scale of the bundle, 0.5 to 5 in steps of 0.5" in answer.err
    assert read_manifest(tmp_path / "current")["digest"] == before


def test_a_store_in_which_no_rating_counts_changes_nothing(update: Callable[..., Any], tmp_path: Path) -> None:
    put(tmp_path / "people.db", ("ada", 1, 4.0), at=1)
    answer = update("--json")
    assert (answer.code, answer.value["outcome"]) == (0, "unchanged")
    assert answer.value["dropped"] == {"impossible timestamps": 1}


def test_nobody_else_changes_the_bundle_meanwhile(
    update: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgets a person has to wait: what is written is made of what was read before."""
    seen, real = [], store_update.compare

    def compare(*args: Any, **named: Any) -> Any:
        with pytest.raises(Timeout), FileLock(tmp_path / ".current.lock", timeout=0):
            pass
        seen.append(True)
        return real(*args, **named)

    monkeypatch.setattr(store_update, "compare", compare)
    rate(tmp_path / "people.db", ["ada"], [1, 2])
    assert (update().code, seen) == (0, [True])
    with FileLock(tmp_path / ".current.lock", timeout=0) as lock:
        assert lock is not None


def test_movies_that_the_model_cannot_score_are_left_out_and_counted(
    shell: Callable[..., Any], update: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"
    assert shell("train", tmp_path / "data", "--model", "feature-knn", "--out", current).code == 0
    with_movie = open_store(tmp_path / "people.db")
    with_movie.add_items([AddedItem(name, "New Film", 2026, ("Drama",)) for name in ("77", "7")], 10, 10)
    with_movie.close()
    put(tmp_path / "people.db", ("ada", 1, 4.0), ("ada", 77, 4.0), ("bob", 2, 3.0))
    answer = update()
    assert answer.code == 0
    assert "1 movie left out that the model cannot score: `store retrain` takes them" in answer.err
    assert "1 of unknown movies left out" in answer.err
    assert len(Bundle.load(current).items) == N_ITEMS
    value = update("--json").value
    assert (value["outcome"], value["unscored"], value["unknown"], value["update"]["repeated"]) == (
        "unchanged",
        1,
        1,
        2,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_record_that_cannot_be_written_says_what_became_of_the_bundle(
    update: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "current-retrain.jsonl").symlink_to("/dev/full")
    rate(tmp_path / "people.db", ["ada"], [1, 2])
    before = read_manifest(tmp_path / "current")["digest"]
    answer = update()
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "the record cannot be written: No space left on device" in answer.err
    assert f"the outcome, of {tmp_path / 'current'}, was: accepted" in answer.err
    assert read_manifest(tmp_path / "current")["digest"] != before
