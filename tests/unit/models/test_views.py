"""Models of views and counts: what ranks is the same for every spelling of the views, what predicts stars refuses."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reelgraph.core import (
    Catalogue,
    FitContext,
    Interactions,
    PredictsRating,
    RatingScale,
    RequiresStars,
    SplitSpec,
    config,
)
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import PerUser, split
from reelgraph.models import MODELS, model_class
from reelgraph.models.blend import Blend
from reelgraph.models.graph_filter.model import GraphFilter
from tests.conftest import make_interactions

QUICK: dict[str, dict[str, Any]] = {
    "gcn": {"dim": 4, "epochs": 1},
    "lightgcn": {"dim": 4, "epochs": 2},
    "hetero": {"dim": 4},
    "bayes-gcn": {"dim": 2, "draws": 2, "burn_in": 1},
    "blend": {"settings": {"bayes-gcn": {"draws": 2, "burn_in": 1}}},
}
CATALOGUE = dataclasses.replace(
    Catalogue.from_ids(1000 + np.arange(12)),
    genres=tuple((name,) for name in ("Comedy", "Drama", "War") for _ in range(4)),
)
STAR_MODELS = {"constant", "bias", "gcn", "bayes-gcn"}


def stars(value: float = 4.0) -> Interactions:
    """30 people with 6 of 12 items each; every rating is ``value`` of 5 stars."""
    draw = np.random.default_rng(5)
    pairs = [(user, item) for user in range(30) for item in draw.choice(12, 6, replace=False).tolist()]
    return make_interactions([(user, item, value) for user, item in pairs], n_users=30, n_items=12)


def views(rating: float = 1.0, feedback: Any = "implicit") -> Interactions:
    """The same pairs, without stars."""
    whole = stars()
    return dataclasses.replace(whole, rating=np.full(len(whole), rating, np.float32), scale=None, feedback=feedback)


def plays() -> Interactions:
    """The same pairs with 1 to 499 plays."""
    counts = np.random.default_rng(1).integers(1, 500, len(stars())).astype(np.float32)
    return dataclasses.replace(stars(), rating=counts, scale=None, feedback="counts")


def fit(name: str, train: Interactions) -> Any:
    context = FitContext(catalogue=CATALOGUE)
    return config.from_dict(model_class(name), QUICK.get(name, {})).fit(train, context).scorer


def test_which_models_require_stars() -> None:
    assert {name for name in MODELS if isinstance(model_class(name)(), RequiresStars)} == STAR_MODELS


@pytest.mark.parametrize("name", sorted(STAR_MODELS))
@pytest.mark.parametrize("train", [views(), plays()], ids=["views", "plays"])
def test_models_of_stars_have_nothing_to_predict(name: str, train: Interactions) -> None:
    with pytest.raises(CapabilityError, match=f"nothing to predict: the data have no stars.*{name} predicts stars"):
        fit(name, train)


@pytest.mark.parametrize("name", sorted(set(MODELS) - STAR_MODELS))
def test_ranking_models_see_only_who_viewed_what(name: str) -> None:
    """Views, plays and stars that count 1 (four of five) are the same data to a model that ranks."""
    scorer, history = fit(name, views()), views().matrix()[:5]
    scores = scorer.score(history)
    assert np.isfinite(scores).all()
    assert scores.std() > 0
    assert not isinstance(scorer, PredictsRating)
    assert np.array_equal(fit(name, plays()).score(plays().matrix()[:5]), scores)
    if name not in ("blend", "hetero"):  # those learn the stars too, where there are some
        assert np.allclose(fit(name, stars()).score(stars().matrix()[:5]), scores, atol=1e-5)


def test_one_star_of_five_would_have_made_the_ridge_sixteen_times_stronger() -> None:
    """What the filter does with views is what it did with stars that count 1, not with the lowest of five."""
    history = views().matrix()[:5]
    right = GraphFilter(choose=False).fit(views()).scorer.score(history)
    lowest = GraphFilter(choose=False, ridge=40.0).fit(stars(1.0)).scorer
    weak_ridge = GraphFilter(choose=False, ridge=40.0 / 16).fit(stars(1.0)).scorer
    assert np.allclose(4 * weak_ridge.score(stars(1.0).matrix()[:5]), right, rtol=1e-4)
    assert not np.allclose(4 * lowest.score(stars(1.0).matrix()[:5]), right, rtol=0.1)


def test_settings_are_searched_on_views_without_the_power_of_the_stars() -> None:
    parts = split(views(), PerUser(valid=0.2, test=0.2), seed=0)
    fitted = GraphFilter(rating_power=2.0).fit(parts.train, FitContext(valid=parts.valid))
    assert "chosen by NDCG@10" in fitted.stopped_because
    assert fitted.scorer.settings()["rating_power"] == 0.0
    assert isinstance(parts.spec, SplitSpec)
    assert (parts.train.feedback, parts.train.scale) == ("implicit", None)


def test_blend_leaves_out_the_model_of_stars_before_it_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_class("bayes-gcn"), "fit", lambda *_: pytest.fail("the star model was fitted"))
    result = Blend(love=0.5, settings={"bayes-gcn": {"draws": 3}}).fit(views())
    assert result.stopped_because.startswith("bayes-gcn left out: the data have no stars; equal weights")
    assert result.scorer.kind == "blend"


def test_blend_leaves_out_rankers_that_need_stars() -> None:
    rankers = ("graph-filter", "gcn", "popularity")
    result = Blend(rankers=rankers, weights=(0.5, 0.3, 0.2)).fit(views())
    assert result.stopped_because.startswith("gcn, bayes-gcn left out")
    assert result.scorer.settings()["weights"] == [0.5, 0.2]
    with pytest.raises(CapabilityError, match="nothing to predict: the data have no stars, and bayes-gcn"):
        Blend(rankers=("bayes-gcn",)).fit(views())


def test_interactions_check_feedback_and_scale() -> None:
    whole = stars()
    with pytest.raises(ConfigError, match="explicit ratings need a scale"):
        dataclasses.replace(whole, scale=None)
    with pytest.raises(ConfigError, match="counts feedback has no scale"):
        dataclasses.replace(whole, feedback="counts")
    with pytest.raises(ConfigError, match="unknown feedback; known are counts, explicit, implicit"):
        dataclasses.replace(whole, feedback="implict")  # type: ignore[arg-type]
    assert whole.scale == RatingScale(1.0, 5.0, 1.0)
