"""Cost of an epoch, and samples against all movies: arithmetic of the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale import networks, softmax_samples
from reelgraph.evaluation import PROTOCOLS
from reelgraph.models.gcn.model import GCN
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.pipeline import fit_context, prepare


@pytest.mark.parametrize(("model", "steps"), [(GCN(dim=2, batch_size=10), None), (LightGCN(dim=2, batch_size=4), None)])
def test_an_epoch_is_its_steps_times_a_step(toy: Path, model: GCN | LightGCN, steps: int | None) -> None:
    prepared = prepare(PROTOCOLS["strong"], toy)
    train = prepared.split.train
    row = networks.measure(model, train, fit_context(prepared.dataset, prepared.split, seed=0), 3)
    units = len(train) / 10 if isinstance(model, GCN) else len(set(train.user_row.tolist())) / 4
    assert row["steps"] in (int(units), int(units) + 1)
    assert row["epoch_cpu_seconds"] == pytest.approx(row["step_cpu_seconds"] * row["steps"], abs=0.06)
    assert (row["ratings"], row["users"], row["items"]) == (len(train), train.n_users, train.n_items)
    assert row["peak_gib"] > 0


def test_a_sample_of_all_movies_is_no_different_and_a_small_one_scores_fewer(toy: Path) -> None:
    prepared = prepare(PROTOCOLS["strong"], toy)
    n_items = prepared.split.train.n_items
    model = LightGCN(dim=4, epochs=2, batch_size=2, exact_items=n_items)
    full, all_drawn, few = softmax_samples.measure(model, prepared.dataset, prepared.split, [n_items, 1], 0)
    assert full["scored"] == all_drawn["scored"] == 1.0
    assert "difference" not in full
    assert all_drawn["difference"]["mean"] == pytest.approx(0.0, abs=1e-6)
    assert few["scored"] < 1.0
    assert few["negatives"] == 1
