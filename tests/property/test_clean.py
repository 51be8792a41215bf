"""Properties of cleaning: the report adds up, cleaning twice changes nothing, and order does not decide who stays."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.core import Dataset, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import CleanRules, clean, from_frame, index
from reelgraph.data.clean import clean_rows

SCALE = RatingScale(0.5, 5.0, 0.5)
NOW = 1_500_000_000

_STARS = st.one_of(st.sampled_from([0.5, 1.0, 3.5, 4.0, 5.0, 0.0, 5.5, 3.7]), st.none(), st.just(float("inf")))
_TIMES = st.one_of(st.sampled_from([NOW - 10, NOW, NOW - 5000]), st.sampled_from([-1, 0, 2 * NOW]), st.none())
_ROW = st.tuples(st.one_of(st.integers(0, 4), st.none()), st.integers(0, 3), _STARS, _TIMES)
_RULES = st.builds(
    CleanRules, latest=st.just(NOW), min_user_ratings=st.integers(1, 3), min_item_ratings=st.integers(1, 3)
)


def _dataset(rows: list[tuple[int | None, int, float | None, int | None]], text: bool) -> Dataset | None:
    schema = {"user_id": pl.Int64, "item_id": pl.Int64, "rating": pl.Float64, "timestamp": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    if text:
        frame = frame.with_columns((pl.lit("u") + pl.col("user_id").cast(pl.String)).alias("user_id"))
    try:
        return from_frame(frame, scale=SCALE)
    except DataFormatError:
        return None  # more than half unreadable: refused as a whole


@settings(max_examples=150, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=30), _RULES, st.booleans())
def test_clean(rows: list[tuple[int | None, int, float | None, int | None]], rules: CleanRules, text: bool) -> None:
    data = _dataset(rows, text)
    if data is None:
        return
    cleaned, report = clean_rows(data, rules)
    ratings = cleaned.ratings

    assert report.rows_in == len(rows)
    assert report.rows_in - report.dropped == report.rows_out == len(ratings)
    assert all(len(step.examples) == min(step.count, 5) for step in report.steps)
    assert SCALE.contains(ratings.rating).all()
    pairs = list(zip(ratings.user_id.tolist(), ratings.item_id.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert ratings.faults == ()
    assert set(ratings.item_id.tolist()) <= set(cleaned.catalogue.item_id.tolist())
    for ids, least in ((ratings.user_id, rules.min_user_ratings), (ratings.item_id, rules.min_item_ratings)):
        assert (np.unique(ids, return_counts=True)[1] >= least).all()
    if len(ratings):
        assert len(index(ratings)) == len(ratings)

    again, second = clean_rows(cleaned, rules)
    assert second.dropped == 0
    assert again.ratings.rating.tolist() == ratings.rating.tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([1.0, 2.0, 5.0])), min_size=1, max_size=20
    ),
    st.randoms(use_true_random=False),
)
def test_with_distinct_times_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, int, float]], draw: object
) -> None:
    timed = [(*row, NOW - 1000 + n) for n, row in enumerate(rows)]
    shuffled = timed.copy()
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    expected_rows = []
    for version in (timed, shuffled):
        data = _dataset(version, text=False)  # type: ignore[arg-type]
        assert data is not None
        ratings = clean(data)[0].ratings
        expected_rows.append(
            sorted(zip(ratings.user_id.tolist(), ratings.item_id.tolist(), ratings.rating.tolist(), strict=True))
        )
    assert expected_rows[0] == expected_rows[1]
