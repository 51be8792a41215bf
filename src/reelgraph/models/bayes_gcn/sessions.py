"""Offsets of the sessions in which people rate: nested stretches of time, drawn exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import NO_TIME, BoolArray, FloatArray, IntArray
from reelgraph.models.bayes_gcn.cut_points import uniform

STRETCHES = (1, 60, 3_600, 86_400)  # seconds; each a multiple of the one before


@dataclass(frozen=True)
class Sessions:
    """The stretches of time in which each person rated, of every length, as one byte a rating.

    A rating whose time is unknown is a stretch of its own of every length.

    Args:
        depth: ``(n,)`` uint8, of ratings sorted by user and time: how many lengths, shortest first, have a stretch that
            begins with the rating.
        first: ``(n_users + 1, lengths)`` int64 number of stretches of each length before each user's.
    """

    depth: IntArray
    first: IntArray

    @classmethod
    def of(cls, starts: IntArray, time: IntArray) -> Sessions:
        """From ratings sorted by user and time.

        Args:
            starts: ``(n_users + 1,)`` where the ratings of each user begin.
            time: ``(n,)`` Unix seconds, `NO_TIME` where unknown.
        """
        depth = np.empty(len(time), np.uint8)
        first = np.zeros((len(starts), len(STRETCHES)), np.int64)
        _mark(starts, time, np.array(STRETCHES, np.int64), depth, first)
        return cls(depth, np.cumsum(first, axis=0, out=first))

    @property
    def counts(self) -> list[int]:
        """Number of stretches of each length."""
        counts: list[int] = self.first[-1].tolist()
        return counts

    def locate(
        self, starts: IntArray, time: IntArray, user: IntArray, when: IntArray
    ) -> list[tuple[IntArray, BoolArray]]:
        """For each length the stretch in which each of other ratings lies, and whether there is one.

        Args:
            starts: as in `of`.
            time: as in `of`.
            user: ``(m,)`` rows of the users.
            when: ``(m,)`` Unix seconds, `NO_TIME` where unknown: these lie in none.
        """
        located: list[tuple[IntArray, BoolArray]] = []
        for length, seconds in enumerate(STRETCHES):
            position = np.empty(len(user), np.int64)
            _search(starts, time, user, when, seconds, position)
            stretch = np.cumsum(self.depth > length, dtype=np.int32) - 1
            is_seen = position >= 0
            located.append((stretch[np.maximum(position, 0)] if len(stretch) else position, is_seen))
        return located


@jit
def _mark(starts: IntArray, time: IntArray, seconds: IntArray, depth: IntArray, first: IntArray) -> None:
    for u in range(starts.shape[0] - 1):
        for n in range(starts[u], starts[u + 1]):
            depth[n] = seconds.shape[0]
            if n > starts[u] and time[n] != NO_TIME:
                depth[n] = 0
                for s in range(seconds.shape[0]):
                    if time[n] // seconds[s] != time[n - 1] // seconds[s]:
                        depth[n] = s + 1
            for s in range(depth[n]):
                first[u + 1, s] += 1


@jit
def _search(starts: IntArray, time: IntArray, user: IntArray, when: IntArray, seconds: int, position: IntArray) -> None:
    """A rating of the same user in the same stretch of ``seconds``, or -1."""
    for m in range(user.shape[0]):
        if when[m] == NO_TIME:
            position[m] = -1
            continue
        begin = when[m] // seconds * seconds
        low, high = starts[user[m]], starts[user[m] + 1]
        end = high
        while low < high:
            middle = (low + high) // 2
            if time[middle] < begin:
                low = middle + 1
            else:
                high = middle
        position[m] = low if low < end and time[low] - begin < seconds else -1


@jit
def normal(key: int, counter: int) -> float:
    """A standard normal number that depends on ``key`` and ``counter`` only. Source: Box and Muller 1958."""
    radius = math.sqrt(-2.0 * math.log(uniform(key, 2 * counter)))
    return radius * math.cos(2.0 * math.pi * uniform(key, 2 * counter + 1))


@jit
def add_offsets(
    starts: IntArray,
    depth: IntArray,
    first: IntArray,
    weights: tuple[FloatArray, ...],
    sign: float,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Add ``sign`` times the offsets of all lengths to ``out``, ``(n,)``, for the ratings of some users.

    Args:
        starts: see `Sessions.of`.
        depth: see `Sessions`.
        first: see `Sessions`.
        weights: for each length ``(stretches,)``.
        sign: 1 or -1.
        out: changed in place.
        start: first user.
        stop: past the last.
    """
    lengths = first.shape[1]
    above, place = np.zeros(lengths + 1), np.empty(lengths, np.int64)
    for u in range(start, stop):
        place[:] = first[u]
        for n in range(starts[u], starts[u + 1]):
            for s in range(depth[n] - 1, -1, -1):
                above[s] = above[s + 1] + weights[s][place[s]]
                place[s] += 1
            out[n] += sign * above[0]


