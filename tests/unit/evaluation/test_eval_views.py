"""What is measured where the data have views or counts in place of stars."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, Dataset, Interactions, Ratings, RatingScale
from reelgraph.core.errors import CapabilityError
from reelgraph.data import HeldOutUsers, PerUser, index, split
from reelgraph.evaluation import DISTRIBUTION, RATING, evaluate, measurable
from reelgraph.evaluation.protocols import PROTOCOLS
from reelgraph.models.baselines import Bias, Popularity
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.pipeline import compare, fit_context, measurement, prepare, train

NOTE = "the data have no stars (implicit feedback): only lists are measured, and every view is relevant"


def dataset() -> Dataset:
    """40 people with 8 of 20 movies each, ten of them in each half of the catalogue more often than in the other."""
    draw = np.random.default_rng(2)
    users = np.repeat(np.arange(40), 8)
    items = np.concatenate(
        [
            draw.choice(20, 8, replace=False, p=np.roll(np.repeat([0.09, 0.01], 10), 10 * (user % 2)))
            for user in range(40)
        ]
    )
    ratings = Ratings(users, items, np.ones(320), np.arange(320) + 10**9, None, "views", feedback="implicit")
    return Dataset("views", ratings, Catalogue.from_ids(np.arange(20)), None, "0" * 64)


def stars(data: Dataset) -> Interactions:
    """The same pairs as stars, all but a few of them 2 of 5."""
    whole = index(data.ratings)
    rating = np.where(np.arange(len(whole)) % 7 == 0, 5, 2).astype(np.float32)
    return dataclasses.replace(whole, rating=rating, scale=RatingScale(1, 5, 1), feedback="explicit")


def test_ranking_is_measured_and_every_view_is_relevant() -> None:
    parts = split(index(dataset().ratings), PerUser(valid=0.1, test=0.2), seed=0)
    scorer = Popularity().fit(parts.train).scorer
    report = evaluate(scorer, parts.test, k=5, train=parts.train, relevant_from=4.0)
    assert report.notes == (NOTE,)
    assert not {name.partition("@")[0] for name in report} & {*RATING, *DISTRIBUTION}
    same = split(stars(dataset()), PerUser(valid=0.1, test=0.2), seed=0)
    assert report["ndcg@5"] == evaluate(scorer, same.test, k=5)["ndcg@5"]
    assert report["ndcg@5"] != evaluate(scorer, same.test, k=5, relevant_from=4.0)["ndcg@5"]
    assert "every target rating" in report.protocol


@pytest.mark.parametrize("name", ["rmse", "mse", "ece", "precision_rated@5", "crps"])
def test_a_metric_of_stars_is_an_error_by_name(name: str) -> None:
    """Even for a scorer that predicts stars, learnt elsewhere."""
    parts = split(index(dataset().ratings), PerUser(valid=0.1, test=0.2), seed=0)
    scorer = Bias().fit(stars(dataset())).scorer
    bare = name.partition("@")[0]
    with pytest.raises(CapabilityError, match=rf"no stars \(implicit feedback\), so there is no {bare}"):
        evaluate(scorer, parts.test, metrics=["ndcg", name])
    assert not {*RATING, *DISTRIBUTION} & set(measurable(scorer, feedback="implicit"))
    assert "rmse" in measurable(scorer)
    assert "rmse" not in evaluate(scorer, parts.test)


@pytest.mark.parametrize("name", ["source-literal", "recbole-ml-1m"])
def test_protocols_defined_on_stars_say_so(name: str) -> None:
    protocol = dataclasses.replace(PROTOCOLS[name], n_ratings=None)
    with pytest.raises(CapabilityError, match=rf"{name} .*, and the data have no stars \(implicit feedback\)"):
        prepare(protocol, dataset())
    PROTOCOLS["temporal"].require_defined_on(dataset().ratings)


def test_a_protocol_that_ranks_measures_views() -> None:
    prepared = prepare(PROTOCOLS["strong"], dataset())
    assert isinstance(PROTOCOLS["strong"].splitter(1), HeldOutUsers)  # type: ignore[operator]
    fit = GraphFilter().fit(prepared.split.train, fit_context(prepared.dataset, prepared.split))
    report = PROTOCOLS["strong"].measure(fit.scorer, prepared.split)
    assert 0.0 < report["ndcg@10"].mean <= 1.0
    assert "rmse" not in report


def test_train_makes_a_bundle_without_stars() -> None:
    done = train(dataset(), GraphFilter(choose=False))
    assert isinstance(done.bundle, Bundle)
    assert (done.bundle.feedback, done.bundle.scale) == ("implicit", None)
    assert done.bundle.history.data.tolist() == [1.0] * 320
    assert done.bundle.train_interactions().feedback == "implicit"
    assert done.measured.report.notes == (NOTE,)


def test_a_large_test_part_is_measured_on_a_sample_of_its_people(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataset()
    parts = split(index(data.ratings), PerUser(valid=0.1, test=0.2), seed=0)
    everyone = compare({"popularity": Popularity()}, data, parts, metrics=["ndcg"], seed=3)["popularity"].report
    assert f"of {len(parts.test)} people" not in everyone.protocol
    monkeypatch.setattr(measurement, "MAX_PEOPLE", 7)
    sample, again = (
        compare({"popularity": Popularity()}, data, parts, metrics=["ndcg"], seed=3)["popularity"].report
        for _ in range(2)
    )
    assert f", 7 of {len(parts.test)} people; " in sample.protocol
    people = np.sort(np.random.default_rng(3).choice(len(parts.test), 7, replace=False))
    assert sample.per_user["ndcg@10"].tolist() == everyone.per_user["ndcg@10"][people].tolist()
    assert again.per_user["ndcg@10"].tolist() == sample.per_user["ndcg@10"].tolist()


def test_compare_leaves_out_metrics_of_stars() -> None:
    data = dataset()
    parts = split(index(data.ratings), PerUser(valid=0.1, test=0.2), seed=0)
    measured = compare({"popularity": Popularity()}, data, parts, metrics=["ndcg", "rmse"])
    assert list(measured["popularity"].report) == ["ndcg@10"]
