"""From the training data to the problem that the sampler solves: fields, feature graphs, ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reelgraph.core import FitContext, FloatArray, IntArray, Interactions, Matrix, RatingScale, require_stars
from reelgraph.data import features
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField, spans, with_neighbours
from reelgraph.models.bayes_gcn.gibbs_chain import GibbsProblem, Output
from reelgraph.models.bayes_gcn.rating_order import BLOCK_RATINGS, by_user_and_time
from reelgraph.models.bayes_gcn.sessions import Sessions

_MAX_DAYS = 1 << 20  # between the first and the last date, up to which dates are numbered by counting


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
        problem: fields and ratings, these sorted by user, time and item.
        time: ``(n,)`` int64 Unix seconds in that order, `NO_TIME` where unknown; empty where no field needs them.
        profile: ``(n_users, features)`` CSR of the profile features, columns as the user field's profile groups.
        days: ``(dates,)`` int64 days since 1970, ascending; -1 stands for all unknown times. Empty without dates.
        levels: ``(levels,)`` stars.
        centre: stars at f = 0 (normal output).
        unit: stars for one unit of f (normal output).
    """

    problem: GibbsProblem
    time: IntArray
    profile: Matrix
    days: IntArray
    levels: FloatArray
    centre: float
    unit: float


def prepare(train: Interactions, context: FitContext, model: FieldSettings) -> PreparedProblem:
    """The fields of ``train`` with the feature graphs that the model asks for and the data has.

    Cost: O(ratings), counting sorts; about 40 bytes a rating stay, 60 with dates.
    """
    scale = require_stars(train, "bayes-gcn")
    order, starts = by_user_and_time(train.user_row, train.item_row, train.timestamp, train.n_users, train.n_items)
    has_dates, time = model.dates and train.timestamp is not None, np.zeros(0, np.int64)
    if train.timestamp is not None and (model.dates or model.session_effects):
        time = train.timestamp[order].astype(np.int64, copy=False)
    codes = np.empty((3 if has_dates else 2, len(train)), np.int32)
    codes[0], codes[1] = np.repeat(np.arange(train.n_users, dtype=np.int32), np.diff(starts)), train.item_row[order]
    days = _number_days(time, codes[2]) if has_dates else np.zeros(0, np.int64)
    fields, profile = _fields(codes, days, train, context, model)
    rating = train.rating[order]
    centre, unit = float(np.mean(rating, dtype=np.float64)), float(np.std(rating, dtype=np.float64))
    unit = unit if unit > 0 else 1.0
    levels = scale.levels()
    problem = GibbsProblem(
        fields,
        codes,
        model.dim,
        model.output,
        (rating.astype(np.float64) - centre) / unit if model.output == "gaussian" else np.zeros(0),
        _levels(rating, scale),
        len(levels),
        Sessions.of(starts, time) if model.session_effects and len(time) else None,
        personal_noise=model.personal_noise,
    )
    return PreparedProblem(problem, time, profile, days, levels, centre, unit)


def _levels(rating: FloatArray, scale: RatingScale) -> IntArray:
    """Level of each rating, ``(n,)`` int8, block by block: `RatingScale.level_of` takes 32 bytes a rating."""
    level = np.empty(len(rating), np.int8)
    for start in range(0, len(rating), BLOCK_RATINGS):
        part = slice(start, start + BLOCK_RATINGS)
        level[part] = scale.level_of(rating[part])
    return level


def _fields(
    codes: IntArray, days: IntArray, train: Interactions, context: FitContext, model: FieldSettings
) -> tuple[tuple[RatingField, ...], Matrix]:
    user, item = [FeatureGroup.ids(train.n_users)], [FeatureGroup.ids(train.n_items)]
    empty = np.zeros(0, np.int64)
    profile = Matrix((empty, empty, np.zeros(train.n_users + 1, np.int64)), shape=(train.n_users, 0))
    if model.features and context.catalogue is not None:
        for name, block in features.items(context.catalogue, train.items.ids).items():
            item.append(FeatureGroup.of(name, block.matrix))
    if model.features and context.profiles is not None:
        blocks = features.users(context.profiles, train.users.ids)
        user += [FeatureGroup.of(name, block.matrix) for name, block in blocks.items()]
        profile = features.concatenate(blocks.values(), train.n_users)
    fields = (
        RatingField.of("user", codes, 0, train.n_users, tuple(user)),
        RatingField.of("item", codes, 1, train.n_items, tuple(item)),
    )
    if model.neighbours:
        fields = with_neighbours(*fields)
    if len(codes) < 3:
        return fields, profile
    return (*fields, RatingField.of("date", codes, 2, len(days), (FeatureGroup.ids(len(days)),))), profile


def _number_days(time: IntArray, out: IntArray) -> IntArray:
    """Fill ``out`` with the place of each rating's day among all days of ratings, which are returned, ascending."""
    day = spans(time, 1)
    first, last = (int(day.min()), int(day.max())) if len(day) else (0, 0)
    if last - first >= _MAX_DAYS:
        days, out[:] = np.unique(day, return_inverse=True)
        return days
    day -= first
    is_used = np.zeros(last - first + 1, np.bool_)
    is_used[day] = True
    out[:] = (np.cumsum(is_used, dtype=np.int32) - 1)[day]
    return np.flatnonzero(is_used) + first