@jit
def draw_offsets(
    starts: IntArray,
    depth: IntArray,
    first: IntArray,
    error: FloatArray,
    weight: FloatArray,
    mean: FloatArray,
    precision: FloatArray,
    keys: IntArray,
    weights: tuple[FloatArray, ...],
    sums: FloatArray,
    start: int,
    stop: int,
) -> None:
    r"""Draw the offsets of all lengths of some users at once, given everything else.

    An offset w of a stretch with precision p and weighed sum l of errors tells the stretch around it

    .. math:: p' = \frac{\lambda p}{\lambda + p}, \quad l' = \frac{\lambda (l - p \mu)}{\lambda + p}

    and, the sum t of the offsets around it known, :math:`w \sim N((\lambda \mu + l - p t) / (\lambda + p), 1 / (\lambda
    + p))`: once from the shortest stretches to the longest, and once back.

    Args:
        starts: see `Sessions.of`.
        depth: see `Sessions`.
        first: see `Sessions`.
        error: ``(n,)`` what the offsets of a rating are to add up to.
        weight: ``(n,)`` precision of each rating.
        mean: ``(lengths,)`` of the prior of each length.
        precision: ``(lengths,)``.
        keys: ``(lengths,)`` of the random numbers.
        weights: for each length ``(stretches,)``, filled.
        sums: ``(n_users, lengths, 2)``, filled with the sums of the offsets and of their squares around the mean.
        start: first user.
        stop: past the last.

    Source: Carter and Kohn 1994 (forward filtering, backward sampling), on a tree.

    Cost: O(ratings).
    """
    lengths, longest = first.shape[1], 0
    for u in range(start, stop):
        longest = max(longest, starts[u + 1] - starts[u])
    p, linear = np.empty((lengths, longest)), np.empty((lengths, longest))
    above, count = np.zeros((lengths + 1, longest)), np.empty(lengths, np.int64)
    parent = np.zeros((lengths, longest), np.int32)
    for u in range(start, stop):
        count[:] = 0
        for n in range(starts[u], starts[u + 1]):
            for s in range(depth[n] - 1, -1, -1):
                parent[s, count[s]] = count[s + 1] - 1 if s + 1 < lengths else 0
                p[s, count[s]] = 0.0
                linear[s, count[s]] = 0.0
                count[s] += 1
            p[0, count[0] - 1] += weight[n]
            linear[0, count[0] - 1] += weight[n] * error[n]
        for s in range(lengths - 1):
            for c in range(count[s]):
                share = precision[s] / (precision[s] + p[s, c])
                p[s + 1, parent[s, c]] += share * p[s, c]
                linear[s + 1, parent[s, c]] += share * (linear[s, c] - p[s, c] * mean[s])
        for s in range(lengths - 1, -1, -1):
            total, squares = 0.0, 0.0
            for c in range(count[s]):
                around, place, q = above[s + 1, parent[s, c]], first[u, s] + c, precision[s] + p[s, c]
                drawn = (precision[s] * mean[s] + linear[s, c] - p[s, c] * around) / q
                weights[s][place] = drawn + normal(keys[s], place) / math.sqrt(q)
                above[s, c] = around + weights[s][place]
                total += weights[s][place]
                squares += (weights[s][place] - mean[s]) ** 2
            sums[u, s, 0] = total
            sums[u, s, 1] = squares
