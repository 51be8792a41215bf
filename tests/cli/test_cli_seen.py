"""Movies seen without a rating in the shell, and the verbs on a bundle of views."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.pipeline import load, train
from tests.cli.conftest import Answer, write_ml
from tests.service.views import save_bundle

Shell = Callable[..., Answer]


@pytest.fixture(scope="module")
def stars_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stars")
    data, _ = load(write_ml(folder / "ml"))
    return train(data, GraphFilter(choose=False)).bundle.save(folder / "bundle")


@pytest.fixture(scope="module")
def views_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bundle(GraphFilter(choose=False), tmp_path_factory.mktemp("views"))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three movies seen and none rated."""
    path = tmp_path / "history.csv"
    path.write_text("item_id,rating\n2,\n4,\n6,\n")
    return path


def test_a_history_without_ratings_gives_a_list_of_its_own(shell: Shell, stars_bundle: Path, history: Path) -> None:
    listed = shell("recommend", stars_bundle, "--ratings", history, "-k", "24", "--json").value
    assert listed["note"] == "from 3 movies you watched"
    assert not {2, 4, 6} & {line["item_id"] for line in listed["items"]}
    off = shell("recommend", stars_bundle, "--ratings", history, "-k", "24", "--seen-weight", "0", "--json").value
    assert off["note"] == "no ratings yet: these are the most rated movies"
    assert not {2, 4, 6} & {line["item_id"] for line in off["items"]}
    assert [line["item_id"] for line in off["items"]] != [line["item_id"] for line in listed["items"]]
    half = shell("recommend", stars_bundle, "--ratings", history, "--seen-weight", "0.375", "--json").value
    assert half["items"][0]["score"] == pytest.approx(listed["items"][0]["score"] / 2, abs=1e-5)  # of 0.75
    seen = shell("recommend", stars_bundle, "--ratings", history, "--seen", "only", "--json").value
    assert {line["item_id"] for line in seen["items"]} == {2, 4, 6}


def test_reasons_groups_and_questions_take_movies_seen(shell: Shell, stars_bundle: Path, history: Path) -> None:
    why = shell("explain", stars_bundle, "--ratings", history, "--item", "8").out
    assert "because you saw" in why
    assert "stars" not in why
    record = shell("explain", stars_bundle, "--ratings", history, "--item", "8", "--json").value
    assert [reason["stars"] for reason in record["reasons"]] == [None] * 3
    assert record["sum"] == pytest.approx(record["score"], abs=1e-5)
    change = shell("explain", stars_bundle, "--ratings", history, "--item", "8", "--counterfactual", "--json").value
    assert all(alteration["stars"] is None for alteration in change["alterations"])
    together = shell("together", stars_bundle, "--ratings", history, "--user", "2", "--json").value
    assert together["note"] == ""
    assert not {2, 4, 6} & {line["item_id"] for line in together["lines"]}
    assert shell("ask", stars_bundle, "--ratings", history, "--json").code == 0
    assert shell("compatible", stars_bundle, "--ratings", history, "--user", "2", "--json").value["both"] == 0
    bad = shell("recommend", stars_bundle, "--ratings", history, "--seen-weight", "2")
    assert bad.code == 2


def test_the_verbs_show_no_stars_on_a_bundle_of_views(shell: Shell, views_bundle: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("item_id,rating\n100,\n102,\n104,\n")
    outputs = [
        shell("recommend", views_bundle, "--ratings", history),
        shell("recommend", views_bundle, "--user", "1"),
        shell("explain", views_bundle, "--ratings", history, "--item", "106"),
        shell("explain", views_bundle, "--ratings", history, "--item", "106", "--counterfactual"),
        shell("similar", views_bundle, "--item", "100"),
        shell("together", views_bundle, "--ratings", history, "--user", "2"),
        shell("compatible", views_bundle, "--ratings", history, "--user", "1"),
        shell("ask", views_bundle, "--ratings", history),
    ]
    for answer in outputs:
        assert answer.code == 0, answer.err
        assert re.findall(r"★|\bstars?\b", answer.out) == []
        assert "likes it" not in answer.out
    assert "viewers of both" in outputs[2].out
    assert "both saw" in outputs[6].out


def test_stars_of_a_file_count_as_views_and_that_is_said(shell: Shell, views_bundle: Path, tmp_path: Path) -> None:
    rated = tmp_path / "rated.csv"
    rated.write_text("item_id,rating\n100,5\n102,1\n104,\n")
    seen = tmp_path / "seen.csv"
    seen.write_text("item_id,rating\n100,\n102,\n104,\n")
    answers = [shell("recommend", views_bundle, "--ratings", path, "--json") for path in (rated, seen)]
    assert answers[0].value["items"] == answers[1].value["items"]
    assert "2 ratings count as views: the bundle has no stars" in answers[0].err
    assert "count as views" not in answers[1].err


def test_an_interview_about_views(
    shell: Shell, views_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = iter(["y", "perhaps", "", "y"])
    monkeypatch.setattr("reelgraph.cli.ask.typer.prompt", lambda *args, **settings: next(replies))
    out = tmp_path / "mine.csv"
    answer = shell("ask", views_bundle, "--out", out, "-k", "2")
    assert "y: seen; enter: not seen; q: enough" in answer.out
    assert "2 movies seen in" in answer.out
    assert "'perhaps' is neither y nor n" in answer.err
    lines = out.read_text().splitlines()
    assert lines[0] == "item_id,rating"
    assert len(lines) == 3
    assert all(line.endswith(",") for line in lines[1:])
    assert shell("recommend", views_bundle, "--ratings", out, "--json").code == 0
