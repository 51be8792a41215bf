"""The result of an earlier or later step, a path, a class: each says what was passed, and where the right thing is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import reelgraph as rg
from reelgraph import pipeline
from reelgraph.core import Scorer
from reelgraph.core.errors import ReelgraphError, WrongTypeError
from reelgraph.data import check_split


class Walk(NamedTuple):
    """All results of the walk on 12 ratings."""

    data: rg.Dataset
    interactions: rg.Interactions
    split: rg.Split
    fit: rg.FitResult
    bundle: rg.Bundle
    recommender: rg.Recommender

    @property
    def scorer(self) -> Scorer:
        return self.fit.scorer


@pytest.fixture(scope="module")
def walk() -> Walk:
    users, items = np.divmod(np.arange(12), 4)
    data, _ = rg.clean(rg.from_frame({"user": users, "item": items, "rating": 1.0 + np.arange(12) % 5}))
    interactions = rg.index(data.ratings)
    split = rg.split(interactions, rg.PerUser(valid=0.25, test=0.25), seed=0)
    fit = rg.Bias().fit(split.train)
    bundle = rg.Bundle.create(fit, data, split)
    return Walk(data, interactions, split, fit, bundle, rg.Recommender(bundle))


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "clean ratings": (
        lambda w: rg.clean(w.data.ratings),
        "clean: data is Ratings, expected a Dataset (pass the whole data set that they are part of)",
    ),
    "clean a path": (
        lambda w: rg.clean("ml-1m"),
        "clean: data is the text 'ml-1m', expected a Dataset (reelgraph.read(path) gives one)",
    ),
    "read with a scale in text": (
        lambda w: rg.read({"user": [1], "item": [1], "rating": [6]}, scale="1:10"),  # type: ignore[arg-type]
        "read: scale is the text '1:10', expected a RatingScale (pass reelgraph.RatingScale.parse(scale))",
    ),
    "from_frame with the ends of a scale": (
        lambda w: rg.from_frame({"user": [1], "item": [1], "rating": [6]}, scale=(1, 10)),  # type: ignore[arg-type]
        "from_frame: scale is a tuple, expected a RatingScale "
        "(make one with reelgraph.RatingScale(low, high, step), or reelgraph.RatingScale.parse('1:10'))",
    ),
    "read_person with a scale in text": (
        lambda w: rg.read_person("mine.csv", "1:10"),  # type: ignore[arg-type]
        "read_person: scale is the text '1:10', expected a RatingScale (pass reelgraph.RatingScale.parse(scale))",
    ),
    "import with a scale in text": (
        lambda w: rg.import_export("mine.csv", w.data.catalogue, file_scale="1:10"),  # type: ignore[arg-type]
        "import_export: file_scale is the text '1:10', expected a RatingScale "
        "(pass reelgraph.RatingScale.parse(scale))",
    ),
    "describe both results of clean": (
        lambda w: rg.describe((w.data, None)),  # type: ignore[arg-type]
        "describe: data is a tuple, expected a Dataset "
        "(clean returns two things: data, report = reelgraph.clean(data))",
    ),
    "index a data set": (
        lambda w: rg.index(w.data),
        "index: ratings is a Dataset, expected Ratings (pass data.ratings)",
    ),
    "index twice": (
        lambda w: rg.index(w.interactions),
        "index: ratings is Interactions, expected Ratings (they are indexed already; go on with reelgraph.split)",
    ),
    "split ratings": (
        lambda w: rg.split(w.data.ratings, rg.PerUser()),
        "split: interactions is Ratings, expected Interactions (pass reelgraph.index(data.ratings))",
    ),
    "split by a class": (
        lambda w: rg.split(w.interactions, rg.PerUser),
        "split: splitter is the class PerUser, expected a Splitter (pass an instance: PerUser(...))",
    ),
    "split by a share": (
        lambda w: rg.split(w.interactions, 0.1),
        "split: splitter is a float, expected a Splitter (such as reelgraph.PerUser(valid=0.1, test=0.1))",
    ),
    "check a part": (
        lambda w: check_split(w.split.test),
        "check_split: split is an EvalPart, expected a Split "
        "(reelgraph.split(interactions, reelgraph.PerUser()) gives one)",
    ),
    "validation part as the context": (
        lambda w: rg.Bias().fit(w.split.train, w.split.valid),
        "bias: fit: context is an EvalPart, expected a FitContext (pass reelgraph.FitContext(valid=split.valid))",
    ),
    "evaluate a fit": (
        lambda w: rg.evaluate(w.fit, w.split.test),
        "evaluate: scorer is a FitResult, expected a Scorer (pass fit.scorer)",
    ),
    "evaluate an unfitted model": (
        lambda w: rg.evaluate(rg.GraphFilter(), w.split.test),
        "evaluate: scorer is a GraphFilter, expected a Scorer (fit it first: GraphFilter(...).fit(split.train).scorer)",
    ),
    "evaluate a bundle": (
        lambda w: rg.evaluate(w.bundle, w.split.test),
        "evaluate: scorer is a Bundle, expected a Scorer (pass bundle.scorer)",
    ),
    "a split as the validation part": (
        lambda w: rg.GraphFilter().fit(w.split.train, rg.FitContext(valid=w.split)),
        "graph-filter: fit: context.valid is a Split, expected an EvalPart "
        "(pass split.valid to choose on, split.test to measure)",
    ),
    "load a bundle": (
        lambda w: rg.Bundle.load(w.bundle),
        "Bundle.load: path is a Bundle, expected a path (it is loaded already)",
    ),
    "graph of a split": (
        lambda w: rg.BipartiteGraph.build(w.split),
        "BipartiteGraph.build: train is a Split, expected Interactions (pass split.train)",
    ),
    "changes as a dictionary": (
        lambda w: w.recommender.what_if({0: 5.0}, {"mute": [0]}),
        "recommend: changes is a dict, expected Changes (pass reelgraph.Changes(**changes))",
    ),
    "re-ranking as a dictionary": (
        lambda w: w.recommender.recommend({0: 5.0}, 2, rerank={"diversity": 0.5}),
        "recommend: rerank is a dict, expected RerankOptions (pass reelgraph.RerankOptions(**options))",
    ),
    "group without names": (
        lambda w: rg.recommend_for_group(w.recommender, [{0: 5.0}, {1: 4.0}]),
        "recommend_for_group: people is a list, expected a group "
        '(give a dictionary: name -> person, such as {"ann": {1: 5.0}})',
    ),
    "several items": (
        lambda w: w.recommender.similar([0, 1]),
        "recommender: item is a list, expected an id (give the id or the title of one movie)",
    ),
    "evaluate on a split": (
        lambda w: rg.evaluate(w.scorer, w.split),
        "evaluate: part is a Split, expected an EvalPart (pass split.valid to choose on, split.test to measure)",
    ),
    "bundle of a scorer": (
        lambda w: rg.Bundle.create(w.scorer, w.data, w.split),
        "Bundle.create: fit is a BiasScorer, expected a FitResult (model.fit(split.train) gives one)",
    ),
    "bundle in another order": (
        lambda w: rg.Bundle.create(w.fit, w.split, w.data),
        "Bundle.create: data is a Split, expected a Dataset (reelgraph.read(path) gives one)",
    ),
    "recommender of a path": (
        lambda w: rg.Recommender(Path("out") / "ml-1m"),
        "Recommender: bundle is the text 'out/ml-1m', expected a Bundle (reelgraph.Bundle.load(path) gives one)",
    ),
    "filters as a dictionary": (
        lambda w: w.recommender.recommend({0: 5.0}, 2, {"genres": ["Comedy"]}),
        "recommend: filters is a dict, expected Filters (pass reelgraph.Filters(**filters))",
    ),
    "group of a bundle": (
        lambda w: rg.recommend_for_group(w.bundle, {"ann": {0: 5.0}}),
        "recommend_for_group: recommender is a Bundle, expected a Recommender (pass reelgraph.Recommender(bundle))",
    ),
    "compare tastes by a bundle": (
        lambda w: rg.compatibility(w.bundle, {0: 5.0}, {1: 5.0}),
        "compatibility: recommender is a Bundle, expected a Recommender (pass reelgraph.Recommender(bundle))",
    ),
    "ask by a path": (
        lambda w: rg.next_questions("out/ml-1m", {}),
        "next_questions: recommender is the text 'out/ml-1m', expected a Recommender "
        "(make one with reelgraph.Recommender(bundle))",
    ),
    "forget in a recommender": (
        lambda w: rg.forget(w.recommender, 0),
        "forget: bundle is a Recommender, expected a Bundle (pass recommender.bundle)",
    ),
    "import into a bundle": (
        lambda w: rg.import_export("mine.csv", w.bundle),
        "import_export: catalogue is a Bundle, expected a Catalogue (pass bundle.catalogue)",
    ),
    "tune under a name": (
        lambda w: rg.tune("bias", "temporal", w.split),
        "tune: protocol is the text 'temporal', expected a Protocol (reelgraph.PROTOCOLS has them by name)",
    ),
    "train by a name": (
        lambda w: pipeline.train(w.data, "bias"),
        "train: model is the text 'bias', expected a Model "
        "(such as reelgraph.GraphFilter(), or reelgraph.model_class(name)())",
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_call_at_the_wrong_stage_says_what_is_expected(walk: Walk, call: str) -> None:
    function, message = CALLS[call]
    with pytest.raises(WrongTypeError) as caught:
        function(walk)
    assert str(caught.value) == message
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ReelgraphError)


@pytest.mark.parametrize("name", rg.MODELS)
def test_every_model_says_what_it_is_fitted_on(walk: Walk, name: str) -> None:
    model = rg.model_class(name)()
    for train, hint in (
        (walk.split, "a Split, expected Interactions (pass split.train)"),
        (walk.data, "a Dataset, expected Interactions (pass reelgraph.index(data.ratings))"),
    ):
        with pytest.raises(WrongTypeError, match=re.escape(f"{name}: fit: train is {hint}")):
            model.fit(train)


def test_one_genre_as_text_is_refused_with_the_list_to_write() -> None:
    with pytest.raises(rg.ConfigError, match=r"genres: 'Comedy' is one text: expected .*, such as \['Comedy'\]"):
        rg.Filters(genres="Comedy")  # type: ignore[arg-type]


def test_completion_lists_every_public_name() -> None:
    assert set(rg.__all__) <= set(dir(rg))
