"""Search for the settings of a graph filter that rank the validation part best, one setting at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Matrix
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers import ItemFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import user_weights

_MAX_ITEMS = 4000  # the search ranks the most rated movies only; a held-back rating of another one counts as missed
_MAX_USERS = 2000
_K = 10
_MIN_GAIN = 1e-4  # a setting moves only for a larger gain, and only for one above its own standard error

#: Values to try for each setting, searched in this order; the current value joins them.
_LADDERS: dict[str, Callable[[float], tuple[float, ...]]] = {
    "user_weight": lambda current: (0.0, 0.25, 0.5, 0.75, 1.0),
    "ridge": lambda current: tuple(current * 2.0**step for step in range(-6, 7)),
    "dropout": lambda current: (0.0, 0.1, 0.2, 0.33, 0.5),
    "session_weight": lambda current: (0.0, 0.5, 0.8, 0.9),
    "feature_weight": lambda current: (0.0, 0.1, 0.5, 2.0),
    "rating_power": lambda current: (0.0, 0.5, 1.0),
    "spectral_weight": lambda current: (0.0, 0.03, 0.1, 0.3),
}


@dataclass(frozen=True)
class SettingsSearchResult:
    """The settings found, and what they were measured on.

    Args:
        settings: the best settings.
        initial_ndcg: NDCG@10 of the validation users with the settings the search started from.
        best_ndcg: the same with the best settings.
        n_trials: number of settings tried.
        n_users: number of validation users.
        n_items: number of movies ranked.
    """

    settings: FilterSettings
    initial_ndcg: float
    best_ndcg: float
    n_trials: int
    n_users: int
    n_items: int

    def __str__(self) -> str:
        names = [name for name in _LADDERS if name in _searchable(self.settings)]
        values = ", ".join(f"{name} {getattr(self.settings, name):.4g}" for name in names)
        return (
            f"chosen by NDCG@10 of {self.n_users:,} validation people on the {self.n_items:,} most rated movies in "
            f"{self.n_trials} trials ({self.initial_ndcg:.4f} as given, {self.best_ndcg:.4f} as chosen): {values}"
        )


def search_settings(
    settings: FilterSettings,
    source: GraphSource,
    valid: EvalPart,
    seed: int,
    on_trial: Callable[[int, float], None],
) -> SettingsSearchResult | None:
    """Coordinate ascent on NDCG@10 of the validation users, starting from ``settings``.

    A step must gain more than the standard error of its gain over the users, so that few users move little. Only the
    training ratings and ``valid`` are read.

    Args:
        settings: where to start.
        source: the training ratings.
        valid: the validation part.
        seed: draws the users, where there are more than 2,000.
        on_trial: called after each trial with its number and the best NDCG@10 so far.

    Returns:
        None where no user of the part has a held-back rating.

    Cost: some 15 trials, each one factorisation of at most 4,000 movies.
    """
    user_positions = np.flatnonzero(np.diff(valid.target.indptr))
    if not len(user_positions):
        return None
    if len(user_positions) > _MAX_USERS:
        rng = np.random.default_rng(np.random.SeedSequence([seed, _MAX_USERS]))
        user_positions = np.sort(rng.choice(user_positions, _MAX_USERS, replace=False))
    counts = np.bincount(source.stars.indices, minlength=source.stars.shape[1])
    items = np.sort(np.argsort(-counts, kind="stable")[:_MAX_ITEMS])
    n_relevant = np.diff(valid.target.indptr)[user_positions]
    objective = _ValidationNdcg(source.within(items), _restricted(valid, user_positions, items), n_relevant, seed)
    ascent = _CoordinateAscent(settings, objective, source.counts, on_trial)
    initial_ndcg = ascent.best_ndcg
    without_effect = ["session_weight"] if source.times is None else []
    without_effect += [] if source.item_features.shape[1] else ["feature_weight"]
    without_effect += [] if source.has_stars else ["rating_power"]
    for name in _searchable(settings):
        if name not in without_effect:
            ascent.improve(name)
    return SettingsSearchResult(
        ascent.settings, initial_ndcg, ascent.best_ndcg, ascent.n_trials, len(user_positions), len(items)
    )


class _CoordinateAscent:
    """The best settings so far and the NDCG@10 that each user has with them."""

    def __init__(
        self,
        settings: FilterSettings,
        objective: _ValidationNdcg,
        user_counts: IntArray,
        on_trial: Callable[[int, float], None],
    ) -> None:
        self.settings, self.n_trials, self._user_ndcg = settings, 1, objective(settings)
        self._objective, self._user_counts, self._on_trial = objective, user_counts, on_trial
        on_trial(self.n_trials, self.best_ndcg)

    @property
    def best_ndcg(self) -> float:
        """Mean NDCG@10 over the users with the best settings."""
        return float(self._user_ndcg.mean())

    def improve(self, name: str) -> None:
        """Raise one setting step by step while that gains; lower it where raising it gains nothing."""
        initial_value = getattr(self.settings, name)
        values = sorted({*_LADDERS[name](initial_value), initial_value})
        start = position = values.index(initial_value)
        for step in (1, -1):
            while 0 <= position + step < len(values) and self._accept(
                _with_setting(self.settings, name, values[position + step], self._user_counts)
            ):
                position += step
            if position != start:
                return

    def _accept(self, settings: FilterSettings) -> bool:
        """Try ``settings``, and take them if they are better."""
        user_ndcg = self._objective(settings)
        gain = user_ndcg - self._user_ndcg
        is_better = bool(gain.mean() > max(_MIN_GAIN, gain.std() / np.sqrt(len(gain))))
        if is_better:
            self.settings, self._user_ndcg = settings, user_ndcg
        self.n_trials += 1
        self._on_trial(self.n_trials, self.best_ndcg)
        return is_better


def _searchable(settings: FilterSettings) -> tuple[str, ...]:
    """Names of the settings to search: those that have an effect and that ``settings`` does not fix."""
    fixed = [] if settings.closed_form else ["ridge", "dropout", "spectral_weight"]
    if settings.exact_updates:
        fixed.append("spectral_weight")
    return tuple(name for name in _LADDERS if name not in fixed)


def _with_setting(settings: FilterSettings, name: str, value: float, user_counts: IntArray) -> FilterSettings:
    """``settings`` with one of them changed; a new ``user_weight`` keeps the ridge's share of the mean user weight."""
    changed: dict[str, Any] = {name: value}
    if name == "user_weight":
        old, new = (np.mean(user_weights(user_counts, exponent)) for exponent in (settings.user_weight, value))
        changed["ridge"] = float(settings.ridge * new / old)
    return dataclasses.replace(settings, **changed)


