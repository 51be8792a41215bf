"""Baselines: one number, counts of ratings, damped means. Every other model must beat them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import NO_TIME, FitContext, FitResult, Interactions, config, require_stars
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.display import counted
from reelgraph.scorers import BiasScorer, ConstantScorer, PopularityScorer, RecentPopularityScorer


@dataclass(frozen=True)
class Constant:
    """Predicts the mean training rating: what a protocol must tell from a good model to mean anything."""

    name: ClassVar[str] = "constant"
    requires_stars: ClassVar[bool] = True

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The mean of ``train``, stars.

        Raises:
            CapabilityError: the data have no stars.
        """
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        require_stars(train, self.name)
        mean = float(np.mean(train.rating, dtype=np.float64))
        return FitResult(ConstantScorer(mean, train.n_items), seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class Popularity:
    """Ranks items by their number of training ratings, the same for everyone.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.Popularity().fit(train).scorer.counts
        array([2, 2, 1])
    """

    name: ClassVar[str] = "popularity"

    def with_exact_updates(self) -> Popularity:
        """The same: single people can always be taken out of counts."""
        return self

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Count the ratings of each item. Cost: O(edges)."""
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        counts = np.bincount(train.item_row, minlength=train.n_items).astype(np.int64)
        return FitResult(PopularityScorer(counts), seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class RecentPopularity:
    """Ranks items by their ratings in the last days of the training data, the same for everyone; equals by all ratings.

    A rating whose time is unknown is not recent. Without any times all ratings count alike, and the fit says so.

    Args:
        days: length of the stretch that ends with the last rating; a rating as old as that is not in it.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2], "item": [10, 20, 10, 30], "rating": [5, 3, 4, 2], "time": [0, 0, 0, 864000]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.RecentPopularity(days=7).fit(train).scorer.recent_counts
        array([0, 0, 1])
    """

    name: ClassVar[str] = "recent-popularity"
    days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 7.0

    def __post_init__(self) -> None:
        config.validate(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Count the ratings of each item. Cost: O(edges)."""
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        times = np.full(len(train), NO_TIME) if train.timestamp is None else train.timestamp
        is_recent = is_known = times != NO_TIME
        if is_known.any():
            is_recent = is_known & (times > times[is_known].max() - self.days * 86_400)
        scorer = RecentPopularityScorer(
            np.bincount(train.item_row[is_recent], minlength=train.n_items).astype(np.int64),
            np.bincount(train.item_row, minlength=train.n_items).astype(np.int64),
        )
        note = f"{counted(int(is_recent.sum()), 'rating')} of {len(train):,} in the last {self.days:g} days"
        if not is_known.any():
            note = "no times are known, so all ratings count alike"
        return FitResult(scorer, stopped_because=note, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class Bias:
    r"""Stars = mean + item offset + user offset, both pulled to 0 where ratings are few.

    .. math:: b_i = \sum_{u \in N(i)} (r_{ui} - \mu) / (|N(i)| + \lambda_i)

    Args:
        item_damping: :math:`\lambda_i`, in ratings.
        user_damping: :math:`\lambda_u`, in ratings; see `BiasScorer`.

    Source: Koren 2008, "Factorization Meets the Neighborhood", section 2.1 (decoupled estimate).

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.Bias().fit(train).scorer.rate(train.matrix()).stars.round(2)
        array([[4.02, 3.88, 3.52],
               [3.79, 3.64, 3.29],
               [4.19, 4.05, 3.69]], dtype=float32)
    """

    name: ClassVar[str] = "bias"
    requires_stars: ClassVar[bool] = True
    item_damping: Annotated[float, Field(ge=0)] = 5.0
    user_damping: Annotated[float, Field(ge=0)] = 5.0

    def __post_init__(self) -> None:
        config.validate(self)

    def with_exact_updates(self) -> Bias:
        """The same: single people can always be taken out of means."""
        return self

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The mean and the item offsets of ``train``.

        Raises:
            CapabilityError: the data have no stars.

        Cost: O(edges).
        """
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        scale = require_stars(train, self.name)
        mean = float(np.mean(train.rating, dtype=np.float64))
        residual = train.rating.astype(np.float64) - mean
        totals = np.bincount(train.item_row, residual, minlength=train.n_items)
        counts = np.bincount(train.item_row, minlength=train.n_items)
        offset = np.divide(totals, counts + self.item_damping, out=np.zeros_like(totals), where=counts > 0)
        scorer = BiasScorer(
            offset, mean, self.user_damping, scale.low, scale.high, counts, item_damping=self.item_damping
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)
