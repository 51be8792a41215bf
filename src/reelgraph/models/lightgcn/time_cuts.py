"""Cuts in time of people's ratings: what came before is their history, what came after is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import NO_TIME, BoolArray, IntArray, Interactions
from reelgraph.scorers.later_ratings import PAUSE


@dataclass(frozen=True)
class TimeCuts:
    """The breaks between the sessions of each person; ratings whose time is unknown are on neither side of them.

    Args:
        starts: ``(n_users + 1,)`` where each person's breaks begin.
        break_time: ``(n_breaks,)`` int64 Unix seconds of the first rating after each break.
        times: ``(nnz,)`` int64 Unix seconds of all ratings, person by person; `NO_TIME` where unknown.
    """

    starts: IntArray
    break_time: IntArray
    times: IntArray

    @classmethod
    def of_train(cls, train: Interactions) -> TimeCuts | None:
        """The breaks of training ratings; None where they have no times or nobody made a break."""
        times = train.times()
        cuts = None if times is None else cls.of(times.indptr, times.data)
        return None if cuts is None or not len(cuts.break_time) else cuts

    @classmethod
    def of(cls, indptr: IntArray, times: IntArray) -> TimeCuts:
        """The breaks in the times ``(nnz,)`` of the people whose ratings begin at ``indptr``. Cost: one sort."""
        person = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
        by_time = np.lexsort((times, person))
        ordered = times[by_time]  # person by person, as before
        is_break = np.zeros(len(times), np.bool_)
        is_break[1:] = (np.diff(ordered) >= PAUSE) & (person[1:] == person[:-1]) & (ordered[:-1] != NO_TIME)
        starts = np.concatenate([[0], np.cumsum(is_break)])[indptr]
        return cls(starts, ordered[is_break], times)

    def has_break(self) -> BoolArray:
        """The people with a break, ``(n_users,)``."""
        has: BoolArray = np.diff(self.starts) > 0
        return has

    def sides(
        self, people: IntArray, places: IntArray, counts: IntArray, rng: np.random.Generator
    ) -> tuple[BoolArray, BoolArray]:
        """Which ratings come before a break drawn for each of ``people`` and which after it, ``(n,)`` each.

        All come after it for a person without a break.

        Args:
            people: ``(b,)`` rows.
            places: ``(n,)`` places of their ratings, person by person.
            counts: ``(b,)`` how many each of them has.
            rng: draws the breaks.
        """
        n_breaks = np.diff(self.starts)[people]
        drawn = self.starts[people] + (rng.random(len(people)) * n_breaks).astype(np.int64)
        cut = np.full(len(people), np.iinfo(np.int64).min)
        cut[n_breaks > 0] = self.break_time[drawn[n_breaks > 0]]
        times = self.times[places]
        is_known, before = times != NO_TIME, times < np.repeat(cut, counts)
        return before & is_known, ~before & is_known
