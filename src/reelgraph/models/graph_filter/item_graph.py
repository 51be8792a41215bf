"""The weighted item graph of the training ratings: as a dense matrix, or as a product with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from reelgraph._util.subsample import subsample
from reelgraph.core import Catalogue, FloatArray, IdIndex, IntArray, Interactions, Matrix, unit_rating
from reelgraph.data import features
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers.graph_entries import entries, user_weights
from reelgraph.scorers.graph_kernels import Targets, TimeFactors, add_gram, add_kernel_product
from reelgraph.scorers.later_ratings import weights_of_breaks_after

_FEATURE_ROWS = 1024  # rows of the features' part taken together


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

    Where one of two times is unknown, their :math:`K_{ab}` is 0.

    Args:
        rated: ``(n_users, n_items)`` CSR float64, entries of the ratings.
        times: ``(nnz,)`` int64, Unix seconds, `NO_TIME` where unknown; zeros where there are none at all.
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
        rated, factors = self.rated.astype(dtype), self.time_factors(dtype)
        targets = Targets.of(rated, factors, rated.indptr[:-1], ends_at_own=True)
        add_gram(gram, targets, rated, factors, self.weight, self.session_weight, is_lower=True)
        if self.feature_weight:
            _add_feature_gram(gram, self.item_features, self.feature_weight)
        return gram

    def time_factors(self, dtype: type[np.floating], unknown_before: int = 0) -> TimeFactors | None:
        """The factors of the time kernel, see `TimeFactors.of`; None without one."""
        if not self.session_weight:
            return None
        return TimeFactors.of(self.times, self.time_scale, dtype, unknown_before=unknown_before)

    def diagonal(self) -> FloatArray:
        """The diagonal of G, ``(n_items,)`` float64."""
        weight = np.repeat(self.weight, np.diff(self.rated.indptr))
        rating_squares = np.bincount(self.rated.indices, weight * self.rated.data**2, minlength=self.n_items)
        squares: FloatArray = rating_squares + self.feature_weight * self.item_features.power(2).sum(axis=1)
        return squares

    def product(self, block: FloatArray) -> FloatArray:
        """``G @ block``, ``(n_items, k)`` float64, without forming G. Cost: O(ratings k)."""
        result = (1.0 - self.session_weight) * (self.rated.T @ (self.weight[:, None] * (self.rated @ block)))
        if self.feature_weight:
            result += self.feature_weight * (self.item_features @ (self.item_features.T @ block))
        if self.session_weight:
            rated, times = self._by_time
            add_kernel_product(
                rated.indptr,
                rated.indices,
                rated.data,
                times,
                self.session_weight * self.weight,
                self.time_scale,
                np.ascontiguousarray(block),
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
        times: ``(nnz,)`` int64, Unix seconds, `NO_TIME` where unknown; None where none is known.
        counts: ``(n_users,)`` ratings of each person in the whole catalogue.
        unit_stars: the rating that counts 1 in the graph: four fifths of the highest one, or a view where there are no
            stars. It depends on the scale only, so that nobody's ratings change what those of others count.
        item_features: ``(n_items, n_features)`` CSR float64.
        has_stars: False for views and counts, of which only the pattern is used.
        breaks_after: ``(nnz,)`` float64, of `weights_of_breaks_after
            <reelgraph.scorers.later_ratings.weights_of_breaks_after>`; None without times.
    """

    stars: Matrix
    times: IntArray | None
    counts: IntArray
    unit_stars: float
    item_features: Matrix
    has_stars: bool = True
    breaks_after: FloatArray | None = None

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
            None if times is None else weights_of_breaks_after(stars.indptr, times.data),
        )

    def within(self, items: IntArray) -> GraphSource:
        """The same people on the ``items`` only, ``(n,)`` item rows ascending; their counts stay those of all items."""
        position = np.full(self.stars.shape[1], -1, np.int32)
        position[items] = np.arange(len(items))
        is_kept = position[self.stars.indices] >= 0
        indptr = np.concatenate([[0], np.cumsum(is_kept)])[self.stars.indptr]
        shape = (self.stars.shape[0], len(items))
        return dataclasses.replace(
            self,
            stars=Matrix((self.stars.data[is_kept], position[self.stars.indices[is_kept]], indptr), shape=shape),
            times=None if self.times is None else self.times[is_kept],
            breaks_after=None if self.breaks_after is None else self.breaks_after[is_kept],
            item_features=self.item_features[items],
        )

    def sample(self, n_people: int, max_ratings: int, seed: int) -> GraphSource:
        """Some people who rated anything here, drawn by ``seed``, with their newest ratings (any, without times).

        Counts stay those of all their ratings, so the weights of people stay theirs.

        Args:
            n_people: as many; all where there are fewer.
            max_ratings: of one person, at most.
            seed: of the draws.
        """
        rng = np.random.default_rng(np.random.SeedSequence([seed, n_people, max_ratings]))
        people = subsample(np.flatnonzero(np.diff(self.stars.indptr)), n_people, rng)
        starts, lengths = self.stars.indptr[people], np.diff(self.stars.indptr)[people]
        places = []
        for start, length in zip(starts, lengths, strict=True):
            of_person = np.arange(start, start + length)
            if length > max_ratings:
                age = rng.random(length) if self.times is None else -self.times[start : start + length]
                of_person = np.sort(of_person[np.argsort(age, kind="stable")[:max_ratings]])
            places.append(of_person)
        sampled = np.concatenate(places) if places else np.empty(0, np.int64)
        indptr = np.concatenate([[0], np.cumsum([len(of_person) for of_person in places], dtype=np.int64)])
        shape = (len(people), self.stars.shape[1])
        return dataclasses.replace(
            self,
            stars=Matrix((self.stars.data[sampled], self.stars.indices[sampled], indptr), shape=shape),
            times=None if self.times is None else self.times[sampled],
            breaks_after=None if self.breaks_after is None else self.breaks_after[sampled],
            counts=self.counts[people],
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
