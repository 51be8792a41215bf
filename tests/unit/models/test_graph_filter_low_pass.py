"""The low pass made from the inverse: against an eigendecomposition, after forgetting, and in the search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg

from reelgraph.core import Matrix
from reelgraph.core.errors import ConfigError, TrainingError
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer
from reelgraph.scorers.item_filter.low_pass import low_pass
from tests.unit.models.test_graph_filter import random_ratings

LOW_PASS: dict[str, Any] = {"ridge": 1.0, "low_pass_weight": 0.5, "low_pass_cutoff": 5, "choose": False}


def inverse_of_tastes(n_items: int = 120) -> NDArray[np.float64]:
    """Twelve tastes of falling strength, alone above the noise."""
    draw = np.random.default_rng(0)
    tastes = draw.normal(size=(n_items, 12)) * 0.75 ** np.arange(12) * 3
    gram = tastes @ tastes.T + np.eye(n_items) * draw.uniform(0.5, 1.5, n_items)
    inverse: NDArray[np.float64] = np.linalg.inv(gram)
    return (inverse + inverse.T) / 2


def written_out(inverse: NDArray[np.float64], cutoff: int) -> NDArray[np.float64]:
    root = np.sqrt(np.diag(inverse))
    values, vectors = linalg.eigh(inverse / np.outer(root, root))
    response = np.clip((values[cutoff] - values) / (values[cutoff] - values[cutoff // 2]), 0, 1)
    expected: NDArray[np.float64] = (root[:, None] * vectors * response) @ (vectors / root[:, None]).T
    return expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cutoff", [1, 4, 8])
def test_it_is_the_filter_of_the_eigenvectors(dtype: Any, cutoff: int) -> None:
    inverse = inverse_of_tastes().astype(dtype)
    before = inverse.copy()
    left, right = low_pass(inverse, cutoff, 0.3)
    np.testing.assert_array_equal(inverse, before)
    assert left.shape == right.shape == (120, cutoff)
    expected = 0.3 * written_out(inverse_of_tastes(), cutoff)
    np.testing.assert_allclose(left @ right.T, expected, atol=2e-3 * np.abs(expected).max())


def test_half_of_those_that_pass_do_so_whole() -> None:
    left, right = low_pass(inverse_of_tastes(), 8, 1.0)
    values = np.sort(np.linalg.eigvals(left @ right.T).real)[::-1]
    np.testing.assert_allclose(values[:5], 1.0, atol=1e-4)  # 0 to 4: the edge begins at direction 4
    assert (np.diff(values[4:8]) < -1e-3).all()
    assert values[7] > 1e-3
    np.testing.assert_allclose(values[8:], 0.0, atol=1e-4)


def test_few_items_have_fewer_directions_and_three_have_none() -> None:
    assert low_pass(inverse_of_tastes(40), 128, 1.0)[0].shape == (40, 10)
    assert low_pass(np.eye(3), 128, 1.0)[0].shape == (3, 0)
    broken = -np.eye(8, dtype=np.float32)
    with pytest.raises(TrainingError, match="larger ridge"):
        low_pass(broken, 2, 1.0)


@pytest.mark.parametrize("form", ["dense", "head"])
def test_forgetting_reaches_it_as_a_refit_does(form: Any) -> None:
    train = random_ratings(4, 200)
    settings: dict[str, Any] = {**LOW_PASS, "form": form, "head_items": 25, "factors": 100, "weights_per_item": 100}
    scorer = GraphFilter(**settings, exact_updates=True).fit(train).scorer
    assert isinstance(scorer, ItemFilterScorer | CompactFilterScorer)
    history, times = train.matrix(), train.times()
    assert times is not None
    people = np.array([3, 50, 117])
    refit = GraphFilter(**settings, exact_updates=True).fit(train.take(~np.isin(train.user_row, people))).scorer
    plain = GraphFilter(**{**settings, "low_pass_weight": 0.0}).fit(train).scorer
    everyone = Matrix(np.eye(25, dtype=np.float32) * 4)
    forgot = scorer.without(history[people], times[people])
    bound = 1e-5 if form == "dense" else 5e-4  # weights of the head are kept in fewer bits
    np.testing.assert_allclose(forgot.score(everyone), refit.score(everyone), atol=bound)
    assert np.abs(scorer.score(everyone) - refit.score(everyone)).max() > 5e-3  # there was something to forget
    assert np.abs(scorer.score(everyone) - plain.score(everyone)).max() > 5e-2  # and a low pass
    again = forgot.including(history[people], times[people])
    np.testing.assert_allclose(again.score(everyone), scorer.score(everyone), atol=bound)
    name, refit_settings = scorer.refit_settings() or ("", {})
    assert (name, refit_settings["low_pass_weight"], refit_settings["low_pass_cutoff"]) == ("graph-filter", 0.5, 5)


def test_both_forms_have_the_same_one() -> None:
    train = random_ratings(8)
    dense, head = (
        GraphFilter(**LOW_PASS, form=form, head_items=25, factors=100, weights_per_item=100).fit(train).scorer  # type: ignore[arg-type]
        for form in ("dense", "head")
    )
    people = train.matrix()[:20]
    np.testing.assert_allclose(head.score(people), dense.score(people), atol=2e-3)


@pytest.mark.parametrize(
    "settings",
    [{"spectral_weight": 0.1}, {"chebyshev_weight": 0.1}, {"form": "low-rank"}],
)
def test_what_it_does_not_go_with_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="low_pass_weight"):
        GraphFilter(low_pass_weight=0.1, **settings)


def test_a_fit_says_which_parts_wait_for_the_next_one() -> None:
    assert GraphFilter(low_pass_weight=0.1).parts_until_next_fit == ()
    assert GraphFilter(spectral_weight=0.1, chebyshev_weight=0.2).parts_until_next_fit == (
        "spectral_weight",
        "chebyshev_weight",
    )
