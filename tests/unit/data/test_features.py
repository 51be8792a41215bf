"""Side features: hand-worked matrices."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import Catalogue
from reelgraph.core.errors import ConfigError
from reelgraph.data import features, read
from tests.unit.data import layouts


def test_movie_features_by_hand(tmp_path: Path) -> None:
    blocks = features.items(read(layouts.ml_latest(tmp_path)).catalogue, min_tag_movies=1)
    assert blocks["genres"].names == ("Action", "Comedy", "Crime")
    assert blocks["genres"].matrix.toarray().tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert blocks["genres"].matrix.dtype == np.float32
    assert blocks["year"].names == ("1990-1999", "2000-2009")
    assert blocks["year"].matrix.toarray().tolist() == [[1, 0], [0, 1], [0, 0]]
    assert blocks["tags"].names == ("bank", "noir")
    assert blocks["tags"].matrix.toarray().tolist() == [[1, 1], [0, 0], [0, 0]]


def test_rows_follow_the_given_ids(tmp_path: Path) -> None:
    catalogue = read(layouts.ml_latest(tmp_path)).catalogue
    blocks = features.items(catalogue, np.array([20, 99, 10]), year_span=1)
    assert blocks["genres"].matrix.toarray().tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1]]
    assert blocks["year"].names == ("1995", "2001")
    assert blocks["tags"].matrix.shape == (3, 0)


def test_user_features_by_hand(tmp_path: Path) -> None:
    people = read(layouts.ml_100k(tmp_path)).profiles
    assert people is not None
    blocks = features.users(people)
    assert set(blocks) == {"age_band", "gender", "occupation", "region"}
    assert blocks["gender"].names == ("F", "M")
    assert blocks["gender"].matrix.toarray().tolist() == [[0, 1], [1, 0]]
    assert blocks["occupation"].names == ("technician",)
    assert blocks["occupation"].matrix.toarray().tolist() == [[1], [0]]
    other_order = features.users(people, np.array([2, 3, 1]))
    assert other_order["gender"].matrix.toarray().tolist() == [[1, 0], [0, 0], [0, 1]]


def test_matrices_are_read_only(tmp_path: Path) -> None:
    blocks = features.items(read(layouts.ml_1m(tmp_path)).catalogue)
    with pytest.raises(ValueError, match="read-only"):
        blocks["genres"].matrix.data[0] = 2


@pytest.mark.parametrize("setting", [{"year_span": 0}, {"min_tag_movies": 0}])
def test_settings_are_checked(tmp_path: Path, setting: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        features.items(read(layouts.ml_1m(tmp_path)).catalogue, **setting)


def test_keywords_and_series_of_two_movies_are_features() -> None:
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.array([1, 2, 3])),
        keywords=(("heist", "bank"), ("heist",), ()),
        series=("Ocean's", "", "Ocean's"),
    )
    assert features.keywords(catalogue).names == ("heist",)
    assert features.keywords(catalogue).matrix.toarray().tolist() == [[1], [1], [0]]
    assert features.series(catalogue).names == ("Ocean's",)
    assert features.series(catalogue, np.array([3, 2, 1])).matrix.toarray().tolist() == [[1], [0], [1]]
