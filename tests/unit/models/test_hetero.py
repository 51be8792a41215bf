"""`hetero` and the baselines for new movies on planted kinds: what a movie without ratings gets, and why."""

from __future__ import annotations

import dataclasses
import importlib.util

import numpy as np
import pytest

from reelgraph.core import Catalogue, FitContext, IdIndex, Interactions, Matrix, Profiles, config
from reelgraph.core.errors import ConfigError
from reelgraph.models.content_based import FeatureKNN, GenrePopularity
from reelgraph.models.hetero.alignment import AlignmentSettings, MovieGraph
from reelgraph.models.hetero.cold_start_selection import (
    PLAIN,
    ColdForm,
    best_form,
    forms,
    hidden_movies,
    with_other_overview_weights,
)
from reelgraph.models.hetero.feature_estimates import FeatureEstimates, leave_one_out_ridge
from reelgraph.models.hetero.model import Hetero
from reelgraph.models.hetero.rated_neighbours import nearest_rated
from reelgraph.models.hetero.side_features import SideFeatures
from reelgraph.scorers import FeatureKNNScorer, GenrePopularityScorer, HeteroScorer
from tests.conftest import make_interactions

SMALL = Hetero(dim=8, taste_dim=2, neighbours=10)
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


@pytest.mark.parametrize("choose", [True, False])
def test_new_movies_are_ranked_and_rated_by_their_genre(choose: bool) -> None:
    train, _ = planted()
    scorer = fitted(dataclasses.replace(SMALL, choose=choose))
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


def test_the_order_of_the_movies_does_not_matter() -> None:
    train, context = planted()
    moved = np.random.default_rng(0).permutation(40)  # row r of the other data is movie moved[r]
    place = np.argsort(moved)
    other = dataclasses.replace(
        train, items=IdIndex(train.items.ids[moved], "item"), item_row=place[train.item_row].astype(np.int32)
    )
    model = dataclasses.replace(SMALL, neighbours=40, choose=False, steps=0)  # no cut among equals, no draws
    one, two = model.fit(train, context).scorer, model.fit(other, context).scorer
    history = train.matrix()
    np.testing.assert_allclose(two.score(history[:, moved]), one.score(history)[:, moved], atol=1e-4)


def test_leave_one_out_is_that_of_fits_without_the_movie() -> None:
    draw = np.random.default_rng(2)
    features = Matrix((draw.random((12, 5)) < 0.5).astype(np.float32))
    vectors, warm = draw.normal(size=(12, 3)).astype(np.float32), np.arange(12) < 9
    told = leave_one_out_ridge(features, vectors, warm, 2.0, np.arange(12))
    x = features.toarray().astype(np.float64)
    for item in range(12):
        kept = np.flatnonzero(warm & (np.arange(12) != item))
        mean, centre = vectors[kept].mean(axis=0), x[kept].mean(axis=0)
        # With the mean of the other movies, ridge regression of the deviations: the mean is not penalised.
        deviation = x[kept] - centre
        weight = np.linalg.solve(deviation.T @ deviation + 2.0 * np.eye(5), deviation.T @ (vectors[kept] - mean))
        np.testing.assert_allclose(told[item], mean + (x[item] - centre) @ weight, atol=1e-5)


def estimates(**changes: object) -> FeatureEstimates:
    """Movie 0 is new; 1 to 3 are rated, alike to it in features by cosines 0.8, 0.6 and 0."""
    units = Matrix(np.array([[1, 0, 0], [0.8, 0.6, 0], [0.6, 0, 0.8], [0, 1, 0]], np.float64))
    nothing = np.zeros((1, 0))
    fields: dict[str, object] = {
        "new": np.array([0]), "rated": np.array([1, 2, 3]), "units": units, "vectors": np.zeros((1, 2)),
        "taste": nothing, "item_bias": np.zeros(1), "log_count": np.array([2.0]), "directions": np.array([[1.0, 0.0]]),
        "rated_directions": np.array([[-1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]), "sample": np.array([1]),
        "sample_directions": np.zeros((1, 2)), "rated_log_count": np.array([0.0, 1.0, 2.0, 3.0]), "neighbours": 3,
    }  # fmt: skip
    return FeatureEstimates(**{**fields, **changes})  # type: ignore[arg-type]


def test_votes_by_hand() -> None:
    plain = estimates().votes(np.array([0]), 0.0, 0.0).toarray()[0]
    np.testing.assert_allclose(plain, [0, 0.64, 0.36, 0])  # squares of 0.8 and 0.6
    popular = estimates().votes(np.array([0]), 0.0, 0.5).toarray()[0]
    # The neighbours' mean log count is 0.64 * 1 + 0.36 * 2 = 1.36, the movie's own 2.
    np.testing.assert_allclose(popular, plain * np.exp(0.5 * (2 - 1.36)))
    aligned = estimates().votes(np.array([0]), 0.25, 0.0).toarray()[0]
    likeness = np.array([0, 0.75 * 0.8, 0.75 * 0.6, 0.25 * 0.6])  # an opposite direction counts 0, not below
    np.testing.assert_allclose(aligned, likeness**2 / (likeness**2).sum())
    nearest = estimates(neighbours=1).votes(np.array([0]), 0.0, 0.0).toarray()[0]
    np.testing.assert_allclose(nearest, [0, 1, 0, 0])


def test_a_movie_that_is_like_none_gets_no_votes() -> None:
    units = Matrix(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64))
    assert estimates(units=units, directions=np.zeros((1, 2))).votes(np.array([0]), 0.25, 0.5).nnz == 0


