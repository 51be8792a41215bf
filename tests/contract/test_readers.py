"""Every layout, one contract: the same ratings written in any layout are read as the same ratings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import Dataset
from reelgraph.data import clean, index, read
from tests.unit.data.layouts import LAYOUTS, ROWS, TITLED, TITLES, YEARS

ALL = pytest.mark.parametrize("layout", LAYOUTS)


@pytest.fixture
def data(layout: str, tmp_path: Path) -> Dataset:
    return read(LAYOUTS[layout](tmp_path))


@ALL
def test_ratings_are_those_written(data: Dataset) -> None:
    users, items, stars, times = (list(column) for column in zip(*ROWS, strict=True))
    assert data.ratings.user_id.tolist() == users
    assert data.ratings.item_id.tolist() == items
    assert data.ratings.rating.tolist() == stars
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == times
    assert data.ratings.faults == ()


@ALL
def test_dtypes(data: Dataset) -> None:
    ratings = data.ratings
    assert ratings.timestamp is not None
    assert [a.dtype for a in (ratings.user_id, ratings.item_id)] == [np.int32] * 2  # all of them fit
    assert (ratings.rating.dtype, ratings.timestamp.dtype) == (np.float32, np.int64)
    assert not any(a.flags.writeable for a in (ratings.user_id, ratings.item_id, ratings.rating))
    assert data.catalogue.item_id.dtype == np.int64
    assert data.catalogue.title.dtype.kind == "U"


@ALL
def test_scale_holds_the_ratings(data: Dataset, layout: str) -> None:
    assert data.ratings.scale.contains(data.ratings.rating).all()
    assert data.ratings.scale.high == 5.0
    assert data.ratings.scale.step == (0.5 if layout in ("ml_10m", "ml_latest", "windows") else 1.0)


@ALL
def test_catalogue_holds_every_movie(data: Dataset, layout: str) -> None:
    assert sorted(data.catalogue.item_id.tolist()) == [10, 20, 30]
    titles = dict(zip(data.catalogue.item_id.tolist(), data.catalogue.title.tolist(), strict=True))
    years = dict(zip(data.catalogue.item_id.tolist(), data.catalogue.year.tolist(), strict=True))
    if layout in TITLED:
        assert titles == TITLES
        assert years == YEARS
        assert data.catalogue.genres == (("Action", "Crime"), ("Comedy",), ())
    else:
        assert titles == {10: "10", 20: "20", 30: "30"}


@ALL
def test_nothing_to_clean_and_ready_to_index(data: Dataset) -> None:
    cleaned, report = clean(data)
    assert (report.rows_in, report.rows_out) == (5, 5)
    assert all(step.count == 0 for step in report.steps)
    assert len(index(cleaned.ratings)) == 5


@ALL
def test_same_bytes_same_hash(layout: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (read(LAYOUTS[layout](tmp_path / name)) for name in ("a", "b"))
    assert first.sha256 == second.sha256
    assert len(first.sha256) == 64


def test_zip_and_folder_have_the_same_hash(tmp_path: Path) -> None:
    zipped = LAYOUTS["zipped_ml_1m"](tmp_path)
    assert read(zipped).sha256 == read(tmp_path / "ml-1m").sha256
