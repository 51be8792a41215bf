"""Training of the vectors of movies in fading histories, and of movies that come next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from reelgraph.core import FloatArray, IntArray, config
from reelgraph.core.errors import TrainingError
from reelgraph.models.next_item import factor_kernels as kernels
from reelgraph.models.next_item.moments import Sequences
from reelgraph.scorers.next_item.factors import FadingFactors

_LOWEST_RATE = 0.02  # of the learning rate, at the end
_START = 0.1  # spread of the first values
_SAMPLE_POWER = 0.75  # of the counts, in the chance of an item to be drawn


@dataclass(frozen=True)
class FactorTraining:
    r"""How the vectors of `FadingFactors` are trained.

    At each rating of a person the next item is predicted by a softmax over all items that the person has not rated,
    estimated on a sample: the exponential of each drawn item counts one over its chance to be drawn. The loss is the
    cross-entropy, and Adam minimises it in batches of whole persons, with a rate that falls linearly.

    Args:
        decays: of the histories.
        dim: length of a vector.
        epochs: passes over all ratings.
        most_ratings: ratings that are passed over in all, at most.
        batch_ratings: ratings of a batch.
        learning_rate: of Adam, at the start.
        negatives: items drawn for a batch.
        history_dropout: share of the ratings that are left out of the histories of a batch.
        factor_dropout: share of the entries of the summed histories that are left out.
    """

    decays: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (0.0, 0.5, 0.8, 0.95, 0.99)
    dim: Annotated[int, Field(ge=1)] = 64
    epochs: Annotated[int, Field(ge=1)] = 5
    most_ratings: Annotated[int, Field(ge=1)] = 10_000_000
    batch_ratings: Annotated[int, Field(ge=1)] = 2048
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.01
    negatives: Annotated[int, Field(ge=1)] = 512
    history_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    factor_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2

    def __post_init__(self) -> None:
        config.validate(self)

    def fit(
        self, sequences: Sequences, n_items: int, rng: np.random.Generator, report: Callable[[int, float], None]
    ) -> FadingFactors:
        """The vectors.

        Args:
            sequences: of all items.
            n_items: number of items.
            rng: of the first values, the batches, the samples and the dropout.
            report: called with each epoch and its mean loss.

        Returns:
            Where nobody has two ratings, vectors of zeros: the scores are those of the movies alone.

        Raises:
            TrainingError: the loss is no longer finite.

        Cost: O(ratings dim (negatives + heads)) an epoch.
        """
        state = _FactorState(self, np.bincount(sequences.items, minlength=n_items), rng)
        counts = np.diff(sequences.starts)
        n_remaining = min(self.epochs * int(counts[counts > 1].sum()), self.most_ratings)
        total, epoch = n_remaining, 0
        while n_remaining > 0:
            epoch, loss, seen = epoch + 1, 0.0, 0
            for batch in _batches(sequences, self.batch_ratings, rng):
                rate = self.learning_rate * max(_LOWEST_RATE, n_remaining / total)
                with np.errstate(over="ignore", invalid="ignore"):  # told by the loss
                    loss += state.step(batch, rate)
                seen += len(batch.items)
                n_remaining -= len(batch.items)
                if n_remaining <= 0:
                    break
            if not np.isfinite(loss):
                raise TrainingError(
                    f"the loss of the vectors is no longer finite (epoch {epoch})", "lower learning_rate"
                )
            report(epoch, loss / seen)
        scale = state.scale[:, None, None] * (total > 0)
        return FadingFactors(
            np.array(self.decays), state.rated.values * scale, state.next_items.values, state.base.values.ravel()
        )


def _batches(sequences: Sequences, size: int, rng: np.random.Generator) -> Iterator[Sequences]:
    """Whole persons in random order, up to ``size`` ratings together or one person with more."""
    counts = np.diff(sequences.starts)
    people = rng.permutation(np.flatnonzero(counts > 1))
    ends = np.cumsum(counts[people])
    first = 0
    while first < len(people):
        before = ends[first] - counts[people[first]]
        last = max(first + 1, int(np.searchsorted(ends, before + size, side="right")))
        batch_people = people[first:last]
        at = np.concatenate([np.arange(sequences.starts[p], sequences.starts[p + 1]) for p in batch_people])
        yield Sequences(np.concatenate([[0], np.cumsum(counts[batch_people])]), sequences.items[at])
        first = last


class _FactorTable:
    """Values ``(..., dim)`` with their gradients and the moments of Adam."""

    def __init__(self, values: FloatArray) -> None:
        self.values = values
        self.gradient, self.mean, self.square = (np.zeros_like(values) for _ in range(3))

    def step(self, rows: IntArray, rate: float, step: int) -> None:
        """One step of Adam for some rows of each ``(n, dim)`` part."""
        values, gradient, mean, square = (
            table.reshape(-1, *table.shape[-2:]) for table in (self.values, self.gradient, self.mean, self.square)
        )
        for k in range(len(values)):
            kernels.adam(rows, values[k], gradient[k], mean[k], square[k], rate, step)


class _FactorState:
    """What is trained, and one step of it."""

    def __init__(self, training: FactorTraining, counts: IntArray, rng: np.random.Generator) -> None:
        n_items, n_heads, dim = len(counts), len(training.decays), training.dim
        self.training, self.rng, self.n_steps = training, rng, 0
        self.decays = np.array(training.decays, np.float32)
        # Longer histories are sums of more vectors.
        self.scale = np.sqrt(1.0 - np.minimum(self.decays, np.float32(0.99)))
        share = (counts + 1.0) / (counts + 1.0).sum()
        self.rated = _FactorTable(rng.normal(0.0, _START, (n_heads, n_items, dim)).astype(np.float32))
        self.next_items = _FactorTable(rng.normal(0.0, _START, (n_items, dim)).astype(np.float32))
        self.base = _FactorTable(np.log(share)[:, None].astype(np.float32))
        chance = share**_SAMPLE_POWER
        self.cumulative = np.cumsum(chance / chance.sum())
        is_drawn = 1.0 - (1.0 - np.diff(self.cumulative, prepend=0.0)) ** training.negatives
        self.log_weight = -np.log(np.maximum(is_drawn, 1e-12)).astype(np.float32)
        self.slot = np.full(n_items, -1, np.int64)

    def step(self, batch: Sequences, rate: float) -> float:
        """One step of Adam; the sum of the loss over the ratings of the batch."""
        starts, items = batch.starts, batch.items
        keep = _dropout(self.training.history_dropout, (len(items),), self.rng)
        people = np.empty((len(items), self.training.dim), np.float32)
        kernels.histories(starts, items, keep, self.rated.values, self.decays, self.scale, people)
        mask = _dropout(self.training.factor_dropout, people.shape, self.rng)
        people *= mask
        drawn = self._drawn()
        table, base = self.next_items.values, self.base.values[:, 0]
        drawn_vectors, target_vectors = table[drawn], table[items]
        logits = people @ drawn_vectors.T
        logits += base[drawn]
        target_logits = np.einsum("td,td->t", people, target_vectors) + base[items]
        self.slot[drawn] = np.arange(len(drawn))
        loss = kernels.sampled_softmax(starts, items, self.slot, self.log_weight[drawn], logits, target_logits)
        self.slot[drawn] = -1
        # The arrays hold gradients from here on; of the mean loss of a batch of the usual size.
        logits /= np.float32(self.training.batch_ratings)
        target_logits /= np.float32(self.training.batch_ratings)
        by_people = logits @ drawn_vectors
        by_people += target_logits[:, None] * target_vectors
        by_people *= mask
        self.next_items.gradient[drawn] += logits.T @ people
        kernels.add_outer(items, target_logits, people, self.next_items.gradient)
        self.base.gradient[drawn, 0] += logits.sum(axis=0)
        np.add.at(self.base.gradient[:, 0], items, target_logits)
        kernels.add_history_gradients(starts, items, keep, by_people, self.decays, self.scale, self.rated.gradient)
        self._adam(items, drawn, rate)
        return loss

    def _adam(self, items: IntArray, drawn: IntArray, rate: float) -> None:
        """A step of the rows that have gradients."""
        self.n_steps += 1
        rated = np.unique(items)
        scored = np.union1d(rated, drawn)
        self.rated.step(rated, rate, self.n_steps)
        self.next_items.step(scored, rate, self.n_steps)
        self.base.step(scored, rate, self.n_steps)

    def _drawn(self) -> IntArray:
        """Items drawn with replacement, each named once, ascending."""
        draws = np.searchsorted(self.cumulative, self.rng.random(self.training.negatives), side="right")
        return np.unique(np.minimum(draws, len(self.slot) - 1))


def _dropout(share: float, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """0 with the probability ``share``, else what makes the mean 1; float32."""
    if not share:
        return np.ones(shape, np.float32)
    return (rng.random(shape, np.float32) >= share).astype(np.float32) / np.float32(1.0 - share)