def _restricted(part: EvalPart, user_positions: IntArray, items: IntArray) -> EvalPart:
    """The part with some of its users and items only."""

    def cut(matrix: Matrix) -> Matrix:
        block = matrix[user_positions][:, items]
        block.sort_indices()
        return Matrix(block)

    candidates = None
    if part.candidates is not None:
        candidates = np.flatnonzero(np.isin(items, part.candidates))
    return EvalPart(
        part.users[user_positions], cut(part.history), cut(part.target), cut(part.seen), candidates=candidates
    )


class _ValidationNdcg:
    """NDCG@10 as a function of the settings; item graphs are cached while only later steps change.

    Equal scores count by their expected value, as in `evaluate`.

    Args:
        source: the training ratings of the items ranked.
        part: the validation part on the same items.
        n_relevant: ``(n_users,)`` held-back ratings of each user in the whole catalogue.
        seed: of the spectral part.
    """

    def __init__(self, source: GraphSource, part: EvalPart, n_relevant: IntArray, seed: int) -> None:
        self.source, self.part, self.n_relevant, self.seed = source, part, n_relevant, seed
        self._grams: dict[tuple[float, ...], FloatArray] = {}
        self._low_pass_cache: tuple[tuple[float, ...], FloatArray] | None = None
        features = source.item_features
        self._feature_gram = (features @ features.T).toarray() if features.shape[1] else None

    def __call__(self, settings: FilterSettings) -> FloatArray:
        """NDCG@10 of each user, ``(n_users,)``."""
        gram = self._gram(settings)
        weights = np.zeros(gram.shape, np.float32)
        if settings.spectral_weight:
            weights += np.float32(settings.spectral_weight) * self._low_pass(settings, gram)
        if settings.chebyshev_weight:
            coefficients = closed_forms.plateau(settings.degree, settings.flatness)
            weights += np.float32(settings.chebyshev_weight) * closed_forms.polynomial(
                closed_forms.mirrored(gram), coefficients
            )
        if settings.closed_form:
            autoencoder = np.empty_like(weights)
            inverse = closed_forms.inverse(gram, settings.ridge, settings.dropout)
            kernels.autoencoder(inverse, settings.closed_form, autoencoder)
            weights += autoencoder
        unit_stars = self.source.unit_stars
        scorer = ItemFilterScorer(np.empty(0), weights, 0.0, 0.0, 0.0, 0.0, 1.0, settings.rating_power, unit_stars)
        return ndcg(rank_hits(scorer, self.part, self.part.target, _K).hits, self.n_relevant)

    def _gram(self, settings: FilterSettings) -> FloatArray:
        """The item graph's lower triangle, a new array, as a sum of cached graphs."""
        session_weight = settings.session_weight if self.source.times is not None else 0.0
        gram = (1.0 - session_weight) * self._cached_gram(settings, 0.0)
        if session_weight:
            gram += session_weight * self._cached_gram(settings, 1.0)
        if settings.feature_weight and self._feature_gram is not None:
            gram += settings.feature_weight * self._feature_gram
        return gram

    def _cached_gram(self, settings: FilterSettings, session_weight: float) -> FloatArray:
        key = (settings.user_weight, settings.rating_power, settings.time_scale, session_weight)
        if key not in self._grams:
            if len(self._grams) >= 4:  # those of the best settings and those of the trial
                del self._grams[next(iter(self._grams))]
            graph = self.source.graph(
                user_weight=settings.user_weight,
                rating_power=settings.rating_power,
                session_weight=session_weight,
                time_scale=settings.time_scale,
                feature_weight=0.0,
            )
            self._grams[key] = graph.dense()
        return self._grams[key]

    def _low_pass(self, settings: FilterSettings, gram: FloatArray) -> FloatArray:
        names = ("user_weight", "rating_power", "time_scale", "session_weight", "feature_weight", "cutoff")
        key = tuple(float(getattr(settings, name)) for name in names)
        if self._low_pass_cache is None or self._low_pass_cache[0] != key:
            low_pass = closed_forms.spectral(closed_forms.mirrored(gram), settings.cutoff, self.seed)
            self._low_pass_cache = (key, low_pass)
        return self._low_pass_cache[1]
