"""Scores of the movie that a person rates next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix
from reelgraph.scorers.next_item.closed_form import ClosedForm
from reelgraph.scorers.next_item.factors import FadingFactors
from reelgraph.scorers.serialisable import SerialisableScorer

_UNIT = 1e-3  # chance that a movie is the next: well above it the scores are logarithms, below it the chances


@dataclass(frozen=True)
class NextItemScorer(SerialisableScorer):
    r"""Scores are :math:`s_j = \omega_z z_j + \omega_q f(q_j)` with :math:`f(q) = arsinh(q / 0.002)`.

    f is the logarithm of chances above 0.001, up to a constant, and goes on evenly to those below 0.

    z are the logits of `FadingFactors`, and q the chances of `ClosedForm`; both are sums over a person's ratings, which
    count less the more ratings came after them. Only what was rated counts, and in which order: stars do not.

    Args:
        decays: ``(h,)`` float64, of the closed form.
        weights: ``(h, n_head, n_head)`` float16 or float32, of the closed form; empty where :math:`\omega_q` is 0.
        base: ``(n_items,)`` float32, of the closed form.
        head: ``(n_head,)`` int32.
        tail_starts: ``(n_items + 1,)`` int64.
        tail_items: ``(n,)`` int32.
        tail_weights: ``(h, n)`` float32.
        factor_decays: ``(g,)`` float64, of the vectors.
        rated: ``(g, n_items, dim)`` float32, vectors of a movie in the history; empty where :math:`\omega_z` is 0.
        next_items: ``(n_items, dim)`` float32, vectors of a movie as the next.
        factor_base: ``(n_items,)`` float32.
        unit: of ``weights``.
        closed_form: :math:`\omega_q`.
        factors: :math:`\omega_z`.
    """

    kind: ClassVar[str] = "next-item"
    decays: FloatArray
    weights: FloatArray
    base: FloatArray
    head: IntArray
    tail_starts: IntArray
    tail_items: IntArray
    tail_weights: FloatArray
    factor_decays: FloatArray
    rated: FloatArray
    next_items: FloatArray
    factor_base: FloatArray
    unit: float
    closed_form: float
    factors: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.base)

    @cached_property
    def regression(self) -> ClosedForm:
        """The part in closed form."""
        return ClosedForm(
            self.decays, self.weights, self.unit, self.base, self.head,
            self.tail_starts, self.tail_items, self.tail_weights,
        )  # fmt: skip

    @cached_property
    def fading_factors(self) -> FadingFactors:
        """The trained part."""
        return FadingFactors(self.factor_decays, self.rated, self.next_items, self.factor_base)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32 in an unknown order: each rating counts as on average over all orders.

        Cost: O(ratings (h n_head + g dim) + batch n_items dim).
        """
        return self._scores(history, None)

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """Scores for ratings in their order, see `ScoresInOrder`; times do not count beyond it."""
        return self._scores(history, order)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``, in an unknown order.

        Args:
            history: ``(1, n_items)`` CSR.
            items: ``(n,)`` item rows.
        """
        return self._contributions(history, None, items)

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        r"""What each movie of a history adds to the scores of ``items``.

        The logits are sums. With the chance for everyone, b,

        .. math:: f(q) - f(b) = \sum_i q_i \frac{f(q) - f(b)}{q - b}

        with q_i the share of a rating in q: its part of the way from b to q (the Aumann-Shapley share).

        Args:
            history: ``(1, n_items)`` CSR.
            order: as in :meth:`score_in_order`.
            items: ``(n,)`` item rows.
        """
        return self._contributions(history, order, items)

    def parts(self, history: Matrix, order: Matrix | None) -> tuple[FloatArray, FloatArray]:
        """f(q) and z, ``(batch, n_items)`` float32 each; ``order`` is None where it is not known."""
        return _of_chance(self.regression.scores(history, order)), self.fading_factors.scores(history, order)

    def _scores(self, history: Matrix, order: Matrix | None) -> FloatArray:
        scores = np.zeros((history.shape[0], self.n_items), np.float32)
        if self.closed_form:
            scores += np.float32(self.closed_form) * _of_chance(self.regression.scores(history, order))
        if self.factors:
            scores += np.float32(self.factors) * self.fading_factors.scores(history, order)
        return scores

    def _contributions(self, history: Matrix, order: Matrix | None, items: IntArray) -> Contributions:
        shares = np.zeros((len(items), history.nnz))
        base = np.zeros(len(items))
        if self.closed_form:
            of_chance = self.regression.shares(history, order, items)
            everyone = self.base[items].astype(np.float64)
            slope, of_everyone = _mean_slope(everyone, everyone + of_chance.sum(axis=1))
            shares += self.closed_form * slope[:, None] * of_chance
            base += self.closed_form * of_everyone
        if self.factors:
            shares += self.factors * self.fading_factors.shares(history, order, items)
            base += self.factors * self.factor_base[items]
        return Contributions(shares, {"everyone": base}, "the order of the ratings")


def _of_chance(chance: FloatArray) -> FloatArray:
    """f, of the type of ``chance``."""
    value: FloatArray = np.arcsinh(chance / chance.dtype.type(2.0 * _UNIT))
    return value


def _mean_slope(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean slope of f between two chances, 0 where they are equal, and f at the first."""
    first, last, way = _of_chance(start), _of_chance(end), end - start
    is_moved = np.abs(way) > 1e-12
    return np.where(is_moved, (last - first) / np.where(is_moved, way, 1.0), 0.0), first
