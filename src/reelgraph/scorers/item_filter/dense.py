"""Scores that are a sum over the person's movies of an item-item weight, exact to explain, extend and forget."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import BoolArray, Contributions, FloatArray, IntArray, Matrix, single_row
from reelgraph.core.abilities import TimedRatings
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.item_filter.inverse_updates import PeopleChange, update_people, updated_later
from reelgraph.scorers.item_filter.item_vectors import leading_vectors
from reelgraph.scorers.item_filter.low_pass import low_pass
from reelgraph.scorers.later_ratings import SAME_SCALE
from reelgraph.scorers.serialisable import SerialisableScorer

_VECTORS_LOCK = threading.Lock()  # two callers at once must not both compute for seconds


@dataclass(frozen=True)
class ItemFilterScorer(SerialisableScorer):
    r"""Scores are ``v W``: v holds :math:`(r / r_1)^\rho` at the person's movies, W is one item-item matrix.

    .. math:: W = \omega \left(I - C \, diag(1 / diag \, C)\right) + \beta C T + E, \quad C = A^{-1}

    C is kept whole in float64 (its triangle), because with it a person can be taken out or put in exactly: with I the
    person's movies and :math:`L L' = S` what they added to A there (see `user_block`),

    .. math:: (A \mp L L')^{-1} = C \pm C_{\cdot I} L (1 \mp L' C_{II} L)^{-1} L' C_{I \cdot}

    The weight of a person depends on their own number of ratings only, so nothing else changes but T, of which a person
    has a block too (`later_ratings <reelgraph.scorers.later_ratings>`). W is made from C and T on first use. E holds
    the parts that have no such update.

    Args:
        inverse: ``(n_items (n_items + 1) / 2,)`` float64, rows of the lower triangle of C; empty without a closed form.
        extra: ``(n_items, n_items)`` float32, E; ``(0, 0)`` where it is 0.
        closed_form: :math:`\omega`.
        user_weight: exponent of the weights of people.
        dropout: p.
        session_weight: weight of the time kernel, 0 where the data had no times.
        time_scale: :math:`\tau`, seconds.
        rating_power: :math:`\rho`.
        unit_stars: :math:`r_1`, stars that count 1.
        ridge: used for C, for comparison with a refit; None where it is not known.
        feature_weight: likewise.
        low_pass_weight: of the low-pass filter of C, see `low_pass`; it is updated with C.
        low_pass_cutoff: directions that pass it.
        vectors: ``(n_items, dim)`` float32, see :meth:`item_vectors`; empty until :meth:`with_item_vectors`.
        similarity: ``(n_new, n)`` float32, likeness of the items added after the fit to the n others: their columns of
            W are means of those.
        later_weight: :math:`\beta`, of the part of what is rated later.
        later: ``(n, n)`` float64, T, of the n items of the fit; ``(0, 0)`` where there is no such part.

    Source: Steck 2019 (EASE) and 2020 (EDLAE) for W; Woodbury's identity for the updates.
    """

    kind: ClassVar[str] = "item-filter"
    renamed_settings: ClassVar[Mapping[str, str]] = {"sitting": "session_weight"}
    inverse: FloatArray
    extra: FloatArray
    closed_form: float
    user_weight: float
    dropout: float
    session_weight: float
    time_scale: float
    rating_power: float
    unit_stars: float
    ridge: float | None = None
    feature_weight: float = 0.0
    low_pass_weight: float = 0.0
    low_pass_cutoff: int = 192
    vectors: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32), repr=False)
    similarity: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32), repr=False)
    later_weight: float = 0.0
    later: FloatArray = field(default_factory=lambda: np.empty((0, 0)), repr=False)

    @cached_property
    def n_items(self) -> int:
        """Number of items scored."""
        return self._n_fitted + len(self.similarity)

    @cached_property
    def _n_fitted(self) -> int:
        return len(self.extra) or (math.isqrt(8 * len(self.inverse) + 1) - 1) // 2

    @cached_property
    def weights(self) -> FloatArray:
        """W, ``(n_items, n_items)`` float32. Cost: O(n_items^2), once; with a low pass of C O(n_items^3 / 3)."""
        fitted, n_fitted = self._fitted_weights(), self._n_fitted
        if not len(self.similarity):
            return fitted
        weights = np.zeros((self.n_items, self.n_items), np.float32)
        weights[:n_fitted, :n_fitted], weights[:n_fitted, n_fitted:] = fitted, fitted @ self.similarity.T
        return weights

    def _fitted_weights(self) -> FloatArray:
        """W without the items that were added after the fit."""
        weights = np.zeros((self._n_fitted, self._n_fitted), np.float32)
        if len(self.inverse):
            inverse = self._full_inverse()
            kernels.autoencoder(inverse, self.closed_form, weights)
            if self.low_pass_weight:
                left, right = low_pass(inverse, self.low_pass_cutoff, self.low_pass_weight)
                weights += left @ right.T
            if len(self.later):
                weights += np.float32(self.later_weight) * (inverse @ self.later).astype(np.float32)
        return weights + self.extra if len(self.extra) else weights

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32. Cost: O(ratings * n_items)."""
        return self.score_entries(history, self._entries(history))

    def score_entries(self, history: Matrix, values: FloatArray) -> FloatArray:
        """The scores where v holds ``values``, ``(nnz,)`` float64, at the movies of the histories."""
        scores = np.empty(history.shape, np.float32)
        kernels.scores(history.indptr, history.indices, values, self.weights, scores)
        return scores

    def _entries(self, history: Matrix) -> FloatArray:
        return entries(history.data, self.rating_power, self.unit_stars)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``; nothing else does.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.
        """
        return Contributions(self.entry_shares(history, self._entries(history), items))

    def entry_shares(self, history: Matrix, values: FloatArray, items: IntArray) -> FloatArray:
        """What each of ``values``, see :meth:`score_entries`, adds to the scores of ``items``, ``(items, nnz)``."""
        shares: FloatArray = (self.weights[np.ix_(history.indices, items)] * values[:, None]).T
        return shares

    def item_effects(self, items: IntArray, stars: float, targets: IntArray) -> FloatArray:
        """What a rating of ``stars`` for each of ``items`` adds to the scores of ``targets``, ``(items, targets)``."""
        ratings = single_row(np.full(len(items), stars, np.float32), items, self.n_items)
        return self.contributions(ratings, targets).ratings.T

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Settings of a graph-filter with a dense closed form; None for other forms and for older bundles."""
        if self.ridge is None or len(self.extra):
            return None
        names = (
            "user_weight", "ridge", "dropout", "session_weight", "time_scale", "rating_power", "feature_weight",
            "closed_form", "low_pass_weight", "low_pass_cutoff", "later_weight",
        )  # fmt: skip
        fixed = {"choose": False, "form": "dense", "compact": False, "later_scale": 1.0}
        return "graph-filter", {name: getattr(self, name) for name in names} | fixed

    @property
    def fitted_items(self) -> IntArray:
        """Rows of the items of the fit, ascending: all that were not added after it."""
        return np.arange(self._n_fitted)

    @property
    def held_fixed(self) -> str:
        """What updates keep and a new fit measures or chooses again: items added since, and the scale of T."""
        parts = [f"the same {counted(self._n_fitted, 'movie')} in its matrix"] if len(self.similarity) else []
        return " and ".join([*parts, *([SAME_SCALE] if self.later_weight else [])])

    def without(self, history: Matrix, times: Matrix | None = None) -> ItemFilterScorer:
        """The scorer as if these people had never been in the training data: equal to a refit without them.

        But for :attr:`held_fixed`, which stays.

        Args:
            history: ``(people, n_items)`` CSR, stars: all that each person had in the training data, no more, no less.
            times: CSR with the pattern of ``history``, int64 Unix seconds, those of the training data; may be None
                where it had none.

        Raises:
            CapabilityError: the matrix has a part that only a new fit can change, the times are missing, or the
                ratings cannot have been in; that others than the person's own are given cannot be seen in general.

        Cost: O(n_items^2 n_u + n_u^3) a person of n_u ratings, and O(n_items^2) memory.
        """
        return self._updated(PeopleChange(history, times, -1.0))

    def including(self, history: Matrix, times: Matrix | None = None) -> ItemFilterScorer:
        """The scorer as if these new people had been in the training data too; the inverse of :meth:`without`.

        More ratings of someone who was in already: first :meth:`without` the old ones, then this with all of them.

        Args:
            history: ``(people, n_items)`` CSR, stars.
            times: CSR with the pattern of ``history``, int64 Unix seconds; may be None where training had none.

        Raises:
            CapabilityError: the matrix has a part that only a new fit can change, or the times are missing.

        Cost: as :meth:`without`.
        """
        return self._updated(PeopleChange(history, times, 1.0))

    @property
    def update_obstacle(self) -> str:
        """Why nobody can be taken out or put in before the next fit; "" where they can."""
        if not len(self.extra) and len(self.inverse):
            return ""
        return (
            "the spectral and Chebyshev parts of this graph-filter change at the next fit; trained with "
            "--exact-forgetting it would have none"
        )

    def replacing(self, before: TimedRatings, after: TimedRatings) -> ItemFilterScorer:
        """The scorer as if people had had other ratings in the training data, see `SupportsReplacement`."""
        return self._updated(PeopleChange(*before, -1.0), PeopleChange(*after, 1.0))

    def _updated(self, *changes: PeopleChange) -> ItemFilterScorer:
        if self.update_obstacle:
            raise CapabilityError(self.update_obstacle)
        inverse = self._full_inverse()
        update_people(inverse, self._row_of_item, changes, self)
        packed = np.empty_like(self.inverse)
        kernels.pack(inverse, packed)
        later = updated_later(self.later, self._row_of_item, changes, self) if len(self.later) else self.later
        return dataclasses.replace(self, inverse=packed, later=later, vectors=self.vectors[:0, :0])

    @property
    def _row_of_item(self) -> IntArray:
        """The row of each item in C; -1 for those added after the fit, ``(n_items,)``."""
        return np.concatenate([np.arange(self._n_fitted), np.full(len(self.similarity), -1)])

    def learns_from(self, items: IntArray) -> BoolArray:
        """True for the items of the fit, ``(n,)``."""
        return items < self._n_fitted

    def with_new_items(self, similarity: Matrix, seed: int) -> ItemFilterScorer:
        """The scorer with more items: columns of W that are means of those of the items like them, and rows of 0."""
        n_fitted = self._n_fitted
        to_all = similarity.toarray().astype(np.float32)
        added = to_all[:, :n_fitted]
        if len(self.similarity):
            added += to_all[:, n_fitted:] @ self.similarity
            added = np.concatenate([self.similarity, added])
        vectors = self.vectors
        if len(vectors):
            vectors = np.concatenate([vectors, to_all @ vectors])
        return dataclasses.replace(self, similarity=added, vectors=vectors)

    def _full_inverse(self) -> FloatArray:
        full = np.empty((self._n_fitted, self._n_fitted))
        kernels.unpack(self.inverse, full)
        return full

    def item_vectors(self) -> FloatArray:
        r"""``(n_items, dim)`` float32: leading directions of taste but the first, which is popularity.

        The eigenvectors U of :math:`D^{-1/2} C D^{-1/2}`, D the diagonal of C, with the smallest eigenvalues s, as
        ``U sqrt(1 / s - 1 / s')`` with s' the first eigenvalue left out; without a closed form, columns of W. Made
        from what is kept, so forgetting reaches them too.

        Cost: O(n_items^3 / 3), once; concurrent callers wait.
        """
        if len(self.vectors):
            return self.vectors
        with _VECTORS_LOCK:
            return self._vectors

    def with_item_vectors(self) -> ItemFilterScorer:
        """The same scorer with its item vectors, for a bundle: whoever loads it does not wait for them."""
        return dataclasses.replace(self, vectors=self.item_vectors())

    @cached_property
    def _vectors(self) -> FloatArray:
        fitted = leading_vectors(self._full_inverse()) if len(self.inverse) else self._fitted_weights().T
        return np.concatenate([fitted, self.similarity @ fitted]) if len(self.similarity) else fitted
