"""From ratings and what is known around them to the fields of the sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from reelgraph.core import EvalPart, FitContext, FloatArray, IntArray, Interactions, Matrix
from reelgraph.data import features
from reelgraph.models.bayes_gcn import kernels
from reelgraph.models.bayes_gcn.feature_graphs import Field, Group, neighbours, one_hot, spans
from reelgraph.models.bayes_gcn.gibbs_chain import Chain, Output, Problem

MOMENTS = (1, 60, 3_600, 86_400)  # seconds; each a multiple of the one before


class Settings(Protocol):
    """The settings of `bayes-gcn` that say what the fields are."""

    @property
    def dim(self) -> int: ...  # noqa: D102
    @property
    def output(self) -> Output: ...  # noqa: D102
    @property
    def neighbours(self) -> bool: ...  # noqa: D102
    @property
    def features(self) -> bool: ...  # noqa: D102
    @property
    def dates(self) -> bool: ...  # noqa: D102
    @property
    def moments(self) -> bool: ...  # noqa: D102
    @property
    def personal_noise(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class Setup:
    """The problem and what is needed to ask about ratings that are not in it.

    Args:
        problem: fields and ratings.
        profile: ``(n_users, features)`` CSR of the profile features, columns as the user field's profile groups.
        days: ``(dates,)`` int64 days since 1970, ascending; empty without dates.
        moment_keys: for each length of `MOMENTS` the (person, stretch) keys, ascending; empty without moments.
        levels: ``(levels,)`` stars.
        centre: stars at f = 0 (normal output).
        unit: stars for one unit of f (normal output).
    """

    problem: Problem
    profile: Matrix
    days: IntArray
    moment_keys: tuple[IntArray, ...]
    levels: FloatArray
    centre: float
    unit: float


def prepare(train: Interactions, context: FitContext, model: Settings) -> Setup:
    """The fields of ``train`` with the feature graphs that the model asks for and the data has."""
    fields, profile = _sides(train, context, model)
    days, keys = np.zeros(0, np.int64), tuple[IntArray, ...]()
    if model.dates and train.timestamp is not None:
        days, code = np.unique(spans(train.timestamp, 1), return_inverse=True)
        fields.append(Field.of("date", code, len(days), (Group.ids(len(days)),)))
    if model.moments and train.timestamp is not None:
        moment, keys = _moments(train.user_row, train.timestamp)
        fields.append(moment)
    levels = train.scale.levels()
    level = np.clip(np.round((train.rating - train.scale.low) / train.scale.step), 0, len(levels) - 1)
    centre, unit = float(np.mean(train.rating, dtype=np.float64)), float(np.std(train.rating, dtype=np.float64))
    unit = unit if unit > 0 else 1.0
    problem = Problem(
        tuple(fields),
        model.dim,
        model.output,
        (train.rating.astype(np.float64) - centre) / unit,
        level.astype(np.int32),
        len(levels),
        personal_noise=model.personal_noise,
    )
    return Setup(problem, profile, days, keys, levels, centre, unit)


def _sides(train: Interactions, context: FitContext, model: Settings) -> tuple[list[Field], Matrix]:
    user, item = [Group.ids(train.n_users)], [Group.ids(train.n_items)]
    none = np.zeros(0, np.int64)
    profile = Matrix((none, none, np.zeros(train.n_users + 1, np.int64)), shape=(train.n_users, 0))
    if model.neighbours:
        rated = train.matrix()
        user.append(Group.of("neighbours", neighbours(rated)))
        item.append(Group.of("neighbours", neighbours(Matrix(rated.T.tocsr()))))
    if model.features and context.catalogue is not None:
        for name, side in features.items(context.catalogue, train.items.ids).items():
            item.append(Group.of(name, side.matrix))
    if model.features and context.profiles is not None:
        known = features.users(context.profiles, train.users.ids)
        user += [Group.of(name, side.matrix) for name, side in known.items()]
        profile = features.joined(known.values(), train.n_users)
    sides = [
        Field.of("user", train.user_row, train.n_users, tuple(user)),
        Field.of("item", train.item_row, train.n_items, tuple(item)),
    ]
    return sides, profile


def _keys(user_row: IntArray, time: IntArray, seconds: int) -> IntArray:
    """One number for each person and stretch of time."""
    return user_row.astype(np.int64) * (1 << 40) + time // seconds


def _moments(user_row: IntArray, time: IntArray) -> tuple[Field, tuple[IntArray, ...]]:
    finest, code = np.unique(_keys(user_row, time, MOMENTS[0]), return_inverse=True)
    user, second = finest >> 40, (finest & ((1 << 40) - 1)) * MOMENTS[0]
    keys = [_keys(user, second, seconds) for seconds in MOMENTS]
    groups = tuple(one_hot(f"{seconds} s", key) for seconds, key in zip(MOMENTS, keys, strict=True))
    field = Field.of("moment", code, len(finest), groups, bias_only=True)
    return field, tuple(np.unique(key) for key in keys)


class Watch:
    """Follows the RMSE of known people's validation ratings, predicted by the mean of the draws so far.

    Args:
        setup: the problem.
        part: the validation part.
        known: ``(n_users,)`` whether a person has training ratings; others are left out.
    """

    def __init__(self, setup: Setup, part: EvalPart | None, known: IntArray) -> None:
        self.setup, self.total, self.count = setup, np.zeros(0), 0
        if part is None:
            return
        user = np.repeat(part.users, np.diff(part.target.indptr))
        here = known[user] > 0
        self.user, self.stars = user[here], part.target.data[here]
        self.columns = [self.user, part.target.indices[here]]
        self.total, self.moments = np.zeros(len(self.stars)), []
        if not len(setup.days) and not setup.moment_keys:
            return
        if part.target_time is None:
            self.total = np.zeros(0)  # nothing to follow: the fields need times
            return
        time = part.target_time.data[here]
        if len(setup.days):
            place = np.searchsorted(setup.days, spans(time, 1))
            self.columns.append(np.minimum(place, len(setup.days) - 1))
        for seconds, keys in zip(MOMENTS, setup.moment_keys, strict=False):
            wanted = _keys(self.user, time, seconds)
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            self.moments.append((place, keys[place] == wanted))

    def followed(self) -> FloatArray:
        """The ratings followed, as numbers to take a hash of."""
        return np.stack([self.user, self.columns[1], self.stars]).astype(np.float64) if self else np.zeros(0)

    def __bool__(self) -> bool:
        return len(self.total) > 0

    def add(self, chain: Chain) -> None:
        """Add the predictions of a chain's present state."""
        fitted = np.empty(len(self.total))
        codes = np.stack([column + chain.parts[k].start for k, column in enumerate(self.columns)]).astype(np.int32)
        kernels.predict(codes, chain.table, chain.offset, fitted, 0, len(fitted))
        for g, (place, found) in enumerate(self.moments):
            fitted += np.where(found, chain.weights[-1][g][place, 0], chain.mean[-1][g][0])
        self.total += self._stars(chain, fitted)
        self.count += 1

    def _stars(self, chain: Chain, fitted: FloatArray) -> FloatArray:
        if chain.problem.output == "gaussian":
            return self.setup.centre + self.setup.unit * fitted
        root = np.sqrt(chain.scales[self.user])[:, None]
        above = 1.0 - special.ndtr((chain.cuts - fitted[:, None]) * root)
        levels = self.setup.levels
        stars: FloatArray = levels[0] + above @ np.diff(levels)
        return stars

    def rmse(self) -> float:
        """Of the mean of what was added, clipped to the scale, stars."""
        mean = np.clip(self.total / self.count, self.setup.levels[0], self.setup.levels[-1])
        return float(np.sqrt(np.mean(np.square(mean - self.stars))))
