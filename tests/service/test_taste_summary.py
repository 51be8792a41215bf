"""The taste in a few figures, as the card shows it."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.recommend import Recommender
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import resolve
from reelgraph.serve.web.taste_summary import taste_summary
from reelgraph.store import PersonState, Rating
from tests.service.conftest import small

#: Crime has the best mean of three films or more, a war film that is alone a better one.
GENRES = (
    ("Crime",),
    ("Crime", "Drama"),
    ("Crime", "Drama"),
    ("Drama",),
    ("Comedy",),
    ("Comedy",),
    ("Comedy",),
    ("War",),
)
STARS = (5.0, 4.0, 4.5, 4.0, 2.0, 3.0, 2.5, 5.0)


def test_genres_are_those_of_three_films_or_more_in_the_order_of_their_stars() -> None:
    bundle = small()
    catalogue: Catalogue = dataclasses.replace(bundle.catalogue, genres=GENRES)
    loaded = LoadedBundle(Recommender(dataclasses.replace(bundle, catalogue=catalogue)), "digest")
    ratings = {str(10 * (1 + row)): Rating(stars, row) for row, stars in enumerate(STARS)}
    summary = taste_summary(loaded, resolve(loaded, PersonState("ann", 0, ratings)))
    assert summary is not None
    assert [(genre.name, genre.films, round(genre.mean or 0, 4)) for genre in summary.genres] == [
        ("Crime", 3, 4.5), ("Drama", 3, 4.1667), ("Comedy", 3, 2.5)
    ]  # fmt: skip


def test_with_few_films_every_genre_counts() -> None:
    bundle = small()
    loaded = LoadedBundle(
        Recommender(dataclasses.replace(bundle, catalogue=dataclasses.replace(bundle.catalogue, genres=GENRES))),
        "digest",
    )
    ratings = {item: Rating(stars, 0) for item, stars in (("10", 3.0), ("50", 2.0), ("80", 5.0))}
    summary = taste_summary(loaded, resolve(loaded, PersonState("ann", 0, ratings)))
    assert summary is not None
    assert [genre.name for genre in summary.genres] == ["War", "Crime", "Comedy"]
    assert np.isclose(summary.mean or 0.0, 10 / 3)
