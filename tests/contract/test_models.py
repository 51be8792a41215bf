"""What every model promises. A new one in `reelgraph.models.MODELS` comes under all of this at once."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np
import pytest
import torch

from reelgraph.core import (
    EvalPart,
    Explains,
    FitContext,
    HasItemVectors,
    Interactions,
    Matrix,
    PredictsRating,
    Scorer,
    SupportsColdItems,
    config,
)
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models import MODELS, model_class
from reelgraph.scorers import SCORERS, rebuild
from tests.conftest import make_interactions, make_part

#: Only to be quick; a model that is not named here runs with its defaults.
QUICK: dict[str, dict[str, Any]] = {
    "gcn": {"dim": 8, "epochs": 16, "batch_size": 128, "learning_rate": 0.05, "layers": 2},
    "lightgcn": {"dim": 16, "epochs": 40, "batch_size": 8},
    "hetero": {"dim": 16, "width": 8, "epochs": 3},
    "blend": {"settings": {"bayes-gcn": {"draws": 60, "burn_in": 10, "threads": 1}}},
}

torch.set_num_threads(1)  # on small graphs and busy cores two threads mostly wait for each other

pytestmark = pytest.mark.parametrize("name", MODELS)


def model(name: str) -> Any:
    return config.from_dict(model_class(name), QUICK.get(name, {}))


def fit(name: str, train: Interactions, seed: int = 0) -> Scorer:
    scorer: Scorer = model(name).fit(train, FitContext(seed=seed)).scorer
    return scorer


def checkerboard() -> tuple[Interactions, EvalPart]:
    """40 users and 20 items: 5 stars where both are even or both odd, else 1; 12 ratings each, 8 held back."""
    draw = np.random.default_rng(3)
    kept: list[tuple[int, int, float]] = []
    held: list[tuple[int, int, float]] = []
    for user in range(40):
        for place, item in enumerate(draw.permutation(20).tolist()):
            (kept if place < 12 else held).append((user, item, 5.0 if (user + item) % 2 == 0 else 1.0))
    train = make_interactions(kept, 40, 20)
    return train, make_part(train.matrix(), make_interactions(held, 40, 20).matrix())


@functools.cache
def on_checkerboard(name: str) -> tuple[Scorer, EvalPart]:
    train, part = checkerboard()
    return fit(name, train), part


@pytest.fixture
def fitted(name: str) -> tuple[Scorer, EvalPart]:
    return on_checkerboard(name)


def nobody(n_items: int, people: int = 1) -> Matrix:
    return Matrix((people, n_items), dtype=np.float32)


def squared_error(scorer: PredictsRating, part: EvalPart) -> float:
    return float(np.mean((predict_targets(scorer, part) - part.target.data) ** 2))


def test_scores_are_finite_float32_of_every_item(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    scores = scorer.score(part.history)
    assert scores.shape == part.history.shape
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert scorer.n_items == part.history.shape[1]
    assert isinstance(scorer, Scorer)


def test_scoring_changes_no_history(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    copy = part.history.copy()
    scorer.score(copy)
    np.testing.assert_array_equal(copy.toarray(), part.history.toarray())


def test_scores_do_not_depend_on_who_else_is_asked_for(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    together = scorer.score(part.history)
    for row in (0, 7, 39):
        np.testing.assert_allclose(scorer.score(part.history[[row]])[0], together[row], rtol=1e-5, atol=1e-6)


def test_people_unlike_each_other_get_their_own_parity_first(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    scores, unseen, parity = scorer.score(part.history), part.target.toarray() > 0, np.arange(20) % 2
    right = [
        scores[user, item] > scores[user, foe]
        for user in range(40)
        for item in np.flatnonzero(unseen[user] & (parity == user % 2))
        for foe in np.flatnonzero(unseen[user] & (parity != user % 2))
    ]
    assert len(right) > 300
    if isinstance(scorer, HasItemVectors):
        assert np.mean(right) > 0.98
    else:  # one order of the items for all serves half of them, so more would mean that held-back ratings were seen
        assert np.mean(right) < 0.6


def test_contributions_sum_to_the_scores_in_any_order_of_the_items(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    if not isinstance(scorer, Explains):
        pytest.skip("its scores are no sums over the ratings")
    for history in (part.history[[0]], part.history[[7]], nobody(20)):
        items = np.array([3, 19, 0, 3])
        found, scores = scorer.contributions(history, items), scorer.score(history)[0, items]
        assert found.ratings.shape == (4, history.nnz)
        size = 1 + np.abs(found.ratings).sum(axis=1) + sum(np.abs(term) for term in found.baseline_terms.values())
        assert np.all(np.abs(found.total() - scores) <= 1e-6 * size)


def test_items_of_one_parity_point_one_way(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, _ = fitted
    if not isinstance(scorer, HasItemVectors):
        pytest.skip("has no item vectors")
    vectors = scorer.item_vectors()
    assert vectors.shape[0] == 20
    length = np.linalg.norm(vectors, axis=1)
    cosine = vectors @ vectors.T / np.outer(length, length)
    same = np.add.outer(np.arange(20), np.arange(20)) % 2 == 0
    assert cosine[same].mean() > cosine[~same].mean() + 0.5


def test_stars_on_planted_tastes_beat_the_floor(name: str, planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    scorer = fit(name, train)
    if not isinstance(scorer, PredictsRating):
        scores = scorer.score(part.history)
        if isinstance(scorer, HasItemVectors):  # of the movies held back, the better liked are higher in the list
            people = np.repeat(np.arange(200), np.diff(part.target.indptr))
            above = scores[people, part.target.indices] - scores.mean(axis=1)[people]
            assert above[part.target.data >= 4].mean() > above[part.target.data <= 2].mean()
            return
        if isinstance(scorer, SupportsColdItems):  # by features alone, and here there are none
            assert np.ptp(scores) == 0
            return
        counts = np.bincount(train.item_row, minlength=60)
        assert scores[0].argmax() == counts.argmax()
        return
    error = squared_error(scorer, part)
    mean = float(np.mean((part.target.data - train.rating.mean()) ** 2))
    assert error <= mean + 1e-6
    assert error > 0.25  # the noise alone: less would be a leak
    if isinstance(scorer, HasItemVectors):
        assert error < 0.6 * mean


def test_stars_stay_on_the_scale_and_pick_the_items_asked_for(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    if not isinstance(scorer, PredictsRating):
        pytest.skip("predicts no stars")
    extreme = Matrix(np.where(np.arange(20) % 2 == 0, 5.0, 1.0)[None, :].astype(np.float32).repeat(2, axis=0))
    for history in (part.history, extreme, nobody(20)):
        stars = scorer.rate(history).stars
        assert stars.shape == history.shape
        assert stars.min() >= 1.0
        assert stars.max() <= 5.0
    items = np.array([7, 0, 19])
    picked, whole = scorer.rate(part.history, items).stars, scorer.rate(part.history).stars
    np.testing.assert_allclose(picked, whole[:, items], rtol=1e-5)


def test_same_seed_same_arrays(name: str) -> None:
    train, part = checkerboard()
    first, again = on_checkerboard(name)[0], fit(name, train)
    for key, array in first.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[key], err_msg=key)
    assert first.settings() == again.settings()
    np.testing.assert_array_equal(first.score(part.history), again.score(part.history))


def test_empty_history_gets_finite_scores(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, _ = fitted
    scores = scorer.score(nobody(20, people=2))
    assert scores.shape == (2, 20)
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores[0], scores[1])


def test_no_people_get_no_rows(fitted: tuple[Scorer, EvalPart]) -> None:
    assert fitted[0].score(nobody(20, people=0)).shape == (0, 20)


@pytest.mark.parametrize(
    ("edges", "n_users", "n_items"),
    [
        ([(0, 0, 4.0), (0, 1, 2.0), (0, 2, 5.0)], 1, 3),
        ([(0, 0, 4.0), (1, 0, 2.0), (2, 0, 5.0)], 3, 1),
        ([(0, 0, 4.0)], 1, 1),
        ([(u, i, 3.0) for u in range(4) for i in range(3)], 4, 3),
        ([(0, 0, 4.0), (0, 1, 2.0)], 3, 4),
    ],
    ids=["one user", "one item", "one rating", "all ratings equal", "users and items without ratings"],
)
def test_smallest_data(name: str, edges: list[tuple[int, int, float]], n_users: int, n_items: int) -> None:
    train = make_interactions(edges, n_users, n_items)
    scorer = fit(name, train)
    scores = scorer.score(train.matrix())
    assert scores.shape == (n_users, n_items)
    assert np.isfinite(scores).all()
    # One rating alone need not outweigh a prior; a dozen equal ones must.
    if isinstance(scorer, PredictsRating) and len(edges) > 3 and len({stars for *_, stars in edges}) == 1:
        np.testing.assert_allclose(scorer.rate(train.matrix()).stars, edges[0][2], atol=0.6)


def test_arrays_and_settings_rebuild_the_scorer(fitted: tuple[Scorer, EvalPart]) -> None:
    scorer, part = fitted
    assert SCORERS[scorer.kind] is type(scorer)
    arrays, settings = scorer.arrays(), json.loads(json.dumps(scorer.settings(), allow_nan=False))
    for key, array in arrays.items():
        assert isinstance(array, np.ndarray), key
        assert array.dtype.kind in "fiub", key
    rebuilt = rebuild(scorer.kind, {key: array.copy() for key, array in arrays.items()}, settings)
    np.testing.assert_array_equal(rebuilt.score(part.history), scorer.score(part.history))
    assert isinstance(rebuilt, PredictsRating) == isinstance(scorer, PredictsRating)
    assert isinstance(rebuilt, HasItemVectors) == isinstance(scorer, HasItemVectors)


def test_unfitted_is_frozen_and_cannot_score(name: str) -> None:
    unfitted = model_class(name)()
    assert unfitted.name == name
    assert unfitted == model_class(name)()
    assert not isinstance(unfitted, Scorer)
    for field in dataclasses.fields(unfitted):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(unfitted, field.name, 1)
    assert dataclasses.is_dataclass(unfitted)


def test_fitting_changes_neither_the_model_nor_the_data(name: str, tiny: Interactions) -> None:
    unfitted, before = model(name), tiny.matrix().toarray()
    unfitted.fit(tiny)
    assert unfitted == model(name)
    np.testing.assert_array_equal(tiny.matrix().toarray(), before)


def test_bad_hyper_parameters_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="no_such_setting: unknown setting"):
        config.from_dict(model_class(name), {"no_such_setting": 1})
    for field in dataclasses.fields(model_class(name)):
        wrong: list[Any] = ["no such value", [], None]
        wrong += [float("nan")] if isinstance(field.default, float) else []
        for value in wrong:
            with pytest.raises(ConfigError, match=f"^{field.name}: "):
                config.from_dict(model_class(name), {field.name: value})
