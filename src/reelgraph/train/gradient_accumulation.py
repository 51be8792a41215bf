"""Many batches on tables that are made once: their gradients are summed, in the memory of one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch

_Batch = TypeVar("_Batch")


def accumulated(
    loss_of: Callable[..., torch.Tensor], batches: Sequence[_Batch], tensors: Sequence[torch.Tensor]
) -> torch.Tensor:
    """The sum of ``loss_of(batch, *tensors)`` over the batches, a scalar.

    The gradient in ``tensors`` is taken batch by batch as the losses are computed, so that no more than one batch is in
    memory; whatever ``tensors`` were made from is walked back through once. ``loss_of`` must depend on parameters
    through ``tensors`` alone. A single batch is plain autograd.

    Args:
        loss_of: the share of one batch, a scalar.
        batches: at least one.
        tensors: what the batches have in common, such as the embeddings after all convolutions.
    """
    if len(batches) == 1:
        return loss_of(batches[0], *tensors)
    total: torch.Tensor = _Accumulated.apply(loss_of, batches, *tensors)  # type: ignore[no-untyped-call]
    return total


class _Accumulated(torch.autograd.Function):
    """Losses and their gradients in the forward pass; the backward pass hands the gradients on."""

    @staticmethod
    def forward(
        ctx: Any, loss_of: Callable[..., torch.Tensor], batches: Sequence[Any], *tensors: torch.Tensor
    ) -> torch.Tensor:
        leaves = [tensor.detach().requires_grad_() for tensor in tensors]
        total = torch.zeros((), dtype=tensors[0].dtype, device=tensors[0].device)
        with torch.enable_grad():
            for batch in batches:
                loss = loss_of(batch, *leaves)
                loss.backward()  # type: ignore[no-untyped-call]
                total += loss.detach()
        ctx.gradients = [leaf.grad for leaf in leaves]
        return total

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return None, None, *(None if gradient is None else gradient * grads[0] for gradient in ctx.gradients)
