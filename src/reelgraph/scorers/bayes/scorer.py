"""Stars with their whole distribution, from thinned draws of the movie side: each person is folded in draw by draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix, RatingDistribution, RatingPrediction
from reelgraph.scorers.bayes.person_posterior import Effect, Posterior, Stars, fold_in
from reelgraph.scorers.bayes.prior import People
from reelgraph.scorers.serialisable import SerialisableScorer

_VECTOR_DRAWS = 8  # draws that `item_vectors` puts side by side
_SOME = (16, 128)  # draws, items: from which `mean_stars` takes what a person's row leaves open
_DAY = 86_400
_LATELY = 8  # people whose fold-in is kept


@dataclass(frozen=True, repr=False)
class BayesScorer(SerialisableScorer):
    r"""The posterior predictive of a linear graph network, a person being their ratings.

    In draw t a rating of movie i on date c by a person with row z = [bias, vector] is, before the noise,

    .. math:: f = w_0 + b_i + b_c + E_i \cdot E_c + [1, E_i + E_c] \cdot z + \text{offsets of the moment}

    and z given the person's ratings is normal (`bayes_person.fold_in`). Its prior holds what their feature graph says:
    the movies rated, as the beginning of a history whose rest is an average person's (`bayes_prior.People`), and
    the profile, unless `rate_at` is told who it is that of anybody. What is open, rest and profile, adds to the
    prior's covariance as much as it differs between the people of the training part. Probabilities are averaged over
    the draws. Where no time is given, all is taken to happen on one day, another training rating's day in each draw,
    and the spread of the moments' offsets joins the noise. The person's own noise precision is drawn.

    Args:
        item: ``(draws, n_items, d)`` float32, ``[bias, vector]`` of each movie, its convolution done.
        neighbour: ``(draws, n_items, d)`` float32, what having rated a movie says of a person; no movies when unused.
        neighbour_mean: ``(draws, d)`` float32, mean over the training people of what their neighbours say of them.
        neighbour_spread: ``(draws, d, d)`` float32, its covariance.
        prior_mean: ``(draws, d)`` float32, of a person's own row.
        prior_precision: ``(draws, d)`` float32, diagonal.
        profile: ``(draws, features, d)`` float32, weight rows of the profile features.
        profile_indptr: ``(n_users + 1,)`` int64, CSR of the known users' features.
        profile_indices: ``(nnz,)`` int32.
        date: ``(draws, dates, d)`` float32, ``[bias, vector]``.
        date_day: ``(dates,)`` int64 days since 1970, ascending; others take the nearest.
        date_drawn: ``(draws, d)`` float32, the date of a training rating, another one in each draw.
        moment_mean: ``(draws, lengths)`` float32, prior mean of the offsets.
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

    Source: Rendle, Zhang and Koren 2019 (the model), Albert and Chib 1993 (the output). Departure: people are
    integrated out by fold-in given each draw, in place of draws of their own.
    """

    kind: ClassVar[str] = "bayes"
    item: FloatArray
    neighbour: FloatArray
    neighbour_mean: FloatArray
    neighbour_spread: FloatArray
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

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return int(self.item.shape[1])

    def score(self, history: Matrix) -> FloatArray:
        """Mean of f over the draws, for each of the ``(batch, n_items)`` histories: float32, in the model's unit."""
        from reelgraph._util.numba_jit import parallel_for  # here: numba takes half a second to import
        from reelgraph.scorers.bayes import predict_kernels

        out = np.empty(history.shape, np.float32)
        design, base = self._dateless

        def one(row: int) -> None:
            mean = self._person(*_row(history, row)).mean.astype(np.float32)
            predict_kernels.average(design, base, mean, out[row])

        parallel_for(one, len(out))
        return out

    def mean_stars(self, history: Matrix) -> FloatArray:
        """Mean of the distributions of `rate` for all items, ``(batch, n_items)`` float32 stars, without these.

        One approximation: the variance that the person's row leaves in f is taken as a product, one factor a draw
        (its mean over some items) and one an item (its mean over some draws). On MovieLens that is 0.002
        stars off on average and never more than 0.03 (`python -m benchmarks.person`; a test bounds it).

        Cost: O(draws * n_items * (d + levels)), a fifth of `rate` at d = 33.
        """
        from reelgraph._util.numba_jit import parallel_for  # here: numba takes half a second to import
        from reelgraph.scorers.bayes import predict_kernels

        design, base = self._dateless
        fitted = base + self.moment_mean.sum(axis=1)[:, None]
        left = (1.0 / self.moment_precision).sum(axis=1)
        steps = np.diff(self.levels).astype(np.float32)
        out = np.empty(history.shape, np.float32)

        def one(row: int) -> None:
            person = self._person(*_row(history, row))
            by_draw, by_item = _spread(design, person.factor.astype(np.float32))
            extra = (left + 1.0 / (self.noise * person.precision)).astype(np.float32)
            mean = person.mean.astype(np.float32)
            predict_kernels.expected(design, fitted, mean, by_draw, by_item, extra, self._edges, steps, out[row])

        parallel_for(one, len(out))
        low, high = self.levels[0], self.levels[-1]
        stars: FloatArray = np.clip(out + np.float32(low), low, high).astype(np.float32)
        return stars

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)`` and their distribution, the date and moment of the rating unknown."""
        from reelgraph._util.numba_jit import parallel_for  # here: numba takes half a second to import

        design, base = self._dateless
        if items is not None:
            design, base = design[:, :, items], base[:, items]
        fitted = base + self.moment_mean.sum(axis=1)[:, None]
        extra = np.broadcast_to((1.0 / self.moment_precision).sum(axis=1)[:, None], base.shape)
        out = np.empty((history.shape[0], base.shape[1], len(self.levels)), np.float32)

        def one(row: int) -> None:
            out[row] = self._chances(design, fitted, extra, self._person(*_row(history, row)))

        parallel_for(one, len(out))
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
        from reelgraph._util.numba_jit import parallel_for  # here: numba takes half a second to import

        out = np.empty((1, target.nnz, len(self.levels)), np.float32)
        timed = history_time is not None and target_time is not None

        def one(row: int) -> None:
            here = slice(int(target.indptr[row]), int(target.indptr[row + 1]))
            items = target.indices[here]
            if len(items) == 0:
                return
            rated, stars = _row(history, row)
            times = _row(history_time, row)[1] if timed and history_time is not None else None
            asked = target_time.data[here] if timed and target_time is not None else None
            user = None if users is None else int(users[row])
            out[0, here] = self._at(rated, stars, times, items, asked, user)

        parallel_for(one, target.shape[0])
        return self._prediction(out)

    def item_vectors(self) -> FloatArray:
        """``(n_items, v)`` float32: what each movie adds to people's stars, in a few draws side by side."""
        draws = np.unique(np.linspace(0, len(self.item) - 1, _VECTOR_DRAWS).astype(np.int64))
        spread = 1.0 / np.sqrt(self.prior_precision[draws, None, 1:])
        parts = self.item[draws, :, 1:] * spread
        parts = parts - parts.mean(axis=1, keepdims=True)
        return np.concatenate(list(parts), axis=1).astype(np.float32)

    @cached_property
    def _dateless(self) -> tuple[FloatArray, FloatArray]:
        """Design and base of all movies on each draw's date, float32, see `_design`."""
        return self._design(self.item, self.date_drawn[:, None, :])

    def _design(self, item: FloatArray, date: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What multiplies a person's row, ``(draws, d, n)``, and f apart from the person, ``(draws, n)``."""
        design = np.ascontiguousarray((item + date).transpose(0, 2, 1))
        design[:, 0] = 1.0
        pair: FloatArray = (item[:, :, 1:] * date[:, :, 1:]).sum(axis=2)
        return design, self.offset[:, None] + item[:, :, 0] + date[:, :, 0] + pair

    def _dated(self, items: IntArray, times: IntArray | None) -> tuple[FloatArray, FloatArray]:
        known = times is not None and len(self.date_day) > 0
        date = self.date[:, self._nearest(times)] if known and times is not None else self.date_drawn[:, None, :]
        return self._design(self.item[:, items], date)

    def _nearest(self, times: IntArray) -> IntArray:
        day, known = times // _DAY, self.date_day
        after = np.clip(np.searchsorted(known, day), 0, len(known) - 1)
        before = np.maximum(after - 1, 0)
        nearest: IntArray = np.where(np.abs(known[before] - day) < np.abs(known[after] - day), before, after)
        return nearest

    @cached_property
    def _people(self) -> People:
        return People(
            self.neighbour,
            self.neighbour_mean,
            self.neighbour_spread,
            self.prior_mean,
            self.prior_precision,
            self.profile,
            self.profile_indptr,
            self.profile_indices,
        )

    def _person(
        self, items: IntArray, stars: FloatArray, times: IntArray | None = None, user: int | None = None
    ) -> Posterior:
        """The person given each draw; ``times`` must be ascending."""
        if times is not None or user is not None:
            return self._fold(items, stars, times, user)
        return self._lately(items.astype(np.int64).tobytes(), stars.astype(np.float32).tobytes())

    @cached_property
    def _lately(self) -> Callable[[bytes, bytes], Posterior]:
        """The last few people folded in: a list, its reasons and the next question are asked of the same ratings."""

        @lru_cache(maxsize=_LATELY)
        def fold(items: bytes, stars: bytes) -> Posterior:
            return self._fold(np.frombuffer(items, np.int64), np.frombuffer(stars, np.float32))

        return fold

    def _fold(
        self, items: IntArray, stars: FloatArray, times: IntArray | None = None, user: int | None = None
    ) -> Posterior:
        design, base = self._dated(items, times)
        if times is None:  # each rating then has a moment of its own
            marks = [np.arange(len(items))] if len(self.moment_seconds) else []
            means = [self.moment_mean.sum(axis=1)]
            variances = [(1.0 / self.moment_precision).sum(axis=1)]
        else:
            marks = [np.unique(times // s, return_inverse=True)[1] for s in self.moment_seconds.tolist()]
            means, variances = list(self.moment_mean.T), list(1.0 / self.moment_precision.T)
        effects = [Effect(*three) for three in zip(marks, means, variances, strict=False)]
        if self.cuts.shape[1]:
            level = np.searchsorted((self.levels[1:] + self.levels[:-1]) / 2, stars)  # the nearest, as in training
            seen = Stars.levels(level, self.cuts)
        else:
            seen = Stars.normal((stars - self.centre) / self.unit, self.noise)
        shape = self.shape if self.shape.any() else None
        return fold_in(design, base, seen, self._people.prior(items, user), effects, shape)

    def _at(
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
        extra = np.zeros_like(fitted)
        for s, seconds in enumerate(self.moment_seconds.tolist()):
            mean = np.repeat(self.moment_mean[:, [s]], len(target), axis=1)
            spread = np.repeat(1.0 / self.moment_precision[:, [s]], len(target), axis=1)
            if times is not None and target_times is not None and len(times):
                known, wanted = np.unique(times // seconds), target_times // seconds
                place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
                found = known[place] == wanted
                shift, left = person.effects[s]
                mean[:, found] += shift[:, place[found]]
                spread[:, found] = left[:, place[found]]
            fitted, extra = fitted + mean, extra + spread
        return self._chances(design, fitted, extra, person)

    def _chances(self, design: FloatArray, fitted: FloatArray, extra: FloatArray, person: Posterior) -> FloatArray:
        """Chance of each level, averaged over the draws: ``(n, levels)``.

        Args:
            design: ``(draws, d, n)``.
            fitted: ``(draws, n)``, f apart from the person's row.
            extra: ``(draws, n)``, variance of f apart from the person's row.
            person: given each draw.
        """
        from reelgraph.scorers.bayes import predict_kernels  # here: numba takes half a second to import

        own = 1.0 / (self.noise * person.precision)
        parts = (design, fitted, person.mean, person.factor, extra + own[:, None], self._edges)
        x, base, mean, factor, spread, edges = (np.ascontiguousarray(part, np.float32) for part in parts)
        out = np.empty((fitted.shape[1], len(self.levels) + 1))
        out[:, 0], out[:, -1] = 0.0, 1.0
        inner = np.empty((len(out), len(self.levels) - 1))
        predict_kernels.below(x, base, mean, factor, spread, edges, inner)
        out[:, 1:-1] = inner
        return np.maximum(np.diff(out, axis=1), 0.0)

    @cached_property
    def _edges(self) -> FloatArray:
        """Between which f the levels lie, ``(draws, levels - 1)``: half way between stars for a normal output."""
        if self.cuts.shape[1]:
            return self.cuts
        middle = ((self.levels[1:] + self.levels[:-1]) / 2 - self.centre) / self.unit
        return np.tile(middle.astype(np.float32), (len(self.item), 1))

    def _prediction(self, chances: FloatArray) -> RatingPrediction:
        distribution = RatingDistribution(self.levels.copy(), chances)
        stars = distribution.median() if self.point == "median" else distribution.mean()
        return RatingPrediction(np.clip(stars, self.levels[0], self.levels[-1]).astype(np.float32), distribution)


def _spread(design: FloatArray, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Factors ``(draws,)`` and ``(n,)`` of the variance x' A A' x, from some items and from some draws."""

    def variance(draws: slice, items: slice) -> FloatArray:
        turned = factor[draws].transpose(0, 2, 1) @ design[draws, :, items]
        out: FloatArray = np.square(turned).sum(axis=1)
        return out

    draws, items = (slice(0, None, max(n // some, 1)) for n, some in zip(design.shape[::2], _SOME, strict=True))
    by_draw = variance(slice(None), items).mean(axis=1)
    return by_draw, (variance(draws, slice(None)) / by_draw[draws, None]).mean(axis=0)


def _row(matrix: Matrix, row: int) -> tuple[IntArray, AnyArray]:
    part = slice(int(matrix.indptr[row]), int(matrix.indptr[row + 1]))
    return matrix.indices[part], matrix.data[part]
