"""The default model and order for people who hate, on the real ratings of ml-latest-small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelgraph import pipeline
from reelgraph.data.titles.series import series_key
from reelgraph.models.blend import Blend
from reelgraph.recommend import Recommender

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]
STAR_WARS, MATRIX, RETURN_OF_THE_JEDI = 260, 2571, 1210


@pytest.fixture(scope="module")
def recommender(real_data: Find) -> Recommender:
    data, _ = pipeline.load(real_data("ml-latest-small"))
    return Recommender(pipeline.train(data, Blend()).bundle)


def test_three_hated_films_bring_no_more_of_their_kind(recommender: Recommender) -> None:
    hated: dict[int | str, float] = {STAR_WARS: 1.0, MATRIX: 1.0, RETURN_OF_THE_JEDI: 1.0}
    picks = recommender.recommend(hated, 10)
    assert all(line.stars is not None and line.stars >= 3.0 for line in picks)
    rows = recommender.items.rows(list(hated))
    series = {series_key(str(recommender.catalogue.title[row])) for row in rows}
    assert not series & {series_key(line.title) for line in picks} - {None}
    watched = recommender.recommend(hated, 10, order="watch")
    assert sum(line.stars < 3.0 for line in watched if line.stars is not None) >= 5  # what the order is there for


def test_a_long_history_gives_a_list_in_the_order_of_its_stars(recommender: Recommender) -> None:
    user_rows = np.flatnonzero(np.diff(recommender.history.indptr) >= 300)[:20]
    n_far_below = 0
    for user_row in user_rows.tolist():
        picks = recommender.recommend(recommender.users.id(user_row), 10)
        stars = np.array([line.stars for line in picks], np.float64)
        assert np.abs(stars - np.sort(stars)[::-1]).max() <= 0.5 + 1e-6
        usual = recommender.history[[user_row]].data.mean()
        n_far_below += int((stars < min(usual, 3.5) - 0.75).sum())
    assert n_far_below == 0
