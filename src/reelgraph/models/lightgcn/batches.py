"""The steps of an epoch: batches of people with all their movies, or of edges, and the graph that they look at."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix, Shard
from reelgraph.models.lightgcn.network import LightGCNNetwork
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.train import SparseOperator
from reelgraph.train.negative_sampling import NegativeSampler
from reelgraph.train.random_streams import generator, torch_generator

PEOPLE_LOSSES = ("softmax", "unrated-softmax", "sampled-softmax")  # a step is some people with all their movies
_PEOPLE, _MIN_PEOPLE, _EDGES, _MIN_EDGES = 1024, 16, 8192, 256  # default sizes of a batch
_MIN_STEPS = 6  # of an epoch, before batches reach their full size
_SAMPLED_PEOPLE, _MIN_SAMPLED_STEPS = 256, 25  # where movies are sampled: of fewer people fewer movies are scored
_MAX_PROPAGATIONS = {True: 50, False: 100}  # of an epoch by default, for batches of people and of edges


class BatchSettings(Protocol):
    """The settings of `LightGCN` that batches are made by."""

    @property
    def loss(self) -> str:
        """Name of the loss."""
        ...

    @property
    def batch_size(self) -> int:
        """People or edges in a batch; 0 for the default."""
        ...

    @property
    def edge_dropout(self) -> float:
        """Share of the edges left out of the graph of a step."""
        ...

    @property
    def negatives(self) -> int:
        """Movies that are sampled for a step."""
        ...

    def samples(self, n_items: int) -> bool:
        """Whether a sample stands for most of so many movies."""
        ...


@dataclass(frozen=True)
class RankingBatch:
    """People or edges whose scores are in memory at once.

    Args:
        people: ``(B,)`` int64 rows of the people in a batch of people; empty in a batch of edges.
        user: ``(n,)`` int64; places within ``people``, or rows of users in a batch of edges.
        item: ``(n,)`` int64 rows.
        weight: ``(n,)`` float32 weight of each edge.
        negative: ``(n, m)`` int64 rows of movies not rated, drawn for each edge; None in a batch of people.
        scored: the movies that are scored, in a batch of people; None for all.
        share: of this part's mean loss in that of the whole batch, where processes divide a batch of people.
    """

    people: torch.Tensor
    user: torch.Tensor
    item: torch.Tensor
    weight: torch.Tensor
    negative: torch.Tensor | None = None
    scored: ScoredItems | None = None
    share: float = 1.0

    def part(self, rows: slice) -> RankingBatch:
        """Some of the people of a batch of people; the movies that are scored stay those of the whole batch."""
        is_in_part = (self.user >= rows.start) & (self.user < rows.stop)
        scored = self.scored and dataclasses.replace(self.scored, column=self.scored.column[is_in_part])
        return RankingBatch(
            self.people[rows],
            self.user[is_in_part] - rows.start,
            self.item[is_in_part],
            self.weight[is_in_part],
            scored=scored,
            share=(rows.stop - rows.start) / len(self.people),
        )


@dataclass(frozen=True)
class ScoredItems:
    """The movies of a batch, each for itself, and a sample that stands for all others.

    Args:
        items: ``(c,)`` int64 rows; the batch's own, ascending, then the sample.
        log_count: ``(c,)`` float32 log of how many movies each stands for: 0 for the batch's own.
        column: ``(n,)`` int64 where in ``items`` the movie of each edge is.
    """

    items: torch.Tensor
    log_count: torch.Tensor
    column: torch.Tensor


@dataclass(frozen=True)
class OptimiserStep:
    """One step of the optimiser.

    Args:
        batches: at least one, of nearly equal size; their losses are averaged.
        edges: the graph of this step, None for the whole one.
        sources: ``(s,)`` int64 rows of the movies that are the columns of ``edges``, whose rows are then the people of
            the only batch; None where ``edges`` has all users and movies.
    """

    batches: tuple[RankingBatch, ...]
    edges: SparseOperator | None
    sources: torch.Tensor | None = None


class Batches:
    """Draws the steps of an epoch.

    Args:
        model: the settings.
        network: whose graph is thinned.
        rated: ``(n_users, n_items)`` CSR of the training ratings.
        weights: ``(nnz,)`` float32 weight of each.
        seed: of everything that is drawn.
        device: where the batches are put.
        shard: which of the people of each batch are this process's.
        cuts: of people's histories in time: what came before is the graph of a step, what came after its positives;
            None for edges left out at random, with all ratings as positives. Only for batches of people whose own edges
            are all that is needed.
    """

    def __init__(
        self,
        model: BatchSettings,
        network: LightGCNNetwork,
        rated: Matrix,
        weights: FloatArray,
        seed: int,
        device: str,
        shard: Shard,
        cuts: TimeCuts | None = None,
    ) -> None:
        self._model, self._network, self._rated, self._weights = model, network, rated, weights
        self._seed, self._device, self._shard, self._cuts = seed, device, shard, cuts
        self._by_people = model.loss in PEOPLE_LOSSES
        self._sampled = self._by_people and model.samples(rated.shape[1])
        self._most = (_SAMPLED_PEOPLE if self._sampled else _PEOPLE) if self._by_people else _EDGES
        self._own_rows = self._by_people and network.one_hop

    def __len__(self) -> int:
        """Steps of an epoch."""
        n, least = len(self._everything), _MIN_PEOPLE if self._by_people else _MIN_EDGES
        size = min(max(n // (_MIN_SAMPLED_STEPS if self._sampled else _MIN_STEPS), least), self._most)
        if not self._own_rows:  # the whole graph is convolved in each step
            size = max(size, -(-n // _MAX_PROPAGATIONS[self._by_people]))
        return max(1, round(n / (self._model.batch_size or size)))

    def steps(self, epoch: int) -> Iterator[OptimiserStep]:
        """All people with a rating, or all edges, once, shuffled; the same for the same seed and epoch."""
        rng = generator(self._seed, "batches", epoch)
        dropout_rng = torch_generator(self._seed, "dropout", epoch)
        share = self._model.edge_dropout
        # Of equal size: a remainder of three users would move the weights as far as a thousand do.
        for rows in np.array_split(rng.permutation(self._everything), len(self)):
            if self._own_rows:
                if self._cuts is None:
                    edges = _rows_of(self._network.normalised, rows, share, dropout_rng)
                    batch = self._people_batch(rows, rng)
                else:
                    edges, batch = self._cut_batch(rows, self._cuts, rng)
                if self._shard.size > 1:  # all draws above are those of one process
                    shard_rows = self._shard.part(len(rows))
                    edges, batch = Matrix(edges[shard_rows]), batch.part(shard_rows)
                edges, sources = _compact(edges)
                yield OptimiserStep((batch,), SparseOperator.of(edges, self._device), self._tensor(sources))
                continue
            thinned = self._network.edges.thinned(share, dropout_rng) if share else None
            parts = np.array_split(rows, max(1, round(len(rows) / max(self._most, self._model.batch_size))))
            make = self._people_batch if self._by_people else self._edge_batch
            yield OptimiserStep(tuple(make(part, rng) for part in parts), thinned)

    @property
    def _everything(self) -> IntArray:
        """People with a rating (with a break, where histories are cut), or all edges."""
        if not self._by_people:
            return np.arange(self._rated.nnz)
        return np.flatnonzero(np.diff(self._rated.indptr) if self._cuts is None else self._cuts.has_break())

    def _cut_batch(self, people: IntArray, cuts: TimeCuts, rng: np.random.Generator) -> tuple[Matrix, RankingBatch]:
        """Edges of ``people`` before a break, and the batch whose positives came after it."""
        places, counts = _places(self._rated.indptr, people)
        before, after = cuts.sides(people, places, counts, rng)
        ends = np.concatenate([[0], np.cumsum(before)])[np.concatenate([[0], np.cumsum(counts)])]
        earlier, matrix = places[before], self._network.normalised
        # The normalisation by the whole degree is that of a person with so many ratings; cosines do not see it.
        edges = Matrix((matrix.data[earlier], matrix.indices[earlier], ends), shape=(len(people), matrix.shape[1]))
        batch = self._people_batch(people, rng)
        return edges, dataclasses.replace(batch, weight=batch.weight * self._tensor(after.astype(np.float32)))

    def _people_batch(self, people: IntArray, rng: np.random.Generator) -> RankingBatch:
        places, counts = _places(self._rated.indptr, people)
        item = self._rated.indices[places]
        return RankingBatch(
            self._tensor(people.astype(np.int64)),
            self._tensor(np.repeat(np.arange(len(people)), counts)),
            self._tensor(item.astype(np.int64)),
            self._tensor(self._weights[places]),
            scored=self._scored(item, rng) if self._sampled else None,
        )

    def _scored(self, item: IntArray, rng: np.random.Generator) -> ScoredItems:
        column = np.full(self._rated.shape[1], -1)
        positives = np.unique(item)
        column[positives] = np.arange(len(positives))
        unrated = np.flatnonzero(column < 0)
        n_drawn = min(self._model.negatives, len(unrated))
        negatives = rng.choice(unrated, n_drawn, replace=False, shuffle=False)
        log_count = np.zeros(len(positives) + n_drawn, np.float32)
        log_count[len(positives) :] = np.log(max(len(unrated), 1) / max(n_drawn, 1))
        return ScoredItems(
            self._tensor(np.concatenate([positives, negatives]).astype(np.int64)),
            self._tensor(log_count),
            self._tensor(column[item]),
        )

    def _edge_batch(self, places: IntArray, rng: np.random.Generator) -> RankingBatch:
        user = self._user[places]
        negative = None if self._model.loss == "directau" else self._tensor(self._sampler.draw(user, 1, rng))
        return RankingBatch(
            self._tensor(np.zeros(0, np.int64)),
            self._tensor(user),
            self._tensor(self._rated.indices[places].astype(np.int64)),
            self._tensor(self._weights[places]),
            negative=negative,
        )

    @cached_property
    def _user(self) -> IntArray:
        return np.repeat(np.arange(self._rated.shape[0]), np.diff(self._rated.indptr))

    @cached_property
    def _sampler(self) -> NegativeSampler:
        return NegativeSampler.of(self._rated)

    def _tensor(self, array: AnyArray) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)


def _places(indptr: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Where the entries of some rows are, row by row, and how many each row has."""
    first, counts = indptr[rows].astype(np.int64), np.diff(indptr)[rows].astype(np.int64)
    ends = np.cumsum(counts)
    places: IntArray = np.arange(counts.sum()) + np.repeat(first - (ends - counts), counts)
    return places, counts


