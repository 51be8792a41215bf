"""Processes that divide each batch: their losses and gradients add up to those of one process."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from reelgraph.core import EvalPart, FitContext, Interactions, Shard
from reelgraph.core.errors import CapabilityError
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.training_task import LightGCNTask

Planted = tuple[Interactions, EvalPart]


def losses_and_gradients(model: LightGCN, train: Interactions, shard: Shard) -> list[Any]:
    """Of each step of an epoch at the initial parameters."""
    task = LightGCNTask(model, train, FitContext(seed=3, shard=shard))
    steps = []
    for batch in task.batches(1):
        task.module.zero_grad()
        objective, loss = task.loss(batch)
        objective.backward()  # type: ignore[no-untyped-call]
        gradients = {name: parameter.grad for name, parameter in task.module.named_parameters()}
        steps.append((loss.detach(), {name: grad.clone() for name, grad in gradients.items() if grad is not None}))
    return steps


@pytest.mark.parametrize("size", [2, 3, 40])
@pytest.mark.parametrize(
    "settings",
    [{}, {"loss": "unrated-softmax"}, {"loss": "sampled-softmax", "negatives": 8}, {"exact_items": 0, "negatives": 8}],
    ids=str,
)
def test_parts_add_up_to_the_whole(planted: Planted, settings: dict[str, Any], size: int) -> None:
    model = LightGCN(dim=8, batch_size=37, **settings)  # 200 people in five steps, not all parts of equal size
    whole = losses_and_gradients(model, planted[0], Shard())
    parts = [losses_and_gradients(model, planted[0], Shard(rank, size)) for rank in range(size)]
    assert len(whole) == 5
    for number, (loss, gradients) in enumerate(whole):
        of_parts = [part[number] for part in parts]
        torch.testing.assert_close(sum(part[0] for part in of_parts), loss, rtol=1e-5, atol=1e-6)
        for name, gradient in gradients.items():
            torch.testing.assert_close(sum(part[1][name] for part in of_parts), gradient, rtol=1e-4, atol=1e-6)
        assert all(float(part[0]) < float(loss) for part in of_parts)


def test_parts_are_in_order_and_cover_all() -> None:
    for n in (0, 1, 7, 1024):
        rows = [list(range(n))[Shard(rank, 5).part(n)] for rank in range(5)]
        assert [row for part in rows for row in part] == list(range(n))
        assert max(map(len, rows)) - min(map(len, rows)) <= 1


@pytest.mark.parametrize(
    "settings", [{"loss": "bpr"}, {"layers": 2}, {"user_embeddings": True}, {"l2": 0.1}, {"loss": "directau"}], ids=str
)
def test_what_cannot_be_divided_is_refused(planted: Planted, settings: dict[str, Any]) -> None:
    model = LightGCN(dim=4, epochs=1, **settings)
    assert not model.data_parallel
    with pytest.raises(CapabilityError, match="cannot be divided among processes"):
        model.fit(planted[0], FitContext(shard=Shard(0, 2)))


def test_a_model_without_parts_is_refused(planted: Planted) -> None:
    from reelgraph.models.gcn.model import GCN

    with pytest.raises(CapabilityError, match="cannot be divided among processes"):
        GCN(dim=4, epochs=1).fit(planted[0], FitContext(shard=Shard(1, 2)))
