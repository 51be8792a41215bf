"""What the processes that train one network together say to each other: sums of gradients, and what the first found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from torch import distributed

from reelgraph.core import Shard
from reelgraph.core.errors import ReelgraphError

_Result = TypeVar("_Result")


def sum_gradients(shard: Shard, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Replace each gradient by the sum over all processes: the parameters then stay equal everywhere.

    Cost: two times the bytes of the parameters over the network, a step.

    Source: Li et al. 2020 (PyTorch Distributed), section 3, with sums in place of means.
    """
    if shard.size == 1:
        return
    for parameter in parameters:
        if parameter.grad is not None:  # the same ones in all processes: the loss is the same function
            distributed.all_reduce(parameter.grad)


def summed(shard: Shard, value: torch.Tensor | float) -> torch.Tensor | float:
    """The sum of a scalar over all processes."""
    if shard.size == 1:
        return value
    total = torch.as_tensor(value).clone()
    distributed.all_reduce(total)
    return total


def from_first(shard: Shard, compute: Callable[[], _Result]) -> _Result:
    """What the first process computes, in all of them; the others compute nothing.

    Raises:
        ReelgraphError: ``compute`` raised it; all processes raise it, so that none waits for another in vain.
    """
    if shard.size == 1:
        return compute()
    outcome: list[object] = [None]
    if shard.rank == 0:
        try:
            outcome = [compute()]
        except ReelgraphError as error:
            outcome = [error]
    distributed.broadcast_object_list(outcome, src=0)
    if isinstance(outcome[0], ReelgraphError):
        raise outcome[0]
    return outcome[0]  # type: ignore[return-value]
