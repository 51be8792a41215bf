"""The weighted item graph of the training ratings: as a dense matrix, or as a product with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from reelgraph._util.numba_jit import jit
from reelgraph.core import Catalogue, FloatArray, IdIndex, IntArray, Interactions, Matrix, unit_rating
from reelgraph.data import features
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers.graph_entries import entries, user_weights

_FEATURE_ROWS = 1024  # rows of the features' part taken together
_SPAN = 600.0  # time scales that a person's ratings may span so that the exponentials of half of it stay in float64


@jit
def _add_gram(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    times: IntArray,
    weight: FloatArray,
    session_weight: float,
    time_scale: float,
    out: FloatArray,
) -> None:
    """Add the graph to the lower triangle of ``out``; the items of a person ascend, so writes run along rows."""
    max_count = 0
    for user in range(indptr.shape[0] - 1):
        max_count = max(max_count, indptr[user + 1] - indptr[user])
    rise, fall, similarity = np.empty(max_count), np.empty(max_count), np.ones(max_count)
    for user in range(indptr.shape[0] - 1):
        first, count = indptr[user], indptr[user + 1] - indptr[user]
        if count == 0:
            continue
        fits_float = False
        if session_weight > 0.0:
            user_times = times[first : first + count]
            mid_time, span = (user_times.min() + user_times.max()) // 2, user_times.max() - user_times.min()
            fits_float = span < _SPAN * time_scale
            if fits_float:
                for a in range(count):
                    rise[a] = np.exp((user_times[a] - mid_time) / time_scale)
                    fall[a] = 1.0 / rise[a]
        for a in range(count):
            if fits_float:  # e^-|x - y| without an exponential
                for b in range(a + 1):
                    similarity[b] = 1.0 - session_weight + session_weight * min(rise[a] * fall[b], rise[b] * fall[a])
            elif session_weight > 0.0:
                for b in range(a + 1):
                    similarity[b] = (
                        1.0 - session_weight + session_weight * np.exp(-abs(user_times[a] - user_times[b]) / time_scale)
                    )
            row, weighted_value = out[indices[first + a]], weight[user] * values[first + a]
            for b in range(a + 1):
                row[indices[first + b]] += weighted_value * values[first + b] * similarity[b]


@jit
def _add_kernel_product(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    times: IntArray,
    weight: FloatArray,
    time_scale: float,
    vector: FloatArray,
    out: FloatArray,
) -> None:
    """Add ``sum_u w_u X_u' K_u X_u vector`` to ``out``; the ratings of a person ascend in time.

    Going forth and back, the sum over all earlier ratings fades by one factor from each rating to the next.
    """
    for user in range(indptr.shape[0] - 1):
        first, end = indptr[user], indptr[user + 1]
        faded = 0.0
        for a in range(first, end):
            if a > first:
                faded *= np.exp(-(times[a] - times[a - 1]) / time_scale)
            faded += values[a] * vector[indices[a]]
            out[indices[a]] += weight[user] * values[a] * faded
        faded = 0.0
        for a in range(end - 2, first - 1, -1):
            faded += values[a + 1] * vector[indices[a + 1]]
            faded *= np.exp(-(times[a + 1] - times[a]) / time_scale)
            out[indices[a]] += weight[user] * values[a] * faded


def _add_feature_gram(gram: FloatArray, item_features: Matrix, weight: float) -> None:
    """Add ``weight * F F'`` to the lower triangle of ``gram``, some rows at a time."""
    for start in range(0, len(gram), _FEATURE_ROWS):
        stop = min(start + _FEATURE_ROWS, len(gram))
        block = (item_features[start:stop] @ item_features[:stop].T).toarray()
        gram[start:stop, :stop] += weight * np.tril(block, start)