def test_a_movie_is_not_its_own_neighbour() -> None:
    weights = nearest_rated(estimates().units, np.array([1, 2, 3]), np.array([2, 3]), 3).toarray()
    assert weights[0, 2] == weights[1, 3] == 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_without_choice_worth_its_error_new_movies_have_the_scores_of_feature_neighbours() -> None:
    train, context = planted()
    model = dataclasses.replace(SMALL, choose=False)
    side = SideFeatures.of(train, context, min_tag_movies=2, min_title_movies=3)
    scorer = model._fitted(train, context, side).scorer(PLAIN)
    neighbours = FeatureKNN().fit(train, context).scorer
    history, root = train.matrix(), np.sqrt(np.diff(train.matrix().indptr))[:, None]
    np.testing.assert_allclose(scorer.score(history)[:, 34:] * root, neighbours.score(history)[:, 34:], atol=1e-5)


def test_which_form_is_taken() -> None:
    first, other = ColdForm(), ColdForm(alignment=0.5)
    noise = np.random.default_rng(0).normal(0, 0.1, 400)  # a standard error of 0.005
    for gain_of_first, gain_of_other, expected in (
        (0.02, 0.021, first), (0.02, 0.04, other), (0.004, 0.004, PLAIN), (-0.02, 0.03, other), (-0.02, 0.001, PLAIN),
    ):  # fmt: skip
        values = {first: gain_of_first + noise, other: gain_of_other - noise, PLAIN: np.zeros(400)}
        assert best_form(values) == expected


def test_movies_are_hidden_with_all_their_ratings() -> None:
    train, _ = planted()
    hidden = hidden_movies(train, np.random.default_rng(3))
    assert hidden is not None
    reduced, part = hidden
    assert part.candidates is not None
    assert len(part.candidates) == 3  # a tenth of the 34 with ratings
    assert not np.isin(reduced.item_row, part.candidates).any()
    assert np.isin(part.target.indices, part.candidates).all()
    assert len(reduced) + np.isin(train.item_row, part.candidates).sum() == len(train)
    few = make_interactions([(0, 0, 5), (1, 1, 4)], 2, 2)
    assert hidden_movies(few, np.random.default_rng(3)) is None


def test_reasons_of_new_movies_add_up_to_their_scores() -> None:
    scorer, items = fitted(), np.arange(40)
    person = Matrix(planted()[0].matrix()[[3]])
    parts = scorer.contributions(person, items)
    np.testing.assert_allclose(parts.ratings.sum(axis=1), scorer.score(person)[0], atol=1e-5)
    assert scorer.score(person)[0, 34:].std() > 0


def test_a_genre_moves_new_movies_for_someone_with_ratings() -> None:
    scorer, person = fitted(), Matrix(planted()[0].matrix()[[3]])  # loves horror, the odd ones
    plain, comedy = scorer.score(person)[0], scorer.score_person(person, {}, ("Comedy",))[0]
    change = comedy / comedy[:34].std() - plain / plain[:34].std()
    assert change[34::2].min() > change[35::2].max()


def movie_graph() -> MovieGraph:
    """Thirty movies of ten ratings, the even ones with one feature and direction, the odd ones with the others."""
    feature = np.eye(2, dtype=np.float32)[np.arange(30) % 2]
    direction = np.array([[1.0, 0.0], [0.0, 1.0]])[np.arange(30) % 2]
    count = np.where(np.arange(30) < 28, 10, 0)  # the last two have none
    estimate = np.full((30, 2), 0.5**0.5)  # the closed forms cannot tell them apart
    return MovieGraph({"genre": Matrix(feature)}, np.zeros((30, 0)), estimate, direction * (count > 0)[:, None], count)


SETTINGS = AlignmentSettings(width=8, steps=60, cold_share=0.5, dropout=0.0, learning_rate=0.01)


def test_layers_learn_the_direction_of_a_feature() -> None:
    pytest.importorskip("torch")
    from reelgraph.models.hetero.network import corrected_directions

    graph = movie_graph()
    untrained = corrected_directions(graph, dataclasses.replace(SETTINGS, steps=0), seed=0)
    np.testing.assert_allclose(untrained, graph.estimates, atol=0.02)  # a residual that begins near 0
    trained = corrected_directions(graph, SETTINGS, seed=0)
    np.testing.assert_allclose(np.linalg.norm(trained, axis=1), 1.0, atol=1e-6)
    assert trained[28] @ [1, 0] > 0.9  # new movies, of the feature of the even and the odd ones
    assert trained[29] @ [0, 1] > 0.9
    np.testing.assert_array_equal(trained, corrected_directions(graph, SETTINGS, seed=0))


