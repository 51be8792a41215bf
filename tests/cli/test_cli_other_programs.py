"""Lists and evenings that the shell writes for other programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reelgraph.cli import main

Shell = Callable[..., Any]


@pytest.fixture(scope="module")
def with_ids(ml: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the small data set, in which every movie but the first has ids of IMDb and TMDB."""
    data = Path(shutil.copytree(ml, tmp_path_factory.mktemp("linked") / "toy"))
    links = [f"{movie},{1000 + movie:07d},{movie if movie > 1 else ''}" for movie in range(2, 25)]
    (data / "links.csv").write_text("movieId,imdbId,tmdbId\n" + "\n".join(links) + "\n")
    path = tmp_path_factory.mktemp("bundles") / "L"
    assert main(["train", str(data), "--model", "bias", "--out", str(path)]) == 0
    return path


def test_the_list_for_radarr_and_trakt(shell: Shell, with_ids: Path, tmp_path: Path) -> None:
    mine, radarr, trakt = tmp_path / "mine.csv", tmp_path / "radarr.json", tmp_path / "trakt.json"
    mine.write_text("item_id,rating\n5,4\n")
    answer = shell("recommend", with_ids, "--ratings", mine, "-k", 30, "--radarr", radarr, "--trakt", trakt, "--json")
    assert answer.code == 0
    assert "not in the file: 1 movie without an id of IMDb or TMDB" in answer.err
    listed = [line["item_id"] for line in answer.value["items"]]
    assert len(listed) == 23
    expected = [movie for movie in listed if movie != 1]
    assert [entry["id"] for entry in json.loads(radarr.read_bytes())] == expected
    movies = json.loads(trakt.read_bytes())["movies"]
    assert [movie["ids"] for movie in movies] == [{"imdb": f"tt{1000 + n:07d}", "tmdb": n} for n in expected]


@pytest.mark.parametrize(
    ("words", "twice"),
    [
        ("recommend L --ratings mine.csv --radarr x.json --trakt x.json", "x.json"),
        ("recommend L --ratings mine.csv --letterboxd x.csv --trakt sub/../x.csv", "x.csv"),
        ("recommend L --ratings mine.csv --letterboxd mine.csv", "mine.csv"),
        ("recommend L --user 1 --exclude mine.csv --radarr mine.csv", "mine.csv"),
        ("recommend L --all --include mine.csv --out mine.csv", "mine.csv"),
        ("together L --user 1 --ratings mine.csv --calendar mine.csv --at 2026-12-04T20:00", "mine.csv"),
    ],
)
def test_a_file_that_is_named_twice_is_refused(
    shell: Shell, with_ids: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, twice: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "mine.csv").write_text("item_id,rating\n5,4\n")
    answer = shell(*(with_ids if word == "L" else word for word in words.split()))
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1), answer.err
    assert f"{twice}: is named twice; each file needs a name of its own" in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv", "sub"]
    assert (tmp_path / "mine.csv").read_text() == "item_id,rating\n5,4\n"


def test_a_bundle_without_ids_writes_nothing(shell: Shell, trained: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.file" for name in ("letterboxd", "radarr")}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    answer = shell("recommend", trained, "--user", 1, *words)
    assert answer.code == 2
    assert "no movie of the list has an id of IMDb or TMDB" in answer.err
    assert not list(tmp_path.iterdir())


def test_an_evening_in_the_calendar(shell: Shell, trained: Path, tmp_path: Path) -> None:
    icalendar = pytest.importorskip("icalendar", reason="icalendar is not installed")
    file = tmp_path / "evening.ics"
    words = ("together", trained, "--user", 1, "--user", 2, "--calendar", file, "--at", "2026-12-04T20:00", "--json")
    first = shell(*words).value["lines"][0]
    (event,) = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert event["DTSTART"].dt == datetime(2026, 12, 4, 20)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=2)
    assert first["title"].split(" (")[0].split(",")[0].strip('"') in str(event["SUMMARY"])
    assert str(event["DESCRIPTION"]).endswith("for 1, 2")
    uid = str(event["UID"])
    shell(*words)
    assert uid in file.read_text()


def test_an_evening_needs_a_time_and_a_film(shell: Shell, trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "evening.ics"
    for words, expected in (
        (("--calendar", file), "--calendar FILE.ics and --at TIME go together"),
        (("--at", "2026-12-04T20:00"), "--calendar FILE.ics and --at TIME go together"),
        (("--calendar", file, "--at", "tomorrow"), "does not match the format"),
        (("--calendar", file, "--at", "9999-12-31T23:59"), "error: --at: expected a year from 1970 to 2100, got 9999"),
        (("--calendar", file, "--at", "0001-01-01T00:00"), "error: --at: expected a year from 1970 to 2100, got 1\n"),
        (
            ("--calendar", file, "--at", "2026-12-04T20:00", "--genre", "Drama", "--not-genre", "Drama"),
            "no movie fits, so there is no evening to write",
        ),
    ):
        answer = shell("together", trained, "--user", 1, *words)
        assert answer.code == 2, words
        assert expected in answer.err
    assert not file.exists()
