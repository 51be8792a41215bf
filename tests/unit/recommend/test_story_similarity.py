"""Movies with like stories, worked out by hand and by scikit-learn."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import Catalogue
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.story_similarity import StorySimilarity, _terms
from tests.unit.recommend.test_recommend import fitted

STORIES = dataclasses.replace(
    Catalogue.from_ids(10 * (1 + np.arange(4))),
    overview=("A thief, a thief!", "a cop", "", ""),
    keywords=((), ("Thief",), ("bank job",), ()),
    genres=(("Crime",), ("Crime",), (), ("Crime",)),
)


def test_cosines_by_hand() -> None:
    """Three stories; of row 0: a 2 x, thief 2 x, Crime; of row 1: a, cop, thief, the keyword, Crime."""
    common, rare, twice = math.log(3 / 2), math.log(3), 1 + math.log(2)
    first, second = [twice * common, twice * common, common], [common, common, common, rare, rare]
    dot = common**2 * (2 * twice + 1)
    cosine = dot / math.hypot(*first) / math.hypot(*second)
    similarity = StorySimilarity(STORIES)
    np.testing.assert_allclose(similarity.cosines_to(0), [1, cosine, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(similarity.cosines_to(1), [cosine, 1, 0, 0], rtol=1e-6)
    with pytest.raises(CapabilityError, match="neither an overview nor keywords are known of 40"):
        similarity.cosines_to(3)  # a genre is no story


def test_they_are_those_of_scikit_learn() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    draw = np.random.default_rng(0)
    words = [f"w{n}" for n in range(30)]
    overviews = tuple(" ".join(draw.choice(words, 25)) for _ in range(12))
    catalogue = dataclasses.replace(Catalogue.from_ids(np.arange(12)), overview=overviews, keywords=(("x y",), ()) * 6)
    vectoriser = text.TfidfVectorizer(analyzer=lambda row: _terms(catalogue, row), sublinear_tf=True, smooth_idf=False)
    counts = vectoriser.fit_transform(range(12))
    vectoriser.idf_ = vectoriser.idf_ - 1  # it adds 1
    vectors = vectoriser.transform(range(12))
    assert counts.shape == vectors.shape
    expected = np.asarray((vectors @ vectors.T).todense())
    found = np.array([StorySimilarity(catalogue).cosines_to(row) for row in range(12)])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_similar_by_story() -> None:
    bundle = fitted()
    unknown = ((),) * 4
    catalogue = dataclasses.replace(
        bundle.catalogue, overview=(*STORIES.overview, *[""] * 4), keywords=(*STORIES.keywords, *unknown)
    )
    recommender = rg.Recommender(dataclasses.replace(bundle, catalogue=catalogue))
    alike = recommender.similar("Heat (1995)", by="story")
    assert [line.item_id for line in alike] == [20]  # nothing that has nothing in common with it
    assert alike.answered_by == "story"
    with pytest.raises(CapabilityError, match="no overviews and no keywords"):
        rg.Recommender(bundle).similar(10, by="story")
    with pytest.raises(ConfigError, match="by"):
        recommender.similar(10, by="plot")  # type: ignore[arg-type]
