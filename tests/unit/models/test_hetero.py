"""`hetero` and the baselines for new movies on planted kinds: what a movie without ratings gets, and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from reelgraph.core import Catalogue, FitContext, IdIndex, Interactions, Matrix, Profiles
from reelgraph.core.errors import ConfigError
from reelgraph.models.content_based import FeatureKNN, GenrePopularity
from reelgraph.models.hetero.model import Hetero, _HeteroTask
from reelgraph.models.hetero.teacher import leave_one_out_ridge
from reelgraph.scorers import FeatureKNNScorer, GenrePopularityScorer, HeteroScorer
from tests.conftest import make_interactions

torch.set_num_threads(1)
SMALL = Hetero(dim=8, width=8, taste_dim=2, neighbours=10, epochs=3)
KINDS = ("Comedy", "Horror")


def planted(n_items: int = 40, new: int = 6) -> tuple[Interactions, FitContext]:
    """60 people, half of whom love comedies and half horror; movies alternate; the last ``new`` have no rating."""
    draw = np.random.default_rng(1)
    edges = []
    for user in range(60):
        seen = draw.permutation(n_items - new)[:14].tolist()
        edges += [(user, item, 5.0 if (user + item) % 2 == 0 else float(draw.integers(1, 3))) for item in seen]
    train = make_interactions(edges, 60, n_items)
    ids = train.items.ids
    catalogue = dataclasses.replace(
        Catalogue.from_ids(ids),
        year=np.full(n_items, 1995),
        genres=tuple((KINDS[item % 2],) for item in range(n_items)),
        title=np.array([f"Film {item} (1995)" for item in range(n_items)]),
    )
    none = np.full(60, "")
    gender = np.where(np.arange(60) % 2 == 0, "F", "M")
    return train, FitContext(catalogue=catalogue, profiles=Profiles(train.users.ids, gender, none, none, none))


def fitted(model: Hetero = SMALL) -> HeteroScorer:
    train, context = planted()
    scorer = model.fit(train, context).scorer
    assert isinstance(scorer, HeteroScorer)
    return scorer


@pytest.mark.parametrize("conv", ["sage", "gat"])
@pytest.mark.parametrize("layers", [1, 2])
def test_new_movies_are_ranked_and_rated_by_their_genre(conv: str, layers: int) -> None:
    train, _ = planted()
    scorer = fitted(dataclasses.replace(SMALL, conv=conv, layers=layers))
    scores, stars = scorer.score(train.matrix()), scorer.rate(train.matrix()).stars
    for user in (0, 1, 30, 31):
        own = np.arange(34 + user % 2, 40, 2)  # new ones of the loved genre
        other = np.arange(35 - user % 2, 40, 2)
        assert scores[user, own].min() > scores[user, other].max()
        assert stars[user, own].min() > stars[user, other].max() + 0.5


def test_new_movies_rank_among_rated_ones() -> None:
    scorer = fitted()
    lover = Matrix(np.where(np.arange(40) == 0, 5.0, 0.0)[None, :].astype(np.float32))
    scores = scorer.score(lover)[0]
    rated_alike, new_alike, rated_other = scores[2:34:2].mean(), scores[34::2].mean(), scores[1:34:2].mean()
    assert rated_other < new_alike
    assert 0.4 < (new_alike - rated_other) / (rated_alike - rated_other) < 1.6


def test_someone_known_by_profile_or_favourite_genre_gets_their_kind() -> None:
    scorer, nobody = fitted(), Matrix((1, 40), dtype=np.float32)
    even = np.arange(40) % 2 == 0
    for profile, genres, likes_even in (
        ({"gender": "F"}, (), True), ({"gender": "M"}, (), False), ({}, ("comedy",), True), ({}, ("Horror",), False),
    ):  # fmt: skip
        scores = scorer.score_person(nobody, profile, genres)[0]
        assert (scores[even].mean() > scores[~even].mean()) == likes_even
    np.testing.assert_array_equal(scorer.score_person(nobody), scorer.score(nobody))


def test_unknown_traits_are_refused() -> None:
    scorer, nobody = fitted(), Matrix((1, 40), dtype=np.float32)
    for profile, genres, said in (
        ({"gender": "X"}, (), "X: unknown gender; known are F, M"),
        ({"age": "18"}, (), "age: unknown kind of profile"),
        ({}, ("Comedi",), "Comedi: unknown genre.*did you mean 'Comedy'"),
    ):
        with pytest.raises(ConfigError, match=said):
            scorer.score_person(nobody, profile, genres)
    without_traits = dataclasses.replace(scorer, traits=(), trait_effects=scorer.trait_effects[:0])
    with pytest.raises(ConfigError, match="gender: the model was trained without profiles"):
        without_traits.score_person(nobody, {"gender": "F"}, ())


def test_one_hetero_layer_is_the_dense_product() -> None:
    train, context = planted()
    task = _HeteroTask(SMALL, train, context)
    net, kinds = task.module, task.module.kinds
    x = torch.zeros(40, 1)
    with torch.no_grad():
        found = net.first({**dict(net.feature.items()), "movie": x}, task.data.edge_index_dict)["movie"].numpy()
        expected = np.zeros_like(found)
        for kind in kinds:
            weight = next(
                p for name, p in net.first.named_parameters() if f"{kind}___of" in name or f"{kind}__of" in name
            )
            expected += task.side_features.movies[kind].matrix @ net.feature[kind].numpy() @ weight.numpy().T
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_order_of_the_movies_does_not_matter() -> None:
    train, context = planted()
    moved = np.random.default_rng(0).permutation(40)  # row r of the other data is movie moved[r]
    place = np.argsort(moved)
    assert context.catalogue is not None
    other = dataclasses.replace(
        train, items=IdIndex(train.items.ids[moved], "item"), item_row=place[train.item_row].astype(np.int32)
    )
    model = dataclasses.replace(SMALL, neighbours=40)  # fewer would be cut among equals by row
    one, two = _HeteroTask(model, train, context), _HeteroTask(model, other, context)
    two.module.load_state_dict(one.module.state_dict())  # its tensors belong to features, none to movies
    one.module.eval()
    two.module.eval()
    visible = torch.from_numpy(one.teacher.has_ratings.astype(np.float32))
    with torch.no_grad():
        two.module.targets, two.module.ridge_estimate = one.module.targets[moved], one.module.ridge_estimate[moved]
        said, again = one.module(one.data, visible), two.module(two.data, visible[moved])
    torch.testing.assert_close(again, said[moved], rtol=1e-4, atol=1e-5)


def test_what_is_said_of_a_hidden_movie_does_not_hang_on_its_own_vector() -> None:
    train, context = planted()
    task = _HeteroTask(SMALL, train, context)
    task.module.eval()
    hidden = torch.from_numpy(task.teacher.has_ratings.astype(np.float32))
    hidden[4] = 0.0
    with torch.no_grad():
        before = task.module(task.data, hidden)[4].clone()
        changed = task.module.targets.clone()
        changed[4] += 100.0
        task.module.targets = changed
        after = task.module(task.data, hidden)[4]
    torch.testing.assert_close(after, before)


def test_leave_one_out_is_that_of_fits_without_the_movie() -> None:
    draw = np.random.default_rng(2)
    features = Matrix((draw.random((12, 5)) < 0.5).astype(np.float32))
    vectors, warm = draw.normal(size=(12, 3)).astype(np.float32), np.arange(12) < 9
    told = leave_one_out_ridge(features, vectors, warm, 2.0)
    x = features.toarray().astype(np.float64)
    for item in range(12):
        kept = np.flatnonzero(warm & (np.arange(12) != item))
        weight = np.linalg.solve(x[kept].T @ x[kept] + 2.0 * np.eye(5), x[kept].T @ vectors[kept])
        np.testing.assert_allclose(told[item], x[item] @ weight, atol=1e-5)


def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tmp_path: Path) -> None:
    train, context = planted()
    whole = SMALL.fit(train, context).scorer.arrays()
    first = dataclasses.replace(context, checkpoint_dir=tmp_path)
    dataclasses.replace(SMALL, epochs=1).fit(train, first)
    resumed = SMALL.fit(train, dataclasses.replace(first, resume=True)).scorer.arrays()
    for name, array in whole.items():
        np.testing.assert_array_equal(array, resumed[name], err_msg=name)


def test_popularity_of_genres_by_hand() -> None:
    train = make_interactions([(0, 0, 5), (1, 0, 4), (0, 1, 5), (1, 2, 2)], 2, 4)
    catalogue = dataclasses.replace(Catalogue.from_ids(train.items.ids), genres=(("A",), ("A",), ("B",), ("A",)))
    model = GenrePopularity(ridge=1e-6, personal=0.0)
    scorer = model.fit(train, FitContext(catalogue=catalogue)).scorer
    assert isinstance(scorer, GenrePopularityScorer)
    likes_a = (np.log(3) + np.log(2)) / 2  # mean of log(1 + likes) over the rated movies with A; B has no like
    np.testing.assert_allclose(scorer.score(train.matrix())[0], [likes_a, likes_a, 0, likes_a], atol=1e-4)
    # Of all likes (3) each is an A: its share is 1, so nobody leans to it more than others.
    np.testing.assert_allclose(scorer.share, [1, 0])


def test_leaning_to_a_genre_by_hand() -> None:
    # Two features; the person likes three movies of the first, of which half of all likes are.
    scorer = GenrePopularityScorer(
        np.zeros(4, np.float32), np.array([0, 0, 0, 1], np.int32), np.arange(5), np.array([0.5, 0.5]), 1.0, 2.0, 4.0
    )
    history = Matrix(np.array([[5, 4, 4, 0], [5, 0, 0, 1]], np.float32))
    np.testing.assert_allclose(
        scorer.score(history),
        [np.log(np.array([4, 4, 4, 1]) / 5 / 0.5), np.log(np.array([2, 2, 2, 1]) / 3 / 0.5)],
        rtol=1e-5,
    )


def test_feature_neighbours_by_hand() -> None:
    train = make_interactions([(0, 0, 5), (0, 1, 5), (0, 2, 1)], 1, 4)
    genres = (("A", "B"), ("A",), ("C",), ("A", "B"))
    catalogue = dataclasses.replace(Catalogue.from_ids(train.items.ids), genres=genres, title=np.array(list("wxyz")))
    scorer = FeatureKNN(power=2.0).fit(train, FitContext(catalogue=catalogue)).scorer
    assert isinstance(scorer, FeatureKNNScorer)
    # Movie 3 is like 0 (cosine 1) and 1 (square of the cosine 1/2): both liked, so it gets all; 2 is like none.
    np.testing.assert_allclose(scorer.score(train.matrix())[0], [1, 1, 0, 1], atol=1e-6)
    only_first = Matrix(np.array([[5, 0, 0, 0]], np.float32))
    np.testing.assert_allclose(scorer.score(only_first)[0], [0, 1, 0, 2 / 3], atol=1e-6)
