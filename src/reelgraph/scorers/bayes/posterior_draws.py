"""The draws of the Bayesian model, and the posterior of a person given each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self

import numpy as np

from reelgraph.core import NO_TIME, FloatArray, IntArray
from reelgraph.scorers.bayes import predict_kernels
from reelgraph.scorers.bayes.person_posterior import ObservedStars, Posterior, SessionEffectPrior, fold_in
from reelgraph.scorers.bayes.prior import PopulationPrior

_DAY = 86_400
_CACHED_PEOPLE = 8  # people whose fold-in is cached
_SIMILAR_DRAWS = 4
_SIMILAR_DAMPING = 0.3  # curvature that counts against the ratings of similar movies; chosen on validation


@dataclass(frozen=True, repr=False)
class PosteriorDraws:
    """The arrays of a `BayesScorer`, and the posterior of a person given each draw.

    Args:
        item: ``(draws, n_items, d)`` float32, ``[bias, vector]`` of each movie, its convolution done.
        neighbour: ``(draws, n_items, d)`` float32, what a rated movie adds to the person's prior mean; empty when
            unused.
        neighbour_mean: ``(draws, d)`` float32, mean of the neighbour terms over the training people.
        neighbour_covariance: ``(draws, d, d)`` float32, its covariance.
        prior_mean: ``(draws, d)`` float32, of a person's own row.
        prior_precision: ``(draws, d)`` float32, diagonal.
        profile: ``(draws, features, d)`` float32, weight rows of the profile features.
        profile_indptr: ``(n_users + 1,)`` int64, CSR of the known users' features.
        profile_indices: ``(nnz,)`` int32.
        date: ``(draws, dates, d)`` float32, ``[bias, vector]``.
        date_day: ``(dates,)`` int64 days since 1970, ascending; others take the nearest. The first may be -1, for
            training ratings whose time is unknown: only such ratings take it.
        date_drawn: ``(draws, d)`` float32, the date of a training rating, another one in each draw.
        moment_mean: ``(draws, lengths)`` float32, prior mean of the session offsets.
        moment_precision: ``(draws, lengths)`` float32.
        moment_seconds: ``(lengths,)`` int64, lengths of the stretches, each a multiple of the one before.
        offset: ``(draws,)`` float32, :math:`w_0`.
        noise: ``(draws,)`` float32, precision of a rating's noise.
        shape: ``(draws,)`` float32, of the gamma spread of people's own precision; 0 where all have the same.
        cuts: ``(draws, levels - 1)`` float32 cut points; none for a normal output.
        levels: ``(levels,)`` float64 stars.
        centre: stars at f = 0, for a normal output.
        unit: stars for one unit of f, for a normal output.
        point: what ``stars`` are, ``mean`` or ``median`` of the distribution.
        average_profile: ``(draws, d)`` float32, mean of the profile terms over the users; empty while their features
            are there.
        profile_covariance: ``(draws, d, d)`` float32, covariance of the profile terms over the users; likewise.
        similar_weight: weight of what a person's ratings of similar movies say beyond the draws; 0 without it.

    The large arrays, ``item``, ``neighbour``, ``profile`` and ``date``, may be in half precision; all sums are in
    single or double.
    """

    item: FloatArray
    neighbour: FloatArray
    neighbour_mean: FloatArray
    neighbour_covariance: FloatArray
    prior_mean: FloatArray
    prior_precision: FloatArray
    profile: FloatArray
    profile_indptr: IntArray
    profile_indices: IntArray
    date: FloatArray
    date_day: IntArray
    date_drawn: FloatArray
    moment_mean: FloatArray
    moment_precision: FloatArray
    moment_seconds: IntArray
    offset: FloatArray
    noise: FloatArray
    shape: FloatArray
    cuts: FloatArray
    levels: FloatArray
    centre: float
    unit: float
    point: str = "mean"
    average_profile: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    profile_covariance: FloatArray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    similar_weight: float = 0.0

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return int(self.item.shape[1])

    def drop_user(self, user_row: int) -> Self:
        """The scorer without the profile of one known user."""
        if user_row >= len(self.profile_indptr) - 1:
            return self
        start, end = self.profile_indptr[user_row : user_row + 2].tolist()
        lengths = np.delete(np.diff(self.profile_indptr), user_row)
        return dataclasses.replace(
            self,
            profile_indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(self.profile_indptr.dtype),
            profile_indices=np.delete(self.profile_indices, slice(start, end)),
        )

    def without_users(self) -> Self:
        """The scorer without the profiles of known users, but with their mean and covariance."""
        mean, covariance = self._people.average_profile
        return dataclasses.replace(
            self,
            profile_indptr=np.zeros(1, self.profile_indptr.dtype),
            profile_indices=self.profile_indices[:0].copy(),
            average_profile=mean.astype(np.float32),
            profile_covariance=covariance.astype(np.float32),
        )

    @cached_property
    def _dateless(self) -> tuple[FloatArray, FloatArray]:
        """Design and base of all movies on each draw's date, float32, see `_design`."""
        return self._design(self.item, self.date_drawn[:, None, :])

    def _dateless_of(self, items: IntArray | None) -> tuple[FloatArray, FloatArray]:
        """As `_dateless`, of some items, which leaves no table of all of them in memory; all when None."""
        return (
            self._dateless
            if items is None
            else self._design(self.item.take(items, axis=1), self.date_drawn[:, None, :])
        )

    def _design(self, item: FloatArray, date: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The factor of a person's row, ``(draws, d, n)``, and f without the person, ``(draws, n)``."""
        draws, n, width = item.shape
        design, base = np.empty((draws, width, n), np.float32), np.empty((draws, n), np.float32)
        predict_kernels.fill_design(_single(item), _single(date), _single(self.offset), design, base)
        return design, base

    def _dated(self, items: IntArray, times: IntArray | None) -> tuple[FloatArray, FloatArray]:
        date = self.date_drawn[:, None, :]
        if times is not None and len(self.date_day) and len(times):
            row = self._date_row(times)
            date = _single(self.date.take(row, axis=1))
            date[:, row < 0] = self.date_drawn[:, None, :]
        return self._design(self.item.take(items, axis=1), date)

    def _date_row(self, times: IntArray) -> IntArray:
        """The row in ``date`` of each time, ``(n,)``: the nearest day or that of unknown times, -1 without one."""
        first_known = int(self.date_day[0] == NO_TIME // _DAY)
        day, dates = times // _DAY, self.date_day[first_known:]
        row: IntArray = np.full(len(times), -1)
        if len(dates):
            after = np.clip(np.searchsorted(dates, day), 0, len(dates) - 1)
            before = np.maximum(after - 1, 0)
            is_before = np.abs(dates[before] - day) < np.abs(dates[after] - day)
            row = np.where(is_before, before, after) + first_known
        row[times == NO_TIME] = first_known - 1
        return row

    @cached_property
    def _people(self) -> PopulationPrior:
        return PopulationPrior(
            self.neighbour,
            self.neighbour_mean,
            self.neighbour_covariance,
            self.prior_mean,
            self.prior_precision,
            self.profile,
            self.profile_indptr,
            self.profile_indices,
            (self.average_profile, self.profile_covariance) if len(self.average_profile) else None,
        )

    def _person(
        self, items: IntArray, stars: FloatArray, times: IntArray | None = None, user: int | None = None
    ) -> Posterior:
        """The person given each draw; ``times`` must be ascending."""
        if times is not None or user is not None:
            return self._fold(items, stars, times, user)
        return self._cached_fold(items.astype(np.int64).tobytes(), stars.astype(np.float32).tobytes())

    @cached_property
    def _cached_fold(self) -> Callable[[bytes, bytes], Posterior]:
        """A cache of the last people folded in: a list, its reasons and the next question use the same ratings."""

        @lru_cache(maxsize=_CACHED_PEOPLE)
        def fold(items: bytes, stars: bytes) -> Posterior:
            return self._fold(np.frombuffer(items, np.int64), np.frombuffer(stars, np.float32))

        return fold

    def _fold(
        self, items: IntArray, stars: FloatArray, times: IntArray | None = None, user: int | None = None
    ) -> Posterior:
        design, base = self._dated(items, times)
        if times is None:  # each rating then is a session of its own
            stretches = [np.arange(len(items))] if len(self.moment_seconds) else []
            means = [self.moment_mean.sum(axis=1)]
            variances = [(1.0 / self.moment_precision).sum(axis=1)]
        else:
            stretches = [
                np.unique(stretches_of(times, s), return_inverse=True)[1] for s in self.moment_seconds.tolist()
            ]
            means, variances = list(self.moment_mean.T), list(1.0 / self.moment_precision.T)
        effects = [SessionEffectPrior(*effect) for effect in zip(stretches, means, variances, strict=False)]
        if self.cuts.shape[1]:
            level = np.searchsorted((self.levels[1:] + self.levels[:-1]) / 2, stars)  # the nearest, as in training
            observed = ObservedStars.levels(level, self.cuts)
        else:
            observed = ObservedStars.normal((stars - self.centre) / self.unit, self.noise)
        shape = self.shape if self.shape.any() else None
        return fold_in(design, base, observed, self._people.prior(items, user), effects, shape)

    @property
    def draws_of_similarity(self) -> IntArray:
        """The draws whose vectors, side by side, say how similar two movies are."""
        return self._evenly_spaced(_SIMILAR_DRAWS)

    def _evenly_spaced(self, n_draws: int) -> IntArray:
        """Rows of at most ``n_draws`` draws, the first and the last among them."""
        draws: IntArray = np.unique(np.linspace(0, len(self.item) - 1, n_draws).astype(np.int64))
        return draws

    @cached_property
    def _unit_vectors(self) -> FloatArray:
        """Vectors of all movies in a few draws side by side, each of length 1: ``(v, n_items)`` float32."""
        vectors = self._effects_on_stars(self.draws_of_similarity)
        length = np.sqrt(np.square(vectors).sum(axis=1, dtype=np.float64, keepdims=True))
        return np.ascontiguousarray((vectors / np.maximum(length, 1e-12)).T, np.float32)

    def _effects_on_stars(self, draws: IntArray) -> FloatArray:
        """Effect of each movie on people's stars in some draws side by side: ``(n_items, v)`` float32."""
        std = 1.0 / np.sqrt(self.prior_precision[draws, None, 1:])
        parts = self.item[draws, :, 1:].astype(np.float32) * std
        parts = parts - parts.mean(axis=1, keepdims=True)
        return np.concatenate(list(parts), axis=1).astype(np.float32)

    def _similar_shift(self, person: Posterior, rated: IntArray, items: IntArray | None) -> FloatArray:
        """What the person's ratings of similar movies add to f, ``(n,)`` float32; ``items`` as in `_dateless_of`."""
        vectors = self._unit_vectors if items is None else self._unit_vectors.take(items, axis=1)
        shift = np.zeros(vectors.shape[1], np.float32)
        if self.similar_weight and len(rated):
            of_rated = np.ascontiguousarray(self._unit_vectors.take(rated, axis=1).T)
            predict_kernels.similar_shift(vectors, of_rated, person.slope, person.curvature, _SIMILAR_DAMPING, shift)
            shift *= np.float32(self.similar_weight)
        return shift

    @cached_property
    def _edges(self) -> FloatArray:
        """Edges of the levels in f, ``(draws, levels - 1)``: half way between stars for a normal output."""
        if self.cuts.shape[1]:
            return self.cuts
        middle = ((self.levels[1:] + self.levels[:-1]) / 2 - self.centre) / self.unit
        return np.tile(middle.astype(np.float32), (len(self.item), 1))


def _single(array: FloatArray) -> FloatArray:
    single: FloatArray = np.ascontiguousarray(array, np.float32)
    return single


def stretches_of(times: IntArray, seconds: int) -> IntArray:
    """The stretch of ``seconds`` that each rating is in, ``(n,)`` ascending; one of its own where no time is known.

    Args:
        times: ``(n,)`` Unix seconds, ascending, so that unknown ones are first.
        seconds: length of a stretch.
    """
    stretches: IntArray = np.where(times == NO_TIME, np.arange(len(times)) - len(times), times // seconds)
    return stretches
