"""Views, likes and counts, as frames and files bring them: what they are read as, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import reelgraph as rg
from reelgraph.core import Interactions
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data.clean_steps import NOT_VIEWS
from tests.unit.data.implicit_tables import ITEMS, PAIRS, TIMES, USERS, facts, write

# 1: frames without a rating column


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, dict], ids=["pandas", "polars", "dict"])
def test_frame_without_a_rating_column(make: Any) -> None:
    data = rg.read(make(PAIRS))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert data.ratings.notes == ("every row is a view, without stars: no column holds ratings",)
    clean, report = rg.clean(data)
    assert (report.rows_out, report.dropped) == (6, 0)
    assert "every row is a view, without stars: no column holds ratings" in report.notes
    assert rg.describe(clean)["feedback"] == "implicit"
    assert rg.describe(clean)["scale"] is None


def test_frame_with_times_and_without_ratings() -> None:
    data = rg.read(pl.DataFrame({**PAIRS, "timestamp": TIMES}))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == TIMES


def test_frame_with_an_empty_rating_column() -> None:
    data = rg.read(pl.DataFrame({**PAIRS, "rating": [None] * 6}))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert "every row is a view, without stars: the column 'rating' is empty" in data.ratings.notes


# 2: files without a rating column


def test_csv_without_a_rating_column(tmp_path: Path) -> None:
    lines = ["user_id,item_id,timestamp", *(f"{u},{i},{t}" for u, i, t in zip(USERS, ITEMS, TIMES, strict=True))]
    data = rg.read(write(tmp_path / "log.csv", lines))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert data.ratings.item_id.tolist() == ITEMS


def test_parquet_without_a_rating_column(tmp_path: Path) -> None:
    pl.DataFrame(PAIRS).write_parquet(tmp_path / "views.parquet")
    assert facts(rg.read(tmp_path / "views.parquet")) == ("implicit", [1.0] * 6)


def test_two_numbers_a_line_without_a_header(tmp_path: Path) -> None:
    data = rg.read(write(tmp_path / "pairs.tsv", ["1\t10", "1\t20", "2\t10"]))
    assert facts(data) == ("implicit", [1.0] * 3)
    assert data.ratings.user_id.tolist() == [1, 1, 2]
    assert data.ratings.item_id.tolist() == [10, 20, 10]


def test_times_in_the_third_column_without_a_header_are_no_ratings(tmp_path: Path) -> None:
    data = rg.read(write(tmp_path / "log.tsv", [f"{n}\t{10 * n}\t{time}" for n, time in enumerate(TIMES)]))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == TIMES


def test_recbole_inter_without_a_rating(tmp_path: Path) -> None:
    lines = ["user_id:token\titem_id:token\ttimestamp:float", "u1\ti1\t1700000000", "u2\ti1\t1700000060"]
    write(tmp_path / "toy.inter", lines)
    write(tmp_path / "toy.item", ["item_id:token\tmovie_title:token_seq", "i1\tHeat"])
    data = rg.read(tmp_path)
    assert (data.name, *facts(data)) == ("recbole", "implicit", [1.0, 1.0])
    assert data.catalogue.title.tolist() == ["Heat"]


# 3: logs in which every rating is 1


@pytest.mark.parametrize("ones", [[1] * 6, [1.0] * 6, ["1"] * 6, [True] * 6, ["like"] * 6], ids=repr)
def test_every_rating_is_one(ones: list[Any]) -> None:
    data = rg.read(pl.DataFrame({**PAIRS, "rating": ones}))
    assert facts(data) == ("implicit", [1.0] * 6)
    assert any("read as views, without stars: every rating is 1; if this is not right" in n for n in data.ratings.notes)


def test_every_rating_is_one_in_a_ratings_csv(tmp_path: Path) -> None:
    lines = ["userId,movieId,rating,timestamp", *(f"{n},{n + 10},1,{time}" for n, time in enumerate(TIMES))]
    assert facts(rg.read(write(tmp_path / "ratings.csv", lines))) == ("implicit", [1.0] * 6)


def test_every_rating_is_five_stays_stars() -> None:
    assert rg.read(pl.DataFrame({**PAIRS, "rating": [5] * 6})).ratings.feedback == "explicit"


# 4: 0/1, -1/1, likes and dislikes


@pytest.mark.parametrize(
    "values",
    [
        [1, 0, 1, 1, 0, 1],
        [True, False, True, True, False, True],
        [1.0, -1.0, 1.0, 1.0, -1.0, 1.0],
        [1, -1, 1, 1, 0, 1],
        ["like", "dislike", "like", "Like", "dislike", "like"],
        ["thumbs up", "thumbs_down", "Thumbs Up", "thumbs-up", "thumbs down", "thumbsup"],
        ["true", "false", "true", "True", "False", "true"],
        ["+", "-", "+", "+", "-", "+"],
        ["👍", "👎", "👍", "👍", "👎", "👍"],
    ],
    ids=repr,
)
def test_likes_are_views_and_dislikes_are_counted(values: list[Any]) -> None:
    data = rg.read(pl.DataFrame({**PAIRS, "rating": values}))
    assert facts(data) == ("implicit", [1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    cleaned, report = rg.clean(data)
    assert report.count(NOT_VIEWS) == 2
    assert report.dropped == 2
    assert "line 2: user ann, movie big" in next(step for step in report.steps if step.name == NOT_VIEWS).examples[0]
    assert cleaned.ratings.item_id.tolist() == ["heat", "heat", "alien", "alien"]
    assert len(rg.index(cleaned.ratings)) == 4
    with pytest.raises(DataFormatError, match="1 for each view"):
        rg.index(data.ratings)


def test_pandas_booleans_are_likes() -> None:
    frame = pd.DataFrame({**PAIRS, "rating": [True, False, True, True, False, True]})
    assert facts(rg.read(frame)) == ("implicit", [1.0, 0.0, 1.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("name", ["label:float", "liked", "is_click", "watched", "thumbs"])
def test_likes_in_a_column_of_another_name(name: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({**PAIRS, name: [1, 0, 1, 1, 0, 1]})
    assert facts(rg.read(frame)) == ("implicit", [1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    frame.write_csv(tmp_path / "likes.csv")
    assert facts(rg.read(tmp_path / "likes.csv")) == ("implicit", [1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    dates = pl.DataFrame({**PAIRS, "watched": ["2020-01-05"] * 6})
    assert facts(rg.read(dates)) == ("implicit", [1.0] * 6)
    with pytest.raises(DataFormatError, match="one column of likes, found 'liked', 'clicked'"):
        rg.read(pl.DataFrame({**PAIRS, "liked": [1, 0] * 3, "clicked": [1] * 6}))


def test_neutral_words_are_no_likes() -> None:
    words = ["like", "neutral", "dislike", "like", "meh", "love"]
    assert facts(rg.read(pl.DataFrame({**PAIRS, "rating": words}))) == ("implicit", [1.0, 0.0, 0.0, 1.0, 0.0, 1.0])


# 5: counts


@pytest.mark.parametrize("name", ["plays", "play_count", "listen_count:float", "views", "Purchases", "hours"])
def test_a_column_of_counts_by_its_name(name: str) -> None:
    data = rg.read(pl.DataFrame({**PAIRS, name: [1, 2, 2, 7, 1, 3]}))
    assert facts(data) == ("counts", [1.0, 2.0, 2.0, 7.0, 1.0, 3.0])
    assert any(f"read as counts, without stars: the column is called {name!r}" in note for note in data.ratings.notes)


@pytest.mark.parametrize(
    "counts",
    [[1, 1, 1, 3, 2, 499], [250, 12, 3_000, 499, 77, 1], [1, 1, 2, 1, 40, 1]],
    ids=["long tail", "above any scale", "mass at one"],
)
def test_counts_by_their_values(counts: list[int]) -> None:
    data = rg.read(pl.DataFrame({**PAIRS, "rating": counts}))
    assert facts(data) == ("counts", [float(count) for count in counts])
    cleaned, report = rg.clean(data)
    assert report.dropped == 0
    assert rg.index(cleaned.ratings).feedback == "counts"


def test_a_matrix_that_added_up_repeated_views_holds_counts() -> None:
    draw = np.random.default_rng(0)
    user, item = draw.integers(0, 20, 120), draw.integers(0, 30, 120)
    matrix = sparse.csr_matrix((np.ones(120), (user, item)))
    assert matrix.data.max() == 3
    assert rg.read(matrix).ratings.feedback == "counts"
    assert rg.read(matrix, feedback="implicit").ratings.rating.tolist() == [1.0] * matrix.nnz


@pytest.mark.parametrize(
    "stars",
    [
        [1, 2, 3, 4, 5, 5],
        [1, 1, 1, 2, 10, 7],
        [1, 4, 20, 13, 9, 17],
        [13, 97, 50, 80, 66, 42],
        [1, 100, 50, 80, 1, 42],
        [0.5, 1, 5, 4.5, 3, 2],
    ],
    ids=repr,
)
def test_stars_stay_stars(stars: list[float]) -> None:
    assert rg.read(pl.DataFrame({**PAIRS, "rating": stars})).ratings.feedback == "explicit"


def test_two_counts_of_one_pair_are_added_up() -> None:
    frame = {"user": [1, 1, 1, 2], "item": [10, 10, 20, 10], "plays": [3, 4, 1, 2]}
    data, report = rg.clean(rg.read(pl.DataFrame(frame)))
    assert data.ratings.rating.tolist() == [7.0, 1.0, 2.0]
    assert report.count("repeated (user, movie) pairs") == 1


# 6: item lists, as LightGCN publishes them


# 7: matrices


# 8: arrays and rows


# 9: what a person says counts


def test_feedback_as_set() -> None:
    ones = pl.DataFrame({**PAIRS, "rating": [1] * 6})
    assert rg.read(ones, feedback="explicit").ratings.scale == rg.RatingScale(1, 5, 1)
    assert rg.read(ones, scale=rg.RatingScale(1, 5, 1)).ratings.feedback == "explicit"
    assert facts(rg.read(ones, feedback="counts")) == ("counts", [1.0] * 6)
    stars = pl.DataFrame({**PAIRS, "rating": [5, 3, None, 4, 1, 2]})
    assert facts(rg.from_frame(stars, feedback="implicit"))[1][0] == 1.0
    with pytest.raises(ConfigError, match="implict.*did you mean 'implicit'"):
        rg.read(stars, feedback="implict")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="implicit feedback has no scale"):
        rg.read(stars, feedback="implicit", scale=rg.RatingScale(1, 5, 1))


# 10: a column that may hold ratings is never passed over


@pytest.mark.parametrize("values", [[4.5, 3, 1, 2, 5, 4], ["4/5", "3/5", "1/5", "2/5", "5/5", "4/5"]], ids=repr)
def test_an_unknown_column_that_may_hold_ratings(values: list[Any], tmp_path: Path) -> None:
    frame = pl.DataFrame({**PAIRS, "how_it_was": values})
    with pytest.raises(DataFormatError, match=r"'how_it_was'.*rating=how_it_was.*feedback implicit"):
        rg.read(frame)
    frame.write_csv(tmp_path / "mine.csv")
    with pytest.raises(DataFormatError, match=r"'how_it_was'.*rating=how_it_was.*feedback implicit"):
        rg.read(tmp_path / "mine.csv")
    assert facts(rg.read(frame, feedback="implicit")) == ("implicit", [1.0] * 6)
    assert "columns not used: how_it_was" in rg.read(frame, feedback="implicit").ratings.notes
    assert rg.read(frame, columns={"rating": "how_it_was"}).ratings.feedback == "explicit"


def test_other_columns_do_not_stand_in_the_way() -> None:
    frame = pl.DataFrame({**PAIRS, "session_id": [1, 2, 3, 1, 2, 3], "device": ["tv"] * 6, "price": [9.99] * 6})
    data = rg.read(frame)
    assert facts(data) == ("implicit", [1.0] * 6)
    assert "columns not used: session_id, device, price" in data.ratings.notes


# The three spellings of the same views are the same data to a model.


def fitted(train: Interactions) -> np.ndarray:
    scorer = rg.GraphFilter(choose=False).fit(train).scorer
    return scorer.score(train.matrix())


def test_three_spellings_of_the_same_views_give_the_same_model() -> None:
    draw = np.random.default_rng(0)
    pairs = {"user": np.repeat(np.arange(20), 5), "item": np.concatenate([draw.permutation(12)[:5] for _ in range(20)])}
    spellings = [pairs, {**pairs, "rating": np.ones(100)}, {**pairs, "rating": np.ones(100, bool)}]
    scores = [fitted(rg.index(rg.clean(rg.read(pl.DataFrame(columns)))[0].ratings)) for columns in spellings]
    full_stars = rg.read(pl.DataFrame({**pairs, "rating": np.full(100, 4.0)}), scale=rg.RatingScale(1, 5, 1))
    assert np.array_equal(scores[0], scores[1])
    assert np.array_equal(scores[0], scores[2])
    assert np.allclose(scores[0], fitted(rg.index(full_stars.ratings)), atol=1e-6)
