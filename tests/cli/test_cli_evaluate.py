"""`reelgraph evaluate`: lengths, metrics, values of each person, own splits, folds, and lists of another library."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.evaluation import rank_all

Shell = Callable[..., Any]


@pytest.fixture(scope="module")
def own_split(ml: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The rows of the small data set in three files: each person's last rating, the one before it, and the others."""
    folder = tmp_path_factory.mktemp("split")
    ratings = pl.read_csv(ml / "ratings.csv").with_columns(
        from_end=pl.col("timestamp").rank("ordinal", descending=True).over("userId")
    )
    paths = {}
    for name, is_part in (
        ("test", pl.col("from_end") == 1), ("valid", pl.col("from_end") == 2), ("train", pl.col("from_end") > 2),
    ):  # fmt: skip
        paths[name] = folder / f"{name}.csv"
        ratings.filter(is_part).drop("from_end").write_csv(paths[name])
    return paths


def test_lengths_metrics_and_a_row_for_each_person(shell: Shell, ml: Path, tmp_path: Path) -> None:
    out = tmp_path / "per-user.parquet"
    answer = shell(
        "evaluate", ml, "--protocol", "leave-last-out", "--model", "popularity",
        "-k", "2,5", "--metrics", "ndcg,recall@3", "--out", out, "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert list(answer.value["metrics"]) == ["ndcg@2", "ndcg@5", "recall@3"]
    assert answer.value["protocol"] == "leave-last-out"
    table = pl.read_parquet(out)
    assert table.columns == ["user_id", "metric", "value", "weight"]
    assert table.height == 40 * 3
    assert sorted(table["user_id"].unique().to_list()) == list(range(1, 41))
    for metric, figures in answer.value["metrics"].items():
        assert table.filter(pl.col("metric") == metric)["value"].mean() == pytest.approx(figures["mean"])
    text = tmp_path / "per-user.csv"
    assert (
        shell("evaluate", ml, "--protocol", "leave-last-out", "--model", "popularity", "-k", "2,5", "--out", text).code
        == 0
    )
    assert pl.read_csv(text).filter(pl.col("metric") == "ndcg@5")["value"].to_list() == pytest.approx(
        table.filter(pl.col("metric") == "ndcg@5")["value"].to_list()
    )


def test_an_own_split_gives_the_figures_of_the_same_split(shell: Shell, ml: Path, own_split: dict[str, Path]) -> None:
    files = [word for name, path in own_split.items() for word in (f"--{name}", path)]
    own = shell("evaluate", *files, "--model", "popularity", "--metrics", "ndcg,recall", "--json")
    assert own.code == 0, own.err
    assert own.value["protocol"] == "own-split"
    interactions = rg.index(rg.clean(rg.read(ml))[0].ratings)
    split = rg.split(interactions, rg.LeaveLastOut())
    edges = {
        name: np.flatnonzero([pair in set(_pairs(part)) for pair in _pairs_of(interactions)])
        for name, part in (("valid", split.valid), ("test", split.test))
    }
    same = rg.split(interactions, rg.PredefinedSplit(edges["test"], edges["valid"]))
    report = rg.evaluate(rg.Popularity().fit(same.train).scorer, same.test, metrics=["ndcg", "recall"])
    assert own.value["metrics"]["ndcg@10"]["mean"] == pytest.approx(report["ndcg"].mean)
    assert own.value["metrics"]["recall@10"]["mean"] == pytest.approx(report["recall"].mean)


def _pairs(part: rg.EvalPart) -> list[tuple[int, int]]:
    rows, items = part.target.nonzero()
    return list(zip(part.users[rows].tolist(), items.tolist(), strict=True))


def _pairs_of(interactions: rg.Interactions) -> list[tuple[int, int]]:
    return list(zip(interactions.user_row.tolist(), interactions.item_row.tolist(), strict=True))


def test_an_own_split_without_validation_and_with_movies(shell: Shell, ml: Path, own_split: dict[str, Path]) -> None:
    words = ("--train", own_split["train"], "--test", own_split["test"], "--model", "graph-filter", "--json")
    answer = shell("evaluate", ml, *words)
    assert answer.code == 0, answer.err
    assert "diversity@10" in answer.value["metrics"]  # the genres are those of DATA
    assert "no validation" in answer.value["text"]
    assert "diversity@10" not in shell("evaluate", *words).value["metrics"]


def test_the_lists_of_a_file(shell: Shell, ml: Path, tmp_path: Path) -> None:
    split = rg.split(rg.index(rg.clean(rg.read(ml))[0].ratings), rg.PerUser(valid=0.1, test=0.1), seed=0)
    ranked = rank_all(rg.Popularity().fit(split.train).scorer, split.test, 5)
    lists = pl.DataFrame(
        {
            "user_id": np.repeat(split.train.users.ids[split.test.users], 5),
            "item_id": split.train.items.ids[ranked.items.ravel()],
            "score": ranked.scores.ravel(),
        }
    ).vstack(pl.DataFrame({"user_id": [99], "item_id": [1], "score": [1.0]}, schema_overrides={"score": pl.Float32}))
    options = ("--protocol", "per-user", "-k", "5", "--json")
    values = []
    for name in ("lists.parquet", "lists.csv", "lists.tsv"):
        path = tmp_path / name
        if name.endswith("parquet"):
            lists.write_parquet(path)
        else:
            lists.write_csv(path, separator="\t" if name.endswith("tsv") else ",")
        answer = shell("evaluate", ml, "--lists", path, *options)
        assert answer.code == 0, answer.err
        assert answer.value["notes"] == ["people who are not in the data, whose lists are ignored: 1"]
        assert answer.value["model"] == str(path)
        values.append(answer.value["metrics"])
    own = shell("evaluate", ml, "--model", "popularity", *options).value["metrics"]
    assert all(value["recall@5"] == values[0]["recall@5"] for value in values)
    assert values[0]["recall@5"]["mean"] > 0
    assert abs(values[0]["recall@5"]["mean"] - own["recall@5"]["mean"]) < 0.05  # ties that go on behind place 5 differ


def test_folds_are_measured_one_after_the_other(shell: Shell, ml: Path, tmp_path: Path) -> None:
    out = tmp_path / "per-user.parquet"
    words = ("--protocol", "k-fold:3", "--model", "bias", "--metrics", "rmse,ndcg,coverage", "--json")
    answer = shell("evaluate", ml, *words, "--out", out)
    assert answer.code == 0, answer.err
    assert answer.value["folds"] == 3
    # Every rating is in one test, so the error of all folds is that of all ratings.
    table = pl.read_parquet(out).filter(pl.col("metric") == "rmse")
    assert table["weight"].sum() == 40 * 16
    interactions, errors = rg.index(rg.clean(rg.read(ml))[0].ratings), []
    for split in rg.KFold(3, valid=0.1).splits(interactions, seed=0):
        report = rg.evaluate(rg.Bias().fit(split.train).scorer, split.test, metrics=["rmse"], train=split.train)
        errors.append((report["rmse"].mean ** 2, split.test.target.nnz))
    mean = sum(error * n for error, n in errors) / sum(n for _, n in errors)
    assert answer.value["metrics"]["rmse"]["mean"] == pytest.approx(mean**0.5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{ml}", "-k", "5,x"], "-k: '5,x' is not valid"),
        (["{ml}", "-k", "0"], "k: .*expected 1 or more"),
        (["{ml}", "-k", "1000000000"], "too long for a list: expected 100,000 at most"),
        (["{ml}", "-k", "9" * 5000], "expected whole numbers separated by commas"),
        (["{ml}", "--metrics", "ndgc"], r"ndgc: unknown metric.*did you mean 'ndcg'\?"),
        (["{ml}", "--out", "figures.xlsx"], "give a name that ends in .parquet, .csv or .tsv"),
        (["{ml}", "--lists", "absent.csv"], r"absent\.csv: expected a file"),
        (["{ml}", "--lists", "{train}", "--model", "bias"], "goes without --model"),
        (["{ml}", "--by-group", "--protocol", "k-fold", "--model", "popularity"], "is for one split, and k-fold has 5"),
        ([], "DATA: name a data set, or give --train and --test"),
        (["--train", "{train}"], "--test: a split needs both"),
        (["--test", "{train}"], "--train: a split needs both"),
        (["--train", "{train}", "--test", "{test}", "--protocol", "strong"], "are a split already"),
        (["--train", "{train}", "--test", "{train}"], "share 560 ratings, such as of user"),
    ],
)
def test_bad_input_is_one_line(
    shell: Shell, ml: Path, own_split: dict[str, Path], words: list[str], message: str
) -> None:
    answer = shell("evaluate", *[word.format(ml=ml, **own_split) for word in words])
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert re.search(message, answer.err), answer.err


def test_ratings_that_are_left_out_are_said(shell: Shell, tmp_path: Path) -> None:
    rows = [
        f"{user},{item},{3 + item % 3},{'' if item == 1 else 10**9 + item * 90_000}"
        for user in range(1, 9)
        for item in range(1, 9)
    ]
    file = tmp_path / "r.csv"
    file.write_text("\n".join(["user_id,item_id,rating,timestamp", *rows, "1,9,nan,1000000000"]) + "\n")
    said = "65 ratings read, 64 kept; dropped: missing values 1; 8 without a time, taken as older than all others\n"
    evaluated = shell("evaluate", file, "--protocol", "per-user", "--model", "popularity")
    assert (evaluated.code, evaluated.err.count(said)) == (0, 1), evaluated.err
    tuned = shell(
        "tune",
        file,
        "--model",
        "bias",
        "--protocol",
        "per-user",
        "--metric",
        "rmse",
        "--trials",
        1,
        "--out",
        tmp_path / "t.toml",
    )
    assert (tuned.code, tuned.err.count(said)) == (0, 1), tuned.err
    trained = shell("train", file, "--model", "popularity", "--out", tmp_path / "bundle")
    assert (trained.code, trained.err) == (0, said)
