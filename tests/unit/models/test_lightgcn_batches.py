"""Steps of `lightgcn`: a sample stands for all movies, edges are dropped with the right chance, few propagations."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelgraph.core import FitContext, Interactions
from reelgraph.core.errors import ConfigError
from reelgraph.models.lightgcn import batches, losses, training_task
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.training_task import LightGCNTask
from reelgraph.train.random_streams import torch_generator
from tests.conftest import make_interactions

torch.set_num_threads(1)


def ratings(n_users: int = 12, n_items: int = 40, n: int = 90) -> Interactions:
    draw = np.random.default_rng(5)
    cells = draw.permutation(n_users * n_items)[:n]
    return make_interactions(
        [(int(c) // n_items, int(c) % n_items, float(draw.integers(1, 6))) for c in cells], n_users, n_items
    )


def task_of(train: Interactions, seed: int = 0, **settings: Any) -> LightGCNTask:
    return LightGCNTask(LightGCN(**{"dim": 4, **settings}), train, FitContext(seed=seed))


def values(task: LightGCNTask, step: batches.OptimiserStep) -> list[torch.Tensor | None]:
    task.module.zero_grad()
    loss = task.loss(step)[0]
    loss.backward()  # type: ignore[no-untyped-call]
    return [loss.detach(), *(None if p.grad is None else p.grad.clone() for p in task.module.parameters())]


@pytest.mark.parametrize("negatives", [1, 7])
def test_the_batch_scores_its_own_movies_and_a_sample_that_stands_for_the_others(negatives: int) -> None:
    train = ratings()
    task = task_of(train, exact_items=0, negatives=negatives, batch_size=3)
    for epoch in range(1, 4):
        for step in task.batches(epoch):
            (batch,) = step.batches
            assert batch.scored is not None
            items, counts = batch.scored.items.numpy(), np.exp(batch.scored.log_count.numpy())
            own = np.unique(batch.item.numpy())
            np.testing.assert_array_equal(items[: len(own)], own)
            np.testing.assert_array_equal(items[batch.scored.column.numpy()], batch.item.numpy())
            assert len(set(items.tolist())) == len(items) == len(own) + negatives
            np.testing.assert_array_equal(counts[: len(own)], 1.0)
            np.testing.assert_allclose(counts.sum(), train.n_items, rtol=1e-6)


def test_the_sampled_sum_over_all_movies_is_right_on_average() -> None:
    train = ratings(n_items=200)  # most of them rated by nobody
    task = task_of(train, exact_items=0, negatives=3, batch_size=12)
    value = np.exp(np.random.default_rng(0).normal(size=train.n_items))  # e^s of each movie
    sums = []
    for epoch in range(1, 401):
        (step,) = task.batches(epoch)
        scored = step.batches[0].scored
        assert scored is not None
        sums.append(float((value[scored.items.numpy()] * np.exp(scored.log_count.numpy())).sum()))
    error = np.std(sums) / np.sqrt(len(sums))
    assert error > 0.01 * value.sum()
    assert abs(np.mean(sums) - value.sum()) < 4 * error


@pytest.mark.parametrize(("loss", "layers"), [("softmax", 1), ("unrated-softmax", 1), ("softmax", 2)])
def test_a_sample_of_all_others_is_the_softmax_over_all_movies(loss: str, layers: int) -> None:
    settings = {"loss": loss, "layers": layers, "batch_size": 5}
    sampled, full = task_of(ratings(), exact_items=0, negatives=40, **settings), task_of(ratings(), **settings)
    for one, other in zip(sampled.batches(1), full.batches(1), strict=True):
        other = dataclasses.replace(one, batches=tuple(dataclasses.replace(b, scored=None) for b in one.batches))
        torch.testing.assert_close(values(sampled, one), values(full, other), rtol=1e-4, atol=1e-6)


def test_sampled_softmax_is_the_loss_against_movies_not_rated_whatever_the_catalogue() -> None:
    sampled = task_of(ratings(), loss="sampled-softmax", negatives=3)
    asked = task_of(ratings(), loss="unrated-softmax", negatives=3, exact_items=0)
    for one, other in zip(sampled.batches(1), asked.batches(1), strict=True):
        torch.testing.assert_close(values(sampled, one), values(asked, other), rtol=0, atol=0)


@pytest.mark.parametrize("loss", ["softmax", "sampled-softmax"])
def test_a_movie_is_in_its_own_denominator_so_no_loss_is_below_zero(loss: str) -> None:
    task = task_of(ratings(), loss=loss, exact_items=0, negatives=1, temperature=0.02)
    for seed in range(5):  # whatever the vectors are
        with torch.no_grad():
            for table in (task.module.item, task.module.target, task.module.item_bias):
                assert table is not None
                table.copy_(torch.randn(table.shape, generator=torch.Generator().manual_seed(seed)) * 10)
        assert all(task.loss(step)[1].item() >= 0 for step in task.batches(1))


def test_small_catalogues_are_scored_whole() -> None:
    train = ratings()
    assert all(step.batches[0].scored is None for step in task_of(train).batches(1))
    assert not LightGCN().samples(16_384)
    assert LightGCN().samples(16_385)
    assert not LightGCN(exact_items=50_000).samples(33_345)
    assert LightGCN(loss="sampled-softmax").samples(10)
    with pytest.raises(ConfigError, match="exact_items"):
        LightGCN(exact_items=-1)


def test_rows_are_those_of_the_matrix_in_the_order_asked_for() -> None:
    matrix = ratings().matrix()
    rows = np.array([6, 0, 11, 3])
    some = batches._rows_of(matrix, rows, 0.0, torch_generator(0, "dropout"))
    np.testing.assert_array_equal(some.toarray(), matrix.toarray()[rows])


def test_each_entry_of_the_rows_is_dropped_with_the_same_chance_and_the_rest_scaled() -> None:
    matrix = ratings().matrix()
    rows, n = np.array([6, 0, 11, 3]), 600
    draws = torch_generator(0, "dropout")
    kept = np.zeros((4, 40))
    for _ in range(n):
        thinned = batches._rows_of(matrix, rows, 0.3, draws).toarray()
        np.testing.assert_allclose(thinned[thinned > 0], (matrix.toarray()[rows] / 0.7)[thinned > 0], rtol=1e-6)
        kept += thinned > 0
    share = kept[matrix.toarray()[rows] > 0] / n
    assert np.abs(share - 0.7).max() < 5 * np.sqrt(0.3 * 0.7 / n)
    assert share.std() > 0
    assert (kept[matrix.toarray()[rows] == 0] == 0).all()


@pytest.mark.parametrize("loss", ["softmax", "bpr", "xsimgcl", "directau"])
def test_propagations_of_an_epoch_are_bounded_however_many_people_and_edges(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_PEOPLE", 2)
    monkeypatch.setattr(batches, "_MIN_PEOPLE", 1)
    monkeypatch.setattr(batches, "_EDGES", 5)
    monkeypatch.setattr(batches, "_MIN_EDGES", 1)
    monkeypatch.setattr(batches, "_MAX_PROPAGATIONS", {True: 4, False: 6})
    for n_users, n in ((24, 200), (48, 400)):
        task = task_of(ratings(n_users=n_users, n=n), loss=loss, layers=2, features=False)
        steps = list(task.batches(1))
        assert len(steps) == (4 if loss == "softmax" else 6)
        sizes = [len(b.people) if loss == "softmax" else len(b.user) for step in steps for b in step.batches]
        assert max(sizes) <= (3 if loss == "softmax" else 6)  # what is in memory at once does not grow
    # People whose movies in one convolution make them need no propagation: their steps stay small.
    if loss == "softmax":
        assert len(list(task_of(ratings(n_users=48, n=400)).batches(1))) == 24


@pytest.mark.parametrize("loss", ["softmax", "sampled-softmax", "bpr", "directau"])
def test_a_step_of_many_batches_is_the_mean_of_theirs_on_one_propagation(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_PEOPLE", 3)
    monkeypatch.setattr(batches, "_SAMPLED_PEOPLE", 3)
    monkeypatch.setattr(batches, "_EDGES", 20)
    monkeypatch.setattr(batches, "_MAX_PROPAGATIONS", {True: 1, False: 1})
    task = task_of(ratings(), loss=loss, layers=2, user_embeddings=True, negatives=3)
    (step,) = task.batches(1)
    assert len(step.batches) == 4
    found = values(task, step)
    parts = [values(task, dataclasses.replace(step, batches=(batch,))) for batch in step.batches]
    for place, value in enumerate(found):
        terms = [part[place] for part in parts]
        if value is None:
            assert terms == [None] * 4
            continue
        mean = sum(term for term in terms if term is not None) / 4
        torch.testing.assert_close(value, mean, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("loss", ["sampled-softmax", "softmax"])
def test_a_stopped_run_with_a_sample_goes_on_to_the_arrays_of_one_never_stopped(loss: str, tmp_path: Path) -> None:
    def arrays(epochs: int, context: FitContext) -> dict[str, Any]:
        model = LightGCN(dim=4, batch_size=5, loss=loss, epochs=epochs, exact_items=0, negatives=4)  # type: ignore[arg-type]
        return dict(model.fit(ratings(), context).scorer.arrays())

    whole = arrays(4, FitContext(seed=3))
    half = arrays(2, FitContext(seed=3, checkpoint_dir=tmp_path))
    resumed = arrays(4, FitContext(seed=3, checkpoint_dir=tmp_path, resume=True))
    assert not np.array_equal(half["target"], whole["target"])
    for name, array in whole.items():
        np.testing.assert_array_equal(array, resumed[name])
    other = arrays(4, FitContext(seed=4))
    assert not np.allclose(other["target"], whole["target"])


def test_all_rows_are_contrasted_in_turn_where_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_task, "_MAX_PAIRWISE", 4)
    task = task_of(ratings(), loss="xsimgcl", layers=2)
    rows = torch.arange(12).repeat(2)
    drawn = [task._contrasted(rows).tolist() for _ in range(40)]
    assert all(len(set(rows_drawn)) == 4 for rows_drawn in drawn)
    assert set(itertools.chain(*drawn)) == set(range(12))
    assert task._contrasted(rows[:3]).tolist() == [0, 1, 2]


def test_every_edge_of_a_batch_is_aligned_and_only_some_pairs_are_compared() -> None:
    draw = torch.Generator().manual_seed(0)
    users, items = (torch.randn(9, 3, generator=draw, requires_grad=True) for _ in range(2))
    loss = losses.alignment_uniformity(users, items, 1.0, torch.ones(9), most_compared=4)
    loss.backward()
    assert users.grad is not None
    assert (users.grad.abs().sum(dim=1) > 0).all()
    unit = [torch.nn.functional.normalize(side.detach(), dim=1) for side in (users, items)]
    uniform = sum(torch.log(torch.exp(-2 * torch.pdist(side[:4]) ** 2).mean()) for side in unit) / 2
    assert loss.item() == pytest.approx(float(((unit[0] - unit[1]) ** 2).sum(dim=1).mean() + uniform), abs=1e-6)
