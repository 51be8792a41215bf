"""Groups of people and re-ranked lists in the shell."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Callable[..., Any]


def test_evaluate_by_group(shell: Shell, ml: Path) -> None:
    answer = shell("evaluate", ml, "--protocol", "strong", "--model", "bias", "--by-group", "--json")
    assert answer.code == 0
    assert answer.out.count("\n") == 1
    row = answer.value
    for name in ("diversity@10", "unexpectedness@10", "miscalibration@10", "popularity_lift@10"):
        assert row["metrics"][name]["low"] <= row["metrics"][name]["mean"] <= row["metrics"][name]["high"]
    groups = row["groups"]
    assert {group["kind"] for group in groups} == {"ratings"}  # this data set tells nothing of its people
    assert sum(group["people"] for group in groups) == 4  # a tenth of 40
    means = [(group["people"], group["metrics"]["diversity@10"]) for group in groups]
    assert all(figure["low"] is None is figure["high"] for _, figure in means)  # fewer than 20
    whole = sum(people * figure["mean"] for people, figure in means) / 4
    assert whole == pytest.approx(row["metrics"]["diversity@10"]["mean"])
    assert "groups" not in shell("evaluate", ml, "--protocol", "strong", "--model", "bias", "--json").value


def test_the_table_of_groups(shell: Shell, ml: Path) -> None:
    answer = shell("evaluate", ml, "--protocol", "strong", "--model", "popularity", "--by-group")
    assert answer.code == 0
    assert "popularity by group" in answer.out
    assert re.search(r"(few|some|many)\s+\(\d+-\d+\)", answer.out)  # a narrow shell turns the table
    for name in ("ndcg@10", "diversity@10", "miscalibration@10"):
        assert answer.out.count(name) >= 2  # in both tables
    assert "no interval: fewer than 20 people" in answer.out


def test_demographics_are_parted_where_they_are_told(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "ml"
    folder.mkdir()
    ratings = [(u, 1 + (u + n) % 9, 1 + u * n % 5, 1_000_000_000 + u + n) for u in range(1, 41) for n in range(6)]
    movies = [(m, f"Film {m} (1999)", "Drama" if m % 2 else "War") for m in range(1, 10)]
    users = [(u, "F" if u % 4 else "M", 25, 12, 55455) for u in range(1, 41)]
    for name, rows in (("ratings", ratings), ("movies", movies), ("users", users)):
        (folder / f"{name}.dat").write_text("".join("::".join(map(str, row)) + "\n" for row in rows))
    answer = shell("evaluate", folder, "--protocol", "temporal", "--model", "popularity", "--by-group", "--json")
    assert answer.code == 0, answer.err
    groups = answer.value["groups"]
    assert {group["kind"] for group in groups} == {"ratings", "gender", "age band", "occupation"}
    people = {group["group"]: group["people"] for group in groups if group["kind"] == "gender"}
    assert set(people) <= {"F", "M"}
    assert sum(people.values()) == sum(group["people"] for group in groups if group["kind"] == "age band")


def test_recommended_lists_are_re_ranked_when_asked(shell: Shell, trained: Path) -> None:
    plain = shell("recommend", trained, "--user", 3, "-k", 4, "--json").value
    same = shell("recommend", trained, "--user", 3, "-k", 4, "--diversity", 0, "--calibration", 0, "--json").value
    assert same == plain
    varied = shell("recommend", trained, "--user", 3, "-k", 4, "--diversity", 1, "--json")
    assert varied.code == 0
    assert varied.value["note"] == "re-ranked for diversity 1"
    items = varied.value["items"]
    assert [line["rank"] for line in items] == [1, 2, 3, 4]
    assert items[0] == plain["items"][0]
    assert items[0]["genres"] != items[1]["genres"]  # there are but two kinds of movies
    table = shell("recommend", trained, "--user", 3, "-k", 4, "--diversity", 1)
    assert "re-ranked for diversity 1" in table.out
    assert "ordered by score" not in table.out
    true = shell("recommend", trained, "--user", 3, "-k", 4, "--calibration", 0.9, "--json").value
    assert true["note"] == "re-ranked for calibration 0.9"
    assert len(true["items"]) == 4


@pytest.mark.parametrize("words", [["--diversity", "1.5"], ["--calibration", "-1"], ["--diversity", "much"]])
def test_a_dial_off_its_range_is_refused(shell: Shell, trained: Path, words: list[str]) -> None:
    answer = shell("recommend", trained, "--user", 3, *words)
    assert answer.code == 2
    assert answer.out == ""
    assert words[0] in answer.err
