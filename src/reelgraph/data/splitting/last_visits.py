"""A splitter that holds back what each person rated when they came back another day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import NO_TIME, BoolArray, IntArray, Interactions, config
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.last_ratings import sorter
from reelgraph.data.splitting.splitters import TEST, VALID, Roles, Share

_DAY = 86_400
_MAX_SHARE = 0.5  # of a person's ratings that is held back for one part


@dataclass(frozen=True)
class LastVisits:
    """Each person's last visits are the test, those before them validation, and all earlier ones train.

    A visit begins after a pause. What people rate within one visit tells more about the pages they look at than about
    what they will watch another day; with this splitter whatever is held back comes at least one pause after the rest.

    A part begins with the first visit that lies wholly in the last share of a person's ratings, or with the last visit
    where that is longer than the share and no more than half of the ratings. People who never came back are in train
    only. Of those who can give one part only, half give the test and half validation, drawn by the seed. Ratings whose
    time is unknown are in train, and begin and end no visit. The test folds in the validation ratings too, since they
    are older. People are cut at different times, so train has ratings that
    are younger than another person's test.

    Args:
        valid: share of a person's ratings for validation.
        test: share of a person's ratings for the test.
        pause: seconds without a rating after which a new visit begins.
    """

    kind: ClassVar[str] = "last-visits"
    folds_in_valid: ClassVar[bool] = True
    valid: Share = 0.1
    test: Share = 0.1
    pause: Annotated[int, Field(ge=1)] = _DAY

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge.

        Raises:
            ConfigError: the ratings have no times.

        Cost: O(n log n).
        """
        if interactions.timestamp is None:
            raise ConfigError(
                "split", "the ratings have no times, so nobody's visits are known; take one without, such as per-user"
            )
        count = np.bincount(interactions.user_row, minlength=interactions.n_users).astype(np.int32)
        order = sorter(interactions.user_row, count)((interactions.timestamp, interactions.user_row))
        user, time = interactions.user_row[order], interactions.timestamp[order]
        position = np.arange(len(user), dtype=np.int32)
        position -= (np.cumsum(count, dtype=np.int32) - count)[user]
        begins = position > 0
        begins[1:] &= (time[1:] - time[:-1] >= self.pause) & (time[:-1] != NO_TIME)
        del time
        visits = _Visits(user[begins], position[begins])
        test_from = visits.cut(count, self.test) if self.test else count
        valid_from = visits.cut(test_from, self.valid) if self.valid else test_from
        if self.test and self.valid:
            gives_valid_only = (valid_from == test_from) & (rng.random(len(count)) < 0.5)
            test_from = np.where(gives_valid_only, count, test_from)
        role_in_order = np.zeros(len(user), np.int8)
        role_in_order[position >= valid_from[user]] = VALID
        role_in_order[position >= test_from[user]] = TEST
        role = np.empty_like(role_in_order)
        role[order] = role_in_order
        return Roles(role)


@dataclass(frozen=True)
class _Visits:
    """The beginnings of visits but each person's first.

    Args:
        user: ``(n,)`` rows, ascending.
        position: ``(n,)`` place of the visit's first rating among the person's ratings, ascending within a person.
    """

    user: IntArray
    position: IntArray

    def cut(self, end: IntArray, share: float) -> IntArray:
        """Where the last visits before ``end`` begin, ``(n_users,)``; ``end`` itself for people who have none to give.

        Args:
            end: ``(n_users,)`` number of each person's ratings that count.
            share: see `LastVisits`.
        """
        n_held_back = np.maximum(1, np.floor(share * end + 1e-9).astype(end.dtype))
        is_before: BoolArray = self.position < end[self.user]
        user, position = self.user[is_before], self.position[is_before]
        last, first_late = end.copy(), end.copy()
        last[user] = position  # the last assignment stays, and positions ascend
        is_late = position >= (end - n_held_back)[user]
        first_late[user[is_late][::-1]] = position[is_late][::-1]
        begin = np.where(first_late < end, first_late, last)
        return np.where(end - begin <= _MAX_SHARE * end, begin, end)
