"""The shell from a folder of ratings to a list of movies."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Callable[..., Any]


def seen_by(ml: Path, user: int) -> dict[int, float]:
    with (ml / "ratings.csv").open() as file:
        return {int(row["movieId"]): float(row["rating"]) for row in csv.DictReader(file) if int(row["userId"]) == user}


def test_describe_counts(shell: Shell, ml: Path) -> None:
    found = shell("data", "describe", ml, "--json")
    assert found.code == 0
    assert found.err == ""
    assert found.out.count("\n") == 1
    numbers = str(found.value)
    assert "640" in numbers
    table = shell("data", "describe", ml)
    assert table.code == 0
    assert re.search(r"ratings\s*│\s*640\b", table.out)
    assert re.search(r"users\s*│\s*40\b", table.out)


def test_data_list_and_doctor(shell: Shell) -> None:
    names = {row["name"] for row in shell("data", "list", "--json").value}
    assert {"ml-100k", "ml-1m", "ml-latest-small"} <= names
    assert "ml-1m" in shell("data", "list").out
    rows = {row["what"]: row for row in shell("doctor", "--json").value}
    assert rows["numpy"]["status"] == "ok"
    assert "numpy" in shell("doctor").out


def test_doctor_looks_for_something_of_every_extra() -> None:
    from reelgraph.cli.doctor import _PARTS

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"dev", "docs", "all"}
    assert set(_PARTS.values()) == extras | {"core"}


def test_clean_counts_and_writes_what_is_left(shell: Shell, tmp_path: Path) -> None:
    file, clean = tmp_path / "r.csv", tmp_path / "deep" / "clean.csv"
    file.write_text(
        "user_id,item_id,rating,timestamp\n1,10,5,1000000000\n1,10,5,1000000000\n1,20,abc,1000000001\n"
        "2,10,4,1000000002\n2,10,3,1000000003\n2,20,1,1000000004\n"
    )
    answer = shell("data", "clean", file, "--out", clean, "--json")
    assert answer.code == 0
    steps = {step["name"]: step["count"] for step in answer.value["steps"]}
    assert (answer.value["rows_in"], answer.value["rows_out"]) == (6, 3)
    assert steps["ratings that are not numbers"] == steps["repeated rows"] == 1
    assert steps["repeated (user, movie) pairs"] == 1
    assert clean.read_text().splitlines() == [
        "user_id,item_id,rating,timestamp", "1,10,5.0,1000000000", "2,10,3.0,1000000003", "2,20,1.0,1000000004",
    ]  # fmt: skip
    again = shell("data", "clean", clean)
    assert again.code == 0
    assert "3 rows in - 0 dropped = 3 rows out" in again.out


def test_clean_k_core(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("user_id,item_id,rating\n1,10,5\n1,20,4\n2,10,3\n3,30,2\n")
    kept = shell("data", "clean", file, "--min-user-ratings", 2, "--json").value
    assert kept["rows_out"] == 2


def test_recommended_are_unseen_and_of_the_users_taste(shell: Shell, ml: Path, trained: Path) -> None:
    right = 0
    for user in (1, 2, 7, 40):
        answer = shell("recommend", trained, "--user", user, "-k", 4, "--json")
        assert answer.code == 0
        assert answer.err == ""
        value = answer.value
        assert value["answered_by"] == "fold-in"
        assert value["note"] == ""
        assert [line["rank"] for line in value["items"]] == [1, 2, 3, 4]
        assert not {line["item_id"] for line in value["items"]} & set(seen_by(ml, user))
        scores = [line["score"] for line in value["items"]]
        assert scores == sorted(scores, reverse=True)
        assert {line["user_id"] for line in value["items"]} == {str(user)}
        # Movie m is liked by user u when u + m is even, as the data set is written.
        right += sum((user + line["item_id"]) % 2 == 0 for line in value["items"][:2])
    assert right >= 7


def test_own_ratings_give_the_list_of_the_same_known_user(
    shell: Shell, ml: Path, trained: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("item_id,rating\n" + "".join(f"{item},{stars}\n" for item, stars in seen_by(ml, 3).items()))
    mine = shell("recommend", trained, "--ratings", file, "--json")
    assert mine.code == 0
    known = shell("recommend", trained, "--user", 3, "--json")
    strip = [{**line, "user_id": None} for line in known.value["items"]]
    assert mine.value["items"] == strip


def test_filters_of_the_shell(shell: Shell, ml: Path, trained: Path, tmp_path: Path) -> None:
    seen = set(seen_by(ml, 5))
    unseen = [movie for movie in range(1, 25) if movie not in seen]
    listed = [line["item_id"] for line in shell("recommend", trained, "--user", 5, "-k", 30, "--json").value["items"]]
    assert sorted(listed) == unseen
    comedies = shell("recommend", trained, "--user", 5, "-k", 30, "--genre", "comedy", "--json").value["items"]
    assert [line["item_id"] for line in comedies] == [movie for movie in listed if movie % 2]
    file = tmp_path / "ids.txt"
    file.write_text(f"\ufeff{listed[0]}\n\n {listed[2]} \n", encoding="utf-8")
    without = shell("recommend", trained, "--user", 5, "-k", 30, "--exclude", file, "--json").value["items"]
    assert [line["item_id"] for line in without] == [movie for movie in listed if movie not in (listed[0], listed[2])]
    only = shell("recommend", trained, "--user", 5, "--include", file, "--json").value["items"]
    assert [line["item_id"] for line in only] == [listed[0], listed[2]]
    years = shell("recommend", trained, "--user", 5, "-k", 30, "--year-from", 1995, "--year-to", 2001, "--json")
    assert all(1995 <= line["year"] <= 2001 for line in years.value["items"])


def test_tables_show_titles_as_they_are(shell: Shell, trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("3\n4\n5\n6\n7\n")
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n")
    answer = shell("recommend", trained, "--ratings", mine, "--include", file)
    assert answer.code == 0
    for title in ("Amélie (2001)", "[rec] (2007)", "Face/Off :cat: (1997)", "Matrix, The (1999)", "七人の侍 (1954)"):
        assert title in answer.out
    assert "Comedy, Romance" in answer.out


def test_similar_by_title_and_by_id(shell: Shell, trained: Path) -> None:
    by_title = shell("similar", trained, "--item", "toy story", "-k", 5, "--json")
    assert by_title.code == 0
    value = by_title.value
    assert len(value["items"]) == 5
    assert all(line["item_id"] != 1 for line in value["items"])
    assert {line["like_title"] for line in value["items"]} == {"Toy Story (1995)"}
    assert sum(line["item_id"] % 2 == 1 for line in value["items"]) >= 4  # the same people like the odd ones
    assert shell("similar", trained, "--item", "1", "-k", 5, "--json").value == value
    assert "movies like Toy Story (1995)" in shell("similar", trained, "--item", 1).out


def test_evaluate(shell: Shell, ml: Path) -> None:
    answer = shell("evaluate", ml, "--protocol", "strong", "--model", "popularity", "--json")
    assert answer.code == 0
    assert answer.value["protocol"] == "strong"
    assert 0 < answer.value["metrics"]["ndcg@10"]["mean"] <= 1
    assert "rmse" not in answer.value["metrics"]
    assert len(answer.value["data_sha256"]) == 64
    assert "WARNING" not in answer.err


def test_evaluate_warns_below_the_popularity_floor(shell: Shell, ml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    floor = "below the popularity floor: ndcg@10 0.1 against 0.2"
    monkeypatch.setattr("reelgraph.pipeline.measurement.check_figures", lambda *_: (floor,))
    answer = shell("evaluate", ml, "--protocol", "strong", "--model", "constant", "--json")
    assert answer.code == 0
    assert answer.value["protocol"] == "strong"  # and nothing but JSON on stdout
    assert answer.err == f"WARNING: constant: {floor}\n"


def test_the_order_is_explained_only_where_it_is_not_that_of_the_stars() -> None:
    from reelgraph.cli.list_tables import order_note
    from reelgraph.core import Recommendation, Recommendations

    def listed(*stars: float | None) -> Recommendations:
        return Recommendations(tuple(Recommendation(n, "t", 0.0, n, stars=s) for n, s in enumerate(stars, 1)), "x")

    assert order_note(listed(4.0, 3.0, 3.0)) == ""
    assert order_note(listed(None, None)) == ""
    assert "not of the stars alone" in order_note(listed(3.0, 4.0))


def test_lists_and_libraries_of_other_programs_filter_with_a_report(
    shell: Shell, trained: Path, tmp_path: Path
) -> None:
    library, mine = tmp_path / "library.json", tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n5,4\n")
    movies = [{"title": "Toy Story", "year": 1995}, {"title": "Amelie", "year": 2001}, {"title": "Gone", "year": 2020}]
    library.write_text(json.dumps(movies))
    for words in (("--ratings", mine), ("--all", "-k", "2", "--out", tmp_path / "lists.csv")):
        answer = shell("recommend", trained, *words, "--include", library, "--json")
        assert answer.code == 0, answer.err
        assert "library.json, list of movies: 2 of 3 movies found" in answer.err
        assert "Gone (2020)" in answer.err
    only = shell("recommend", trained, "--ratings", mine, "--include", library, "--json").value["items"]
    assert {line["item_id"] for line in only} == {1, 3}
    without = shell("recommend", trained, "--ratings", mine, "-k", 30, "--exclude", library, "--json").value["items"]
    assert len(without) == 21
    assert not {1, 3, 5} & {line["item_id"] for line in without}
    with (tmp_path / "lists.csv").open() as file:
        assert {int(row["item_id"]) for row in csv.DictReader(file)} <= {1, 3}
    library.write_text(json.dumps(movies[2:]))
    answer = shell("recommend", trained, "--ratings", mine, "--include", library)
    assert answer.code == 2
    assert "none of its 1 movie is in the bundle" in answer.err