def test_what_is_said_of_a_hidden_movie_does_not_hang_on_its_own_vector() -> None:
    torch = pytest.importorskip("torch")
    from reelgraph.models.hetero.network import AlignmentNetwork

    network = AlignmentNetwork(movie_graph(), 8, 0.0, torch.Generator().manual_seed(1))
    visible = torch.ones(30, 1)
    visible[4] = 0.0
    before = network(visible).detach().clone()
    network.directions[4] += 100.0
    torch.testing.assert_close(network(visible), before)
    visible[4] = 1.0
    assert not torch.allclose(network(visible), before)


def test_without_torch_the_closed_forms_are_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    train, context = planted()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    model = dataclasses.replace(SMALL, choose=False)
    fit = model.fit(train, context)
    assert "learned no" in fit.stopped_because
    closed = dataclasses.replace(model, steps=0).fit(train, context)
    np.testing.assert_array_equal(fit.scorer.score(train.matrix()), closed.scorer.score(train.matrix()))


def test_settings_of_the_former_layers_are_read_with_a_warning() -> None:
    with pytest.warns(FutureWarning, match="Hetero has no setting layers, epochs any more"):
        model = config.from_dict(Hetero, {"layers": 2, "epochs": 3, "dim": 16})
    assert model == Hetero(dim=16)


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


STORIES = (
    "diamond robbery",
    "diamond robbery",
    "haunted castle",
    "haunted castle",
    "diamond robbery",
    "haunted castle",
)


def test_feature_neighbours_by_overviews_by_hand() -> None:
    train = make_interactions([(0, 0, 5), (0, 1, 1), (0, 2, 5), (0, 3, 5)], 1, 6)
    genres = (("A",), ("A",), ("B",), ("B",), ("B",), ("C",))
    catalogue = dataclasses.replace(Catalogue.from_ids(train.items.ids), genres=genres, overview=STORIES)
    scorer = FeatureKNN(power=1.0, overview_weight=4.0).fit(train, FitContext(catalogue=catalogue)).scorer
    assert isinstance(scorer, FeatureKNNScorer)
    # Movie 4 shares its overview (4) with 0 and 1 and its genre (1) with 2 and 3: cosines 4/5, 4/5, 1/5, 1/5.
    votes = Matrix((scorer.data, scorer.indices, scorer.indptr), shape=(6, 6)).toarray()
    np.testing.assert_allclose(votes[4], [0.4, 0.4, 0.1, 0.1, 0, 0], atol=1e-6)
    without = FeatureKNN(power=1.0, overview_weight=0.0).fit(train, FitContext(catalogue=catalogue)).scorer
    np.testing.assert_allclose(without.score(train.matrix())[0, 4], 1.0)  # 2 and 3, both liked


def test_a_long_overview_counts_no_more_than_a_short_one() -> None:
    train, context = planted()
    assert context.catalogue is not None
    texts = tuple(f"{'space ' * (1 + 500 * (item % 3))} war" if item % 2 else "" for item in range(40))
    context = dataclasses.replace(context, catalogue=dataclasses.replace(context.catalogue, overview=texts))
    side = SideFeatures.of(train, context, min_tag_movies=2, min_title_movies=3)
    overviews = side.weighted(9.0)[:, -side.overviews.shape[1] :]
    np.testing.assert_allclose(np.sqrt(overviews.power(2).sum(axis=1)), np.where(np.arange(40) % 2, 3.0, 0.0))
    assert side.weighted(0.0).shape[1] == side.weighted(9.0).shape[1] - side.overviews.shape[1]


@pytest.mark.parametrize("steps", [0, 3])
def test_new_movies_are_ranked_by_their_stories_where_nothing_else_tells_them_apart(steps: int) -> None:
    train, context = planted()
    assert context.catalogue is not None
    texts = tuple("haunted castle ghost" if item % 2 else "wedding party laughter" for item in range(40))
    catalogue = dataclasses.replace(context.catalogue, genres=(("Drama",),) * 40, overview=texts)
    fit = dataclasses.replace(SMALL, steps=steps).fit(train, FitContext(catalogue=catalogue))
    scores = fit.scorer.score(train.matrix())
    for user in (0, 1, 30, 31):
        own, other = np.arange(34 + user % 2, 40, 2), np.arange(35 - user % 2, 40, 2)
        assert scores[user, own].min() > scores[user, other].max()


def test_which_weights_of_overviews_are_tried() -> None:
    form = ColdForm(popularity=1.0)
    assert with_other_overview_weights(form) == [
        ColdForm(popularity=1.0, overview_weight=0.0),
        ColdForm(popularity=1.0, overview_weight=8.0),
    ]
    assert str(form) == "tags yes, alignment 0.25, popularity 1, overviews 2, learned yes"
    tried = forms(ColdForm(overview_weight=0.0, learned=False), has_tags=False)
    assert {one.overview_weight for one in tried} == {0.0}
    assert len(tried) == 12  # three alignments, four powers
