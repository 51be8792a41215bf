"""Reasons and what-if in the shell."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

Shell = Callable[..., Any]


def unseen(shell: Shell, trained: Path, user: int) -> list[int]:
    return [line["item_id"] for line in shell("recommend", trained, "--user", user, "-k", 4, "--json").value["items"]]


def test_explain_adds_up_in_json_and_in_the_table(shell: Shell, trained: Path) -> None:
    item = unseen(shell, trained, 7)[0]
    answer = shell("explain", trained, "--user", 7, "--item", item, "--json")
    assert (answer.code, answer.err) == (0, "")
    value = answer.value
    assert value["method"] == "sum"
    assert len(value["reasons"]) == 16
    total = sum(reason["share"] for reason in value["reasons"]) + sum(value["apart"].values())
    assert total == pytest.approx(value["score"], abs=1e-5)
    assert value["sum"] == pytest.approx(total)
    assert sum(value["groups"]["genres"].values()) == pytest.approx(total - sum(value["apart"].values()))
    assert value["groups"]["people"] == {}
    shown = shell("explain", trained, "--user", 7, "--item", item, "--top", 2)
    assert shown.code == 0
    assert shown.out.count("because you gave") == 3  # of the movie, and its two rows
    assert f"{value['sum']:.3f}" in shown.out
    assert "popularity of the movie" in shown.out
    assert "viewers who loved both" in shown.out


def test_explain_one_by_one_is_named_so(shell: Shell, trained: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n2,1\n")
    value = shell("explain", trained, "--ratings", mine, "--item", 3, "--leave-one-out", "--json").value
    assert (value["method"], value["unit"], len(value["reasons"])) == ("leave-one-out", "stars", 2)
    assert "do not add up" in shell("explain", trained, "--ratings", mine, "--item", 3, "--leave-one-out").out


def test_what_if_shows_what_moved_and_fills_the_list_up(shell: Shell, trained: Path) -> None:
    first = unseen(shell, trained, 7)
    words = ("recommend", trained, "--user", 7, "-k", 4, "--not-interested", first[0])
    value = shell(*words, "--json").value
    assert [line["item_id"] for line in value["items"]][:3] == first[1:]
    assert len(value["items"]) == 4
    assert {"item_id": first[0], "before": 1, "after": None} == {
        key: value["moved"][-1][key] for key in ("item_id", "before", "after")
    }
    shown = shell(*words)
    assert "no longer in the list" in shown.out
    assert "before" in shown.out


def test_muted_and_damped_ratings(shell: Shell, trained: Path, tmp_path: Path) -> None:
    mine, less = tmp_path / "mine.csv", tmp_path / "less.csv"
    mine.write_text("item_id,rating\n1,5\n2,1\n4,5\n")
    less.write_text("item_id,rating\n1,5\n2,1\n4,\n")
    muted = shell("recommend", trained, "--ratings", mine, "--mute", 4, "--json").value
    assert muted["items"] == shell("recommend", trained, "--ratings", less, "--json").value["items"]
    damped = shell("recommend", trained, "--ratings", mine, "--damp", "[rec] (2007)=0", "--json").value
    assert damped == muted
    assert "moved" not in shell("recommend", trained, "--ratings", mine, "--json").value


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["recommend", "--mute", "nosuch"], "no movie has the id or title 'nosuch'"),
        (["recommend", "--damp", "4"], "--damp: '4' is not valid: expected ITEM=NUMBER"),
        (["recommend", "--damp", "4=1.5"], "damp: 1.5 is not valid"),
        (["recommend", "--stars", "4=9"], "expected stars from 0.5 to 5"),
        (["explain", "--item", "nosuch"], "no movie has the id or title 'nosuch'"),
    ],
)
def test_bad_words_are_one_line(shell: Shell, trained: Path, words: list[str], text: str) -> None:
    answer = shell(words[0], trained, "--user", 7, *words[1:])
    assert answer.code == 2
    assert text in answer.err
    assert answer.err.count("\n") == 1


def test_unusable_times_of_an_own_file_are_named(shell: Shell, trained: Path, tmp_path: Path) -> None:
    mine = tmp_path / "timed.csv"
    mine.write_text("item_id,rating,timestamp\n1,5,1000000000\n2,4,1000000100\n4,4,x\n5,3,99999999999\n")
    answer = shell("recommend", trained, "--ratings", mine, "--json")
    assert answer.code == 0
    assert "taken as unknown: line 4: 'x'; line 5: '99999999999'" in answer.err
    assert "2 without a time, taken as older than all others" in answer.err


def test_explain_needs_somebody(shell: Shell, trained: Path) -> None:
    answer = shell("explain", trained, "--item", 3)
    assert answer.code == 2
    assert "give either --user or --ratings" in answer.err


def test_forget_leaves_a_receipt_and_the_person_is_unknown(shell: Shell, bundle: Path) -> None:
    answer = shell("forget", bundle, "--user", 7, "--json")
    assert answer.code == 0
    value = answer.value
    assert value["forgotten"]["ratings"] == 16
    assert value["forgotten"]["learnt"] < 16
    assert [(part["kind"], part["exactly"]) for part in value["forgotten"]["parts"]] == [("fold-in", False)]
    assert value["before"]["history.safetensors"] != value["after"]["history.safetensors"]
    assert "unknown user '7'" in shell("recommend", bundle, "--user", 7).err
    again = shell("forget", bundle, "--user", 7)
    assert again.code == 2
    assert "unknown user '7'" in again.err


def test_forget_one_rating_and_the_movie_may_be_listed_again(shell: Shell, ml: Path, tmp_path: Path) -> None:
    path = tmp_path / "B"
    assert shell("train", ml, "--model", "bias", "--out", path).code == 0
    before = [line["item_id"] for line in shell("recommend", path, "--user", 7, "-k", 24, "--json").value["items"]]
    gone = next(item for item in range(1, 25) if item not in before)
    answer = shell("forget", path, "--user", 7, "--item", gone, "--verify")
    assert answer.code == 0
    assert "1 rating is no longer stored" in answer.out
    assert "largest difference to a new fit without it" in answer.out
    after = [line["item_id"] for line in shell("recommend", path, "--user", 7, "-k", 24, "--json").value["items"]]
    assert set(after) == {*before, gone}


def test_the_smallest_change_is_told_and_does(shell: Shell, ml: Path, tmp_path: Path) -> None:
    path = tmp_path / "B"
    words = ["--model", "graph-filter", "--set", "ridge=5", "--set", "choose=false"]
    assert shell("train", ml, *words, "--out", path).code == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n3,4.5\n2,4\n4,5\n")
    third = shell("recommend", path, "--ratings", mine, "-k", 3, "--json").value["items"][2]["item_id"]
    asked = ("explain", path, "--ratings", mine, "--item", third, "--counterfactual", "-k", 2)
    value = shell(*asked, "--json").value
    assert (value["rank"], value["k"], value["smallest"]) == (3, 2, True)
    changes = []
    for one in value["alterations"]:
        stars = one["becomes"]
        changes += ["--mute", one["item_id"]] if stars is None else ["--stars", f"{one['item_id']}={stars}"]
    after = shell("recommend", path, "--ratings", mine, "-k", 2, *changes, "--json").value["items"]
    assert third in {line["item_id"] for line in after}
    shown = shell(*asked)
    assert f"is number 3, not in the list of 2; it would be number {value['after']} with" in shown.out
    assert shell(*asked, "--mute", 1).code == 2


def test_together_and_compatible(shell: Shell, trained: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n2,1\n3,\n")
    value = shell("together", trained, "--user", 7, "--ratings", mine, "-k", 3, "--json").value
    assert [one["name"] for one in value["people"]] == ["7", "mine"]
    assert not {line["item_id"] for line in value["lines"]} & {1, 2, 3}
    assert all(len(line["opinions"]) == 2 for line in value["lines"])
    shown = shell("together", trained, "--user", 7, "--ratings", mine, "--how", "least-misery", "--by", "stars")
    assert shown.code == 0
    assert "Who gives up what" in shown.out
    likes = shell("compatible", trained, "--user", 7, "--user", 9, "--json").value
    other = shell("compatible", trained, "--user", 7, "--user", 8, "--json").value
    assert likes["likeness"] > 0.5 > -0.5 > other["likeness"]  # odd people like the odd movies, even ones the even
    assert sum(film["share"] for film in likes["films"]) + likes["apart"] == pytest.approx(likes["likeness"], abs=1e-4)
    assert "within one star" in shell("compatible", trained, "--user", 7, "--user", 9).out
    assert shell("compatible", trained, "--user", 7).code == 2
    assert "two are called '7'" in shell("together", trained, "--user", 7, "--user", 7).err
    assert "nobody" in shell("together", trained).err


def test_ask_lists_questions_or_asks_them(
    shell: Shell, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = shell("ask", trained, "-k", 3, "--json").value
    assert len(listed) == 3
    assert [one["worth"] for one in listed] == sorted([one["worth"] for one in listed], reverse=True)
    shown = shell("ask", trained).out
    assert "What to ask next" in shown
    assert next(line for line in shown.splitlines() if listed[0]["title"] in line).split("│")[3].strip() == "1.00"
    mine = tmp_path / "mine.csv"
    monkeypatch.setattr("sys.stdin", io.StringIO("4.5\n\nnine\n9\n2\nq\n"))
    answer = shell("ask", trained, "--out", mine, "-k", 5)
    assert answer.code == 0
    assert "'nine' is not from 0.5 to 5" in answer.err
    rows = mine.read_text().splitlines()
    assert rows[0] == "item_id,rating"
    assert rows[1] == f"{listed[0]['item_id']},4.5"
    assert [row.split(",")[1] for row in rows[1:]] == ["4.5", "2"]
    assert shell("recommend", trained, "--ratings", mine, "-k", 2, "--json").code == 0
    further = shell("ask", trained, "--ratings", mine, "--not-seen", "Heat (1995)", "-k", 24, "--json").value
    assert not {one["item_id"] for one in further} & {2, *(int(row.split(",")[0]) for row in rows[1:])}
    assert shell("ask", trained, "--out", mine, "--json").code == 2
    assert "is a folder" in shell("ask", trained, "--out", tmp_path).err  # said before the first question


@pytest.mark.parametrize("broken", [KeyboardInterrupt, typer.Abort])  # at the keyboard, and when the input ends
def test_ctrl_c_keeps_the_answers_given(
    shell: Shell, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: type[BaseException]
) -> None:
    mine, given = tmp_path / "mine.csv", iter(["4.5", "", "2"])

    def answer(*_: object, **__: object) -> str:
        for text in given:
            return text
        raise broken

    monkeypatch.setattr("typer.prompt", answer)
    assert shell("ask", trained, "--out", mine, "-k", 9).code == 0
    assert [row.split(",")[1] for row in mine.read_text().splitlines()] == ["rating", "4.5", "2"]
    # Before the first answer there is nothing to keep, and the file stays as it was.
    kept = mine.read_bytes()
    assert shell("ask", trained, "--out", mine).code == 130
    assert mine.read_bytes() == kept


def test_answers_keep_what_was_seen_without_a_rating(
    shell: Shell, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n3,\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    assert shell("ask", trained, "--ratings", mine, "--out", mine).code == 0
    assert mine.read_text() == "item_id,rating\n1,5\n3,\n"


def test_a_film_that_nobody_rated_is_in_no_list(shell: Shell, ml: Path, tmp_path: Path) -> None:
    folder, path = shutil.copytree(ml, tmp_path / "ml"), tmp_path / "b"
    with (folder / "movies.csv").open("a", encoding="utf-8") as movies:
        movies.write("99,Never Seen (1999),Drama\n")
    assert shell("train", folder, "--model", "popularity", "--out", path).code == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating\n1,5\n")
    listed = shell("recommend", path, "--ratings", mine, "-k", 99, "--json").value["items"]
    assert {line["item_id"] for line in listed} == set(range(2, 25))  # all others of the 24


def test_recent_lists_need_times(shell: Shell, trained: Path, ml: Path, tmp_path: Path) -> None:
    filtered = tmp_path / "filtered"
    words = ["--model", "graph-filter", "--set", "choose=false"]
    assert shell("train", ml, *words, "--out", filtered).code == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("item_id,rating,timestamp\n1,5,100\n2,1,200\n4,5,300\n7,4,400\n")
    value = shell("recommend", filtered, "--ratings", mine, "--recent", "--json").value
    assert "more like what was rated or seen last" in value["note"]
    plain = shell("recommend", filtered, "--ratings", mine, "--json").value
    scores = [{line["item_id"]: line["score"] for line in each["items"]} for each in (plain, value)]
    assert scores[0] != scores[1]
    assert shell("recommend", filtered, "--ratings", mine, "--recent", "--why").code == 0
    mine.write_text("item_id,rating\n1,5\n2,1\n")
    answer = shell("recommend", filtered, "--ratings", mine, "--recent")
    assert answer.code == 2
    assert "not known" in answer.err
    assert "ranks by predicted stars" in shell("recommend", trained, "--user", 7, "--recent").err
    assert shell("recommend", trained, "--all", "--out", tmp_path / "lists.csv", "--recent").code == 2


def test_reasons_of_a_recent_list_are_its_own(shell: Shell, ml: Path, tmp_path: Path) -> None:
    trained = tmp_path / "filtered"
    assert shell("train", ml, "--model", "graph-filter", "--set", "choose=false", "--out", trained).code == 0
    (first,) = shell("recommend", trained, "--user", 7, "-k", 1, "--recent", "--json").value["items"]
    why = shell("explain", trained, "--user", 7, "--item", first["item_id"], "--recent", "--json").value
    assert why["score"] == pytest.approx(first["score"], abs=1e-4)
    plain = shell("explain", trained, "--user", 7, "--item", first["item_id"], "--json").value
    assert plain["score"] != pytest.approx(why["score"], abs=1e-4)
    refused = shell("explain", trained, "--user", 7, "--item", first["item_id"], "--recent", "--counterfactual")
    assert (refused.code, "cannot be combined" in refused.err) == (2, True)
    group = [
        shell("together", trained, "--user", 7, "--user", 8, "-k", 3, *recent, "--json").value["lines"]
        for recent in ((), ("--recent",))
    ]
    assert [line["value"] for line in group[0]] != [line["value"] for line in group[1]]
    refused = shell("together", trained, "--user", 7, "--user", 8, "--recent", "--by", "stars")
    assert (refused.code, "leave out --by stars" in refused.err) == (2, True)
