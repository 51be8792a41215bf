"""Bad input: exit code 2, one line on stderr that says what and where, nothing on stdout, nothing half-written."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Callable[..., Any]
HEADER = "userId,movieId,rating,timestamp\n"


def refused(answer: Any, *patterns: str) -> None:
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1, answer.err
    assert answer.err.startswith("error: ")
    for pattern in patterns:
        assert re.search(pattern, answer.err), (pattern, answer.err)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# ---------------------------------------------------------------------------------------------- ratings that are none


BAD_FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, r"r\.csv.*no such file"),
    "empty": (b"", r"r\.csv.*empty"),
    "header only": (HEADER.encode(), r"r\.csv"),
    "wrong delimiter": (b"userId|movieId;rating\n1|2;3\n", r"r\.csv"),
    "missing column": (b"userId,rating,timestamp\n1,2,3\n", r"r\.csv.*item_id"),
    "no ratings at all": (b"userId,movieId,rating\n1,2,abc\n1,3,def\n", r"r\.csv"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), r"r\.csv"),
}


@pytest.mark.parametrize("command", ["describe", "clean", "train"])
@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_ratings_file_is_refused_by_name(shell: Shell, tmp_path: Path, kind: str, command: str) -> None:
    content, pattern = BAD_FILES[kind]
    file, target = tmp_path / "in" / "r.csv", tmp_path / "out"
    file.parent.mkdir()
    if content is not None:
        file.write_bytes(content)
    before = tree(tmp_path)
    words: list[object] = {
        "describe": ["data", "describe", file],
        "clean": ["data", "clean", file, "--out", target.with_suffix(".csv")],
    }.get(command, ["train", file, "--model", "bias", "--out", target])
    refused(shell(*words), pattern)
    assert tree(tmp_path) == before
    assert not target.exists()


def test_truncated_zip_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    file.write_bytes(b"PK\x03\x04" + b"\0" * 40)
    refused(shell("data", "describe", file), r"r\.zip")


def test_folder_of_something_else_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"meow")
    refused(shell("data", "describe", tmp_path), r"expected u\.data.*found cat\.jpg")


# ---------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (["trian", "x"], "No such command 'trian'.*train"),
        (["train", "x"], r"Missing option '--out'.*\(see reelgraph train --help\)"),
        (["train", "--out", "B"], "Missing argument 'DATA'"),
        (["train", "x", "--out", "B", "--epochs", "3"], "No such option: --epochs"),
        (["train", "x", "--out", "B", "--seed", "-1"], "--seed"),
        (["train", "x", "--out", "B", "--seed", "one"], "--seed"),
        (["train", "x", "--out", "B", "--device", "gpu"], "error: --device: 'gpu' is unknown; known are cpu, cuda"),
        (["train", "x", "--out", "B", "--model", "gnc"], r"gnc: .*did you mean 'gcn'\?"),
        (["train", "x", "--model", "gcn", "--out", "B", "--set", "epoch=3"], r"epoch: .*did you mean 'epochs'\?"),
        (["train", "x", "--model", "gcn", "--out", "B", "--set", "epochs=0"], "epochs: 0 is not valid"),
        (["train", "x", "--model", "gcn", "--out", "B", "--set", "epochs=many"], "epochs: 'many' is not valid"),
        (["train", "x", "--model", "gcn", "--out", "B", "--set", "epochs"], "epochs: expected key=value"),
        (["train", "x", "--out", "B", "--config", "none.toml"], r"none\.toml: no such config file"),
        (["train", "x", "--out", "B"], "x: no such file or folder"),
        (["store", "retrain", "s", "x", "--out", "B", "--device", "tpu"], "--device: 'tpu' is unknown; known are cpu"),
        (["evaluate", "x", "--protocol", "temporl"], r"did you mean 'temporal'\?"),
        (["data", "get", "ml-1"], r"did you mean 'ml-1(0)?m'\?"),
        (["data", "clean", "x", "--min-user-ratings", "0"], "--min-user-ratings"),
        (["recommend", "B", "--user", "1", "-k", "0"], "'-k' / '--count'"),
        (["recommend", "B", "--user", "1", "-k", "many"], "'-k' / '--count'"),
        (["recommend", "B", "--user"], "'--user'"),
        (["recommend", "B"], "either --user or --ratings"),
        (["recommend", "B", "--user", "1", "--ratings", "r.csv"], "either --user or --ratings"),
        (["recommend", "B", "--user", "1"], "B is not a bundle: no manifest.json.*reelgraph train"),
        (["similar", "B"], "Missing option '--item'"),
        (["similar", "B", "--item", "Up"], "B is not a bundle"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_words_are_refused(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(shell(*words), pattern)
    assert list(tmp_path.iterdir()) == []


def test_config_of_another_model_or_with_unknown_tables_is_refused(shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('model = "bias"\n')
    words = ["train", "x", "--config", config, "--out", tmp_path / "B"]
    refused(shell(*words, "--model", "gcn"), "c.toml is for 'bias', not for 'gcn'")
    config.write_text('model = "bias"\n[setings]\na = 1\n')
    refused(shell(*words), r"c\.toml: setings: unknown setting; known are model, settings")
    config.write_text("model = \n")
    refused(shell(*words), r"c\.toml: not valid TOML")


# ---------------------------------------------------------------------------------------------- bundles and people


@pytest.mark.parametrize(
    "file", ["manifest.json", "scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet"]
)
def test_damaged_bundle_is_refused_by_the_files_name(shell: Shell, bundle: Path, file: str) -> None:
    content = bytearray((bundle / file).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (bundle / file).write_bytes(content)
    refused(shell("recommend", bundle, "--user", 1), re.escape(file))
    refused(shell("similar", bundle, "--item", 1), re.escape(file))


def test_a_misspelt_title_is_found_and_said(shell: Shell, trained: Path) -> None:
    answer = shell("similar", trained, "--item", "Toy Stroy", "--json")
    assert answer.code == 0
    assert {line["like_item_id"] for line in answer.value["items"]} == {1}
    assert answer.value["note"] == "'Toy Stroy' is taken to be Toy Story (1995) (id 1)"
    muted = shell("recommend", trained, "--user", 1, "--not-interested", "toy stroy", "--json")
    assert muted.code == 0
    assert "'toy stroy' is taken to be Toy Story (1995) (id 1)" in muted.err


def test_files_of_movies_may_have_titles(shell: Shell, trained: Path, tmp_path: Path) -> None:
    names, ids, mine = tmp_path / "names.txt", tmp_path / "ids.txt", tmp_path / "mine.csv"
    names.write_text("the matrix\nToy Story (1995)\n3\n")
    ids.write_text("6\n1\n3\n")
    mine.write_text("item_id,rating\n5,4\n")
    for option in ("--exclude", "--include"):
        by_name = shell("recommend", trained, "--ratings", mine, option, names, "--json").value["items"]
        by_id = shell("recommend", trained, "--ratings", mine, option, ids, "--json").value["items"]
        assert by_name == by_id
    assert {line["item_id"] for line in by_name} == {1, 3, 6}


@pytest.mark.parametrize("option", ["--include", "--exclude"])
def test_lines_of_a_file_of_movies_that_are_unknown_are_told_and_the_others_taken(
    shell: Shell, trained: Path, tmp_path: Path, option: str
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("Toy Story (1995)\n\nA Film Nobody Made\n3\n" + "x" * 3000 + "\n" + "998\n" * 6)
    answer = shell("recommend", trained, "--user", 1, "--seen", "also", "-k", 30, option, names, "--json")
    assert answer.code == 0, answer.err
    expected = {1, 3} if option == "--include" else set(range(1, 25)) - {1, 3}
    assert {line["item_id"] for line in answer.value["items"]} == expected
    lines = answer.err.splitlines()
    assert lines[0] == "names.txt, 2 of 10 movies found"
    assert lines[1].startswith("names.txt, line 3: no movie has the id or title 'A Film Nobody Made'")
    assert lines[2].startswith("names.txt, line 5: no movie has the id or title 'xxx")
    assert len(lines[2]) <= len("names.txt, line 5: ") + 200
    assert [line.split(":")[0] for line in lines[3:]] == [f"names.txt, line {n}" for n in (6, 7, 8)] + [
        "names.txt, and 3 more lines"
    ]


def test_a_table_of_several_people_is_turned_into_a_file_of_movies_as_the_hint_says(
    shell: Shell, trained: Path, tmp_path: Path
) -> None:
    table, mine = tmp_path / "home.csv", tmp_path / "mine.csv"
    table.write_text("profile,title,year,rating\nAnn,Toy Story,1995,5\nBob,Heat,1995,4\nAnn,Nobody Made,1999,5\n")
    refused(
        shell("recommend", trained, "--user", 1, "--include", table),
        r"2 profiles: Ann, Bob .*--profile NAME; in `reelgraph import`, whose --out and --watchlist files --include",
    )
    assert shell("import", table, "--bundle", trained, "--out", mine, "--profile", "Ann").code == 0
    answer = shell("recommend", trained, "--user", 1, "--seen", "also", "--include", mine, "--json")
    assert [line["item_id"] for line in answer.value["items"]] == [1], answer.err


def test_long_texts_of_a_list_are_clipped_in_the_report(shell: Shell, trained: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text(f"title,year,rating\nToy Story,1995,5\n{'x' * 400},1999,5\nHeat,1995,{'y' * 4000}\nM,1931,3\n")
    answer = shell("recommend", trained, "--user", 1, "--include", table, "--json")
    assert answer.code == 0, answer.err
    assert "x" * 199 + "… (1999)" in answer.err
    assert "x" * 200 not in answer.err
    assert "y" * 201 not in answer.err


def test_unknown_people_and_movies_are_refused_with_a_hint(shell: Shell, trained: Path, tmp_path: Path) -> None:
    refused(shell("recommend", trained, "--user", 99), "unknown user '99'.*40 are known")
    refused(shell("recommend", trained, "--user", "ann"), "unknown user 'ann'")
    refused(shell("similar", trained, "--item", "Flim"), r"no movie has .* 'Flim' \(did you mean: Film \d+ \(")
    refused(shell("recommend", trained, "--user", 1, "--genre", "Comdy"), r"did you mean 'Comedy'\?")
    ids = tmp_path / "ids.txt"
    refused(shell("recommend", trained, "--user", 1, "--exclude", ids), "ids.txt: no such file")
    ids.write_text("998\n\n999\n")
    expected = r"ids\.txt: none of its 2 movies is in the bundle \(0 of 2 .*line 1: .*'998'.*line 3: .*'999'"
    refused(shell("recommend", trained, "--user", 1, "--exclude", ids), expected)
    for blank in ("", " \n\n"):
        ids.write_text(blank)
        for option in ("--include", "--exclude"):
            refused(shell("recommend", trained, "--user", 1, option, ids), r"ids\.txt: is empty; give one")
    (tmp_path / "empty").mkdir()
    refused(shell("recommend", trained, "--user", 1, "--include", tmp_path / "empty"), "empty: expected a Letterboxd")
    ids.write_bytes(b"\xff\xfe\x31")
    refused(shell("recommend", trained, "--user", 1, "--include", ids), "ids.txt.*one item id or title a line")


def test_bad_own_ratings_are_refused(shell: Shell, trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    refused(shell("recommend", trained, "--ratings", file), r"mine\.csv.*no such file")
    for content in ("", "item_id\n", "film;stars\n"):
        file.write_text(content)
        refused(shell("recommend", trained, "--ratings", file), r"mine\.csv")
    file.write_text("item_id,rating\n998,5\n999,4\n")
    refused(shell("recommend", trained, "--ratings", file), r"mine\.csv.*998.*none of its 2 movies is in the bundle")


def test_own_movies_that_the_bundle_lacks_are_counted_with_their_lines(
    shell: Shell, trained: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("item_id,rating\n1,5\n999,4\n3,4\n")
    answer = shell("recommend", trained, "--ratings", file, "-k", 30, "--json")
    assert answer.code == 0
    assert "3 ratings read, 2 kept; dropped: movies not in the bundle 1" in answer.err
    assert "line 3: movie 999" in answer.err
    assert {line["item_id"] for line in answer.value["items"]} == set(range(1, 25)) - {1, 3}


def test_movies_seen_without_a_rating_are_never_recommended(shell: Shell, trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("item_id,rating,timestamp,title\n1,4.5,,Toy Story\n2,,1600000000,Heat\n3,0,,Amélie\n5,,,\n")
    answer = shell("recommend", trained, "--ratings", file, "-k", 30, "--json")
    assert answer.code == 0, answer.err
    assert {line["item_id"] for line in answer.value["items"]} == set(range(1, 25)) - {1, 2, 3, 5}
    assert "seen without a rating: 3" in answer.err
    file.write_text("item_id,rating\n2,\n")
    cold = shell("recommend", trained, "--ratings", file, "-k", 30, "--json").value
    assert cold["answered_by"] == "popularity"
    assert 2 not in {line["item_id"] for line in cold["items"]}


def test_model_without_vectors_says_what_to_train(shell: Shell, ml: Path, tmp_path: Path) -> None:
    assert shell("train", ml, "--model", "bias", "--out", tmp_path / "B").code == 0
    refused(shell("similar", tmp_path / "B", "--item", 1), "the model 'bias' has no item vectors .*train gcn")


# ---------------------------------------------------------------------------------------------- places to write


def one_error(answer: Any, pattern: str) -> None:
    """Exit 2 and one error line, after the line that says what was read."""
    assert answer.code == 2
    errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "Traceback" not in answer.err
    assert re.search(pattern, errors[0]), errors[0]


@pytest.mark.parametrize("words", [["train", "--model", "bias"], ["train"], ["demo"]], ids=" ".join)
def test_what_is_not_a_bundle_is_refused_before_any_work(shell: Shell, tmp_path: Path, words: list[str]) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"meow")
    before = tree(tmp_path)
    refused(shell(words[0], "no-such-data", *words[1:], "--out", folder), "photos exists and is not a bundle")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("model", ["bias", "gcn"])
def test_place_that_cannot_be_written_is_refused(shell: Shell, ml: Path, tmp_path: Path, model: str) -> None:
    (tmp_path / "file").write_text("mine")
    target = tmp_path / "file" / "B"
    one_error(shell("train", ml, "--model", model, "--out", target), "cannot write .*Not a directory")
    refused(shell("data", "clean", ml, "--out", target / "x.csv"), "cannot be written: .*file is not a folder")
    assert tree(tmp_path) == {"file": b"mine"}


def test_full_disk_leaves_the_old_bundle_and_nothing_else(
    shell: Shell, ml: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(bundle.parent)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    one_error(shell("train", ml, "--model", "bias", "--out", bundle), "cannot write .*No space left on device")
    assert tree(bundle.parent) == before
    answer = shell("data", "clean", ml, "--out", bundle.parent / "clean.csv")
    refused(answer, r"clean\.csv: cannot be written: No space left on device")
    assert tree(bundle.parent) == before
