"""The steps of `hetero`: what is hidden in each, and what has to be told from the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from scipy import sparse

from reelgraph.models.bias import Bias
from reelgraph.models.hetero_graph import Sides
from reelgraph.models.hetero_network import HeteroNetwork
from reelgraph.scorers.hetero import above_middle
from reelgraph.train import SparseOperator
from reelgraph.train.seeds import generator
from reelgraph.types import AnyArray, BoolArray, FitContext, FloatArray, IntArray, Interactions, Matrix

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

LIKED = 0.8  # of the highest rating: stars from which a movie is liked
_PEOPLE, _STEPS = 512, 6  # in a batch at most, and batches in an epoch at least, unless told


class Shares(Protocol):
    """What the steps need of `Hetero`; see there."""

    @property
    def cold_share(self) -> float: ...  # noqa: D102

    @property
    def hidden(self) -> float: ...  # noqa: D102

    @property
    def feature_dropout(self) -> float: ...  # noqa: D102

    @property
    def profile_dropout(self) -> float: ...  # noqa: D102

    @property
    def person_power(self) -> float: ...  # noqa: D102

    @property
    def user_damping(self) -> float: ...  # noqa: D102

    @property
    def batch_size(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Batch:
    """One step over B people.

    Args:
        seen: ``(B, n_items)``, what is shown of each person, divided by the root of its number.
        judged: the same, times the stars above the middle.
        traits: ``(B, n_traits)``, of the people whose traits are shown; None where nobody has any.
        own: ``(n_items,)`` float, 1 where a movie may use what it learnt from its ratings.
        cold: ``(m,)`` int64 movies that are told by their features alone, though they have ratings.
        never: ``(n_items,)`` bool, movies without any rating: nobody's choice yet, so they are not ranked.
        shown: people (of the B) and movies of the ratings that are shown, ``(s,)`` int64 each.
        asked: people and movies of the others, ``(n,)`` int64 each.
        above: ``(n,)`` their stars above the mean and the person's middle.
        like: ``(n,)`` float, what each counts among the liked ones; 0 for those not liked.
        data: the graph without the features that are hidden in this step.
    """

    seen: SparseOperator
    judged: SparseOperator
    traits: SparseOperator | None
    own: torch.Tensor
    cold: torch.Tensor
    never: torch.Tensor
    shown: tuple[torch.Tensor, torch.Tensor]
    asked: tuple[torch.Tensor, torch.Tensor]
    above: torch.Tensor
    like: torch.Tensor
    data: HeteroData


@dataclass(frozen=True)
class Steps:
    """Draws the batches of an epoch.

    Args:
        shares: how much is hidden.
        rated: ``(n_users, n_items)`` CSR, stars.
        traits: ``(n_users, n_traits)`` CSR, or None.
        warm: ``(n_items,)`` bool, movies with ratings.
        mean: of the ratings, stars.
        middle: ``(n_items,)`` float32, damped means above it.
        high: highest rating, stars.
        featured: movies have features, so that some can be hidden.
        data: the whole graph.
        context: seed and device.
    """

    shares: Shares
    rated: Matrix
    traits: Matrix | None
    warm: BoolArray
    mean: float
    middle: FloatArray
    high: float
    featured: bool
    data: HeteroData
    context: FitContext

    @classmethod
    def of(cls, shares: Shares, train: Interactions, sides: Sides, data: HeteroData, context: FitContext) -> Steps:
        """The steps of a fit on ``train``."""
        return cls(
            shares,
            train.matrix(),
            sides.traits_of_users(),
            np.bincount(train.item_row, minlength=train.n_items) > 0,
            float(np.mean(train.rating, dtype=np.float64)),
            Bias().fit(train).scorer.arrays()["item_offset"].astype(np.float32),
            train.scale.high,
            bool(sides.movies),
            data,
            context,
        )

    @property
    def warm_there(self) -> torch.Tensor:
        """``(n_items,)`` float, 1 where a movie has ratings."""
        return self._there(self.warm.astype(np.float32))

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Everybody with at least two ratings once (everybody, where nobody has), shuffled."""
        rng = generator(self.context.seed, "batches", epoch)
        counts = np.diff(self.rated.indptr)
        order = rng.permutation(np.flatnonzero(counts >= min(2, counts.max())))
        size = self.shares.batch_size or min(max(len(order) // _STEPS, 16), _PEOPLE)
        for start in range(0, len(order), size):
            yield self._batch(order[start : start + size], rng)

    def _batch(self, people: IntArray, rng: np.random.Generator) -> Batch:
        rated = self.rated[people]
        row = np.repeat(np.arange(len(people)), np.diff(rated.indptr))
        cold = self.warm & (rng.random(len(self.warm)) < (self.shares.cold_share if self.featured else 0.0))
        shown = ~cold[rated.indices] & (rng.random(rated.nnz) >= self.shares.hidden)
        asked = ~shown
        indptr = np.concatenate([[0], np.cumsum(np.bincount(row[shown], minlength=len(people)))])
        history = Matrix((rated.data[shown], rated.indices[shown], indptr), shape=rated.shape)
        stars, offset = above_middle(history, self.mean, self.middle, self.shares.user_damping)
        scale = np.maximum(np.diff(indptr), 1)[row[shown]] ** -0.5
        above = rated.data[asked] - self.mean - offset[row[asked]]
        return Batch(
            seen=self._operator(Matrix((scale, history.indices, indptr), shape=rated.shape)),
            judged=self._operator(Matrix((scale * stars, history.indices, indptr), shape=rated.shape)),
            traits=self._some_traits(people, rng),
            own=self._there((self.warm & ~cold).astype(np.float32)),
            cold=self._there(np.flatnonzero(cold)),
            never=self._there(~self.warm),
            shown=(self._there(row[shown]), self._there(rated.indices[shown].astype(np.int64))),
            asked=(self._there(row[asked]), self._there(rated.indices[asked].astype(np.int64))),
            above=self._there(above.astype(np.float32)),
            like=self._there(self._likes(row[asked], rated.data[asked], len(people))),
            data=self._thinned(rng),
        )

    def _likes(self, row: IntArray, stars: FloatArray, people: int) -> FloatArray:
        """What each rating counts as a liked movie; all count where nobody likes any."""
        liked = stars >= LIKED * self.high
        liked = liked if liked.any() else np.ones_like(liked)
        count = np.bincount(row[liked], minlength=people)
        return np.where(liked, np.maximum(count, 1)[row] ** -self.shares.person_power, 0.0).astype(np.float32)

    def _some_traits(self, people: IntArray, rng: np.random.Generator) -> SparseOperator | None:
        if self.traits is None:
            return None
        kept = (rng.random(len(people)) >= self.shares.profile_dropout).astype(np.float32)
        return self._operator(Matrix(sparse.diags_array(kept) @ self.traits[people]))

    def _thinned(self, rng: np.random.Generator) -> HeteroData:
        """The graph without a share of what is known of the movies."""
        if not self.shares.feature_dropout:
            return self.data
        data: Any = self.data.clone()
        for kind in [kind for kind, _, to in data.edge_types if to == "movie" and kind != "user"]:
            edges = data[kind, "of", "movie"].edge_index
            kept = edges[:, self._there(rng.random(edges.shape[1]) >= self.shares.feature_dropout)]
            data[kind, "of", "movie"].edge_index, data["movie", "has", kind].edge_index = kept, kept.flip(0)
        thinned: HeteroData = data
        return thinned

    def _operator(self, matrix: Matrix) -> SparseOperator:
        return SparseOperator.of(matrix, self.context.device)

    def _there(self, array: AnyArray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.context.device)


def objective(module: HeteroNetwork, batch: Batch, all_weight: float, stars_weight: float) -> torch.Tensor:
    """The loss of `Hetero`, a scalar."""
    items = module(batch.data, batch.own)
    opinions = batch.judged(items.judged)
    people = batch.seen(items.seen) + opinions
    if batch.traits is not None:
        people = people + batch.traits(module.profile)
    scores = people @ items.target.T + items.bias
    row, item = batch.asked
    stars = (opinions[row] * items.taste[item]).sum(dim=1) + items.level[item]
    total = scores.sum() * 0.0
    if len(row):
        total = total + stars_weight * (stars - batch.above).square().mean()
    # What was shown is not asked again.
    ranked = scores.masked_fill(batch.never, -torch.inf).index_put(batch.shown, scores.new_tensor(-torch.inf))
    total = total + all_weight * _softmax(ranked, row, item, batch.like)
    place = torch.full((scores.shape[1],), -1, device=scores.device)
    place[batch.cold] = torch.arange(len(batch.cold), device=scores.device)
    among = place[item] >= 0
    return total + _softmax(scores[:, batch.cold], row[among], place[item[among]], batch.like[among])


def _softmax(scores: torch.Tensor, row: torch.Tensor, column: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean of minus log softmax at ``(row, column)``, weighted; 0 where nothing has weight."""
    if not bool((weight > 0).any()):
        return scores.new_zeros(())
    logs = scores[row, column] - torch.logsumexp(scores, dim=1)[row]
    counted = weight > 0
    return -(logs[counted] * weight[counted]).sum() / weight.sum()
