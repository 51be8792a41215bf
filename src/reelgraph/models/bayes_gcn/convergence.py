"""When the draws are enough: what more of them would change in the predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Matrix
from reelgraph.models.bayes_gcn import posterior_draws
from reelgraph.models.bayes_gcn.posterior_draws import Draw
from reelgraph.models.bayes_gcn.problem import PreparedProblem

BATCH = 10  # sweeps whose draws are folded in together
_MIN_BATCHES = 4
_PEOPLE = 64
_HELD = 5  # without a validation part, every fifth rating of a person is predicted from the others


@dataclass(frozen=True)
class SamplePeople:
    """People who are folded in, and ratings of theirs that are predicted.

    Args:
        history: ``(people, n_items)`` CSR, stars.
        target: ``(people, n_items)`` CSR, stars that are predicted.
        history_time: times of ``history``, or None.
        target_time: times of ``target``, or None.
        users: ``(people,)`` rows of the users.
    """

    history: Matrix
    target: Matrix
    history_time: Matrix | None
    target_time: Matrix | None
    users: IntArray

    @classmethod
    def of(cls, setup: PreparedProblem, part: EvalPart | None) -> SamplePeople:
        """64 people with validation ratings, or of the training ratings where there are none, evenly spread."""
        if part is None or part.target.nnz == 0:
            return cls.of_training(setup, _PEOPLE)
        rows = _spread(np.flatnonzero(np.diff(part.target.indptr)), _PEOPLE)
        history_time, target_time = (
            None if times is None else times[rows] for times in (part.history_time, part.target_time)
        )
        return cls(part.history[rows], part.target[rows], history_time, target_time, part.users[rows])

    @classmethod
    def of_training(cls, setup: PreparedProblem, most: int) -> SamplePeople:
        """At most so many people, evenly spread; every fifth of their training ratings is predicted from the others."""
        return _of_training(setup, most)


class DrawConvergence:
    r"""Follows the mean prediction for a few people, folded in as the scorer will do it.

    With A and B the mean predictions of the first and of the second half of the draws, the mean of all of them is

    .. math:: D = \tfrac 1 4 \, \overline{(A - B)^2}

    away from that of infinitely many draws, in mean square: D contains what neighbouring draws have in common and what
    the chain still drifts. More draws would lower the RMSE by about D / (2 RMSE).

    Args:
        setup: the problem.
        people: who is folded in.

    Source: the two halves of split-R-hat (Gelman et al. 2013, section 11.4), on the quantity of interest.
    """

    def __init__(self, setup: PreparedProblem, people: SamplePeople) -> None:
        self._setup, self._people = setup, people
        self.batches: list[FloatArray] = []  # mean predictions (targets,) of every batch of draws

    def add(self, draws: Sequence[Draw]) -> None:
        """Fold the people in by the draws of the next `BATCH` sweeps."""
        people = self._people
        predicted = posterior_draws.scorer(draws, self._setup, "mean").rate_at(
            people.history,
            people.target,
            history_time=people.history_time,
            target_time=people.target_time,
            users=people.users,
        )
        self.batches.append(predicted.stars[0].astype(np.float64))

    def remaining(self) -> float:
        """About how much more draws would lower the RMSE, stars; infinite as long as there are too few to say."""
        n = len(self.batches)
        if n < _MIN_BATCHES or self._people.target.nnz == 0:
            return float("inf")
        half = n // 2
        first, second = (np.mean(part, axis=0) for part in (self.batches[:half], self.batches[half:]))
        distance = float(np.mean(np.square(first - second))) * half * (n - half) / n**2
        square = float(np.mean(np.square(np.mean(self.batches, axis=0) - self._people.target.data)))
        return distance / (2.0 * math.sqrt(max(square, 1e-12)))


def _spread(rows: IntArray, most: int) -> IntArray:
    chosen: IntArray = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(np.int64))]
    return chosen


def _of_training(setup: PreparedProblem, most: int) -> SamplePeople:
    problem, starts = setup.problem, setup.problem.fields[0].indptr
    users = _spread(np.flatnonzero(np.diff(starts) > 1), most)
    position = np.concatenate([np.arange(starts[u], starts[u + 1]) for u in users.tolist()] or [np.zeros(0, np.int64)])
    person = np.repeat(np.arange(len(users)), np.diff(starts)[users])
    is_held = (position - starts[users][person]) % _HELD == 0
    values = [setup.levels[problem.level[position]].astype(np.float32)]
    if len(setup.time):
        values.append(setup.time[position])
    shape = (len(users), problem.fields[1].entities)
    parts: list[list[Matrix | None]] = []
    for is_in_part in (~is_held, is_held):
        order = np.lexsort((problem.codes[1, position[is_in_part]], person[is_in_part]))
        columns = problem.codes[1, position[is_in_part]][order]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(person[is_in_part], minlength=len(users)))])
        matrices: list[Matrix | None] = [
            Matrix((value[is_in_part][order], columns, indptr), shape=shape) for value in values
        ]
        parts.append([*matrices, None][:2])
    (history, history_time), (target, target_time) = parts
    assert history is not None
    assert target is not None
    return SamplePeople(history, target, history_time, target_time, users)
