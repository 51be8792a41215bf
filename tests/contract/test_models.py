"""What every model promises: the published contract, and what more reelgraph's own models do.

A new model in `reelgraph.models.MODELS` comes under all of this at once.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Protocol

import numpy as np
import pytest
import torch

from reelgraph.core import HasItemVectors, PredictsRating, SupportsColdItems, abilities, config
from reelgraph.core.ability import Ability
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models import MODELS, model_class
from reelgraph.scorers import SCORERS
from reelgraph.testing import CHECKS, ModelFits
from tests.conftest import make_interactions

#: To be quick, and for `lightgcn` the loss in which a person's low ratings compete with the high ones: the tastes
#: planted here are in the stars alone. A model that is not named here runs with its defaults.
QUICK: dict[str, dict[str, Any]] = {
    "gcn": {"dim": 8, "epochs": 60, "learning_rate": 0.05, "layers": 2},
    "lightgcn": {"dim": 16, "epochs": 80, "learning_rate": 0.03, "loss": "softmax", "edge_dropout": 0.5},
    "hetero": {"dim": 16},
    "blend": {"settings": {"bayes-gcn": {"draws": 60, "burn_in": 10, "threads": 1}}},
}
#: Models that give everyone one order of the movies: by their counts, or by features that the data here do not have.
ALIKE = {"constant", "popularity", "recent-popularity", "bias", "genre-popularity", "feature-knn"}
#: Models that learn what people rated next; not how they liked it, which is all that the tastes planted here are in.
STARS_DO_NOT_COUNT = {"next"}

torch.set_num_threads(1)  # on small graphs and busy cores two threads mostly wait for each other


@pytest.fixture(scope="module", params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    """The models one after the other, so that processes that share the tests share no fit."""
    model: str = request.param
    return model


@functools.cache
def fits_of(name: str) -> ModelFits:
    return ModelFits(config.from_dict(model_class(name), QUICK.get(name, {})))


@pytest.fixture
def fits(name: str) -> ModelFits:
    return fits_of(name)


@pytest.mark.parametrize("check", CHECKS)
def test_contract(fits: ModelFits, check: str) -> None:
    CHECKS[check](fits)


def test_abilities_are_those_that_its_members_say(fits: ModelFits) -> None:
    scorer = fits.on_parity_tastes[0]
    protocols = {value for value in vars(abilities).values() if isinstance(value, type(Ability))} - {Ability}
    assert len(protocols) > 25
    said_by_typing = type(Protocol).__instancecheck__
    for protocol in protocols:
        assert isinstance(scorer, protocol) == said_by_typing(protocol, scorer), protocol


def test_people_unlike_each_other_get_their_own_parity_first(name: str, fits: ModelFits) -> None:
    if name in STARS_DO_NOT_COUNT:
        pytest.skip("stars do not count")
    scorer, _, part = fits.on_parity_tastes
    scores, unseen, parity = scorer.score(part.history), part.target.toarray() > 0, np.arange(20) % 2
    right = [
        scores[user, item] > scores[user, foe]
        for user in range(40)
        for item in np.flatnonzero(unseen[user] & (parity == user % 2))
        for foe in np.flatnonzero(unseen[user] & (parity != user % 2))
    ]
    assert len(right) > 300
    if name in ALIKE:  # one order of the items for all serves half of them
        assert np.mean(right) < 0.6
    else:
        assert np.mean(right) > 0.98


def test_items_of_one_parity_point_one_way(fits: ModelFits) -> None:
    scorer, _, _ = fits.on_parity_tastes
    if not isinstance(scorer, HasItemVectors):
        pytest.skip("has no item vectors")
    vectors = scorer.item_vectors()
    length = np.linalg.norm(vectors, axis=1)
    cosine = vectors @ vectors.T / np.outer(length, length)
    same = np.add.outer(np.arange(20), np.arange(20)) % 2 == 0
    assert cosine[same].mean() > cosine[~same].mean() + 0.5


def test_planted_tastes_are_learnt(name: str, fits: ModelFits) -> None:
    if name in STARS_DO_NOT_COUNT:
        pytest.skip("stars do not count")
    scorer, train, part = fits.on_planted_tastes
    if isinstance(scorer, PredictsRating):
        if name not in ALIKE:
            error = np.mean((predict_targets(scorer, part) - part.target.data) ** 2)
            assert error < 0.6 * np.mean((part.target.data - train.rating.mean()) ** 2)
        return
    scores = scorer.score(part.history)
    if isinstance(scorer, SupportsColdItems):  # by features alone, and here there are none
        assert np.ptp(scores) == 0
    elif name in ALIKE:
        assert scores[0].argmax() == np.bincount(train.item_row, minlength=60).argmax()
    else:  # of the movies held back, the better liked are higher in the list
        people = np.repeat(np.arange(200), np.diff(part.target.indptr))
        above = scores[people, part.target.indices] - scores.mean(axis=1)[people]
        assert above[part.target.data >= 4].mean() > above[part.target.data <= 2].mean()


def test_a_dozen_equal_ratings_outweigh_the_prior(fits: ModelFits) -> None:
    train = make_interactions([(user, item, 3.0) for user in range(4) for item in range(3)], 4, 3)
    scorer = fits.fit(train)
    if not isinstance(scorer, PredictsRating):
        pytest.skip("predicts no stars")
    np.testing.assert_allclose(scorer.rate(train.matrix()).stars, 3.0, atol=0.6)


def test_scorer_is_registered(fits: ModelFits) -> None:
    scorer = fits.on_parity_tastes.scorer
    assert SCORERS[scorer.kind] is type(scorer)


def test_model_is_called_by_its_name(name: str) -> None:
    assert model_class(name)().name == name


def test_bad_hyper_parameters_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="no_such_setting: unknown setting"):
        config.from_dict(model_class(name), {"no_such_setting": 1})
    for field in dataclasses.fields(model_class(name)):
        wrong: list[Any] = ["no such value", [], None]
        wrong += [float("nan")] if isinstance(field.default, float) else []
        for value in wrong:
            with pytest.raises(ConfigError, match=f"^{field.name}: "):
                config.from_dict(model_class(name), {field.name: value})
