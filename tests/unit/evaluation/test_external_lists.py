"""Lists of another library, and several lengths at once, on two people worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core import (
    EvalReport,
    FloatArray,
    IdIndex,
    IntArray,
    Interactions,
    Matrix,
    RatingPrediction,
    RatingScale,
)
from reelgraph.core.errors import CapabilityError, ConfigError, DataFormatError
from reelgraph.data import eval_part
from reelgraph.evaluation import as_rows, rank_all

# ann has rated a and holds back b, c; ben has rated a and b and holds back d; cy has only rated.
_RATED = [("ann", "a"), ("ben", "a"), ("ben", "b"), ("cy", "e")]
_HELD_BACK = [("ann", "b"), ("ann", "c"), ("ben", "d")]


@pytest.fixture(scope="module")
def part() -> rg.EvalPart:
    users, items = IdIndex(np.array(["ann", "ben", "cy"]), "user"), IdIndex(np.array(list("abcde")), "item")
    pairs = _RATED + _HELD_BACK
    user_row, item_row = (
        index.rows(ids).astype(np.int32) for index, ids in zip((users, items), zip(*pairs, strict=True), strict=True)
    )
    stars = np.full(len(pairs), 5.0, np.float32)
    edges = Interactions(users, items, user_row, item_row, stars, None, RatingScale(1, 5, 1))
    return eval_part(edges, np.arange(len(_RATED), len(pairs)), np.arange(len(_RATED)))


LISTS = {
    "user_id": ["ann", "ann", "ann", "ben", "ben", "ben"],
    "item_id": ["e", "b", "c", "c", "e", "d"],
    "rank": [1, 2, 3, 1, 2, 3],
}
# With k = 2, ann finds b at place 2 of e, b, and ben nothing; with k = 3, ann finds b and c, ben d at place 3.
NDCG_2 = np.array([(1 / np.log2(3)) / (1 + 1 / np.log2(3)), 0.0])
NDCG_3 = np.array([(1 / np.log2(3) + 0.5) / (1 + 1 / np.log2(3)), 0.5])


def frames() -> list[object]:
    frame = pl.DataFrame(LISTS)
    by_score = frame.select(pl.col("user_id"), pl.col("item_id"), (10 - pl.col("rank")).alias("score"))
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    return [
        LISTS,
        frame,
        frame.lazy(),
        frame.to_arrow(),
        pd.DataFrame(LISTS),
        by_score,
        shuffled,
        frame.rename({"user_id": "userId", "item_id": "movieId"}),
        frame.with_columns(score=pl.Series([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])),  # the rank counts
        frame.with_columns(rank=pl.col("rank") - 1),
        rg.RecommendationTable(
            np.array(LISTS["user_id"]), np.array(LISTS["item_id"]), np.zeros(6, np.float32), np.array(LISTS["rank"])
        ),
    ]


@pytest.mark.parametrize("table", frames())
def test_lists_in_any_table_by_rank_or_score(part: rg.EvalPart, table: object) -> None:
    report = rg.evaluate(table, part, k=[2, 3], metrics=["ndcg", "recall@3"])
    assert list(report) == ["ndcg@2", "ndcg@3", "recall@3"]
    np.testing.assert_allclose(report.per_user["ndcg@2"], NDCG_2)
    np.testing.assert_allclose(report.per_user["ndcg@3"], NDCG_3)
    np.testing.assert_allclose(report.per_user["recall@3"], [1.0, 1.0])
    assert report.notes == ()


def test_the_lists_of_our_own_model_give_its_figures() -> None:
    rng = np.random.default_rng(0)
    table = {
        "user": np.repeat(np.arange(30), 12) + 1000,
        "item": np.concatenate([rng.permutation(40)[:12] for _ in range(30)]),
    }
    interactions = rg.index(rg.from_frame({**table, "rating": rng.integers(1, 6, 360)}).ratings)
    split = rg.split(interactions, rg.PerUser(valid=0.1, test=0.2), seed=0)
    scorer = rg.GraphFilter(choose=False).fit(split.train).scorer
    ranked = rank_all(scorer, split.test, 10)
    lists = {
        "user": np.repeat(interactions.users.ids[split.test.users], 10),
        "item": interactions.items.ids[ranked.items.ravel()],
        "score": ranked.scores.ravel(),
    }
    direct, external = (rg.evaluate(source, split.test, k=[5, 10]) for source in (scorer, lists))
    assert set(external) == set(direct)
    for name in external:
        assert external[name] == direct[name], name
    assert rg.paired(direct, external, "ndcg@10").mean == 0.0


def notes_of(part: rg.EvalPart, rows: list[tuple[object, object, object]], k: int = 2) -> EvalReport:
    users, items, ranks = zip(*rows, strict=True)
    return rg.evaluate(
        {"user_id": list(users), "item_id": list(items), "rank": list(ranks)}, part, k=k, metrics=["ndcg"]
    )


def test_what_is_not_measured_is_counted(part: rg.EvalPart) -> None:
    report = notes_of(
        part,
        [
            ("ann", "a", 1),  # seen: b moves up to the first place
            ("ann", "b", 2),
            ("ann", "b", 3),  # twice
            ("ann", "zz", 4),  # unknown, keeps its place
            ("zoe", "a", 1),  # unknown person
            ("cy", "a", 1),  # no target
        ],
    )
    assert report.notes == (
        "people who are not in the data, whose lists are ignored: 1",
        "people without a target in this part, whose lists are ignored: 1",
        "rows of items that are not in the data, which count as misses: 1",
        "rows of items that are in the list before, left out: 1",
        "rows of items that the person has seen, left out: 1",
        "people without a list, for whom every target is a miss: 1",
    )
    np.testing.assert_allclose(report.per_user["ndcg@2"], [1 / (1 + 1 / np.log2(3)), 0.0])
    assert "left out: 1" in repr(report)
    assert as_rows({"theirs": report})[0]["notes"] == list(report.notes)


def test_lists_without_any_hit_are_doubted(part: rg.EvalPart) -> None:
    report = notes_of(part, [("ann", "e", 1), ("ann", "d", 2), ("ben", "c", 1), ("ben", "e", 2)])
    assert report["ndcg"].mean == 0.0
    assert report.notes[-1].startswith("no list has a target item: were they made for another split")
    assert "k = 2, lists of a table" in report.protocol


def test_an_unknown_item_keeps_its_place(part: rg.EvalPart) -> None:
    report = notes_of(part, [("ben", "zz", 1), ("ben", "d", 2), ("ann", "b", 1)])
    np.testing.assert_allclose(report.per_user["ndcg@2"], [1 / (1 + 1 / np.log2(3)), 1 / np.log2(3)])
    assert "lists of fewer than 2 items, whose empty places are misses: 1" in report.notes


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"user_id": ["ann"], "item_id": ["b"]}, "a column rank or score"),
        ({"item_id": ["b"], "rank": [1]}, "a column user_id"),
        ({"user": ["ann"], "userId": ["ann"], "item_id": ["b"], "rank": [1]}, "one column for user_id"),
        ({"user_id": ["ann"], "item_id": ["b"], "rank": ["first"]}, "column 'rank': found 'first', expected numbers"),
        ({"user_id": ["ann", None], "item_id": ["b", "c"], "rank": [1, 2]}, "line 2, column 'user_id'"),
        ({"user_id": ["ann", "ann"], "item_id": ["b", "c"], "score": [0.5, float("nan")]}, "line 2, column 'score'"),
        ({"user_id": [1], "item_id": ["b"], "rank": [1]}, "column 'user_id': found '1', expected ids of the data set"),
        ({"user_id": ["ann"], "item_id": [7], "rank": [1]}, "column 'item_id': found '7'"),
        ({"user_id": ["cy"], "item_id": ["b"], "rank": [1]}, "no list is of a person of this part"),
        ({"user_id": [], "item_id": [], "rank": []}, "at least one row"),
    ],
)
def test_a_wrong_table_is_one_error(part: rg.EvalPart, table: dict[str, object], message: str) -> None:
    with pytest.raises(DataFormatError, match="lists.*" + message):
        rg.evaluate(table, part)


def test_lists_have_no_stars(part: rg.EvalPart) -> None:
    with pytest.raises(CapabilityError, match="a table of lists predicts no stars, so it has no rmse"):
        rg.evaluate(LISTS, part, metrics=["rmse"])


def test_several_lengths_are_those_of_single_calls(part: rg.EvalPart) -> None:
    several = rg.evaluate(LISTS, part, k=[3, 1, 2])
    assert list(several)[:3] == ["ndcg@3", "ndcg@1", "ndcg@2"]
    for k in (1, 2, 3):
        single = rg.evaluate(LISTS, part, k=k)
        assert all(several[name] == single[name] for name in single)
    with pytest.raises(KeyError, match="did you mean 'ndcg@3' or 'ndcg@1' or 'ndcg@2'"):
        several["ndcg"]


@pytest.mark.parametrize(
    ("k", "metrics", "message"),
    [
        ([], None, "k: "),
        ([5, 0], None, "k: .*expected 1 or more"),
        (2.5, None, "k: 2.5 is not valid"),
        (5, ["ndgc"], "ndgc: unknown metric.*did you mean 'ndcg'"),
        (5, ["rmse@5"], "does not depend on the length"),
        (5, ["ndcg@0"], "ndcg@0: expected a whole number"),
        (10**23, None, r"k: 1e\+23 is too long for a list: expected 100,000 at most"),
        (5, ["ndcg@100001"], "ndcg@100001: expected a whole number from 1 to 100,000"),
        (5, ["ndcg@" + "9" * 5000], "from 1 to 100,000"),
    ],
)
def test_wrong_lengths_and_metrics(part: rg.EvalPart, k: object, metrics: list[str] | None, message: str) -> None:
    source = _Stars() if metrics == ["rmse@5"] else LISTS
    with pytest.raises(ConfigError, match=message):
        rg.evaluate(source, part, k=k, metrics=metrics)  # type: ignore[arg-type]


class _Stars:
    """Could predict stars."""

    kind, n_items = "stars", 5

    def score(self, history: Matrix) -> FloatArray:
        return np.zeros(history.shape, np.float32)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        return RatingPrediction(np.full((history.shape[0], 5), 3.0, np.float32))


def test_equal_scores_of_a_table_count_by_their_expected_value(part: rg.EvalPart) -> None:
    # ann: e, then b, c and d with one score, of which b and c are relevant; ben: one score for c and d.
    table = {"user_id": ["ann"] * 4 + ["ben"] * 2, "item_id": list("ebcdcd"), "score": [2, 1, 1, 1, 5, 5]}
    for rows in ([0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4]):
        frame = pl.DataFrame(table)[rows]
        report = rg.evaluate(frame, part, k=[1, 2], metrics=["recall", "hit"])
        np.testing.assert_allclose(report.per_user["recall@1"], [0.0, 1 / 2])
        np.testing.assert_allclose(report.per_user["recall@2"], [2 / 3 / 2, 1.0])
        np.testing.assert_allclose(report.per_user["hit@2"], [2 / 3, 1.0])


def test_metrics_of_the_lists_themselves_take_a_random_order_of_equal_scores(part: rg.EvalPart) -> None:
    table = {"user_id": ["ann"] * 4 + ["ben"] * 3, "item_id": list("ebcdcde"), "score": [2, 1, 1, 1, 5, 5, 5]}
    covered = set()
    for seed in range(20):
        straight = rg.evaluate(table, part, k=2, metrics=["coverage", "recall"], seed=seed)
        mixed = rg.evaluate(pl.DataFrame(table)[[3, 6, 2, 5, 1, 4, 0]], part, k=2, metrics=["coverage"], seed=seed)
        assert mixed["coverage"] == straight["coverage"]  # whatever the order of the rows
        np.testing.assert_allclose(straight.per_user["recall@2"], [2 / 3 / 2, 2 / 3])
        covered.add(round(straight["coverage"].mean * 5))
    assert covered <= {2, 3, 4}
    assert len(covered) > 1
