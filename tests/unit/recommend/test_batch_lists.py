"""Lists for everybody are those made one by one; predicted stars are those of the lists."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import PredictsRating
from reelgraph.core.errors import CapabilityError, ConfigError, UnknownIdError
from reelgraph.recommend import batch_lists
from tests.unit.recommend.test_recommend import fitted


@pytest.fixture(scope="module")
def data() -> rg.Dataset:
    rng = np.random.default_rng(3)
    table = {
        "user": np.repeat([f"u{n:02}" for n in range(50)], 10),
        "item": np.concatenate([rng.permutation(40)[:10] + 100 for _ in range(50)]),
        "rating": rng.integers(1, 6, 500),
    }
    catalogue = dataclasses.replace(
        rg.Catalogue.from_ids(np.arange(100, 140)), year=np.arange(1980, 2020), genres=(("Drama",), ("Comedy",)) * 20,
        series=("", "One", "", "One", "Two") * 8,
    )  # fmt: skip
    return rg.from_frame(table, catalogue=catalogue)


def recommender_of(data: rg.Dataset, model: rg.Model) -> rg.Recommender:
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.1), seed=0)
    return rg.Recommender(rg.Bundle.create(model.fit(split.train), data, split))


MODELS = [rg.GraphFilter(choose=False), rg.Bias(), rg.Popularity()]
FILTERS = [
    None,
    rg.Filters(genres=["Comedy"], year_from=1990, exclude=[111, 113]),
    rg.Filters(include=[101, 103, 105, 107], seen="also"),
    rg.Filters(min_viewers=12),
    rg.Filters(min_viewers=12, whole_series=True),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("filters", FILTERS)
def test_all_lists_are_those_made_one_by_one(
    data: rg.Dataset, model: rg.Model, filters: rg.Filters | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    recommender = recommender_of(data, model)
    monkeypatch.setattr(batch_lists.batch_lists, "__defaults__", (7, None))  # several batches
    rows = list(zip(*recommender.recommend_all(5, filters).to_dict().values(), strict=True))
    expected = [
        (user, line.item_id, line.score, line.rank)
        for user in recommender.users.ids
        for line in recommender.recommend(str(user), 5, filters)
    ]
    assert [(str(user), item, rank) for user, item, _, rank in rows] == [
        (user, item, rank) for user, item, _, rank in expected
    ]
    np.testing.assert_allclose([score for _, _, score, _ in rows], [score for _, _, score, _ in expected], rtol=1e-5)
    assert any(rank == 2 for _, _, _, rank in rows)


def test_people_without_ratings_get_the_most_rated() -> None:
    recommender = rg.Recommender(fitted())  # user 4 has rated nothing
    table = recommender.recommend_all(3, users=[4, 1]).to_polars()
    assert table["user_id"].to_list() == [4, 4, 4, 1, 1, 1]
    assert table["item_id"].to_list() == [line.item_id for user in (4, 1) for line in recommender.recommend(user, 3)]
    assert table["item_id"].to_list()[:3] == [10, 30, 20]
    assert "lists of 2 users" in repr(recommender.recommend_all(3, users=[4, 1]))


def test_what_the_batch_refuses(data: rg.Dataset) -> None:
    recommender = recommender_of(data, rg.Popularity())
    with pytest.raises(ConfigError, match="one person at a time"):
        recommender.recommend_all(5, rg.Filters(seen="only"))
    with pytest.raises(UnknownIdError, match="unknown user 'nobody'"):
        recommender.recommend_all(5, users=["nobody"])
    with pytest.raises(ConfigError, match="k: 0"):
        recommender.recommend_all(0)


def test_predictions_are_the_stars_of_the_lists() -> None:
    recommender = rg.Recommender(fitted())
    stars = {line.item_id: line.stars for line in recommender.recommend(1)}
    predicted = recommender.predict(1, [60, "Ran (1985)", 20])
    assert [(rating.item_id, rating.stars) for rating in predicted] == [
        (60, stars[60]),
        (50, stars[50]),
        (20, stars[20]),
    ]
    assert predicted[1].title == "Ran (1985)"
    assert recommender.predict({10: 5.0}, 60)[0].stars == pytest.approx(5.0)  # clipped to the scale
    assert predicted.to_polars()["stars"].to_list() == pytest.approx([5, 4, 3])
    assert recommender.predict(1, []).to_dict()["item_id"] == []


def test_a_distribution_gives_an_interval(data: rg.Dataset) -> None:
    recommender = recommender_of(data, rg.BayesGCN(dim=2, draws=6, burn_in=2, keep=2))
    assert isinstance(recommender.scorer, PredictsRating)
    (rating,) = recommender.predict("u01", ["139"])
    assert rating.low is not None
    assert rating.high is not None
    assert rating.liked is not None
    assert 1 <= rating.low < rating.stars < rating.high <= 5
    assert 0 < rating.liked < 1


def test_models_without_stars_refuse(data: rg.Dataset) -> None:
    with pytest.raises(CapabilityError, match="'popularity' ranks and predicts no stars"):
        recommender_of(data, rg.Popularity()).predict("u01", 100)
    with pytest.raises(UnknownIdError, match="no movie has the id or title 'Nothing'"):
        recommender_of(data, rg.Bias()).predict("u01", "Nothing")