@dataclass(frozen=True)
class ItemGraph:
    r"""The item graph of the ratings and of the movies' features.

    .. math:: G = \sum_u w_u X_u' ((1 - s) 11' + s K_u) X_u + \gamma F F', \quad K_{ab} = e^{-|t_a - t_b| / \tau}

    Args:
        rated: ``(n_users, n_items)`` CSR float64, entries of the ratings.
        times: ``(nnz,)`` int64, Unix seconds; zeros where there are none.
        weight: ``(n_users,)`` float64, w.
        session_weight: s; 0 where there are no times.
        time_scale: :math:`\tau`, seconds.
        item_features: ``(n_items, n_features)`` CSR float64, F.
        feature_weight: :math:`\gamma`.
    """

    rated: Matrix
    times: IntArray
    weight: FloatArray
    session_weight: float
    time_scale: float
    item_features: Matrix
    feature_weight: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.rated.shape[1])

    def dense(self, dtype: type[np.floating] = np.float64) -> FloatArray:
        """G, ``(n_items, n_items)``, its lower triangle only. Cost: O(sum of squared ratings a person)."""
        gram = np.zeros((self.n_items, self.n_items), dtype)
        rated = self.rated
        _add_gram(
            rated.indptr, rated.indices, rated.data, self.times, self.weight, self.session_weight, self.time_scale, gram
        )
        if self.feature_weight:
            _add_feature_gram(gram, self.item_features, self.feature_weight)
        return gram

    def diagonal(self) -> FloatArray:
        """The diagonal of G, ``(n_items,)`` float64."""
        weight = np.repeat(self.weight, np.diff(self.rated.indptr))
        rating_squares = np.bincount(self.rated.indices, weight * self.rated.data**2, minlength=self.n_items)
        squares: FloatArray = rating_squares + self.feature_weight * self.item_features.power(2).sum(axis=1)
        return squares

    def product(self, vector: FloatArray) -> FloatArray:
        """``G @ vector``, ``(n_items,)`` float64, without forming G. Cost: O(ratings)."""
        result = (1.0 - self.session_weight) * (self.rated.T @ (self.weight * (self.rated @ vector)))
        if self.feature_weight:
            result += self.feature_weight * (self.item_features @ (self.item_features.T @ vector))
        if self.session_weight:
            rated, times = self._by_time
            _add_kernel_product(
                rated.indptr,
                rated.indices,
                rated.data,
                times,
                self.session_weight * self.weight,
                self.time_scale,
                np.ascontiguousarray(vector),
                result,
            )
        return np.asarray(result)

    @cached_property
    def _by_time(self) -> tuple[Matrix, IntArray]:
        user = np.repeat(np.arange(len(self.weight)), np.diff(self.rated.indptr))
        order = np.lexsort((self.times, user))
        rated = sparse.csr_array(
            (self.rated.data[order], self.rated.indices[order], self.rated.indptr), shape=self.rated.shape
        )
        return rated, self.times[order]


@dataclass(frozen=True)
class GraphSource:
    """The training data of an item graph, before any setting is applied.

    Args:
        stars: ``(n_users, n_items)`` CSR float32.
        times: ``(nnz,)`` int64, Unix seconds, or None.
        counts: ``(n_users,)`` ratings of each person in the whole catalogue.
        unit_stars: the rating that counts 1 in the graph: four fifths of the highest one, or a view where there are no
            stars. It depends on the scale only, so that nobody's ratings change what those of others count.
        item_features: ``(n_items, n_features)`` CSR float64.
        has_stars: False for views and counts, of which only the pattern is used.
    """

    stars: Matrix
    times: IntArray | None
    counts: IntArray
    unit_stars: float
    item_features: Matrix
    has_stars: bool = True

    @classmethod
    def of(cls, train: Interactions, catalogue: Catalogue | None) -> GraphSource:
        """The source of the training ratings; genres and decades are the features."""
        stars, times = train.matrix(), train.times()
        return cls(
            stars,
            None if times is None else times.data,
            np.diff(stars.indptr),
            unit_rating(train.scale),
            _item_features(catalogue, train.items),
            train.scale is not None,
        )

    def within(self, items: IntArray) -> GraphSource:
        """The same people on the ``items`` only, ``(n,)`` item rows ascending; their counts stay those of all items."""
        position = np.full(self.stars.shape[1], -1)
        position[items] = np.arange(len(items))
        is_kept = position[self.stars.indices] >= 0
        indptr = np.concatenate([[0], np.cumsum(is_kept)])[self.stars.indptr]
        shape = (self.stars.shape[0], len(items))
        return dataclasses.replace(
            self,
            stars=Matrix((self.stars.data[is_kept], position[self.stars.indices[is_kept]], indptr), shape=shape),
            times=None if self.times is None else self.times[is_kept],
            item_features=self.item_features[items],
        )

    def graph(
        self,
        *,
        user_weight: float,
        rating_power: float,
        session_weight: float,
        time_scale: float,
        feature_weight: float,
    ) -> ItemGraph:
        """The graph under settings of the same names as those of `GraphFilter`."""
        values = entries(self.stars.data, rating_power, self.unit_stars)
        has_times = self.times is not None
        return ItemGraph(
            sparse.csr_array((values, self.stars.indices, self.stars.indptr), shape=self.stars.shape),
            self.times if self.times is not None else np.zeros(len(values), np.int64),
            user_weights(self.counts, user_weight),
            session_weight if has_times else 0.0,
            time_scale,
            self.item_features,
            feature_weight if self.item_features.shape[1] else 0.0,
        )

    def graph_of(self, settings: FilterSettings) -> ItemGraph:
        """The graph under the settings of a model."""
        return self.graph(
            user_weight=settings.user_weight,
            rating_power=settings.rating_power,
            session_weight=settings.session_weight,
            time_scale=settings.time_scale,
            feature_weight=settings.feature_weight,
        )


def _item_features(catalogue: Catalogue | None, items: IdIndex) -> Matrix:
    if catalogue is None:
        return Matrix((len(items), 0), dtype=np.float64)
    blocks = features.items(catalogue, items.ids)
    return features.concatenate((blocks["genres"], blocks["year"]), len(items)).astype(np.float64)
