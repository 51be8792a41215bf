"""A Netflix history of thirty films: a list of its own, not that of everybody."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelgraph import pipeline
from reelgraph.importers import import_export
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Recommender

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]
N_FILMS = 30


def test_thirty_films_of_a_netflix_history_give_another_list_than_popularity(real_data: Find, tmp_path: Path) -> None:
    data, _ = pipeline.load(real_data("ml-latest-small"))
    bundle = pipeline.train(data, GraphFilter(choose=False)).bundle
    recommender = Recommender(bundle)
    popular = [line.item_id for line in recommender.recommend({}, k=10)]
    n_common = []
    for user_row in (67, 413, 447):
        watched = bundle.history[[user_row]].indices
        titles = [str(bundle.catalogue.title[row]).rsplit(" (", 1)[0] for row in watched.tolist()]
        clear = [title for title in titles if len(title.split()) >= 4 and "," not in title and "(" not in title]
        path = tmp_path / f"NetflixViewingHistory-{user_row}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = [["Title", "Date"], *([title, f"{1 + n % 12}/3/23"] for n, title in enumerate(clear[:N_FILMS]))]
            csv.writer(file).writerows(rows)
        result = import_export(path, bundle.catalogue)
        assert not result.ratings
        assert len(result.seen) >= 25  # the others have a namesake, and stay doubtful
        listed = recommender.recommend(result.ratings, k=10, seen=result.seen)
        assert listed.note == f"from {len(result.seen)} movies you watched"
        ids = [line.item_id for line in listed]
        assert not set(ids) & set(result.seen)
        explanation = recommender.explain([], ids[0], seen=result.seen)
        assert explanation.total == pytest.approx(explanation.score, abs=1e-4)
        n_common.append(len(set(ids) & {item for item in popular if item not in result.seen}))
    assert np.mean(n_common) <= 5
