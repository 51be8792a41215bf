"""Search for the settings of a graph filter that rank the validation part best, one setting at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import EvalPart, FloatArray, IntArray
from reelgraph.core.display import counted
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.later import has_breaks
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.models.graph_filter.validation_ndcg import ValidationNdcg, comes_later, restricted
from reelgraph.models.validation_gain import counted_people, is_gain
from reelgraph.scorers.graph_entries import user_weights

_LOW_PASS_AT_START = 0.1  # better than 0 wherever ratings were held back at random: docs/models/graph-filter.md
_RIDGE_OF_LATER = 16.0  # times the given ridge, where the search begins with what is rated later
_SEARCHED_WITH_LATER = ("user_weight", "ridge", "low_pass_weight", "later_weight")  # the others gain nothing there
_FAR_ERRORS, _FAR_SHARE = 3.0, 0.15  # a beginning that is worse by both is given up
_MIN_ITEMS = 500  # ranked, where there are so many

#: Values to try for each setting, searched in this order; the current value joins them.
_LADDERS: dict[str, Callable[[float], tuple[float, ...]]] = {
    "recency": lambda current: (0.0, 0.03, 0.1, 0.2, 0.4),
    "user_weight": lambda current: (0.0, 0.25, 0.5, 0.75, 1.0),
    "ridge": lambda current: tuple(current * 2.0**step for step in range(-6, 7)),
    "dropout": lambda current: (0.0, 0.1, 0.2, 0.33, 0.5),
    "session_weight": lambda current: (0.0, 0.5, 0.8, 0.9),
    "feature_weight": lambda current: (0.0, 0.1, 0.5, 2.0),
    "rating_power": lambda current: (0.0, 0.5, 1.0),
    "low_pass_weight": lambda current: (0.0, 0.1, 0.3),
    "later_weight": lambda current: (0.0, 0.25, 0.5, 1.0),
}


@dataclass(frozen=True)
class SearchLimits:
    """How much of the data the search looks at; what it costs does not grow beyond that.

    Args:
        n_ranked_people: validation people, drawn by the seed.
        n_items: the most rated movies; a held-back rating of another one counts as missed.
        rating_share: no more of them than hold this share of the ratings, but `_MIN_ITEMS`: the many movies that few
            people have rated cost most and decide nothing.
        n_graph_people: training people whose ratings make the graph, drawn by the seed. The ridge and the weight of
            the features are absolute numbers and stay as they are.
        max_ratings: the newest ratings of each of them that enter.
        n_starts: 2 for both starting points, 1 for the given settings alone.
        fixed: settings that stay as they are.
    """

    n_ranked_people: int = 4000
    n_items: int = 4000
    rating_share: float = 0.8
    n_graph_people: int = 20_000
    max_ratings: int = 2000
    n_starts: int = 2
    fixed: tuple[str, ...] = ()

    def most_rated(self, counts: IntArray, n_modelled: int) -> IntArray:
        """Rows of the movies that are looked at, ascending.

        Args:
            counts: ``(n_items,)`` ratings of each movie.
            n_modelled: no more than these.
        """
        by_count = np.argsort(-counts, kind="stable")[: min(self.n_items, n_modelled)]
        n_with_share = int(np.searchsorted(np.cumsum(counts[by_count]), self.rating_share * counts.sum())) + 1
        return np.sort(by_count[: max(n_with_share, _MIN_ITEMS)])


QUICK_LIMITS = SearchLimits(n_ranked_people=1500, n_items=1500, n_graph_people=6000, max_ratings=500)


@dataclass(frozen=True)
class SettingsSearchResult:
    """The settings found, and what they were measured on.

    Args:
        settings: the best settings.
        initial_ndcg: NDCG@10 of the validation users with the settings the search started from.
        best_ndcg: the same with the best settings.
        n_trials: number of settings tried.
        n_users: number of validation users, or of their targets where each is ranked on its own.
        people: how many they are, in words.
        n_items: number of movies ranked.
        n_graph_users: number of people whose ratings made the graph.
    """

    settings: FilterSettings
    initial_ndcg: float
    best_ndcg: float
    n_trials: int
    n_users: int
    people: str
    n_items: int
    n_graph_users: int

    def __str__(self) -> str:
        names = [name for name in _LADDERS if name in _searchable(self.settings)]
        values = ", ".join(f"{name} {getattr(self.settings, name):.4g}" for name in names)
        return (
            f"chosen by NDCG@10 of {self.people} on "
            f"the {counted(self.n_items, 'most rated movie')}, from "
            f"the ratings of {counted(self.n_graph_users, 'person')}, in {counted(self.n_trials, 'trial')} "
            f"({self.initial_ndcg:.4f} at the start, {self.best_ndcg:.4f} as chosen): {values}"
        )


def search_settings(
    settings: FilterSettings,
    source: GraphSource,
    valid: EvalPart,
    seed: int,
    on_trial: Callable[[int, float], None],
    limits: SearchLimits | None = None,
) -> SettingsSearchResult | None:
    """Coordinate ascent on NDCG@10 of the validation users, starting from ``settings`` and from another point.

    Both have a low pass where it is searched. The other point is one for ratings held back by time: what people
    rate later, with a large ridge and no time kernel, or else no weights of people and no time kernel. A beginning that
    is far behind the other is given up. A step must gain more than the standard error of its gain over the users, so
    that few users move little, and so must the second ascent over the first. The matrix is that of the forms ``dense``
    and ``head`` on the most rated movies, in float32. Only the training ratings and ``valid`` are read.

    Args:
        settings: where to start.
        source: the training ratings.
        valid: the validation part.
        seed: draws the users and the people of the graph, where there are too many.
        on_trial: called after each trial with its number and the best NDCG@10 so far.
        limits: how much of the data is looked at.

    Returns:
        None where no user of the part has a held-back rating.

    Cost: some 30 trials, each one inverse of at most 4,000 movies and a ranking of 4,000 users.
    """
    limits = limits or SearchLimits()
    user_positions = np.flatnonzero(np.diff(valid.target.indptr))
    if not len(user_positions):
        return None
    rng = np.random.default_rng(np.random.SeedSequence([seed, limits.n_ranked_people]))
    user_positions = subsample(user_positions, limits.n_ranked_people, rng)
    counts = np.bincount(source.stars.indices, minlength=source.stars.shape[1])
    items = limits.most_rated(counts, settings.n_modelled(len(counts)))
    n_relevant = np.diff(valid.target.indptr)[user_positions]
    sample = source.within(items).sample(limits.n_graph_people, limits.max_ratings, seed)
    objective = ValidationNdcg(sample, restricted(valid, user_positions, items), n_relevant, seed)
    without_effect = ["session_weight"] if source.times is None else []
    without_effect += [] if source.item_features.shape[1] else ["feature_weight"]
    without_effect += [] if source.has_stars else ["rating_power"]
    without_effect += [] if has_breaks(source) else ["later_weight"]
    without_effect += [] if comes_later(valid) else ["recency"]
    names = [name for name in _searchable(settings) if name not in (*without_effect, *limits.fixed)]
    if "low_pass_weight" in names and not settings.low_pass_weight:
        settings = dataclasses.replace(settings, low_pass_weight=_LOW_PASS_AT_START)
    trials = _Trials(objective, source.counts, on_trial)
    first = _CoordinateAscent(settings, trials, names)
    initial_ndcg, ascents = first.best_ndcg, [first]
    if limits.n_starts > 1:
        ascents += _ascents_by_time(settings, names, trials)
    if "recency" in names:  # it may bring more than all others, so beginnings are compared with it
        for ascent in ascents:
            ascent.improve("recency")
    promising = [ascent for ascent in ascents if not any(ascent.is_far_behind(other) for other in ascents)]
    for ascent in promising:
        ascent.improve_all()
    best = promising[0]
    for ascent in promising[1:]:
        best = ascent if ascent.is_better_than(best) else best
    return SettingsSearchResult(
        best.settings,
        initial_ndcg,
        best.best_ndcg,
        trials.n_trials,
        len(user_positions),
        counted_people(valid.users[user_positions]),
        len(items),
        sample.stars.shape[0],
    )


def _ascents_by_time(settings: FilterSettings, names: Sequence[str], trials: _Trials) -> list[_CoordinateAscent]:
    """The beginning from what suits ratings held back by time, if that is another one.

    It is what people rate later, or no weights of people and no time kernel where that is not searched or has no weight
    that ranks better than none.
    """
    if "later_weight" in names:
        start = {"later_weight": 1.0, "ridge": settings.ridge * _RIDGE_OF_LATER, "session_weight": 0.0}
        changed: dict[str, Any] = {name: value for name, value in start.items() if name in names}
        ascent = _CoordinateAscent(
            dataclasses.replace(settings, **changed), trials, [name for name in names if name in _SEARCHED_WITH_LATER]
        )
        ascent.improve("later_weight")
        if ascent.settings.later_weight:
            return [ascent]
    by_time = dataclasses.replace(_with_setting(settings, "user_weight", 0.0, trials.user_counts), session_weight=0.0)
    return [] if by_time == settings else [_CoordinateAscent(by_time, trials, names)]


class _Trials:
    """What is tried, and how good the best was.

    Args:
        objective: NDCG@10 of each user.
        user_counts: ratings of the people of the graph.
        on_trial: see `search_settings`.
    """

    def __init__(
        self, objective: ValidationNdcg, user_counts: IntArray, on_trial: Callable[[int, float], None]
    ) -> None:
        self.user_counts, self.n_trials, self.best_ndcg = user_counts, 0, 0.0
        self._objective, self._on_trial = objective, on_trial

    def measure(self, settings: FilterSettings, is_better: Callable[[FloatArray], bool]) -> FloatArray | None:
        """NDCG@10 of each user if it is better."""
        user_ndcg = self._objective(settings)
        is_taken = is_better(user_ndcg)
        if is_taken:
            self.best_ndcg = max(self.best_ndcg, float(user_ndcg.mean()))
        self.n_trials += 1
        self._on_trial(self.n_trials, self.best_ndcg)
        return user_ndcg if is_taken else None


class _CoordinateAscent:
    """The best settings so far, the NDCG@10 that each user has with them, and the names of those that it improves."""

    def __init__(self, settings: FilterSettings, trials: _Trials, names: Sequence[str]) -> None:
        user_ndcg = trials.measure(settings, lambda _: True)
        assert user_ndcg is not None
        self.settings, self._user_ndcg, self._trials, self._names = settings, user_ndcg, trials, names

    @property
    def best_ndcg(self) -> float:
        """Mean NDCG@10 over the users with the best settings."""
        return float(self._user_ndcg.mean())

    def is_better_than(self, other: _CoordinateAscent) -> bool:
        """Whether its settings are better by more than chance."""
        return is_gain(self._user_ndcg - other._user_ndcg)

    def is_far_behind(self, other: _CoordinateAscent) -> bool:
        """Whether it is worse than another beginning by more than an ascent may gain: not worth going on."""
        gap = other._user_ndcg - self._user_ndcg
        return is_gain(gap, _FAR_ERRORS) and bool(gap.mean() > _FAR_SHARE * other.best_ndcg)

    def improve_all(self) -> None:
        """Improve each setting in turn."""
        for name in self._names:
            self.improve(name)

    def improve(self, name: str) -> None:
        """Raise one setting step by step while that gains; lower it where raising it gains nothing."""
        initial_value = getattr(self.settings, name)
        values = sorted({*_LADDERS[name](initial_value), initial_value})
        start = position = values.index(initial_value)
        for step in (1, -1):
            while 0 <= position + step < len(values) and self._accept(
                _with_setting(self.settings, name, values[position + step], self._trials.user_counts)
            ):
                position += step
            if position != start:
                return

    def _accept(self, settings: FilterSettings) -> bool:
        """Try ``settings``, and take them if they are better."""
        user_ndcg = self._trials.measure(settings, lambda user_ndcg: is_gain(user_ndcg - self._user_ndcg))
        if user_ndcg is not None:
            self.settings, self._user_ndcg = settings, user_ndcg
        return user_ndcg is not None


def _searchable(settings: FilterSettings) -> tuple[str, ...]:
    """Names of the settings to search: those that have an effect and that ``settings`` does not fix."""
    fixed = [] if settings.closed_form else ["ridge", "dropout", "low_pass_weight", "later_weight"]
    if settings.spectral_weight or settings.chebyshev_weight or settings.form == "low-rank":
        fixed.append("low_pass_weight")
    if settings.form == "low-rank":
        fixed.append("later_weight")
    return tuple(name for name in _LADDERS if name not in fixed)


def _with_setting(settings: FilterSettings, name: str, value: float, user_counts: IntArray) -> FilterSettings:
    """``settings`` with one of them changed; a new ``user_weight`` keeps the ridge's share of the mean user weight."""
    changed: dict[str, Any] = {name: value}
    if name == "user_weight":
        old, new = (np.mean(user_weights(user_counts, exponent)) for exponent in (settings.user_weight, value))
        changed["ridge"] = float(settings.ridge * new / old)
    return dataclasses.replace(settings, **changed)
