"""Stars with their whole distribution, from thinned draws of the movie side: each person is folded in draw by draw."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph._util.numba_jit import parallel_for
from reelgraph.core import (
    NO_TIME,
    AnyArray,
    FloatArray,
    IntArray,
    LinearRatingModel,
    Matrix,
    RatingDistribution,
    RatingPrediction,
)
from reelgraph.scorers.bayes import predict_kernels
from reelgraph.scorers.bayes.person_posterior import Posterior
from reelgraph.scorers.bayes.posterior_draws import PosteriorDraws, stretches_of
from reelgraph.scorers.serialisable import SerialisableScorer

_LINEAR_DRAWS = 4  # draws that `linear_models` gives
_VECTOR_DRAWS = 8  # draws that `item_vectors` puts side by side
_SAMPLED_DRAWS, _SAMPLED_ITEMS = 16, 128  # from which `mean_stars` estimates the variance that a person's row leaves


@dataclass(frozen=True, repr=False)
class BayesScorer(PosteriorDraws, SerialisableScorer):
    r"""The posterior predictive of a linear graph network, a person being their ratings.

    In draw t a rating of movie i on date c by a person with row z = [bias, vector] is, before the noise,

    .. math:: f = w_0 + b_i + b_c + E_i \cdot E_c + [1, E_i + E_c] \cdot z + \text{offsets of the moment}

    and z given the person's ratings is normal (`person_posterior.fold_in`). Its prior comes from their feature graph:
    the movies rated, taken as the beginning of a history whose rest is an average person's (`prior.PopulationPrior`),
    and the profile where `rate_at` is given the user, else an average one. What is not observed, rest and profile, adds
    to the prior's covariance as much as it differs between the people of the training part. Probabilities are averaged
    over the draws. Where no time is given, all ratings are taken to be of one day, that of another training rating in
    each draw, and the variance of the session offsets joins the noise. The person's own noise precision is drawn.

    To f comes what the person's ratings of similar movies say beyond the draws, w times

    .. math:: s_i = \frac{\sum_j k_{ij} g_j}{0.3 + \sum_j k_{ij} h_j}, \quad k_{ij} = \max(\cos(v_i, v_j), 0)^8

    with slope g and curvature h of the log-likelihood of the person's rating of movie j, and v the vectors of the
    movies in four draws side by side: one Jacobi step towards the mean of a Gaussian process with covariance k.

    Its arrays are those of `PosteriorDraws`.

    Source: Rendle, Zhang and Koren 2019 (the model), Albert and Chib 1993 (the output). Departure: people are
    integrated out by fold-in given each draw, in place of draws of their own.
    """

    kind: ClassVar[str] = "bayes"
    renamed_settings: ClassVar[Mapping[str, str]] = {"neighbour_spread": "neighbour_covariance"}

    def score(self, history: Matrix) -> FloatArray:
        """Mean of f over the draws, for each of the ``(batch, n_items)`` histories: float32, in the model's unit."""
        out = np.empty(history.shape, np.float32)
        design, base = self._dateless

        def fill_row(row: int) -> None:
            person = self._person(*_row(history, row))
            predict_kernels.average(design, base, person.mean.astype(np.float32), out[row])
            out[row] += self._similar_shift(person, _row(history, row)[0], None)

        parallel_for(fill_row, len(out))
        return out

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        """Mean of the distributions of `rate` for ``items``, ``(batch, n)`` float32 stars, without these.

        One approximation: the variance that the person's row leaves in f is taken as a product, one factor a draw
        (its mean over some items) and one an item (its mean over some draws). On MovieLens that is 0.002
        stars off on average and never more than 0.03 (`python -m benchmarks.speed.person`; a test bounds it).

        Cost: O(draws * n * (d + levels)), a fifth of `rate` at d = 33.
        """
        design, base = self._dateless_of(items)
        fitted = base + self.moment_mean.sum(axis=1)[:, None]
        offset_variance = (1.0 / self.moment_precision).sum(axis=1)
        steps = np.diff(self.levels).astype(np.float32)
        out = np.empty((history.shape[0], base.shape[1]), np.float32)
        draws = _evenly(len(base), _SAMPLED_DRAWS)

        def fill_row(row: int) -> None:
            person = self._person(*_row(history, row))
            factor = person.factor.astype(np.float32)
            by_draw = _row_variance(self._sampled_design, factor).mean(axis=1)
            by_item = (_row_variance(design[draws], factor[draws]) / by_draw[draws, None]).mean(axis=0)
            extra = (offset_variance + 1.0 / (self.noise * person.precision)).astype(np.float32)
            mean = person.mean.astype(np.float32)
            shifted = fitted + self._similar_shift(person, _row(history, row)[0], items)
            predict_kernels.expected(design, shifted, mean, by_draw, by_item, extra, self._edges, steps, out[row])

        parallel_for(fill_row, len(out))
        low, high = self.levels[0], self.levels[-1]
        stars: FloatArray = np.clip(out + np.float32(low), low, high).astype(np.float32)
        return stars

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)`` and their distribution, the date and moment of the rating unknown."""
        design, base = self._dateless_of(items)
        fitted = base + self.moment_mean.sum(axis=1)[:, None]
        extra = np.broadcast_to((1.0 / self.moment_precision).sum(axis=1)[:, None], base.shape)
        out = np.empty((history.shape[0], base.shape[1], len(self.levels)), np.float32)

        def fill_row(row: int) -> None:
            person = self._person(*_row(history, row))
            shifted = fitted + self._similar_shift(person, _row(history, row)[0], items)
            out[row] = self._chances(design, shifted, extra, person)

        parallel_for(fill_row, len(out))
        return self._prediction(out)

    def rate_at(
        self,
        history: Matrix,
        target: Matrix,
        *,
        history_time: Matrix | None = None,
        target_time: Matrix | None = None,
        users: IntArray | None = None,
    ) -> RatingPrediction:
        """Stars and distribution of each target, at the time it is rated.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            target: ``(batch, n_items)`` CSR; its pattern says which ratings are asked for, its values are not read.
            history_time: CSR with the pattern of ``history``, int64 Unix seconds, or None.
            target_time: CSR with the pattern of ``target``, int64 Unix seconds, or None.
            users: ``(batch,)`` rows of known users, whose profiles are then used; None for people not known.

        Returns:
            ``stars`` is ``(1, target.nnz)``, in the order of ``target.data``; the distribution likewise.
        """
        out = np.empty((1, target.nnz, len(self.levels)), np.float32)
        timed = history_time is not None and target_time is not None

        def fill_row(row: int) -> None:
            positions = slice(int(target.indptr[row]), int(target.indptr[row + 1]))
            items = target.indices[positions]
            if len(items) == 0:
                return
            rated, stars = _row(history, row)
            times = _row(history_time, row)[1] if timed and history_time is not None else None
            target_times = target_time.data[positions] if timed and target_time is not None else None
            user = None if users is None else int(users[row])
            out[0, positions] = self._rate_person_at(rated, stars, times, items, target_times, user)

        parallel_for(fill_row, target.shape[0])
        return self._prediction(out)

    def with_new_items(self, similarity: Matrix, seed: int) -> BayesScorer:
        """The scorer with more items: in each draw one is what an item like it is, drawn by likeness.

        So the spread of the predicted stars has the difference between such items in it. An item of which nothing is
        known is like all.
        """
        draws = len(self.item)
        positions = np.array([_stand_ins(similarity, row, draws, seed) for row in range(similarity.shape[0])]).T
        arrays = {"item": self.item, "neighbour": self.neighbour} if self.neighbour.shape[1] else {"item": self.item}
        more: dict[str, Any] = {
            name: np.concatenate([array, np.take_along_axis(array, positions[:, :, None], axis=1)], axis=1)
            for name, array in arrays.items()
        }
        return dataclasses.replace(self, **more)

    def item_vectors(self) -> FloatArray:
        """``(n_items, v)`` float32: effect of each movie on people's stars, in a few draws side by side."""
        return self._effects_on_stars(self._evenly_spaced(_VECTOR_DRAWS))

    def linear_models(self) -> list[LinearRatingModel]:
        """The models of a few draws; the noise of an ordinal output is the unit variance of the probit."""
        models = []
        for draw in self._evenly_spaced(_LINEAR_DRAWS).tolist():
            design = self.item[draw].astype(np.float64) + self.date_drawn[draw]
            design[:, 0] = 1.0
            covariance = np.diag(1.0 / self.prior_precision[draw].astype(np.float64)) + self.neighbour_covariance[draw]
            noise = 1.0 if self.cuts.shape[1] else 1.0 / float(self.noise[draw])
            models.append(LinearRatingModel(design, covariance, noise))
        return models

    @cached_property
    def _sampled_design(self) -> FloatArray:
        """The design of some movies, ``(draws, d, n)``, from which `mean_stars` estimates the variance of a draw."""
        return self._design(self.item[:, _evenly(self.n_items, _SAMPLED_ITEMS)], self.date_drawn[:, None, :])[0]

    def _rate_person_at(
        self,
        items: IntArray,
        stars: FloatArray,
        times: IntArray | None,
        target: IntArray,
        target_times: IntArray | None,
        user: int | None,
    ) -> FloatArray:
        """Chances of each level for one person's targets: ``(targets, levels)``."""
        if times is not None:
            order = np.argsort(times, kind="stable")
            items, stars, times = items[order], stars[order], times[order]
        person = self._person(items, stars, times, user)
        design, fitted = self._dated(target, target_times)
        fitted = fitted + self._similar_shift(person, items, target)
        extra = np.zeros_like(fitted)
        for s, seconds in enumerate(self.moment_seconds.tolist()):
            mean = np.repeat(self.moment_mean[:, [s]], len(target), axis=1)
            variance = np.repeat(1.0 / self.moment_precision[:, [s]], len(target), axis=1)
            if times is not None and target_times is not None and len(times):
                stretches, target_stretch = np.unique(stretches_of(times, seconds)), target_times // seconds
                index = np.minimum(np.searchsorted(stretches, target_stretch), len(stretches) - 1)
                is_shared = (stretches[index] == target_stretch) & (target_times != NO_TIME)
                shift, shift_variance = person.effects[s]
                mean[:, is_shared] += shift[:, index[is_shared]]
                variance[:, is_shared] = shift_variance[:, index[is_shared]]
            fitted, extra = fitted + mean, extra + variance
        return self._chances(design, fitted, extra, person)

    def _chances(self, design: FloatArray, fitted: FloatArray, extra: FloatArray, person: Posterior) -> FloatArray:
        """Chance of each level, averaged over the draws: ``(n, levels)``.

        Args:
            design: ``(draws, d, n)``.
            fitted: ``(draws, n)``, f without the person's row.
            extra: ``(draws, n)``, variance of f without the person's row.
            person: given each draw.
        """
        noise_variance = 1.0 / (self.noise * person.precision)
        parts = (design, fitted, person.mean, person.factor, extra + noise_variance[:, None], self._edges)
        x, base, mean, factor, variance, edges = (np.ascontiguousarray(part, np.float32) for part in parts)
        out = np.empty((fitted.shape[1], len(self.levels) + 1))
        out[:, 0], out[:, -1] = 0.0, 1.0
        inner = np.empty((len(out), len(self.levels) - 1))
        predict_kernels.below(x, base, mean, factor, variance, edges, inner)
        out[:, 1:-1] = inner
        return np.maximum(np.diff(out, axis=1), 0.0)

    def _prediction(self, chances: FloatArray) -> RatingPrediction:
        distribution = RatingDistribution(self.levels.copy(), chances)
        stars = distribution.median() if self.point == "median" else distribution.mean()
        return RatingPrediction(np.clip(stars, self.levels[0], self.levels[-1]).astype(np.float32), distribution)


