"""A bundle with ratings, people and movies that came after the fit: as a fit with them where that is promised."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, Dataset, FitContext, IdIndex, Matrix, Ratings, RatingScale, single_row
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import PerUser, index, split
from reelgraph.models.baselines import Bias, Popularity
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.content_based import GenrePopularity
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Filters, Recommender
from reelgraph.scorers import BayesScorer, LowRankFilterScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.updating.new_items import ids_like, neighbours_of_new, with_new_items
from reelgraph.updating.new_ratings import update

N_USERS, N_ITEMS = 40, 12
SCALE = RatingScale(1, 5, 1)
MODELS: dict[str, Any] = {
    "graph-filter": GraphFilter(ridge=3.0, choose=False),
    "popularity": Popularity(),
    "bias": Bias(),
}


def catalogue(item_id: np.ndarray) -> Catalogue:
    n = len(item_id)
    return dataclasses.replace(
        Catalogue.from_ids(item_id),
        title=np.array([f"Film {one} (1990)" for one in item_id.tolist()]),
        genres=tuple((("Comedy",), ("Horror",))[n % 2] for n in item_id.tolist()),
        year=np.full(n, 1990),
    )


def dataset(ratings: Ratings) -> Dataset:
    return Dataset("made", ratings, catalogue(np.arange(N_ITEMS) + 100), None, "0" * 64)


def all_ratings() -> Ratings:
    draw = np.random.default_rng(0)
    cells = np.sort(draw.permutation(N_USERS * N_ITEMS)[:300])
    return Ratings(
        cells // N_ITEMS + 1, cells % N_ITEMS + 100, draw.integers(1, 6, 300).astype(float),
        10**9 + draw.integers(0, 20_000, 300), SCALE, "made",
    )  # fmt: skip


def bundle_of(name: str, ratings: Ratings) -> Bundle:
    data = dataset(ratings)
    parts = split(index(ratings), PerUser(valid=0.0, test=0.0), seed=0)
    fit = MODELS[name].fit(parts.train, FitContext(catalogue=data.catalogue))
    return Bundle.create(fit, data, parts, model=MODELS[name])


@pytest.mark.parametrize("name", MODELS)
def test_the_result_is_that_of_a_fit_on_all_ratings(name: str) -> None:
    ratings = all_ratings()
    # The later part has three new people, and more ratings of ten others; one of the first part was other stars.
    is_later = (ratings.user_id > 37) | ((ratings.user_id <= 10) & (np.arange(300) % 2 == 0))
    first = ratings.take(~is_later)
    changed = dataclasses.replace(first, rating=np.where(np.arange(len(first)) == 50, 6 - first.rating, first.rating))
    is_changed = changed.rating != first.rating
    later = ratings.take(is_later).append(first.take(is_changed)).append(first.take(np.arange(3)))
    before = bundle_of(name, changed)
    after, report = update(before, dataset(later))
    expected = bundle_of(name, ratings)
    assert (report.ratings, report.replaced, report.repeated) == (is_later.sum(), is_changed.sum(), 3)
    assert (report.users, report.items, report.unknown) == (3, 0, 0)
    assert [part.exactly for part in report.parts] == [True]
    assert_array_equal(after.users.ids, expected.users.ids)
    assert_array_equal(after.history.toarray(), expected.history.toarray())
    assert after.times is not None
    assert after.is_train is not None
    assert_array_equal(after.times, expected.times)
    assert after.is_train.all()
    assert_allclose(after.scorer.score(after.history), expected.scorer.score(after.history), rtol=0, atol=1e-5)
    assert len(before.users) == 37


def test_held_out_ratings_stay_held_out() -> None:
    data = dataset(all_ratings())
    parts = split(index(data.ratings), PerUser(valid=0.1, test=0.1), seed=0)
    before = Bundle.create(Bias().fit(parts.train), data, parts)
    new = Ratings(np.array([1, 99]), np.array([100, 105]), np.array([2.0, 4.0]), np.array([5, 5]), SCALE, "new")
    after, _ = update(before, dataset(new))
    assert before.is_train is not None
    assert after.is_train is not None
    assert after.history.nnz - before.history.nnz == np.count_nonzero(after.is_train) - np.count_nonzero(
        before.is_train
    )
    interactions = after.train_interactions()
    refit = Bias().fit(interactions).scorer
    assert_allclose(after.scorer.score(after.history), refit.score(after.history), rtol=1e-6)


def test_a_model_that_cannot_learn_them_keeps_what_it_learnt_and_folds_new_people_in() -> None:
    data = dataset(all_ratings())
    parts = split(index(data.ratings), PerUser(valid=0.0, test=0.0), seed=0)
    fit = BayesGCN(dim=2, draws=6, burn_in=2, keep=4, chains=1).fit(parts.train)
    before = Bundle.create(fit, data, parts)
    new = Ratings(np.full(3, 99), np.array([100, 101, 102]), np.array([5.0, 5.0, 1.0]), np.full(3, 5), SCALE, "new")
    after, report = update(before, dataset(new))
    assert after.scorer is before.scorer
    assert [(part.exactly, part.how) for part in report.parts] == [
        (False, "it learns from the new ratings at the next fit")
    ]
    assert len(Recommender(after).recommend(99, k=3)) == 3


def test_movies_that_nobody_knows_are_left_out_and_named() -> None:
    new = Ratings(np.array([1, 2]), np.array([999, 100]), np.array([4.0, 4.0]), np.full(2, 5), SCALE, "new")
    _, report = update(bundle_of("bias", all_ratings()), dataset(new))
    assert (report.unknown, report.unknown_items) == (1, ("999",))
    assert report.ratings + report.replaced + report.repeated == 1


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        (Ratings(np.array([1]), np.array([100]), np.array([9.0]), None, RatingScale(1, 10), "ten"), "not on the scale"),
        (Ratings(np.array([1]), np.array([100]), np.ones(1), None, None, "views", feedback="implicit"), "implicit"),
        (Ratings(np.array([1]), np.array(["x"]), np.array([3.0]), None, SCALE, "text"), "'x' is not a number"),
        (Ratings(np.full(3, 99), np.array([100, 101, 100]), np.full(3, 3.0), None, SCALE, "two"),
         "user 99 has more than one rating of movie 100: clean them first"),
    ],
)  # fmt: skip
def test_ratings_of_another_kind(ratings: Ratings, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        update(bundle_of("bias", all_ratings()), dataset(ratings))


# Movies


def test_similarity_by_hand() -> None:
    bundle = bundle_of("bias", all_ratings())
    whole = bundle.catalogue.append(catalogue(np.array([300, 301])))
    nearest = neighbours_of_new(whole, 2, bundle).toarray()
    # Even ids are comedies, as 300 is; all have one decade, one year and the word "film" in the title.
    comedies = np.arange(N_ITEMS) % 2 == 0
    assert_allclose(nearest.sum(axis=1), 1.0)
    assert (nearest[0, comedies] > nearest[0, ~comedies].max()).all()
    assert_allclose(nearest[0, comedies], nearest[1, ~comedies])


def test_vectors_of_new_movies_are_means() -> None:
    draw = np.random.default_rng(0)
    table = draw.normal(size=(4, 3)).astype(np.float32)
    bias = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    similarity = Matrix(np.array([[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]))
    person = single_row(np.array([5.0], np.float32), np.array([1], np.int32), 6)
    embedding = EmbeddingScorer(table, table[::-1].copy(), bias, True, 0.0, 1.0, 4.0).with_new_items(similarity, 0)
    scores = embedding.score(person)[0]
    assert_allclose(scores[4:], [(scores[0] + scores[2]) / 2, 0.0], rtol=1e-5)
    low_rank = LowRankFilterScorer(table, table, bias, table, 1.0, 4.0).with_new_items(similarity, 0)
    scores = low_rank.score(person)[0]
    assert_allclose(scores[4:], [(scores[0] + scores[2]) / 2, 0.0], rtol=1e-5)
    assert not low_rank.score(single_row(np.array([5.0], np.float32), np.array([4], np.int32), 6)).any()


def test_stars_of_new_movies_are_those_of_movies_like_them_in_proportion() -> None:
    data = dataset(all_ratings())
    train = index(data.ratings)
    fitted = BayesGCN(dim=2, draws=60, burn_in=10, keep=40, chains=1).fit(train).scorer
    assert isinstance(fitted, BayesScorer)
    similarity = Matrix(np.eye(N_ITEMS)[[3]] * 0.25 + np.eye(N_ITEMS)[[5]] * 0.75)
    larger = fitted.with_new_items(similarity, 0)
    draws = len(fitted.item)
    is_first = (larger.item[:, -1] == fitted.item[:, 3]).all(axis=1)
    assert is_first.sum() == round(0.25 * draws)
    assert_array_equal(larger.item[~is_first, -1], fitted.item[~is_first, 5])
    assert_array_equal(larger.item[:, :-1], fitted.item)
    assert_array_equal(larger.item, fitted.with_new_items(similarity, 0).item)


@pytest.mark.parametrize("name", ["graph-filter", "popularity", "bias"])
def test_new_movies_are_listed_found_and_saved(name: str, tmp_path: Path) -> None:
    before = bundle_of(name, all_ratings())
    new = dataclasses.replace(catalogue(np.array([100, 300, 301])), year=np.array([1950, 2030, 2030]))
    new = dataclasses.replace(new, title=np.array(["Other", "Morning on the Moon (2030)", "Night (2030)"]))
    after = with_new_items(before, new)
    assert after.catalogue.title[0] == "Film 100 (1990)"  # known movies stay
    assert (len(after.items), after.info["added_items"]) == (N_ITEMS + 2, 2)
    history = before.history
    padded = Matrix((history.data, history.indices, history.indptr), shape=(N_USERS, N_ITEMS + 2))
    assert_array_equal(after.scorer.score(padded)[:, :N_ITEMS], before.scorer.score(history))
    loaded = Bundle.load(after.save(tmp_path / "bundle"))
    recommender = Recommender(loaded)
    listed = recommender.recommend(1, k=5, filters=Filters(year_from=2020))
    assert sorted(row.item_id for row in listed) == [300, 301]
    assert all(row.new for row in listed)
    assert "new: nobody has rated it yet" in str(listed.note)
    assert recommender.titles.row("morning on the moon") == N_ITEMS
    again = with_new_items(loaded, catalogue(np.array([400])))
    assert again.info["added_items"] == 3
    assert with_new_items(loaded, new) is loaded


def test_a_bundle_without_people_takes_movies_as_one_with_people_and_no_ratings(tmp_path: Path) -> None:
    whole, new = bundle_of("graph-filter", all_ratings()), catalogue(np.array([300, 301]))
    before = whole.without_people()
    after = Bundle.load(with_new_items(before, new).save(tmp_path / "bundle"))
    assert not after.has_people
    assert after.item_statistics.counts.tolist() == [*before.item_statistics.counts.tolist(), 0, 0]
    expected = Recommender(with_new_items(whole, new)).recommend({100: 5.0, 103: 2.0}, k=N_ITEMS)
    listed = Recommender(after).recommend({100: 5.0, 103: 2.0}, k=N_ITEMS)
    assert [row.item_id for row in listed] == [row.item_id for row in expected]
    assert {300, 301} <= {row.item_id for row in listed if row.new}
    with pytest.raises(CapabilityError, match="saved without people, so no ratings can be added"):
        update(after, dataset(all_ratings()))


def test_ratings_of_new_movies_bring_them_in() -> None:
    before = bundle_of("bias", all_ratings())
    new = Ratings(np.array([1, 2]), np.array([300, 300]), np.array([5.0, 5.0]), np.full(2, 5), SCALE, "new")
    data = dataclasses.replace(dataset(new), catalogue=catalogue(np.array([300, 301])))
    after, report = update(before, data)
    assert (report.items, report.ratings) == (1, 2)  # 301 is in the catalogue only
    assert after.items.ids[-1] == 300
    assert len(Recommender(after).recommend(3, k=20, filters=Filters(include=(300,)))) == 1


def test_a_model_of_features_cannot_take_them() -> None:
    data = dataset(all_ratings())
    parts = split(index(data.ratings), PerUser(valid=0.0, test=0.0), seed=0)
    before = Bundle.create(GenrePopularity().fit(parts.train, FitContext(catalogue=data.catalogue)), data, parts)
    with pytest.raises(CapabilityError, match="cannot score movies that it was not fitted on"):
        with_new_items(before, catalogue(np.array([300])))


def test_ids_of_the_kind_of_the_bundle() -> None:
    numbers, text = IdIndex(np.array([1, 2]), "item"), IdIndex(np.array(["a", "b"]), "item")
    assert ids_like(numbers, np.array(["7", "-1"])).tolist() == [7, -1]
    assert ids_like(text, np.array([7])).tolist() == ["7"]
    with pytest.raises(ConfigError, match="item_id.*'7x' is not a number"):
        ids_like(numbers, np.array(["7x"]))
    with pytest.raises(ConfigError, match="item_id.*'007' is not written as a number of 64 bits is"):
        ids_like(numbers, np.array(["1", "007"]))
