"""The levels of quality of `bayes-gcn` and the length that it chooses; what of the caller's settings they keep."""

from __future__ import annotations

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize
from reelgraph.models.bayes_gcn.model import BayesGCN

SIZE = DataSize(n_users=6000, n_items=3700, n_ratings=900_000)


def test_the_length_goes_by_the_ratings_for_each_person_and_movie() -> None:
    assert BayesGCN().resolved(DataSize(60, 40, 5999)) == BayesGCN(dim=8)
    assert BayesGCN().resolved(DataSize(60, 40, 6000)) == BayesGCN(dim=32)
    assert BayesGCN(dim=5).resolved(SIZE) == BayesGCN(dim=5)


def test_where_time_is_short_embeddings_come_to_be_short_before_draws_are_left_out() -> None:
    short = BayesGCN(dim=8)
    enough = BayesGCN().fit_seconds(SIZE)
    assert BayesGCN().within_seconds(enough, SIZE) == BayesGCN()
    assert BayesGCN().within_seconds(enough / 1.01, SIZE) == short
    assert BayesGCN().within_seconds(short.fit_seconds(SIZE) / 2, SIZE).dim == 8
    assert BayesGCN().within_seconds(short.fit_seconds(SIZE) / 2, SIZE).draws < short.draws


def test_high_sets_what_the_caller_left_at_its_default() -> None:
    high = BayesGCN(quality="high", draws=77).resolved(SIZE)
    assert (high.quality, high.dim, high.chains, high.draws, high.tolerance) == ("standard", 32, 2, 77, 0.0)


def test_estimates_are_those_of_what_is_fitted() -> None:
    model = BayesGCN(quality="high")
    assert model.fit_seconds(SIZE) == model.resolved(SIZE).fit_seconds(SIZE) > 3 * BayesGCN(dim=8).fit_seconds(SIZE)
    assert model.fit_memory(SIZE).n_bytes == model.resolved(SIZE).fit_memory(SIZE).n_bytes
    shorter = model.within_seconds(60.0, SIZE)
    assert shorter.chains == 2
    assert shorter.draws < model.resolved(SIZE).draws


def test_unknown_levels_are_refused() -> None:
    with pytest.raises(ConfigError, match="quality"):
        BayesGCN(quality="best")  # type: ignore[arg-type]