def _row_variance(design: FloatArray, factor: FloatArray) -> FloatArray:
    """The variance x' A A' x, ``(draws, n)``, of each column x of ``(draws, d, n)``; A is ``(draws, d, d)``."""
    variance: FloatArray = np.square(factor.transpose(0, 2, 1) @ design).sum(axis=1)
    return variance


def _evenly(n: int, size: int) -> slice:
    """At least ``size`` of n positions, or all, at equal distances."""
    return slice(0, None, max(n // size, 1))


def _stand_ins(similarity: Matrix, row: int, draws: int, seed: int) -> IntArray:
    """An item for each draw, ``(draws,)``, drawn by likeness to the new item of a row."""
    stream = np.random.default_rng(np.random.SeedSequence([seed, similarity.shape[1], row]))
    items, likeness = _row(similarity, row)
    if not len(items):
        return stream.integers(0, similarity.shape[1], draws)
    edges = np.cumsum(likeness, dtype=np.float64)
    # One from each of as many equal shares: the draws then have the items in proportion.
    quantiles = (np.arange(draws) + stream.random(draws)) / draws
    chosen = np.searchsorted(edges / edges[-1], stream.permutation(quantiles), side="right")
    stand_ins: IntArray = items[np.minimum(chosen, len(items) - 1)].astype(np.int64)
    return stand_ins


def _row(matrix: Matrix, row: int) -> tuple[IntArray, AnyArray]:
    part = slice(int(matrix.indptr[row]), int(matrix.indptr[row + 1]))
    return matrix.indices[part], matrix.data[part]
