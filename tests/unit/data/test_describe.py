"""Counts: of a hand-worked table, and of the published data sets against their README files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reelgraph.data import clean, describe, read
from reelgraph.data.readers.movielens_100k import FOLDS, read_fold
from tests.unit.data import layouts

# From the README of the shared data: ratings, users, rated, in the catalogue, first, last, tags, profiles.
PUBLISHED = {
    "ml-latest-small": (100_836, 610, 9_724, 9_742, "1996-03-29", "2018-09-24", 3_683, 0),
    "ml-100k": (100_000, 943, 1_682, 1_682, "1997-09-20", "1998-04-22", 0, 943),
    "ml-1m": (1_000_209, 6_040, 3_706, 3_883, "2000-04-25", "2003-02-28", 0, 6_040),
}
KEYS = ("ratings", "users", "movies_rated", "movies_in_catalogue", "first", "last", "tags", "profiles")


def test_by_hand(tmp_path: Path) -> None:
    figures = describe(read(layouts.ml_1m(tmp_path)))
    assert tuple(figures[key] for key in KEYS) == (5, 2, 3, 3, "2000-01-01", "2000-01-05", 0, 2)
    assert figures["levels"] == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    assert figures["scale"] == {"low": 1.0, "high": 5.0, "step": 1.0}
    assert figures["density"] == pytest.approx(5 / 6)
    assert figures["median_ratings_per_user"] == 2.5
    assert figures["median_ratings_per_movie"] == 2.0
    assert figures["mean_rating"] == 3.0
    json.dumps(figures)


def test_unreadable_rows_are_counted_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("user,item,rating\n1,1,abc\n2,2,4\n3,3,5\n")
    figures = describe(read(path))
    assert (figures["ratings"], figures["unreadable"], figures["users"], figures["first"]) == (2, 1, 2, None)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name: str, real_data: Callable[[str], Path]) -> None:
    data = read(real_data(name))
    figures = describe(data)
    assert tuple(figures[key] for key in KEYS) == PUBLISHED[name]
    low, step = (0.5, 0.5) if name == "ml-latest-small" else (1.0, 1.0)
    assert figures["scale"] == {"low": low, "high": 5.0, "step": step}
    report = clean(data)[1]
    assert all(step.count == 0 for step in report.steps)


def test_published_titles(real_data: Callable[[str], Path]) -> None:
    expected = {
        "ml-100k": ("Toy Story (1995)", 1995, ("Animation", "Children's", "Comedy")),
        "ml-1m": ("Toy Story (1995)", 1995, ("Animation", "Children's", "Comedy")),
        "ml-latest-small": ("Toy Story (1995)", 1995, ("Adventure", "Animation", "Children", "Comedy", "Fantasy")),
    }
    for name, first in expected.items():
        movies = read(real_data(name)).catalogue
        assert (movies.title[0], movies.year[0], movies.genres[0]) == first
        assert not any("\ufffd" in title or "Ã" in title for title in movies.title.tolist())


def test_published_folds_are_the_whole(real_data: Callable[[str], Path]) -> None:
    folder = real_data("ml-100k")
    whole = read(folder).ratings
    pairs = set(zip(whole.user_id.tolist(), whole.item_id.tolist(), strict=True))
    for fold in FOLDS:
        train, test = read_fold(folder, fold)
        parts = [set(zip(p.user_id.tolist(), p.item_id.tolist(), strict=True)) for p in (train, test)]
        assert parts[0] | parts[1] == pairs
        assert not parts[0] & parts[1]
