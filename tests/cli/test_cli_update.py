"""`reelgraph update` adds what came after the training, accounts for every rating, and leaves nothing half-done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelgraph.bundle import Bundle

Shell = Callable[..., Any]


def write_ratings(path: Path, *rows: tuple[int, int, float]) -> Path:
    lines = [f"{user},{movie},{stars},{1_000_100_000 + n}" for n, (user, movie, stars) in enumerate(rows)]
    path.write_text("userId,movieId,rating,timestamp\n" + "\n".join(lines) + "\n")
    return path


def write_movies(path: Path) -> Path:
    path.write_text("movieId,title,genres\n2,Not Heat,Comedy\n900,Dune (2021),Drama\n")
    return path


def test_ratings_and_movies_go_in(shell: Shell, bundle: Path, tmp_path: Path) -> None:
    before = Bundle.load(bundle)
    rated = int(before.items.ids[before.history[[0]].indices[0]])
    first = float(before.history[[0]].data[0])
    other = 5.0 if first != 5.0 else 1.0
    ratings = write_ratings(tmp_path / "new.csv", (1, rated, other), (99, rated, 4.5), (99, 900, 4.0), (99, 901, 4.0))
    out = tmp_path / "after"
    answer = shell(
        "update", bundle, "--ratings", ratings, "--items", write_movies(tmp_path / "movies.csv"), "--out", out, "--json"
    )
    assert answer.code == 0, answer.err
    counts = {name: answer.value[name] for name in ("ratings", "replaced", "repeated", "unknown", "users", "items")}
    assert counts == {"ratings": 2, "replaced": 1, "repeated": 0, "unknown": 1, "users": 1, "items": 1}
    assert answer.value["unknown_items"] == ["901"]
    assert [part["exactly"] for part in answer.value["parts"]] == [False]
    after = Bundle.load(out)
    assert after.catalogue.title[after.items.row(2)] == "Heat (1995)"
    assert after.history[[after.users.row(1)], [after.items.row(rated)]].tolist() == [other]
    assert len(Bundle.load(bundle).users) == len(before.users)  # what was there stays
    listed = shell("recommend", out, "--user", 3, "--year-from", 2020, "--json")
    assert [line["item_id"] for line in listed.value["items"]] == [900]


def test_without_out_the_bundle_is_replaced_and_the_counts_are_printed(
    shell: Shell, bundle: Path, tmp_path: Path
) -> None:
    ratings = write_ratings(tmp_path / "new.csv", (99, 2, 4.5), (99, 901, 4.0))
    answer = shell("update", bundle, "--ratings", ratings)
    assert answer.code == 0, answer.err
    assert "new people" in answer.out
    assert "left out: movies not known (901); name them in --items" in answer.out
    assert "it learns from the new ratings at the next fit" in answer.out
    assert "41 people, 24 movies" in answer.out
    assert 99 in Bundle.load(bundle).users


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--ratings: nothing to add: give --ratings, --items or both"),
        (("--items", "no-such.csv"), "there is no such file"),
        (("--ratings", "no-such.csv"), "no-such.csv"),
    ],
)
def test_bad_input_changes_nothing(shell: Shell, bundle: Path, words: tuple[str, ...], message: str) -> None:
    manifest = (bundle / "manifest.json").read_bytes()
    answer = shell("update", bundle, *words)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("error:") == 1
    assert (bundle / "manifest.json").read_bytes() == manifest


def test_a_movie_that_was_added_before_takes_what_a_newer_table_knows(
    shell: Shell, bundle: Path, tmp_path: Path
) -> None:
    assert shell("update", bundle, "--items", write_movies(tmp_path / "movies.csv")).code == 0
    newer = tmp_path / "newer.csv"
    newer.write_text("movieId,title,year\n2,Not Heat,1990\n900,Dune: Part One,2020\n")
    answer = shell("update", bundle, "--items", newer, "--json")
    assert (answer.code, answer.value["items"], answer.value["corrected"]) == (0, 0, 1)
    catalogue = Bundle.load(bundle).catalogue
    assert (catalogue.title[-1], int(catalogue.year[-1]), catalogue.genres[-1]) == ("Dune: Part One", 2020, ("Drama",))
    assert catalogue.title[catalogue.item_id.tolist().index(2)] == "Heat (1995)"
    assert "movies added before, with newer metadata" not in shell("update", bundle, "--items", newer).out


def test_an_id_with_zeros_before_it_is_nobody_s(shell: Shell, bundle: Path, tmp_path: Path) -> None:
    before = (bundle / "manifest.json").read_bytes()
    for column, row in (("user_id", "007,2,1"), ("item_id", "7,0002,1")):
        ratings = tmp_path / f"{column}.csv"
        ratings.write_text(f"user,item,rating,timestamp\n{row},990000000\n")
        answer = shell("update", bundle, "--ratings", ratings)
        assert answer.code == 2
        assert f"{column}: '{'007' if column == 'user_id' else '0002'}' is not written as a number" in answer.err
    table = tmp_path / "movies.csv"
    table.write_text("movieId,title\n0900,Dune (2021)\n901,Other (2021)\n")
    answer = shell("update", bundle, "--items", table, "--out", tmp_path / "after", "--json")
    assert "rows of movies.csv without a number as id, not read: 1" in answer.err
    assert answer.value["items"] == 1
    forgotten = shell("forget", bundle, "--user", "007")
    assert (forgotten.code, "unknown user '007'" in forgotten.err) == (2, True)
    assert shell("recommend", bundle, "--user", "7").code == 0
    assert shell("recommend", bundle, "--user", "007").code == 2
    assert shell("similar", bundle, "0002").code == 2
    assert (bundle / "manifest.json").read_bytes() == before


def test_a_table_with_one_id_twice_is_refused(shell: Shell, bundle: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "it.csv", tmp_path / "out"
    table.write_text("movieId,title,genres\n901,New (2024),Drama\n901,Dup (2025),Comedy\n910,Good (2024),Drama\n")
    answer = shell("update", bundle, "--items", table, "--out", out)
    assert answer.code == 2
    assert "it.csv, line 3, column 'movieId': found '901', expected one row for each movie (line 2 has" in answer.err
    assert not out.exists()


@pytest.mark.parametrize("stars", [(8.0, 9.0), (8.0, 9.0, 4.0)])
def test_ratings_off_the_scale_of_the_bundle_bring_advice_that_fits(
    shell: Shell, bundle: Path, tmp_path: Path, stars: tuple[float, ...]
) -> None:
    rows = [(99, movie, value) for movie, value in enumerate(stars, 2)]
    answer = shell("update", bundle, "--ratings", write_ratings(tmp_path / "new.csv", *rows), "--out", tmp_path / "out")
    assert answer.code == 2
    assert "the bundle takes ratings on its scale, 0.5 to 5 in steps of 0.5: convert them" in answer.err
    assert "--scale" not in answer.err


def test_a_warning_of_ratings_off_the_scale_fits_too(shell: Shell, bundle: Path, tmp_path: Path) -> None:
    rows = [(99, 2, 8.0), (99, 3, 9.0), (99, 4, 4.0), (99, 4, 4.5), (98, 2, 4.0)]
    answer = shell("update", bundle, "--ratings", write_ratings(tmp_path / "new.csv", *rows), "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert (
        "WARNING: 3 of 5 ratings were dropped, 2 for ratings off the scale; the bundle takes ratings on" in answer.err
    )
    assert "--scale" not in answer.err


@pytest.mark.parametrize(("n_wrong", "told"), [(1, "1 impossible timestamp\n"), (2, "2 impossible timestamps\n")])
def test_rows_that_are_left_out_are_counted_in_plain_english(
    shell: Shell, bundle: Path, tmp_path: Path, n_wrong: int, told: str
) -> None:
    ratings = write_ratings(tmp_path / "new.csv", (99, 2, 4.0), (99, 3, 4.0), (99, 4, 4.0), (99, 5, 4.0))
    ratings.write_text(ratings.read_text() + "".join(f"98,{movie},4.0,1\n" for movie in range(2, 2 + n_wrong)))
    answer = shell("update", bundle, "--ratings", ratings)
    assert answer.code == 0
    assert f"rows left out: {told}" in answer.err
