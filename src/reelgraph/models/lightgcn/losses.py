"""Losses that rank: pure functions of scores and vectors, each a scalar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

_SCORES = 2**22  # scores in memory at once


def bpr(positive: torch.Tensor, negative: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    r"""Mean of :math:`-w_{ui} \log \sigma(s_{ui} - s_{uj})`.

    Args:
        positive: ``(n,)`` scores of rated movies.
        negative: ``(n, m)`` scores of movies drawn for the same people.
        weight: ``(n,)`` of each rating, w.

    Source: Rendle et al. 2009, equation 4.
    """
    return (functional.softplus(negative - positive[:, None]).mean(dim=1) * weight).mean()


def softmax(
    people: torch.Tensor,
    items: torch.Tensor,
    offset: torch.Tensor,
    positives: Positives,
    power: float,
    unrated_only: bool,
) -> torch.Tensor:
    r"""Cross-entropy of each rated movie against all movies, or against itself and those that the person did not rate.

    .. math:: \frac 1 B \sum_u |P_u|^{-a} \sum_{i \in P_u} \Bigl(\log \sum_{j} e^{s_{uj}} - s_{ui}\Bigr), \qquad
        s_{ui} = x_u \cdot y_i + o_i

    j runs over all movies, or over i and the unrated ones. In the former a person's movies compete with each other, the
    popular ones most, although in a list they never do: rated movies are not ranked.

    Args:
        people: ``(B, dim)`` x.
        items: ``(c, dim)`` y of the movies that are scored.
        offset: ``(c,)`` o, such as a bias, or the log of how many movies one of a sample stands for.
        positives: P and the weight of each; one of weight 0 is neither a positive nor, against the unrated, a negative.
        power: a; 0 counts ratings alike, 1 people alike.
        unrated_only: see above.

    Source: Liang et al. 2018 (multinomial likelihood), equation 2; Jean et al. 2015, equation 8, for movies that stand
    for others; Wu et al. 2024 (BSL) for its use here.

    Cost: three products of ``(B, dim)`` and ``(c, dim)``. The scores of some people at a time, 16 MiB, are in memory:
    the gradient is computed with the loss.
    """
    total: torch.Tensor = _Softmax.apply(people, items, offset, positives, power, unrated_only)  # type: ignore[no-untyped-call]
    return total


@dataclass(frozen=True)
class Positives:
    """The rated movies of the people of a batch.

    Args:
        person: ``(n,)`` int64 place of the person in the batch, ascending.
        item: ``(n,)`` int64 column of the movie among those scored; each pair occurs once.
        weight: ``(n,)`` of each.
    """

    person: torch.Tensor
    item: torch.Tensor
    weight: torch.Tensor


class _Softmax(torch.autograd.Function):
    """Block by block of people: scores, loss and gradient in one buffer."""

    @staticmethod
    def forward(
        ctx: Any,
        people: torch.Tensor,
        items: torch.Tensor,
        offset: torch.Tensor,
        positives: Positives,
        power: float,
        unrated_only: bool,
    ) -> torch.Tensor:
        person, item, weight = positives.person, positives.item, positives.weight.to(people.dtype)
        count = people.new_zeros(len(people)).index_add_(0, person, weight)
        share = weight * count.clamp(min=1.0)[person] ** -power / len(people)
        gradients = torch.empty_like(people), torch.zeros_like(items), torch.zeros_like(offset)
        block = max(_SCORES // len(items), 16)
        starts = torch.arange(0, len(people) + block, block, device=person.device)
        ends, total = torch.searchsorted(person, starts).tolist(), people.new_zeros(())
        for number, first in enumerate(range(0, len(people), block)):
            rows, edges = slice(first, first + block), slice(ends[number], ends[number + 1])
            scores = torch.addmm(offset, people[rows], items.T)
            positive_index = person[edges] - first, item[edges]
            total += _loss_and_gradient(scores, positive_index, share[edges], unrated_only)
            torch.mm(scores, items, out=gradients[0][rows])
            gradients[1].addmm_(scores.T, people[rows])
            gradients[2].add_(scores.sum(0))
        ctx.save_for_backward(*gradients)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return *(gradient * grads[0] for gradient in ctx.saved_tensors), None, None, None


def _loss_and_gradient(
    scores: torch.Tensor, positive_index: tuple[torch.Tensor, torch.Tensor], share: torch.Tensor, unrated_only: bool
) -> torch.Tensor:
    """The summed loss of some people; ``scores`` ``(b, c)`` become their gradient."""
    person, positive = positive_index[0], scores[positive_index]
    if unrated_only:
        scores[positive_index] = torch.finfo(scores.dtype).min
    highest = scores.amax(dim=1, keepdim=True)
    sums = scores.sub_(highest).exp_().sum(dim=1, keepdim=True)
    margin = (highest + sums.log()).squeeze(1)[person] - positive
    losses = functional.softplus(margin) if unrated_only else margin
    slope = share * torch.sigmoid(margin) if unrated_only else share  # of the loss in the log of the sum
    scores.mul_(scores.new_zeros(len(scores)).index_add_(0, person, slope)[:, None] / sums)
    scores.index_put_(positive_index, -slope, accumulate=True)
    return (losses * share).sum()


def alignment_uniformity(
    users: torch.Tensor, items: torch.Tensor, uniformity: float, weight: torch.Tensor, most_compared: int = 2048
) -> torch.Tensor:
    r"""Pairs near each other, people and movies spread over the sphere.

    .. math:: E w \|\hat u - \hat i\|^2 + \tfrac{\gamma}{2} \sum_{side} \log E e^{-2 \|\hat x - \hat y\|^2}

    Args:
        users: ``(n, dim)`` vectors of the people of n edges.
        items: ``(n, dim)`` vectors of their movies.
        uniformity: :math:`\gamma`.
        weight: ``(n,)`` of each rating, w.
        most_compared: vectors of a side whose pairs are compared, at most: the first of them.

    Source: Wang et al. 2022 (DirectAU), equations 2 to 4.
    """
    u, i = functional.normalize(users, dim=1), functional.normalize(items, dim=1)
    alignment = ((u - i).square().sum(dim=1) * weight).mean()
    uniformities = [torch.pdist(side[:most_compared]).square().mul(-2.0).exp().mean().log() for side in (u, i)]
    return alignment + uniformity * (uniformities[0] + uniformities[1]) / 2


def info_nce(view: torch.Tensor, other_view: torch.Tensor, temperature: float) -> torch.Tensor:
    r"""Each row of one view against all rows of the other: the same row is the positive.

    Args:
        view: ``(n, dim)``.
        other_view: ``(n, dim)``.
        temperature: of the cosines.

    Source: Yu et al. 2023 (XSimGCL), equation 4.
    """
    cosines = functional.normalize(view, dim=1) @ functional.normalize(other_view, dim=1).T / temperature
    return functional.cross_entropy(cosines, torch.arange(len(view), device=view.device))
