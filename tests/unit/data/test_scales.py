"""The scale of ratings, found in the ratings whatever the file is called; every case keeps all of its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core import RatingScale
from reelgraph.core.errors import ConfigError, DataFormatError

RNG = np.random.default_rng(5)
N = 240
WHOLE = RatingScale(1, 5, 1)


def _draw(low: int, high: int, step: float = 1.0) -> list[float]:
    return (RNG.integers(round(low / step), round(high / step) + 1, N) * step).round(2).tolist()


CASES: dict[str, tuple[list[float], RatingScale]] = {
    "1 to 10": (_draw(1, 10), RatingScale(1, 10, 1)),
    "1 to 10, mostly low": ([1, 2, 3, 4, 5] * 46 + [6, 7, 8, 9, 10] * 2, RatingScale(1, 10, 1)),
    "0 to 10": (_draw(0, 10), RatingScale(0, 10, 1)),
    "0 to 100": (_draw(0, 100), RatingScale(0, 100, 1)),
    "13 to 97 of 100": (_draw(13, 97), RatingScale(0, 100, 1)),
    "1 to 7": (_draw(1, 7), RatingScale(1, 7, 1)),
    "1 to 4": (_draw(1, 4), RatingScale(1, 4, 1)),
    "0 to 4": (_draw(0, 4), RatingScale(0, 4, 1)),
    "0 to 4, rarely 0": ([0] * 3 + [1] * 20 + [2] * 130 + [3] * 70 + [4] * 17, RatingScale(0, 4, 1)),
    "0 to 5 by halves": (_draw(0, 5, 0.5), RatingScale(0, 5, 0.5)),
    "0.5 to 5": (_draw(1, 5, 0.5) + [0.5] * 20, RatingScale(0.5, 5, 0.5)),
    "1 to 5": (_draw(1, 5), WHOLE),
    "10 to 50, stars times ten": (_draw(10, 50, 10), RatingScale(0, 50, 1)),
    "0 to 20": (_draw(0, 20), RatingScale(0, 20, 1)),
    "scores from 0 to 1": (RNG.random(N).tolist(), RatingScale(0, 1)),
    "scores from -1 to 1": ((2 * RNG.random(N) - 1).tolist(), RatingScale(-1, 1)),
    "0 to 10 with decimals": ((10 * RNG.random(N)).round(2).tolist(), RatingScale(0, 10)),
    "-10 to 10 with decimals": ((20 * RNG.random(N) - 10).round(2).tolist(), RatingScale(-10, 10)),
    "-5 to 5": (_draw(-5, 5), RatingScale(-5, 5, 1)),
    "means from 1 to 5": ((1 + 4 * RNG.random(N)).tolist(), RatingScale(1, 5)),
    "tenths": (_draw(1, 10, 0.1), RatingScale(1, 10, 0.1)),
    "percentages with decimals": ((100 * RNG.random(N)).tolist(), RatingScale(0, 100)),
    "three ratings": ([3, 4, 4], WHOLE),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("layout", ["frame", "ratings.csv", "ratings.dat", "u.data", "x.inter"])
def test_scale_of_the_data(name: str, layout: str, tmp_path: Path) -> None:
    ratings, expected = CASES[name]
    n = len(ratings)
    users, items = [1 + row % 40 for row in range(n)], [1 + row // 40 for row in range(n)]
    if layout == "frame":
        data = rg.read(pl.DataFrame({"user": users, "item": items, "rating": ratings}))
    else:
        separator = {"ratings.csv": ",", "ratings.dat": "::"}.get(layout, "\t")
        header = {"ratings.csv": ["userId", "movieId", "rating", "timestamp"]}.get(layout)
        header = ["user_id:token", "item_id:token", "rating:float", "timestamp:float"] if ".inter" in layout else header
        rows = [[user, item, rating, 10**9] for user, item, rating in zip(users, items, ratings, strict=True)]
        lines = [separator.join(map(str, row)) for row in [*([header] if header else []), *rows]]
        (tmp_path / layout).write_text("\n".join(lines) + "\n")
        data = rg.read(tmp_path)
    if layout == "ratings.csv" and expected == WHOLE:
        expected = RatingScale(0.5, 5, 0.5)  # MovieLens publishes half stars
    if layout == "ratings.dat" and name == "0.5 to 5":
        expected = RatingScale(0.5, 5, 0.5)
    assert data.ratings.scale == expected
    cleaned, report = rg.clean(data)
    assert (len(cleaned.ratings), report.dropped) == (n, 0)
    assert len(rg.index(cleaned.ratings)) == n


def test_text_that_says_the_end_of_the_scale() -> None:
    def scale_of(texts: list[str]) -> tuple[RatingScale | None, list[float]]:
        rows = range(len(texts))
        ratings = rg.read(pl.DataFrame({"user": rows, "item": rows, "rating": texts})).ratings
        return ratings.scale, ratings.rating.tolist()

    assert scale_of(["8/10", "7.5/10", "9/10"]) == (RatingScale(0.5, 10, 0.5), [8, 7.5, 9])
    assert scale_of(["85 %", "20%", "93%"]) == (RatingScale(0, 100, 1), [85, 20, 93])
    assert scale_of(["★★★½", "★★", "★★★★★"]) == (RatingScale(0.5, 5, 0.5), [3.5, 2, 5])
    assert scale_of(["3,5", "4,0", "1,5"]) == (RatingScale(0.5, 5, 0.5), [3.5, 4, 1.5])


@pytest.mark.parametrize("outlier", [0.0, 55.0, 99.0, 6.0])
def test_a_few_errors_do_not_change_the_scale(outlier: float) -> None:
    ratings = [1.0, 2, 3, 4, 5] * 40 + [outlier] * 2
    data = rg.from_frame({"user": list(range(202)), "item": [1] * 202, "rating": ratings})
    assert data.ratings.scale == WHOLE
    assert rg.clean(data)[1].count("ratings off the scale") == 2


def test_another_scale_than_published_is_noted(tmp_path: Path) -> None:
    rows = [f"{n % 40},{n // 40},{1 + n % 10}" for n in range(400)]
    (tmp_path / "ratings.csv").write_text("\n".join(["userId,movieId,rating", *rows]))
    (note,) = rg.read(tmp_path).ratings.notes
    assert note.startswith("ratings are read as 1 to 10 in steps of 1, although")
    assert "--scale LOW:HIGH" in note


def test_minus_one_beside_ratings_means_not_rated() -> None:
    ratings = [-1.0] * 50 + [float(value) for value in range(1, 11)] * 20
    data = rg.from_frame({"user": list(range(250)), "item": [1] * 250, "rating": ratings})
    assert data.ratings.scale == RatingScale(1, 10, 1)
    assert "-1 is taken for 'not rated'" in data.ratings.notes[0]


def test_a_given_scale_is_kept() -> None:
    table = {"user": [1, 2, 3], "item": [1, 1, 2], "rating": [3, 4, 4]}
    assert rg.from_frame(table, scale=RatingScale(0, 100, 1)).ratings.scale == RatingScale(0, 100, 1)
    assert RatingScale.parse("0:100:5") == RatingScale(0, 100, 5)
    for text in ("", "5", "5:1", "1:5:0", "1:5:9", "1:2:3:4", "a:b", "nan:5", "1:inf"):
        with pytest.raises(ConfigError, match="LOW:HIGH"):
            RatingScale.parse(text)


def test_levels_are_bounded() -> None:
    assert RatingScale(0, 100, 1).levels().tolist() == list(range(0, 101, 5))
    assert RatingScale(-10, 10).level_of(np.array([-10.0, 0.4, 10])).tolist() == [0, 10, 20]
    assert RatingScale(0.5, 5, 0.5).level_of(np.array([0.5, 5])).tolist() == [0, 9]
    assert RatingScale(-10, 10).liked_from == 6


def test_all_rows_off_a_given_scale_is_an_error() -> None:
    table = {"user": [1, 2, 3, 4], "item": [1, 1, 2, 2], "rating": [60, 70, 80, 90]}
    data = rg.from_frame(table, scale=WHOLE)
    with pytest.raises(DataFormatError, match=r"is left of 4: ratings off the scale 4 .*scale=rg\.RatingScale"):
        rg.clean(data)
    data = rg.from_frame({**table, "rating": [5, 70, 80, 90]}, scale=WHOLE)
    with pytest.raises(DataFormatError, match=r"only 1 rating is left of 4: ratings off the scale 3 .*--scale"):
        rg.clean(data)


def test_most_rows_dropped_for_another_reason_is_a_warning() -> None:
    table = {"user": [1] * 5, "item": [1] * 5, "rating": [1, 2, 3, 4, 5]}
    report = rg.clean(rg.from_frame(table))[1]
    assert report.notes[0].startswith("WARNING: 4 of 5 ratings were dropped, 4 for repeated (user, movie) pairs")
    assert "WARNING: 4 of 5" in str(report)
