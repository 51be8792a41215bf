"""From the training data to the problem that the sampler solves: fields, feature graphs, ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from reelgraph.core import BoolArray, EvalPart, FitContext, FloatArray, IntArray, Interactions, Matrix, require_stars
from reelgraph.data import features
from reelgraph.models.bayes_gcn import kernels
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField, neighbours, one_hot, spans
from reelgraph.models.bayes_gcn.gibbs_chain import Chain, GibbsProblem, Output

MOMENTS = (1, 60, 3_600, 86_400)  # seconds; each a multiple of the one before


class FieldSettings(Protocol):
    """The settings of `bayes-gcn` that determine the fields."""

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
    def session_effects(self) -> bool: ...  # noqa: D102
    @property
    def personal_noise(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class PreparedProblem:
    """The problem, and what is needed to predict ratings that are not in it.

    Args:
        problem: fields and ratings.
        profile: ``(n_users, features)`` CSR of the profile features, columns as the user field's profile groups.
        days: ``(dates,)`` int64 days since 1970, ascending; empty without dates.
        moment_keys: for each length of `MOMENTS` the (person, stretch) keys, ascending; empty without moments.
        levels: ``(levels,)`` stars.
        centre: stars at f = 0 (normal output).
        unit: stars for one unit of f (normal output).
    """

    problem: GibbsProblem
    profile: Matrix
    days: IntArray
    moment_keys: tuple[IntArray, ...]
    levels: FloatArray
    centre: float
    unit: float


def prepare(train: Interactions, context: FitContext, model: FieldSettings) -> PreparedProblem:
    """The fields of ``train`` with the feature graphs that the model asks for and the data has."""
    fields, profile = _user_and_item_fields(train, context, model)
    days, keys = np.zeros(0, np.int64), tuple[IntArray, ...]()
    if model.dates and train.timestamp is not None:
        days, code = np.unique(spans(train.timestamp, 1), return_inverse=True)
        fields.append(RatingField.of("date", code, len(days), (FeatureGroup.ids(len(days)),)))
    if model.session_effects and train.timestamp is not None:
        moment, keys = _moments(train.user_row, train.timestamp)
        fields.append(moment)
    scale = require_stars(train, "bayes-gcn")
    levels = scale.levels()
    level = scale.level_of(train.rating)
    centre, unit = float(np.mean(train.rating, dtype=np.float64)), float(np.std(train.rating, dtype=np.float64))
    unit = unit if unit > 0 else 1.0
    problem = GibbsProblem(
        tuple(fields),
        model.dim,
        model.output,
        (train.rating.astype(np.float64) - centre) / unit,
        level.astype(np.int32),
        len(levels),
        personal_noise=model.personal_noise,
    )
    return PreparedProblem(problem, profile, days, keys, levels, centre, unit)


def _user_and_item_fields(
    train: Interactions, context: FitContext, model: FieldSettings
) -> tuple[list[RatingField], Matrix]:
    user, item = [FeatureGroup.ids(train.n_users)], [FeatureGroup.ids(train.n_items)]
    empty = np.zeros(0, np.int64)
    profile = Matrix((empty, empty, np.zeros(train.n_users + 1, np.int64)), shape=(train.n_users, 0))
    if model.neighbours:
        rated = train.matrix()
        user.append(FeatureGroup.of("neighbours", neighbours(rated)))
        item.append(FeatureGroup.of("neighbours", neighbours(Matrix(rated.T.tocsr()))))
    if model.features and context.catalogue is not None:
        for name, block in features.items(context.catalogue, train.items.ids).items():
            item.append(FeatureGroup.of(name, block.matrix))
    if model.features and context.profiles is not None:
        blocks = features.users(context.profiles, train.users.ids)
        user += [FeatureGroup.of(name, block.matrix) for name, block in blocks.items()]
        profile = features.concatenate(blocks.values(), train.n_users)
    fields = [
        RatingField.of("user", train.user_row, train.n_users, tuple(user)),
        RatingField.of("item", train.item_row, train.n_items, tuple(item)),
    ]
    return fields, profile


def _stretch_keys(user_row: IntArray, time: IntArray, seconds: int) -> IntArray:
    """One number for each pair of a user and a stretch of time."""
    return user_row.astype(np.int64) * (1 << 40) + time // seconds


def _moments(user_row: IntArray, time: IntArray) -> tuple[RatingField, tuple[IntArray, ...]]:
    finest, code = np.unique(_stretch_keys(user_row, time, MOMENTS[0]), return_inverse=True)
    user, second = finest >> 40, (finest & ((1 << 40) - 1)) * MOMENTS[0]
    keys = [_stretch_keys(user, second, seconds) for seconds in MOMENTS]
    groups = tuple(one_hot(f"{seconds} s", key) for seconds, key in zip(MOMENTS, keys, strict=True))
    field = RatingField.of("moment", code, len(finest), groups, bias_only=True)
    return field, tuple(np.unique(key) for key in keys)


class ValidationMonitor:
    """RMSE of the validation ratings of training users, predicted by the mean of the draws so far.

    Args:
        setup: the problem.
        part: the validation part.
        user_degree: ``(n_users,)`` training ratings of each user; users without any are left out.
    """

    def __init__(self, setup: PreparedProblem, part: EvalPart | None, user_degree: IntArray) -> None:
        self.setup, self.count = setup, 0
        needs_times = len(setup.days) > 0 or len(setup.moment_keys) > 0
        if part is None or (needs_times and part.target_time is None):
            is_used, user = np.zeros(0, np.bool_), np.zeros(0, np.int64)
        else:
            user = np.repeat(part.users, np.diff(part.target.indptr))
            is_used = user_degree[user] > 0
        self.user, self.total = user[is_used], np.zeros(int(is_used.sum()))
        self.stars = np.zeros(0, np.float32) if part is None else part.target.data[: len(is_used)][is_used]
        items = np.zeros(0, np.int64) if part is None else part.target.indices[: len(is_used)][is_used]
        self.columns = [self.user, items]
        self.session_offsets: list[tuple[IntArray, BoolArray]] = []  # of each length: index, and whether it was seen
        if part is not None and part.target_time is not None and needs_times:
            self._add_times(part.target_time.data[is_used])

    def _add_times(self, time: IntArray) -> None:
        """The date and the stretches of time of each rating, where the problem has such fields."""
        setup = self.setup
        if len(setup.days):
            index = np.searchsorted(setup.days, spans(time, 1))
            self.columns.append(np.minimum(index, len(setup.days) - 1))
        for seconds, keys in zip(MOMENTS, setup.moment_keys, strict=False):
            rating_keys = _stretch_keys(self.user, time, seconds)
            index = np.minimum(np.searchsorted(keys, rating_keys), len(keys) - 1)
            self.session_offsets.append((index, keys[index] == rating_keys))

    def ratings(self) -> FloatArray:
        """The validation ratings used, as numbers to hash."""
        return np.stack([self.user, self.columns[1], self.stars]).astype(np.float64) if self else np.zeros(0)

    def __bool__(self) -> bool:
        return len(self.total) > 0

    def add(self, chain: Chain) -> None:
        """Add the predictions of a chain's current state."""
        fitted = np.empty(len(self.total))
        codes = np.stack([column + chain.parts[k].start for k, column in enumerate(self.columns)]).astype(np.int32)
        kernels.predict(codes, chain.table, chain.offset, fitted, 0, len(fitted))
        for g, (index, is_seen) in enumerate(self.session_offsets):
            fitted += np.where(is_seen, chain.weights[-1][g][index, 0], chain.mean[-1][g][0])
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
        """RMSE of the mean prediction, clipped to the scale, stars."""
        mean = np.clip(self.total / self.count, self.setup.levels[0], self.setup.levels[-1])
        return float(np.sqrt(np.mean(np.square(mean - self.stars))))
