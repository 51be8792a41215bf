"""``reelgraph store retrain``: the model in use, the gate, guests, and ``rollback`` after a poisoned night."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle, kept_bundles, read_manifest
from reelgraph.core import FitResult
from reelgraph.models import baselines
from reelgraph.recommend import Recommender
from reelgraph.store import NewRating, open_store

N_PEOPLE, N_ITEMS = 60, 40
DAY = 86_400


def write_data(folder: Path) -> Path:
    """Everybody rated ten of the first fifteen movies, and two others."""
    folder.mkdir()
    draw, rows = np.random.default_rng(5), []
    for user in range(1, N_PEOPLE + 1):
        movies = [*(1 + draw.permutation(15)[:10]).tolist(), *(16 + draw.permutation(25)[:2]).tolist()]
        rows += [f"{user},{movie},4.0,{1_000_000_000 + 100 * user + n}" for n, movie in enumerate(movies)]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    movies = [f"{movie},Film {movie} ({1980 + movie}),Drama" for movie in range(1, N_ITEMS + 1)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(movies) + "\n")
    return folder


@pytest.fixture
def night(shell: Callable[..., Any], sqlite_file: Path, tmp_path: Path) -> Callable[..., Any]:
    """A data set, a bundle in use, a store, and what retrains them."""
    data = write_data(tmp_path / "data")
    (tmp_path / "people.db").write_bytes(sqlite_file.read_bytes())
    assert shell("train", data, "--model", "popularity", "--out", tmp_path / "current").code == 0

    def retrain(*words: object) -> Any:
        return shell("store", "retrain", tmp_path / "people.db", data, "--out", tmp_path / "current", *words)

    return retrain


def rate(path: Path, people: Iterable[str], items: Iterable[int], days_ago: float = 0.0) -> None:
    import time

    at = time.time() - days_ago * DAY
    store, items = open_store(path, now=lambda: at), list(items)
    store.rate([NewRating(user, str(item), 5.0, int(at)) for user in people for item in items])
    store.close()


def records(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "current-retrain.jsonl").read_text().splitlines()]


def first_picks(path: Path) -> list[int | str]:
    return [line.item_id for line in Recommender(Bundle.load(path)).recommend({}, 3)]


def test_a_poisoned_night_is_refused_forced_and_rolled_back(
    shell: Callable[..., Any], night: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"
    good = night("--json")
    assert (good.code, good.value["outcome"]) == (0, "accepted")
    before, listed = read_manifest(current)["digest"], first_picks(current)
    rate(tmp_path / "people.db", (f"app-{user}" for user in range(400)), range(20, 32))
    answer = night()
    assert answer.code == 3
    assert "the new bundle is refused, the one in use stays: ndcg@10 0." in answer.err
    assert "(--force replaces it); see " in answer.err
    assert "worse" in answer.out
    assert read_manifest(current)["digest"] == before
    figures = records(tmp_path)[-1]["gate"]
    assert figures["people"] == N_PEOPLE
    assert figures["figures"][0]["difference"]["high"] < 0
    as_json = night("--json")
    assert (as_json.code, as_json.value["outcome"], as_json.value["gate"]["refused"]) == (3, "refused", True)
    forced = night("--force", "--json").value
    assert forced["outcome"] == "forced"
    assert read_manifest(current)["digest"] == forced["bundle"] != before
    assert set(first_picks(current)) <= set(range(20, 32))
    back = shell("store", "rollback", current)
    assert (back.code, back.err) == (0, "")
    assert before[:12] in back.out
    assert read_manifest(current)["digest"] == before
    assert first_picks(current) == listed
    assert [record["outcome"] for record in records(tmp_path)] == [
        "accepted", "refused", "refused", "forced", "rolled back",
    ]  # fmt: skip
    text = (tmp_path / "current-retrain.jsonl").read_text()
    assert "app-" not in text


def test_a_later_good_night_goes_through_again(night: Callable[..., Any], tmp_path: Path) -> None:
    poison = [f"app-{user}" for user in range(400)]
    rate(tmp_path / "people.db", poison, range(20, 32))
    assert night().code == 3
    store = open_store(tmp_path / "people.db")
    for user in poison:
        store.forget(user)
    store.close()
    assert night("--json").value["outcome"] == "accepted"


def test_model_and_settings_are_those_in_use(
    shell: Callable[..., Any], night: Callable[..., Any], tmp_path: Path
) -> None:
    words = ["--model", "graph-filter", "--set", "choose=false", "--set", "ridge=77"]
    assert night(*words).code == 0
    assert night().code == 0
    model = Bundle.load(tmp_path / "current").info["model"]
    assert (model["name"], model["settings"]["ridge"], model["settings"]["choose"]) == ("graph-filter", 77, False)
    assert night("--set", "ridge=78").code == 0
    model = Bundle.load(tmp_path / "current").info["model"]
    assert (model["name"], model["settings"]["ridge"], model["settings"]["choose"]) == ("graph-filter", 78, False)


def test_earlier_bundles_are_kept_and_listed(
    shell: Callable[..., Any], night: Callable[..., Any], tmp_path: Path
) -> None:
    current = tmp_path / "current"
    digests = [read_manifest(current)["digest"]]
    for seed in range(3):
        assert night("--keep", "2", "--seed", seed).code == 0
        digests.append(read_manifest(current)["digest"])
    assert [kept.digest for kept in kept_bundles(current)] == [digest[:12] for digest in (digests[2], digests[1])]
    listed = shell("store", "rollback", current, "--list", "--json").value
    assert [row["digest"] for row in listed] == [digests[2][:12], digests[1][:12]]
    assert shell("store", "rollback", current, "--to", digests[1][:8], "--json").value["bundle"] == digests[1]
    wrong = shell("store", "rollback", current, "--to", "zzz")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "kept are: " in wrong.err


def test_one_night_of_guests_moves_a_film_by_no_more_than_the_limit(night: Callable[..., Any], tmp_path: Path) -> None:
    """Ninety guests who rate one film (and four more) put it on top no longer: it gains three ratings."""
    current, film = tmp_path / "current", 40

    def count() -> int:
        bundle = Bundle.load(current)
        return int(np.count_nonzero(bundle.history.indices == bundle.items.row(film)))

    before, listed = count(), first_picks(current)
    rate(tmp_path / "people.db", [f"guest-{user:02}" for user in range(90)], range(36, 41), days_ago=10)
    answer = night("--json")
    assert answer.value["outcome"] == "accepted"
    assert answer.value["guests"] == {
        "guests": 90, "waiting": 0, "waiting_ratings": 0, "held_over": 435, "movies": 5, "as_before": 0,
    }  # fmt: skip
    assert count() == before + 3
    assert first_picks(current) == listed
    rate(tmp_path / "people.db", [f"guest-x{user:02}" for user in range(90)], range(36, 41))
    answer = night()
    assert "90 of 180 guests must wait, with 450 ratings" in answer.err
    assert "ratings of guests beyond the limit of 5 movies held over" in answer.err
    assert count() == before + 6  # three more in the second night


def test_a_fit_that_says_nothing_leaves_no_gap_before_the_place(
    night: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"closed form; wrote {tmp_path / 'current'}" in night().out.splitlines()
    monkeypatch.setattr(baselines, "FitResult", partial(FitResult, stopped_because=""))
    assert f"wrote {tmp_path / 'current'}" in night().out.splitlines()


def test_a_damaged_bundle_in_use_is_named_and_replaced_by_force(night: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "current" / "history.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    answer = night("--model", "popularity")
    assert answer.code == 2
    assert "history.safetensors" in answer.err
    assert "--force replaces it" in answer.err
    assert night("--model", "popularity", "--force", "--json").value["outcome"] == "first"


def test_too_few_people_are_not_compared(shell: Callable[..., Any], tmp_path: Path) -> None:
    store = open_store(tmp_path / "people.db")
    ratings = [NewRating(f"u{user}", str(item), 4.0, 1_100_000_000) for user in range(5) for item in range(1, 11)]
    store.rate(ratings)
    store.close()
    data = write_data(tmp_path / "data")
    words = ["store", "retrain", tmp_path / "people.db", "--out", tmp_path / "own"]
    assert shell("train", data, "--model", "popularity", "--out", tmp_path / "movies").code == 0
    first = shell(*words, "--catalogue", tmp_path / "movies", "--json")
    assert (first.value["outcome"], first.value["model"]) == ("first", "popularity")
    again = shell(*words, "--catalogue", tmp_path / "movies")
    assert again.code == 0
    assert "not compared with the bundle in use: too few ratings" in again.err
