"""The state of the sessions' offsets in one chain."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from reelgraph.core import FloatArray, IntArray
from reelgraph.models.bayes_gcn import sessions
from reelgraph.models.bayes_gcn.group_priors import draw_prior_of_sums
from reelgraph.models.bayes_gcn.sessions import Sessions
from reelgraph.models.bayes_gcn.worker_threads import ParallelFor, serial


class SessionOffsets:
    """Offsets of nested stretches of time, one number for each.

    Args:
        stretches: which rating begins a stretch of which length.
        indptr: ``(n_users + 1,)`` where the ratings of each user begin.
        dtype: of the offsets.

    Attributes:
        weights: for each length the offsets, ``(stretches,)``.
        mean: ``(lengths,)`` of the prior of each length.
        precision: ``(lengths,)``.
    """

    def __init__(self, stretches: Sessions, indptr: IntArray, dtype: npt.DTypeLike = np.float32) -> None:
        self.weights = [np.zeros(count, dtype) for count in stretches.counts]
        self.mean: FloatArray = np.zeros(len(self.weights))
        self.precision: FloatArray = np.full(len(self.weights), 10.0)
        self._graph = (indptr, stretches.depth, stretches.first)

    def add(self, sign: float, out: FloatArray, bounds: IntArray, parallel: ParallelFor = serial) -> None:
        """Add ``sign`` times the offset of each rating to ``out``, ``(n,)``, in blocks of users."""
        parallel(functools.partial(sessions.add_offsets, *self._graph, tuple(self.weights), sign, out), bounds)

    def draw(
        self,
        error: FloatArray,
        weight: FloatArray,
        bounds: IntArray,
        rng: np.random.Generator,
        fixed: bool = False,
        parallel: ParallelFor = serial,
    ) -> None:
        """Draw all offsets at once, then the prior of each length unless it is ``fixed``.

        Args:
            error: ``(n,)`` what the offsets of a rating are to add up to.
            weight: ``(n,)`` precision of each rating.
            bounds: blocks of users.
            rng: random numbers.
            fixed: keep means and precisions.
            parallel: runs the blocks.
        """
        keys, users = rng.integers(2**62, size=len(self.weights)), len(self._graph[0]) - 1
        sums = np.empty((users, len(self.weights), 2))
        prior = (self.mean, self.precision)
        body = functools.partial(
            sessions.draw_offsets, *self._graph, error, weight, *prior, keys, tuple(self.weights), sums
        )
        parallel(body, bounds)
        if not fixed:
            for s, drawn in enumerate(self.weights):
                total, squares = sums[:, s].sum(axis=0)
                mean, precision = draw_prior_of_sums(
                    len(drawn), np.array([total]), np.array([squares]), self.mean[s : s + 1], rng
                )
                self.mean[s], self.precision[s] = mean[0], precision[0]
