"""The levels of quality of `bayes-gcn`: what they set, and what of the caller's settings they keep."""

from __future__ import annotations

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize
from reelgraph.models.bayes_gcn.model import BayesGCN

SIZE = DataSize(n_users=6000, n_items=3700, n_ratings=900_000)


def test_standard_is_the_model_itself() -> None:
    assert BayesGCN().resolved() == BayesGCN()


def test_high_sets_what_the_caller_left_at_its_default() -> None:
    high = BayesGCN(quality="high", draws=77).resolved()
    assert (high.quality, high.dim, high.chains, high.draws, high.tolerance) == ("standard", 32, 2, 77, 0.0)


def test_estimates_are_those_of_what_is_fitted() -> None:
    model = BayesGCN(quality="high")
    assert model.fit_seconds(SIZE) == model.resolved().fit_seconds(SIZE) > 3 * BayesGCN().fit_seconds(SIZE)
    assert model.fit_memory(SIZE).n_bytes == model.resolved().fit_memory(SIZE).n_bytes
    shorter = model.within_seconds(60.0, SIZE)
    assert shorter.chains == 2
    assert shorter.draws < model.resolved().draws


def test_unknown_levels_are_refused() -> None:
    with pytest.raises(ConfigError, match="quality"):
        BayesGCN(quality="best")  # type: ignore[arg-type]
