"""``reelgraph store update``: what people rated since, added to the bundle in use, behind the gate of ``retrain``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle, read_manifest
from reelgraph.store import AddedItem, open_store
from tests.cli.test_cli_retrain import N_ITEMS, N_PEOPLE, rate, records, write_data


@pytest.fixture
def update(shell: Callable[..., Any], sqlite_file: Path, tmp_path: Path) -> Callable[..., Any]:
    """A bundle of `write_data` in use, a store, and what updates the one with the other."""
    data = write_data(tmp_path / "data")
    (tmp_path / "people.db").write_bytes(sqlite_file.read_bytes())
    assert shell("train", data, "--model", "popularity", "--out", tmp_path / "current").code == 0

    def run(*words: object) -> Any:
        return shell("store", "update", tmp_path / "people.db", tmp_path / "current", *words)

    return run


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
        "guests": 100, "waiting": 10, "waiting_ratings": 50, "held_over": 435, "movies": 5,
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