def _rows_of(matrix: Matrix, rows: IntArray, share: float, rng: torch.Generator) -> Matrix:
    """Some rows of ``matrix``, each entry left out with the chance ``share`` and else divided by what is kept.

    Args:
        matrix: CSR.
        rows: ``(n,)`` int64.
        share: in [0, 1).
        rng: on the CPU; it draws for the entries of these rows alone.
    """
    places, counts = _places(matrix.indptr, rows)
    is_kept = (torch.rand(len(places), generator=rng) >= share).numpy()
    ends = np.concatenate([[0], np.cumsum(is_kept)])[np.concatenate([[0], np.cumsum(counts)])]
    places = places[is_kept]
    scale = np.float32(1.0 / (1.0 - share))
    return Matrix((matrix.data[places] * scale, matrix.indices[places], ends), shape=(len(rows), matrix.shape[1]))


def _compact(matrix: Matrix) -> tuple[Matrix, IntArray]:
    """The matrix without empty columns, and the ``(s,)`` int64 columns that are left, ascending."""
    column = np.zeros(matrix.shape[1], np.int32)
    column[matrix.indices] = 1
    used = np.flatnonzero(column)
    column[used] = np.arange(len(used))
    return Matrix((matrix.data, column[matrix.indices], matrix.indptr), shape=(matrix.shape[0], len(used))), used
