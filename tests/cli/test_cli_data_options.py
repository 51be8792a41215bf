"""``--scale`` and ``--columns``, and what the verbs say about the reading of a data set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Shell = Callable[..., Any]
N = 1787


def _ten_points(folder: Path, header: str = "userId,movieId,rating") -> Path:
    """1,787 ratings from 1 to 10, each of another person and movie, in a file of the name that MovieLens uses."""
    draw = np.random.default_rng(9)
    pairs = draw.permutation(60 * 40)[:N]
    rows = [f"{pair // 40},{pair % 40},{draw.integers(1, 11)}" for pair in pairs.tolist()]
    (folder / "ratings.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder / "ratings.csv"


def test_ratings_to_ten_are_all_kept(shell: Shell, tmp_path: Path) -> None:
    file = _ten_points(tmp_path)
    cleaned = shell("data", "clean", file, "--json")
    assert (cleaned.code, cleaned.value["rows_in"], cleaned.value["rows_out"]) == (0, N, N)
    assert shell("data", "describe", tmp_path, "--json").value["scale"] == {"low": 1.0, "high": 10.0, "step": 1.0}
    trained = shell("train", file, "--model", "bias", "--out", tmp_path / "bundle")
    assert trained.code == 0
    assert "1,787 ratings read, 1,787 kept; nothing dropped" in trained.err
    assert "NOTE: ratings are read as 1 to 10 in steps of 1, although" in trained.err
    manifest = json.loads((tmp_path / "bundle" / "manifest.json").read_text())
    assert manifest["scale"] == {"low": 1.0, "high": 10.0, "step": 1.0}


def test_scale_and_columns_are_taken(shell: Shell, tmp_path: Path) -> None:
    file = _ten_points(tmp_path, "who,what,mark")
    words = ["--columns", "user=who,item=what,rating=mark", "--scale", "0:10", "--json"]
    described = shell("data", "describe", file, *words).value
    assert (described["ratings"], described["scale"]["low"]) == (N, 0.0)
    protocol = ["--model", "popularity", "--protocol", "strong"]
    assert shell("evaluate", file, *protocol, *words).value["data_sha256"] == described["sha256"]
    refused = shell("data", "describe", file)
    assert refused.code == 2
    assert "--columns" in refused.err


def test_columns_not_used_are_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("user,item,rating,mood\n1,2,3,calm\n2,2,4,wild\n")
    for verb in ("describe", "clean"):
        answer = shell("data", verb, tmp_path / "x.csv")
        assert (answer.code, answer.err) == (0, "NOTE: columns not used: mood\n")
        assert shell("data", verb, tmp_path / "x.csv", "--json").value["notes"] == ["columns not used: mood"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--scale", "1-10"], "expected LOW:HIGH"),
        (["--scale", "20:30"], "no rating is left of 1,787: ratings off the scale 1,787"),
        (["--scale", "1:3"], "ratings are left of 1,787: ratings off the scale"),
        (["--columns", "userId"], "expected user=NAME"),
        (["--columns", "person=userId"], "unknown kind of column"),
        (["--columns", "item=films"], "expected a column 'films'"),
    ],
)
def test_bad_options_are_refused(shell: Shell, tmp_path: Path, option: list[str], message: str) -> None:
    answer = shell("train", _ten_points(tmp_path), "--model", "bias", "--out", tmp_path / "out", *option)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert not (tmp_path / "out").exists()


def test_convert_writes_what_is_left_after_cleaning_and_counts_the_rest(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    file.write_text("user_id,item_id,rating\n1,10,5\n1,10,5\n1,20,3\n2,10,\n2,20,1\n")
    answer = shell("data", "convert", file, tmp_path / "ratings.inter", "--json")
    assert answer.code == 0
    assert answer.value == {"out": str(tmp_path / "ratings.inter"), "rows_in": 5, "rows_out": 3, "notes": []}
    assert "5 ratings read, 3 kept; dropped: missing values 1, repeated rows 1" in answer.err
    written = (tmp_path / "ratings.inter").read_text()
    assert written == "user_id:token\titem_id:token\trating:float\n1\t10\t5.0\n1\t20\t3.0\n2\t20\t1.0\n"


def test_convert_refuses_another_ending_before_it_reads(shell: Shell, tmp_path: Path) -> None:
    answer = shell("data", "convert", tmp_path / "no such file", tmp_path / "ratings.xlsx")
    assert answer.code == 2
    assert "ratings.xlsx: is of an unknown kind; give a name that ends in .inter, .parquet" in answer.err


STARS = "1\t10\t5\t9\n1\t20\t3\t8\n2\t10\t4\t7\n2\t20\t1\t6\n"
ML_100K = {"u.data": STARS, "u.item": "".join(f"{i}|Film {i} (1995)|{'|' * 20}\n" for i in (10, 20))}
CSV = {"ratings.csv": "userId,movieId,rating\n1,10,5\n2,20,3\n", "movies.csv": "movieId,title,genres\n10,A,x\n20,B,\n"}
INTER = {"x.inter": "user_id:token\titem_id:token\n1\t10\n2\t20\n", "x.item": "item_id:token\n10\n20\n"}


@pytest.mark.parametrize("verb", ["convert", "clean"])
@pytest.mark.parametrize(
    ("files", "source", "target", "problem"),
    [
        (ML_100K, ".", "u.inter", "u.inter: lies inside the data set that is read"),
        (ML_100K, "u.data", "u.csv", "u.csv: lies inside"),
        (CSV, "ratings.csv", "ratings.csv", "ratings.csv: lies inside"),
        (CSV, "ratings.csv", "movies.csv", "movies.csv: lies inside"),
        (CSV, ".", "new/x.inter", "x.inter: lies inside"),
        ({"src.csv": CSV["ratings.csv"]}, "src.csv", "../d/src.csv", "src.csv: is the data set that is read"),
        ({"src.csv": CSV["ratings.csv"]}, "src.csv", "link.csv", "link.csv: is the data set that is read"),
        (INTER, "x.inter", "x.inter", "x.inter: is the data set that is read"),
    ],
)
def test_nothing_is_written_over_what_is_read(
    shell: Shell, tmp_path: Path, verb: str, files: dict[str, str], source: str, target: str, problem: str
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    if target == "link.csv":
        (folder / target).hardlink_to(folder / source)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    out = ["--out"] if verb == "clean" else []
    answer = shell("data", verb, folder / source, *out, folder / target)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1), answer.err
    assert problem in answer.err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_convert_beside_the_source_is_still_possible(shell: Shell, tmp_path: Path) -> None:
    for name, content in {"src.csv": CSV["ratings.csv"], **INTER}.items():
        (tmp_path / name).write_text(content)
    for source, target in (("src.csv", "src.parquet"), ("src.csv", "src.inter"), ("x.inter", "x.csv")):
        for _ in range(2):
            answer = shell("data", "convert", tmp_path / source, tmp_path / target)
            assert answer.code == 0, answer.err
    assert (tmp_path / "src.csv").read_text() == CSV["ratings.csv"]
