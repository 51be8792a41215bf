"""NDCG@10 of the validation people as a function of the settings of a graph filter."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Matrix
from reelgraph.core.errors import LeakError
from reelgraph.data.splitting.leak_checks import check_order
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.later import drawn_people, rated_later, scale_between
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers import ItemFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.item_filter.low_pass import low_pass
from reelgraph.scorers.item_filter.recent import with_recency

_K = 10


@dataclass
class _Parts:
    """W without what is rated later, the inverse it is made from, and that part once it was asked for."""

    settings: FilterSettings
    weights: FloatArray
    inverse: FloatArray | None
    later: FloatArray | None = None


def restricted(part: EvalPart, user_positions: IntArray, items: IntArray) -> EvalPart:
    """The part with some of its users and items only."""

    def cut(matrix: Matrix) -> Matrix:
        block = matrix[user_positions][:, items]
        block.sort_indices()
        return Matrix(block)

    candidates = None
    if part.candidates is not None:
        candidates = np.flatnonzero(np.isin(items, part.candidates))
    history_times, target_times, positions = (
        None if matrix is None else cut(matrix)
        for matrix in (part.history_time, part.target_time, part.history_position)
    )
    return EvalPart(
        part.users[user_positions], cut(part.history), cut(part.target), cut(part.seen), history_times, target_times,
        candidates, history_position=positions,
    )  # fmt: skip


def comes_later(part: EvalPart) -> bool:
    """Whether the order of the histories is known, and no target is older than a rating of its history."""
    try:
        check_order(part, "valid")
    except LeakError:
        return False
    return True


class ValidationNdcg:
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
        self._later_cache: tuple[float, FloatArray] | None = None
        self._parts: _Parts | None = None
        self._low_pass_cache: tuple[tuple[float, ...], FloatArray] | None = None
        features = source.item_features
        self._feature_gram = (features @ features.T).toarray().astype(np.float32) if features.shape[1] else None

    def __call__(self, settings: FilterSettings) -> FloatArray:
        """NDCG@10 of each user, ``(n_users,)``."""
        weights = self._weights(settings)
        unit_stars = self.source.unit_stars
        scorer = ItemFilterScorer(np.empty(0), weights, 0.0, 0.0, 0.0, 0.0, 1.0, settings.rating_power, unit_stars)
        scorer = with_recency(scorer, settings.recency)
        return ndcg(rank_hits(scorer, self.part, self.part.target, _K).hits, self.n_relevant)

    def _weights(self, settings: FilterSettings) -> FloatArray:
        """W; its parts are kept while only the weight of what is rated later changes, or that of the last ratings."""
        fitted = dataclasses.replace(settings, later_weight=0.0, recency=0.0)
        if self._parts is None or self._parts.settings != fitted:
            self._parts = None  # its memory is needed
            self._parts = _Parts(fitted, *self._without_later(fitted))
        if not settings.later_weight:
            return self._parts.weights
        if self._parts.later is None:
            self._parts.later = self._later_part(self._parts)
        return self._parts.weights + np.float32(settings.later_weight) * self._parts.later

    def _later_part(self, parts: _Parts) -> FloatArray:
        """What is rated later, so scaled that it varies as much as the other parts."""
        inverse, rating_power = parts.inverse, parts.settings.rating_power
        assert inverse is not None
        kernels.mirror(inverse)
        later: FloatArray = inverse @ self._rated_later(rating_power)
        people = drawn_people(self.source, rating_power, self.seed)
        later *= np.float32(scale_between(parts.weights.T @ people, later.T @ people))
        return later

    def _rated_later(self, rating_power: float) -> FloatArray:
        if self._later_cache is None or self._later_cache[0] != rating_power:
            self._later_cache = rating_power, rated_later(self.source, rating_power, np.float32)
        return self._later_cache[1]

    def _without_later(self, settings: FilterSettings) -> tuple[FloatArray, FloatArray | None]:
        """W without what is rated later, and the inverse with its lower triangle; None without a closed form."""
        inverse = None
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
            if settings.low_pass_weight:
                kernels.mirror(inverse)
                left, right = low_pass(inverse, settings.low_pass_cutoff, settings.low_pass_weight)
                weights += left @ right.T
        return weights, inverse

    def _gram(self, settings: FilterSettings) -> FloatArray:
        """The item graph's lower triangle, a new array, as a sum of cached graphs."""
        session_weight = settings.session_weight if self.source.times is not None else 0.0
        gram = np.float32(1.0 - session_weight) * self._cached_gram(settings, 0.0)
        if session_weight:
            gram += np.float32(session_weight) * self._cached_gram(settings, 1.0)
        if settings.feature_weight and self._feature_gram is not None:
            gram += np.float32(settings.feature_weight) * self._feature_gram
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
            self._grams[key] = graph.dense(np.float32)
        return self._grams[key]

    def _low_pass(self, settings: FilterSettings, gram: FloatArray) -> FloatArray:
        names = ("user_weight", "rating_power", "time_scale", "session_weight", "feature_weight", "cutoff")
        key = tuple(float(getattr(settings, name)) for name in names)
        if self._low_pass_cache is None or self._low_pass_cache[0] != key:
            low_pass = closed_forms.spectral(closed_forms.mirrored(gram), settings.cutoff, self.seed)
            self._low_pass_cache = (key, low_pass)
        return self._low_pass_cache[1]
