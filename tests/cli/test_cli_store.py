"""``reelgraph store``, from making one to training on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelgraph.bundle import Bundle
from reelgraph.store import AddedItem, NewRating, open_store


@pytest.fixture
def people(sqlite_file: Path, tmp_path: Path) -> Path:
    """A store with three ratings of ann and one of user 1 of the toy data set."""
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())
    store = open_store(path)
    store.rate([NewRating("ann", str(item), 5.0, 1_100_000_000 + item) for item in (1, 3, 5)])
    store.rate([NewRating("1", "2", 0.5, 1_200_000_000), NewRating("ann", "999", 4.0, 1_100_000_000)])
    store.close()
    return path


def test_init_makes_one_and_leaves_it_alone_afterwards(shell: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "new" / "people.db"
    assert shell("store", "init", path).out == "ready; 0 people, 0 ratings\n"
    store = open_store(path)
    store.rate([NewRating("ann", "1", 4.0, 1)])
    store.close()
    assert shell("store", "init", path, "--json").value == {
        "users": 1, "ratings": 1, "marks": 0, "events": 1, "served": 0, "items": 0,
        "suggestions": 0, "links": 0,
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["dump", "rebuild", "vacuum", "key list"])
def test_a_store_that_is_not_there_is_not_made(shell: Callable[..., Any], tmp_path: Path, verb: str) -> None:
    words = [*verb.split(), tmp_path / "no.db", *([tmp_path / "out"] if verb == "dump" else [])]
    answer = shell("store", *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"error: {tmp_path / 'no.db'}: no such file (create it: reelgraph store init)\n"
    assert list(tmp_path.iterdir()) == []


def test_dump_and_restore(shell: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    dumped = shell("store", "dump", people, tmp_path / "people.gz", "--json").value
    nothing = dict.fromkeys(("served", "items", "suggestions", "links", "keys", "deleted"), 0)
    assert dumped == {"users": 2, "events": 5, **nothing, "out": str(tmp_path / "people.gz")}
    answer = shell("store", "restore", tmp_path / "other.db", tmp_path / "people.gz")
    assert answer.out == "restored 2 people, 5 events, 0 served lists, 0 keys\n"
    nothing = shell("store", "restore", tmp_path / "third.db", tmp_path / "no.gz")
    assert (nothing.code, nothing.err) == (2, f"error: {tmp_path / 'no.gz'}: no such file\n")
    assert not (tmp_path / "third.db").exists()
    again = shell("store", "restore", tmp_path / "other.db", tmp_path / "people.gz")
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert "is not empty (restore into a new store)" in again.err


def test_dumps_take_turns(shell: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    written = [Path(shell("store", "dump", people, folder, "--keep", "2", "--json").value["out"]) for _ in range(3)]
    (folder / "people.jsonl.gz").write_bytes(b"mine")
    written.append(Path(shell("store", "dump", people, folder, "--keep", "2", "--json").value["out"]))
    assert sorted(folder.iterdir()) == sorted([folder / "people.jsonl.gz", *written[2:]])
    assert shell("store", "restore", tmp_path / "other.db", written[-1]).code == 0


def test_rebuild_and_vacuum(shell: Callable[..., Any], people: Path) -> None:
    assert shell("store", "rebuild", people).out == "5 ratings, 0 marks: they agreed with the log\n"
    assert shell("store", "vacuum", people, "--served-days", "30").out == "done; 0 served lists and 0 guests removed\n"


def test_keys(shell: Callable[..., Any], people: Path) -> None:
    answer = shell("store", "key", "add", people, "the page", "--scope", "write", "--scope", "read")
    plain = answer.out.strip()
    store = open_store(people)
    found = store.key(plain)
    assert found is not None
    assert (found.name, found.scopes) == ("the page", {"read", "write"})
    assert shell("store", "key", "revoke", people, found.id).out == f"revoked {found.id}\n"
    assert store.key(plain) is None
    store.close()
    listed = shell("store", "key", "list", people, "--json").value
    assert [(row["id"], row["name"], row["scopes"]) for row in listed] == [(found.id, "the page", "read write")]
    assert listed[0]["revoked"] is not None
    assert plain.split("_", 2)[2] not in shell("store", "key", "list", people).out
    wrong = shell("store", "key", "add", people, "x", "--scope", "amdin")
    assert (wrong.code, "did you mean 'admin'?" in wrong.err) == (2, True)
    assert shell("store", "key", "revoke", people, found.id).code == 2


def test_retrain_on_the_store_and_a_data_set(shell: Callable[..., Any], people: Path, ml: Path, tmp_path: Path) -> None:
    answer = shell("store", "retrain", people, ml, "--model", "popularity", "--out", tmp_path / "B")
    assert answer.code == 0, answer.err
    bundle = Bundle.load(tmp_path / "B")
    assert sorted(bundle.users.ids.tolist()) == sorted([*map(str, range(1, 41)), "ann"])
    ann, first, two = bundle.users.row("ann"), bundle.users.row("1"), bundle.items.row(2)
    assert bundle.history[[ann]].toarray().ravel()[[bundle.items.row(item) for item in (1, 3, 5)]].tolist() == [5.0] * 3
    assert bundle.history[[ann]].nnz == 4
    assert bundle.history[first, two] == 0.5
    assert "5 ratings of the store" in answer.err
    assert "1 movie added; 1 of them known by their id alone: 999" in answer.err
    assert bundle.history[ann, bundle.items.row(999)] == 4.0  # a movie that the data do not have
    assert bundle.catalogue.title[bundle.items.row(999)] == "999"
    words = ["--known-movies-only", "--model", "popularity", "--out", tmp_path / "B2"]
    answer = shell("store", "retrain", people, ml, *words)
    assert "4 ratings of the store" in answer.err
    assert "1 of unknown movies left out" in answer.err
    assert 999 not in Bundle.load(tmp_path / "B2").items


def test_retrain_takes_the_movies_that_were_added(
    shell: Callable[..., Any], people: Path, ml: Path, tmp_path: Path
) -> None:
    store = open_store(people)
    store.add_items([AddedItem("999", "Dune (2021)", 2021, ("Drama",)), AddedItem("1000", "Tenet (2020)", 2020)], 9, 9)
    store.rate([NewRating("ann", "7", 3.7, 1_100_000_000)])
    store.close()
    answer = shell("store", "retrain", people, ml, "--model", "popularity", "--out", tmp_path / "B", "--json")
    assert answer.code == 0, answer.err
    assert {name: answer.value[name] for name in ("new_movies", "untitled", "unknown", "rounded")} == {
        "new_movies": 2, "untitled": [], "unknown": 0, "rounded": 1,
    }  # fmt: skip
    bundle = Bundle.load(tmp_path / "B")
    rows = [bundle.items.row(item) for item in (999, 1000)]  # the second without a rating
    assert bundle.catalogue.title[rows].tolist() == ["Dune (2021)", "Tenet (2020)"]
    assert bundle.catalogue.year[rows].tolist() == [2021, 2020]
    ann = bundle.users.row("ann")
    assert bundle.history[ann, rows[0]] == 4.0
    assert bundle.history[ann, bundle.items.row(7)] == 3.5


def test_retrain_on_the_store_alone(shell: Callable[..., Any], bundle: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "people.db")
    told = [NewRating(f"u{user}", str(item), 4.0, 1_100_000_000) for user in range(5) for item in range(1, 11)]
    store.rate(told)
    store.close()
    words = ["store", "retrain", tmp_path / "people.db", "--catalogue", bundle, "--model", "popularity"]
    answer = shell(*words, "--out", tmp_path / "own", "--json")
    assert answer.value["added"] == 50
    own = Bundle.load(tmp_path / "own")
    assert own.users.ids.tolist() == [f"u{user}" for user in range(5)]
    assert own.catalogue.title[own.items.row(1)] == "Toy Story (1995)"
    assert len(own.items) == len(Bundle.load(bundle).items) == 24  # those that nobody rated stay, too
    assert own.history.nnz == 50


@pytest.mark.parametrize("both", [True, False])
def test_retrain_needs_one_source_of_movies(
    shell: Callable[..., Any], people: Path, ml: Path, tmp_path: Path, both: bool
) -> None:
    words = [ml, "--catalogue", tmp_path] if both else []
    answer = shell("store", "retrain", people, *words, "--out", tmp_path / "B")
    assert answer.code == 2
    assert "give DATA, or --catalogue BUNDLE" in answer.err
    assert not (tmp_path / "B").exists()
