"""Our sparse product in RecBole's LightGCN, so that its learning curve can be had in minutes; torch alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional


class _Product(torch.autograd.Function):
    """A x for a symmetric A, so that its gradient is A g."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, table: tuple[torch.Tensor, ...]) -> torch.Tensor:
        ctx.table = table
        return _multiply(x, table)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _multiply(grads[0].contiguous(), ctx.table), None


def _multiply(x: torch.Tensor, table: tuple[torch.Tensor, ...]) -> torch.Tensor:
    indices, offsets, weights = table
    return functional.embedding_bag(
        indices, x, offsets, mode="sum", per_sample_weights=weights, include_last_offset=True
    )


@contextmanager
def fast_products(model: Any) -> Iterator[None]:
    """While this lasts, ``torch.sparse.mm`` with the model's graph is our product; nothing else changes."""
    graph, usual = model.norm_adj_matrix, torch.sparse.mm
    csr = graph.coalesce().to_sparse_csr()
    table = (csr.col_indices().int(), csr.crow_indices().int(), csr.values())

    def product(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor
        made = _Product.apply(x, table) if matrix is graph else usual(matrix, x)  # type: ignore[no-untyped-call]
        return made

    torch.sparse.mm = product
    try:
        yield
    finally:
        torch.sparse.mm = usual
