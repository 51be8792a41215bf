"""People who rated only movies that the model does not learn from: the most rated movies, and the list says so."""

from __future__ import annotations

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.data import PerUser, split

NOTE = "the model learns nothing from such seldom rated movies: these are the most rated movies"


@pytest.fixture(scope="module")
def people() -> tuple[rg.Dataset, rg.Split]:
    """200 people; the higher the id of a movie, the fewer have rated it."""
    draw = np.random.default_rng(0)
    rated = [(user, item) for user in range(200) for item in range(25) if draw.random() < 0.6 - 0.02 * item]
    stars = draw.integers(1, 6, len(rated)).astype(float)
    users, items = zip(*rated, strict=True)
    data = rg.from_frame({"user": users, "item": items, "rating": stars})
    return data, split(rg.index(data.ratings), PerUser(valid=0.1, test=0.1), 0)


@pytest.mark.parametrize("is_blend", [False, True])
def test_ratings_of_the_tail_alone_give_the_most_rated_movies(
    people: tuple[rg.Dataset, rg.Split], is_blend: bool
) -> None:
    data, parts = people
    form = {"form": "head", "head_items": 10, "choose": False}
    stars = {"draws": 4, "burn_in": 2, "dim": 2, "keep": 2}
    model = (
        rg.Blend(rankers=("graph-filter",), settings={"graph-filter": form, "bayes-gcn": stars})
        if is_blend
        else rg.GraphFilter(**form)
    )
    recommender = rg.Recommender(rg.Bundle.create(model.fit(parts.train), data, parts))
    for order in ("liked", "watch"):
        listed = recommender.recommend({22: 5.0, 23: 4.0}, 8, order=order)
        assert listed.note == NOTE
        assert [line.item_id for line in listed] == [line.item_id for line in recommender.recommend({}, 8)]
        one_of_the_head = recommender.recommend({22: 5.0, 0: 5.0}, 8, order=order)
        assert one_of_the_head.note == ""
        assert max(line.score for line in one_of_the_head) > min(line.score for line in one_of_the_head)
    assert recommender.recommend({}, 8).note == "no ratings yet: these are the most rated movies"
