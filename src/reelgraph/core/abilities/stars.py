"""Abilities of predicted stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from reelgraph.core.ability import Ability
from reelgraph.core.arrays import FloatArray, IntArray, Matrix
from reelgraph.core.scoring import RatingPrediction


@runtime_checkable
class PredictsRating(Ability, Protocol):
    """Ability: predicts stars."""

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Predicted stars of ``items`` (item rows ``(n,)``; all when None) for each history ``(batch, n_items)``."""
        ...


@runtime_checkable
class PredictsMeanStars(Ability, Protocol):
    """Ability: predicts the mean stars of items without their distributions, which is faster."""

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        """Approximately the means of the distributions of `PredictsRating`, float32 stars.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            items: ``(n,)`` item rows; all when None.

        Returns:
            ``(batch, n)``.
        """
        ...


@runtime_checkable
class PredictsRatingAt(Ability, Protocol):
    """Ability: predicts single ratings at the time they are given, also for users of the training data."""

    def rate_at(
        self,
        history: Matrix,
        target: Matrix,
        *,
        history_time: Matrix | None = None,
        target_time: Matrix | None = None,
        users: IntArray | None = None,
    ) -> RatingPrediction:
        """Predicted stars ``(1, target.nnz)`` of each entry of ``target``, in the order of ``target.data``.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            target: ``(batch, n_items)`` CSR; the values are not used.
            history_time: CSR with the sparsity pattern of ``history``, int64 Unix seconds, or None.
            target_time: CSR with the sparsity pattern of ``target``, int64 Unix seconds, or None.
            users: ``(batch,)`` user rows of the training `Interactions`, -1 where unknown; None if all are unknown.
        """
        ...


@runtime_checkable
class PredictsDistribution(Ability, Protocol):
    """Ability: its rating predictions have a distribution over ``levels``."""

    @property
    def levels(self) -> FloatArray:
        """``(n_levels,)`` stars, ascending, equally spaced."""
        ...


@runtime_checkable
class RequiresStars(Ability, Protocol):
    """A model that learns to predict stars: it cannot be fitted to views or counts."""

    requires_stars: ClassVar[bool]


@dataclass(frozen=True)
class LinearRatingModel:
    """Stars that are linear in a person's vector, which is normally distributed before any rating is known.

    Args:
        design: ``(n_items, d)`` float64, the vector of each item.
        covariance: ``(d, d)`` float64, of the person's vector.
        noise: variance of a rating given the person's vector.
    """

    design: FloatArray
    covariance: FloatArray
    noise: float


@runtime_checkable
class HasLinearRatingModels(Ability, Protocol):
    """Ability: predicts stars by one or several `LinearRatingModel`."""

    def linear_models(self) -> Sequence[LinearRatingModel]:
        """One model, or a few posterior draws of it; empty where the stars of a part are not linear."""
        ...
