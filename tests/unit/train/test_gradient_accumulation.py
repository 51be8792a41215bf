import pytest
import torch

from reelgraph.train.gradient_accumulation import accumulated


def source() -> torch.Tensor:
    return torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()


def square_errors(rows: torch.Tensor, table: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return (table[rows].sum(dim=1) + bias[rows] - 1.0).square().sum()


@pytest.mark.parametrize("sizes", [[6], [4, 2], [1, 2, 3]])
def test_batches_on_one_table_give_the_gradient_of_all_at_once(sizes: list[int]) -> None:
    order, weight, bias = torch.tensor([5, 2, 2, 0, 1, 4]), source(), torch.zeros(6, dtype=torch.float64)
    bias.requires_grad_()
    calls: list[int] = []

    def made() -> torch.Tensor:  # what is made once, from the parameters
        calls.append(1)
        return torch.tanh(weight) * 2.0

    loss = 0.5 * accumulated(square_errors, torch.split(order, sizes), (made(), bias))
    whole = 0.5 * square_errors(order, torch.tanh(weight) * 2.0, bias)
    torch.testing.assert_close(loss, whole)
    torch.testing.assert_close(torch.autograd.grad(loss, (weight, bias)), torch.autograd.grad(whole, (weight, bias)))
    assert len(calls) == 1


def test_what_no_batch_uses_has_no_gradient() -> None:
    used, unused = source(), source()
    loss = accumulated(lambda rows, table, _: table[rows].sum(), [torch.tensor([0]), torch.tensor([1])], (used, unused))
    assert torch.autograd.grad(loss, (used, unused), allow_unused=True)[1] is None


def test_no_more_than_one_batch_is_kept() -> None:
    alive: list[int] = []
    freed: list[int] = []

    class Counted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            alive.append(1)
            return x.clone()

        @staticmethod
        def backward(ctx, g):  # type: ignore[no-untyped-def]
            freed.append(len(alive))
            return g

    table = source()
    rows = list(torch.split(torch.arange(6), 2))
    accumulated(lambda r, t: Counted.apply(t[r]).sum(), rows, (table,))  # type: ignore[no-untyped-call]
    assert freed == [1, 2, 3]  # each batch is walked back through before the next one begins
