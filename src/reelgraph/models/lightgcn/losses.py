"""Losses that rank: pure functions of scores and vectors, each a scalar."""

from __future__ import annotations

import torch
from torch.nn import functional


def bpr(positive: torch.Tensor, negative: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    r"""Mean of :math:`-w_{ui} \log \sigma(s_{ui} - s_{uj})`.

    Args:
        positive: ``(n,)`` scores of rated movies.
        negative: ``(n, m)`` scores of movies drawn for the same people.
        weight: ``(n,)`` of each rating, w.

    Source: Rendle et al. 2009, equation 4.
    """
    return (functional.softplus(negative - positive[:, None]).mean(dim=1) * weight).mean()


def full_softmax(
    scores: torch.Tensor, person: torch.Tensor, item: torch.Tensor, weight: torch.Tensor, power: float
) -> torch.Tensor:
    r"""Cross-entropy of each rated movie against all movies.

    .. math:: \frac 1 B \sum_u |P_u|^{-a} \sum_{i \in P_u} \Bigl(\log \sum_j e^{s_{uj}} - s_{ui}\Bigr)

    Args:
        scores: ``(B, n_items)``.
        person: ``(n,)`` int64 row of ``scores`` of each positive.
        item: ``(n,)`` int64 its movie.
        weight: ``(n,)`` of each positive, 0 leaves it out.
        power: a; 0 counts ratings alike, 1 people alike.

    Source: Liang et al. 2018 (multinomial likelihood), equation 2.
    """
    count = torch.zeros(len(scores), dtype=scores.dtype, device=scores.device).index_add_(0, person, weight)
    losses = (torch.logsumexp(scores, dim=1)[person] - scores[person, item]) * weight
    return (losses * count.clamp(min=1.0)[person] ** -power).sum() / len(scores)


def unrated_softmax(
    scores: torch.Tensor, person: torch.Tensor, item: torch.Tensor, weight: torch.Tensor, power: float
) -> torch.Tensor:
    r"""Cross-entropy of each rated movie against itself and the movies that the person did not rate.

    .. math:: \frac 1 B \sum_u |P_u|^{-a} \sum_{i \in P_u} \log \Bigl(1 + \sum_{j \notin P_u} e^{s_{uj} - s_{ui}}\Bigr)

    In `full_softmax` a person's movies compete with each other, the popular ones most, although in a list they never
    do: rated movies are not ranked.

    Args:
        scores: ``(B, n_items)``.
        person: ``(n,)`` int64 row of ``scores`` of each positive.
        item: ``(n,)`` int64 its movie.
        weight: ``(n,)`` of each positive; one of weight 0 is neither a positive nor a negative.
        power: a; 0 counts ratings alike, 1 people alike.

    Source: `sampled_softmax` with every unrated movie drawn once.
    """
    count = torch.zeros(len(scores), dtype=scores.dtype, device=scores.device).index_add_(0, person, weight)
    lowest = torch.full((), torch.finfo(scores.dtype).min, dtype=scores.dtype, device=scores.device)
    unrated = torch.logsumexp(scores.index_put((person, item), lowest), dim=1)
    losses = functional.softplus(unrated[person] - scores[person, item]) * weight
    return (losses * count.clamp(min=1.0)[person] ** -power).sum() / len(scores)


def sampled_softmax(
    positive: torch.Tensor, negative: torch.Tensor, log_chance: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    r"""Cross-entropy of each positive against itself and m drawn movies, corrected for how they were drawn.

    Args:
        positive: ``(n,)`` scores.
        negative: ``(n, m)`` scores.
        log_chance: ``(n, m)`` log of the expected number of times each was drawn.
        weight: ``(n,)`` of each rating.

    Source: Jean et al. 2015, equation 8 (importance-corrected); Wu et al. 2024 (BSL) for its use here.
    """
    all_scores = torch.cat([positive[:, None], negative - log_chance], dim=1)
    return ((torch.logsumexp(all_scores, dim=1) - positive) * weight).mean()


def alignment_uniformity(
    users: torch.Tensor, items: torch.Tensor, uniformity: float, weight: torch.Tensor
) -> torch.Tensor:
    r"""Pairs near each other, people and movies spread over the sphere.

    .. math:: E w \|\hat u - \hat i\|^2 + \tfrac{\gamma}{2} \sum_{side} \log E e^{-2 \|\hat x - \hat y\|^2}

    Args:
        users: ``(n, dim)`` vectors of the people of n edges.
        items: ``(n, dim)`` vectors of their movies.
        uniformity: :math:`\gamma`.
        weight: ``(n,)`` of each rating, w.

    Source: Wang et al. 2022 (DirectAU), equations 2 to 4.
    """
    u, i = functional.normalize(users, dim=1), functional.normalize(items, dim=1)
    alignment = ((u - i).square().sum(dim=1) * weight).mean()
    uniformities = [torch.pdist(side).square().mul(-2.0).exp().mean().log() for side in (u, i)]
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
