"""The default model and order for people who hate, and for those with a long history, on ml-latest-small."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from reelgraph import pipeline
from reelgraph.bundle import Bundle
from reelgraph.cli import main
from reelgraph.data.titles.series import series_key
from reelgraph.models.blend import Blend
from reelgraph.recommend import Recommender
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import Running, running

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]
STAR_WARS, MATRIX, RETURN_OF_THE_JEDI = 260, 2571, 1210
HATED = {str(movie): 1.0 for movie in (STAR_WARS, MATRIX, RETURN_OF_THE_JEDI)}


@pytest.fixture(scope="module")
def bundle_path(real_data: Find, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data, _ = pipeline.load(real_data("ml-latest-small"))
    path = tmp_path_factory.mktemp("trained") / "bundle"
    pipeline.train(data, Blend()).bundle.save(path)
    return path


@pytest.fixture(scope="module")
def recommender(bundle_path: Path) -> Recommender:
    return Recommender(Bundle.load(bundle_path))


@pytest.fixture(scope="module")
def service(bundle_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("people")
    settings = ServeSettings(bundle_path, "unused", port=0, open=True, rate=0.0, watch_seconds=0.0)
    with closing(open_store(folder / "people.db")) as store, running(settings, store) as started:
        yield started


def ten_good_unseen(recommender: Recommender, item_ids: list[str]) -> None:
    assert len(set(item_ids)) == 10
    assert not set(item_ids) & set(HATED)
    series = {
        series_key(str(recommender.catalogue.title[row])) for row in recommender.items.rows(list(map(int, HATED)))
    }
    rows = recommender.items.rows([int(item_id) for item_id in item_ids])
    assert not series & {series_key(str(recommender.catalogue.title[row])) for row in rows} - {None}


def test_three_hated_films_bring_no_more_of_their_kind(recommender: Recommender) -> None:
    hated: dict[int | str, float] = {STAR_WARS: 1.0, MATRIX: 1.0, RETURN_OF_THE_JEDI: 1.0}
    picks = recommender.recommend(hated, 10)
    assert all(line.stars is not None and line.stars >= 3.0 for line in picks)
    rows = recommender.items.rows(list(hated))
    series = {series_key(str(recommender.catalogue.title[row])) for row in rows}
    assert not series & {series_key(line.title) for line in picks} - {None}
    watched = recommender.recommend(hated, 10, order="watch")
    assert sum(line.stars < 3.0 for line in watched if line.stars is not None) >= 5  # what the order is there for


def test_a_long_history_gives_a_list_in_the_order_of_its_stars(recommender: Recommender) -> None:
    user_rows = np.flatnonzero(np.diff(recommender.history.indptr) >= 300)[:20]
    n_far_below = 0
    for user_row in user_rows.tolist():
        picks = recommender.recommend(recommender.users.id(user_row), 10)
        stars = np.array([line.stars for line in picks], np.float64)
        assert np.abs(stars - np.sort(stars)[::-1]).max() <= 0.5 + 1e-6
        usual = recommender.history[[user_row]].data.mean()
        n_far_below += int((stars < min(usual, 3.5) - 0.75).sum())
    assert n_far_below == 0


def test_shell_programs_and_page_hide_sequels_of_hated_films(
    recommender: Recommender, bundle_path: Path, service: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ratings = tmp_path / "mine.csv"
    ratings.write_text("movieId,rating\n" + "".join(f"{movie},{stars}\n" for movie, stars in HATED.items()))
    capsys.readouterr()
    assert main(["recommend", str(bundle_path), "--ratings", str(ratings), "--why", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["items"]
    body = {"ratings": HATED, "n": 10, "reasons": True}
    answered = service.http.post("/api/session/recommend", json=body).json()["items"]
    for lines in (listed, [{**line, **line["reasons"]} for line in answered]):
        ten_good_unseen(recommender, [str(line["item_id"]) for line in lines])
        assert all(line["stars"] >= 3.0 for line in lines)
        assert all(line["because"] == [] for line in lines)
        assert all({str(reason["item_id"]) for reason in line["although"]} <= set(HATED) for line in lines)
    for movie, stars in HATED.items():
        token = service.http.get("/api/me/count").json()["csrf"]
        answer = service.http.put(f"/api/me/ratings/{movie}", json={"stars": stars}, headers={"X-CSRF-Token": token})
        assert answer.status_code == 200
    picks = service.http.get("/api/me/picks").json()["items"]
    ten_good_unseen(recommender, [pick["film"]["id"] for pick in picks])
    assert [pick["film"]["id"] for pick in picks] == [line["item_id"] for line in answered]
    assert all(pick["because"] == [] for pick in picks)


def test_every_pick_after_300_ratings_has_a_reason_and_falls_in_order(
    recommender: Recommender, service: Running
) -> None:
    user_row = int(np.argmin(np.abs(np.diff(recommender.history.indptr) - 300)))
    row = recommender.history[[user_row]]
    ids = recommender.items.ids[row.indices].tolist()
    body = {"ratings": dict(zip(map(str, ids), row.data.tolist(), strict=True)), "n": 10, "reasons": True}
    lines = service.http.post("/api/session/recommend", json=body).json()["items"]
    assert all(line["reasons"]["sentence"].startswith("because ") for line in lines)
    stars = np.array([line["stars"] for line in lines], np.float64)
    assert np.abs(stars - np.sort(stars)[::-1]).max() <= 0.5 + 1e-6
