"""The item that a person rates next, in closed form."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import linalg

from reelgraph.core import FitContext, FitResult, FloatArray, Interactions, Progress, config
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.errors import CapabilityError, ConfigError, TrainingError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.models.next_item.moments import Moments, Sequences
from reelgraph.models.next_item.tail import tail_weights
from reelgraph.scorers import FadingHistoryScorer

_RATING_BYTES = 32  # item, weights and place in time


@dataclass(frozen=True)
class NextItem:
    r"""Ranks by what people rated next who had just rated the same: one regression on all ratings in order of time.

    At each rating t of a person, :math:`x_t` holds h fading histories beside each other, :math:`\delta_k^a` at the
    movie rated a ratings before the last one, and a 1; :math:`y_t` is the next movie, one-hot. Over all ratings of all
    people

    .. math::
        A = \sum_t x_t x_t', \quad T = \sum_t x_t y_t', \quad
        B = \left(A + \lambda I + \tfrac{p}{1 - p} diag \, A\right)^{-1} T D^{-\eta}

    with D the numbers of ratings of the movies over their mean. Scores are a person's :math:`x` times B: a sum over
    their ratings, so a new person is folded in exactly, and reasons are exact. Nothing about people is learnt but A
    and T, and those are had without the histories: see `Moments
    <reelgraph.models.next_item.moments.Moments>`.

    Stars do not count, only what was rated and when; ratings of the same second are in the order of the data.

    Args:
        decays: :math:`\delta_k`, from one rating to the next.
        ridge: :math:`\lambda`, in ratings.
        dropout: p.
        popularity_power: :math:`\eta`, above 0 for less of the popular.
        head_items: the most rated movies, which have whole matrices; 0 for as many as ``memory_gib`` has room for. The
            others have single transitions.
        tail_weights: weights that are kept of each movie outside the head.
        memory_gib: for the matrices, GiB.

    Source: Choi et al. 2021 (SLIST) and Park et al. 2025 (TALE) for regressions of later on earlier items. Departures:
    one regression with several fading histories beside each other, and sums over all ratings by recursions.

    Cost: O(sum of n_u^2 + (h n_head)^3), and 4 (h^2 + h + 1) n_head^2 bytes.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 20, 10], "rating": [5, 3, 4, 2, 5],
        ...          "timestamp": [1, 2, 3, 4, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> scorer = rg.NextItem(ridge=1.0).fit(train).scorer
        >>> int(scorer.score(train.matrix()[[2]]).argmax())
        1
    """

    name: ClassVar[str] = "next"
    decays: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.6, 0.97)
    ridge: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1000.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    popularity_power: Annotated[float, Field(ge=-2, le=2)] = 0.1
    head_items: Annotated[int, Field(ge=0)] = 0
    tail_weights: Annotated[int, Field(ge=1)] = 50
    memory_gib: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0

    def __post_init__(self) -> None:
        config.validate(self)
        if not self.decays:
            raise ConfigError("decays", "() is not valid: give one or more numbers above 0, up to 1")

    def n_head(self, n_items: int) -> int:
        """Movies with whole matrices: ``head_items``, or if that is 0 as many as ``memory_gib`` has room for."""
        room = math.isqrt(int(self.memory_gib * 2**30 / self._bytes_per_pair))
        return min(n_items, self.head_items or max(1, room))

    @property
    def _bytes_per_pair(self) -> int:
        """Bytes for each pair of movies of the head."""
        h = len(self.decays)
        return 4 * (h * h + 2 * h)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """The matrices of the head, and the ratings in order of time."""
        matrices = self._bytes_per_pair * self.n_head(size.n_items) ** 2
        advice = f"set memory_gib lower than {self.memory_gib:g}"
        if self.head_items:
            advice = f"set head_items lower than {self.head_items:,}"
        return FitMemory(matrices + _RATING_BYTES * size.n_ratings, advice)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """B of ``train``.

        Raises:
            TrainingError: no ratings, or no positive definite matrix.
            CapabilityError: the ratings have no times.
        """
        require_fit_arguments(self.name, train, context)
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        if train.timestamp is None:
            raise CapabilityError(
                "the ratings have no times, and next learns from their order",
                "give a column timestamp, or take a model that needs none, such as graph-filter",
            )
        if context.progress is not None:
            context.progress(Progress("fit", 0, 1, "matrices"))
        n_items, n_head = train.n_items, self.n_head(train.n_items)
        counts = np.bincount(train.item_row, minlength=n_items)
        head = np.sort(np.argsort(-counts, kind="stable")[:n_head]).astype(np.int32)
        sequences = Sequences.of(train)
        scale = (np.maximum(counts, 1) / max(counts.mean(), 1.0)) ** -self.popularity_power
        weights = self._solve(Moments.of(sequences.within(head, n_items), self.decays, n_head)) * scale[head]
        base = counts / len(train) * scale
        base[head] = weights[-1]
        is_head = np.isin(np.arange(n_items), head)
        tail_starts, tail_items, tail_values = tail_weights(
            sequences, self.decays, is_head, self.ridge, scale, self.tail_weights
        )
        scorer = FadingHistoryScorer(
            np.ascontiguousarray(weights[:-1], np.float32).reshape(len(self.decays), n_head, n_head),
            base.astype(np.float32),
            np.array(self.decays),
            head,
            tail_starts,
            tail_items,
            tail_values,
        )
        if context.progress is not None:
            context.progress(Progress("fit", 1, 1, "matrices"))
        which = "all" if n_head == n_items else f"the {n_head:,} most rated"
        return FitResult(
            scorer,
            stopped_because=f"closed form; {which} of {n_items:,} movies in {self.memory_gib:g} GiB",
            seconds=time.perf_counter() - started,
        )

    def _solve(self, moments: Moments) -> FloatArray:
        """B without the weights of its columns, ``(h n_head + 1, n_head)``; the moments are destroyed."""
        gram = moments.histories
        diagonal = np.diag_indices(len(gram) - 1)  # the constant is not held back
        gram[diagonal] += self.ridge + self.dropout / (1.0 - self.dropout) * gram[diagonal]
        # The lower triangle in C order is the upper one in Fortran order, which LAPACK overwrites.
        factor, fault = linalg.lapack.spotrf(gram.T, lower=0, clean=0, overwrite_a=1)
        if fault:
            raise TrainingError("the matrix of the histories is not positive definite", "give a larger ridge")
        solution, _ = linalg.lapack.spotrs(factor, moments.targets.T, lower=0, overwrite_b=1)
        weights: FloatArray = solution
        return weights
