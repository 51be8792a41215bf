"""Which film of a series comes next, worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.series_order import SeriesOrder
from reelgraph.scorers import BiasScorer

# row: 0 Godfather III, 1 Godfather, 2 Heat, 3 Godfather II, 4 and 5 Matrix of one year, 6 Matrix of no year
YEARS = np.array([1990, 1972, 1995, 1974, 2003, 2003, 0])
SERIES = ("The Godfather", "the godfather", "", "The Godfather", "Matrix", "Matrix", "Matrix")
CATALOGUE = dataclasses.replace(Catalogue.from_ids(10 * np.arange(7)), year=YEARS, series=SERIES)


def recommender() -> rg.Recommender:
    """Godfather III is best, then II, Matrix 6 and 5, Heat, Godfather, Matrix 4."""
    offsets = np.array([2.0, 0.2, 0.5, 1.9, 0.1, 1.7, 1.8])
    history = Matrix(np.zeros((1, 7), np.float32))
    bundle = Bundle(
        BiasScorer(offsets, 3.0, 5.0, 1.0, 5.0), IdIndex(np.array([1]), "user"), IdIndex(CATALOGUE.item_id, "item"),
        history, CATALOGUE, RatingScale(1, 5, 1), {},
    )  # fmt: skip
    return rg.Recommender(bundle)


def listed(person: dict[int | str, float], k: int, **filters: object) -> list[object]:
    return [line.item_id for line in recommender().recommend(person, k, rg.Filters(**filters))]  # type: ignore[arg-type]


def test_films_that_come_after_another_unseen_one() -> None:
    series = SeriesOrder(CATALOGUE).among(np.ones(7, np.bool_))

    def later(*seen: int) -> dict[int, int]:
        return dict(zip(*(values.tolist() for values in series.later(np.array(seen, np.int64))), strict=True))

    assert later() == {3: 1, 0: 2, 5: 1, 6: 2}
    assert later(1, 1, 2) == {0: 1, 5: 1, 6: 2}
    assert later(3) == {0: 1, 5: 1, 6: 2}
    assert later(1, 3, 4, 5) == {}
    assert not SeriesOrder(Catalogue.from_ids(np.arange(3)))


def test_the_next_film_of_each_series_is_listed_and_the_others_last() -> None:
    assert listed({20: 5.0}, 9) == [10, 40, 30, 50, 0, 60]
    assert listed({10: 4.0, 30: 4.0}, 3) == [0, 20, 40]  # after parts one and two, part three
    assert listed({20: 5.0}, 2, year_from=1974) == [30, 40]  # of those that pass the filters
    assert listed({20: 5.0}, 9, exclude=[10]) == [40, 30, 50, 0, 60]  # part two does not take the place of part one
    assert listed({20: 5.0}, 3, whole_series=True) == [0, 30, 60]
    assert listed({10: 5.0, 20: 5.0}, 3, seen="also") == [30, 20, 10]
    assert "further movies of series come last" in recommender().recommend({20: 5.0}, 3).note
    assert recommender().recommend({20: 5.0}, 2).note == ""


def test_a_film_of_no_interest_brings_no_later_one() -> None:
    changes = rg.Changes(not_interested=[10])
    assert [line.item_id for line in recommender().recommend({20: 5.0}, 2, changes=changes)] == [40, 30]


def test_what_would_list_a_later_film_is_not_searched_for() -> None:
    with pytest.raises(ConfigError, match="follows an earlier film of its series"):
        recommender().counterfactual({20: 5.0}, 0, 1)
    assert recommender().counterfactual({20: 5.0}, 10, 1).rank == 1
    assert recommender().counterfactual({20: 5.0}, 0, 1, rg.Filters(whole_series=True)).rank == 1
