"""What the default blend consists of: by what is installed, by the size of the data and by the budget."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize
from reelgraph.models import blend_parts
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.blend import Blend
from reelgraph.models.lightgcn.settings import LightGCNSettings as LightGCN
from tests.conftest import make_interactions

PRICE = "adds 0.0028 to NDCG@10 on a random split of ML-1M, 0.0017 for new people"
SMALL = DataSize(n_users=600, n_items=2000, n_ratings=100_000)
LARGE = DataSize(n_users=200_000, n_items=85_000, n_ratings=32_000_000)


@pytest.fixture
def torch_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blend_parts, "is_torch_installed", lambda: True)


@pytest.mark.usefixtures("torch_installed")
def test_default_ranks_with_both_and_predicts_stars_with_bayes_gcn() -> None:
    blend, notes = Blend().resolved(SMALL)
    assert blend.rankers == ("graph-filter", "lightgcn")
    assert blend.stars == "bayes-gcn"
    assert notes == ()


def test_without_torch_the_closed_form_ranks_alone_and_this_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blend_parts, "is_torch_installed", lambda: False)
    blend, (note,) = Blend().resolved(SMALL)
    assert blend.rankers == ("graph-filter",)
    assert note.startswith("lightgcn left out: it needs torch (pip install 'reelgraph[train]'), and ")
    assert note.endswith(PRICE)


@pytest.mark.usefixtures("torch_installed")
def test_what_exceeds_the_budget_is_left_out_or_shortened() -> None:
    blend, (left_out, shortened) = Blend().resolved(LARGE)
    assert blend.rankers == ("graph-filter",)
    assert left_out.startswith("lightgcn left out: with it the fits would take about ")
    assert left_out.endswith(PRICE)
    assert shortened.startswith("bayes-gcn within the budget of 60 minutes: dim 8, draws ")
    stars = blend._part_model("bayes-gcn")
    seconds = blend._part_model("graph-filter").fit_seconds(LARGE) + stars.fit_seconds(LARGE)
    assert 3000 < seconds <= 3600
    more, _ = Blend(budget=10_000).resolved(LARGE)
    assert more.rankers == ("graph-filter", "lightgcn")
    assert more.settings == {}


def test_a_small_budget_leaves_some_draws() -> None:
    model = BayesGCN().within_seconds(0.0, LARGE)
    assert model.draws == 40
    assert BayesGCN().within_seconds(1e9, LARGE) == BayesGCN()


def test_quick_takes_closed_forms_alone() -> None:
    blend, notes = Blend(quick=True).resolved(SMALL)
    assert (blend.rankers, blend.stars, notes) == (("graph-filter",), "bias", ("quick: closed forms alone",))
    assert blend.settings == {"graph-filter": {"quick_search": True}}


@pytest.mark.usefixtures("torch_installed")
def test_settings_of_parts_that_are_left_out_do_no_harm() -> None:
    given = {"lightgcn": {"layers": 1}, "bayes-gcn": {"draws": 3}}
    blend, _ = Blend(settings=given).resolved(LARGE)
    assert set(blend.settings) == {"bayes-gcn"}


def test_weights_need_the_rankers_that_they_are_of() -> None:
    with pytest.raises(ConfigError, match="rankers must be, too"):
        Blend(weights=(0.5, 0.5))


def test_a_fit_says_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blend_parts, "is_torch_installed", lambda: False)
    draw = np.random.default_rng(0)
    cells = draw.permutation(20 * 10)[:100]
    train = make_interactions([(int(c) // 10, int(c) % 10, float(draw.integers(1, 6))) for c in cells], 20, 10)
    fit = Blend(settings={"bayes-gcn": {"draws": 3, "burn_in": 1, "dim": 2}}).fit(train)
    assert fit.stopped_because.startswith("lightgcn left out: it needs torch")
    assert [part.kind for part in fit.scorer.parts][-1] == "bayes"  # type: ignore[attr-defined]


def test_fewer_epochs_of_a_network_take_less_time() -> None:
    def seconds(**settings: Any) -> float:
        return LightGCN(choose=False, **settings).fit_seconds(SMALL)

    assert seconds(epochs=30) == seconds() == seconds(epochs=1000)  # validation stops them
    assert seconds(epochs=1) == pytest.approx(seconds() / 30)
    assert seconds(epochs=1000, patience=0) == pytest.approx(seconds() * 1000 / 30)
    trials = LightGCN().fit_seconds(SMALL) - seconds()
    assert LightGCN(epochs=1).fit_seconds(SMALL) == pytest.approx(seconds(epochs=1) + trials)


@pytest.mark.usefixtures("torch_installed")
def test_exact_forgetting_leaves_the_networks_out_and_says_at_what_price() -> None:
    blend, (networks, stars) = Blend().with_exact_updates().resolved(SMALL)
    assert (blend.rankers, blend.stars) == (("graph-filter",), "bias")
    assert blend.settings == {"graph-filter": {"exact_updates": True}}
    assert networks == f"lightgcn left out: it forgets only at the next fit, and {PRICE}"
    assert stars == (
        "bias in place of bayes-gcn, which forgets only at the next fit: for new people of ML-1M RMSE 0.9100 in place "
        "of 0.8184, and stars without intervals"
    )
    _, (_, _, longer) = Blend(budget=0.001).with_exact_updates().resolved(SMALL)
    assert longer.startswith("longer than the budget: what is left takes about 1 minute of one core")
    _, notes = Blend(rankers=("graph-filter",), stars="bias").with_exact_updates().resolved(SMALL)
    assert notes == ()
    quick, notes = Blend(quick=True).with_exact_updates().resolved(SMALL)
    assert notes == ("quick: closed forms alone",)
    assert quick.settings == {"graph-filter": {"quick_search": True, "exact_updates": True}}
    kept, _ = Blend(stars="bias", settings={"bias": {"item_damping": 9.0}}).with_exact_updates().resolved(SMALL)
    assert kept.settings["bias"] == {"item_damping": 9.0}


@pytest.mark.usefixtures("torch_installed")
def test_a_quality_that_the_budget_does_not_have_is_named() -> None:
    _, notes = Blend(budget=1, settings={"bayes-gcn": {"quality": "high"}}).resolved(SMALL)
    (shortened,) = (note for note in notes if note.startswith("bayes-gcn"))
    assert shortened.startswith(
        "bayes-gcn within the budget of 1 minute: not the quality high, which takes about 2 minutes, "
        "but dim 32, draws 40"
    )
    assert "standard" not in shortened


@pytest.mark.usefixtures("torch_installed")
def test_a_budget_that_cannot_be_kept_is_said() -> None:
    _, notes = Blend(budget=0.001).resolved(SMALL)
    assert notes[-1] == "longer than the budget: what is left takes about 1.1 minutes of one core"


def test_quick_refuses_rankers_that_are_not() -> None:
    with pytest.raises(ConfigError, match="quick.*lightgcn"):
        Blend(quick=True, rankers=("graph-filter", "lightgcn"))


def test_what_data_without_stars_leave_out_takes_none_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(blend_parts, "is_torch_installed", lambda: False)
    monkeypatch.setattr(blend_parts, "fit_seconds", lambda model, size: asked.append(model.name) or 0.0)
    draw = np.random.default_rng(0)
    cells = draw.permutation(20 * 10)[:100]
    stars = make_interactions([(int(c) // 10, int(c) % 10, 1.0) for c in cells], 20, 10)
    fit = Blend().fit(dataclasses.replace(stars, scale=None, feedback="implicit"))
    assert fit.stopped_because.startswith("bayes-gcn left out: the data have no stars; lightgcn left out")
    assert "bayes-gcn" not in asked
