"""The form of a model that a page has: what is in it, what is left out, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import single_row
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.export import export_page, page_model
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.scorers.item_filter.compact import CompactFilterScorer
from reelgraph.scorers.item_filter.dense import ItemFilterScorer

N_ITEMS = 30


def bundle_of(model: rg.GraphFilter | rg.Bias) -> Bundle:
    draw = np.random.default_rng(2)
    rows = [(user, item) for user in range(40) for item in draw.choice(N_ITEMS, 8, replace=False)]
    table = {
        "user": [user for user, _ in rows], "item": [int(item) for _, item in rows],
        "rating": draw.integers(1, 6, len(rows)).astype(float),
    }  # fmt: skip
    data = rg.from_frame(table)
    split = rg.split(rg.index(data.ratings), rg.PerUser(valid=0.1, test=0.1))
    return rg.Bundle.create(model.fit(split.train), data, split)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return bundle_of(rg.GraphFilter(choose=False))


def embedding() -> EmbeddingScorer:
    draw = np.random.default_rng(1)
    source, target = (draw.normal(size=(N_ITEMS, 4)).astype(np.float32) for _ in range(2))
    return EmbeddingScorer(source, target, np.zeros(N_ITEMS, np.float32), True, 0.5, 1.0, 4.0)


def test_whole_weights_become_the_compact_form_with_scores_near_theirs(bundle: Bundle) -> None:
    assert isinstance(bundle.scorer, ItemFilterScorer)
    model = page_model(bundle.scorer)
    assert isinstance(model.scorer, CompactFilterScorer)
    history = single_row(np.array([5.0, 4.0], np.float32), np.array([1, 2]), N_ITEMS)
    whole, compact = bundle.scorer.score(history)[0], model.scorer.score(history)[0]
    assert np.abs(whole - compact).max() < 0.01 * np.abs(whole).max()


def test_a_blend_keeps_its_weights_and_what_is_left_out_is_named(bundle: Bundle) -> None:
    blend = BlendScorer((bundle.scorer, embedding()), (0.3, 0.7))
    model = page_model(blend)
    assert [(name, weight) for name, weight, _ in model.parts] == [("graph-filter", 0.3), ("lightgcn", 0.7)]
    assert model.left_out == {}
    assert page_model(blend, ["lightgcn"]).names == ("graph-filter",)
    assert page_model(blend, ["lightgcn"]).left_out == {"lightgcn": "left out as asked"}


def test_stars_that_a_page_cannot_have_are_left_out_and_said(bundle: Bundle) -> None:
    starred = StarredBlendScorer((bundle.scorer, bundle_of(rg.Bias()).scorer), (1.0, 0.0))
    model = page_model(starred)
    assert (model.names, model.left_out) == (("graph-filter",), {"stars": "a page has no stars of the model 'bias'"})


def test_bad_requests_are_refused(bundle: Bundle) -> None:
    with pytest.raises(ConfigError, match="lightgcm"):
        page_model(BlendScorer((bundle.scorer, embedding()), (0.3, 0.7)), ["lightgcm"])
    with pytest.raises(CapabilityError, match="nothing that ranks is left"):
        page_model(bundle.scorer, ["graph-filter"])
    with pytest.raises(CapabilityError, match="'bias' cannot be put into a page"):
        page_model(bundle_of(rg.Bias()).scorer)
    with pytest.raises(ConfigError, match="draws"):
        page_model(bundle.scorer, draws=-1)


def test_a_page_holds_no_person_and_nothing_is_written_where_something_is_wrong(bundle: Bundle, tmp_path: Path) -> None:
    without = dataclasses.replace(bundle, scorer=bundle_of(rg.Bias()).scorer)
    with pytest.raises(CapabilityError):
        export_page(without, tmp_path / "film.html")
    assert list(tmp_path.iterdir()) == []
    first = export_page(bundle, tmp_path / "a.html", measure=False).path.read_bytes()
    again = export_page(bundle, tmp_path / "b.html", measure=False).path.read_bytes()
    assert first == again
    saved = Bundle.load(bundle.save(tmp_path / "anonymous", with_people=False))
    assert export_page(saved, tmp_path / "c.html", measure=False).path.read_bytes()[-1000:] == first[-1000:]


def test_the_loss_is_measured_on_what_was_held_back_and_paired(bundle: Bundle, tmp_path: Path) -> None:
    export = export_page(bundle, tmp_path / "film.html")
    assert export.loss is not None
    assert export.loss.n_people == 40
    assert export.loss.difference.low <= export.loss.difference.mean <= export.loss.difference.high
    assert abs(export.loss.difference.mean) < 0.05
    assert any("40 people" in sentence for sentence in export.sentences)
