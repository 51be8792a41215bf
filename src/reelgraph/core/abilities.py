"""What a fitted model may be able to do in addition to scoring: small protocols, checked with `isinstance`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from reelgraph.core.ability import Ability
from reelgraph.core.arrays import BoolArray, FloatArray, IntArray, Matrix
from reelgraph.core.rating_scale import RatingScale
from reelgraph.core.scoring import Contributions, RatingPrediction, Scorer


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
class BoundsScores(Scorer, Protocol):
    """Ability: upper bounds of all scores that cost less than the scores, so that only the best few need be exact."""

    def score_bounds(self, history: Matrix) -> FloatArray:
        """Numbers that no score is above, ``(batch, n_items)`` float32 or float64.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
        """
        ...

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """The scores of some items for one person, ``(n,)`` float32, as `Scorer.score` gives them.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.
            bounds: ``(n,)`` their bounds, as :meth:`score_bounds` gave them.
        """
        ...


@runtime_checkable
class BoundsScoresInOrder(BoundsScores, Protocol):
    """Ability: upper bounds of the scores of ratings in their order, see `ScoresInOrder`."""

    def score_bounds_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """Numbers that no score of `ScoresInOrder.score_in_order` is above, ``(batch, n_items)``.

        `BoundsScores.score_items` gives the scores themselves where it is told these bounds.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            order: as for `ScoresInOrder.score_in_order`.
            times: likewise.
        """
        ...


@runtime_checkable
class ScoresInOrder(Scorer, Protocol):
    """Ability: scores that depend on the order in which a person gave the ratings."""

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """Scores ``(batch, n_items)`` of all items; `Scorer.score` gives those for an unknown order.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            order: CSR with the sparsity pattern of ``history``, int32: the place of each rating among those of its
                person, 0 the oldest, see `Interactions.ranks_in_time` and `EvalPart.history_order`.
            times: CSR with the sparsity pattern of ``history``, int64 Unix seconds, or None.
        """
        ...


@runtime_checkable
class WrapsScorer(Scorer, Protocol):
    """A scorer that asks another one about other ratings or items, and has its abilities only where that has them."""

    @property
    def scorer(self) -> Scorer:
        """The scorer that is asked."""
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
class PrecomputesItemVectors(Ability, Protocol):
    """Ability: keeps its item vectors, which take long to compute, with its arrays."""

    def with_item_vectors(self) -> Scorer:
        """The same scorer with its item vectors."""
        ...


@runtime_checkable
class SupportsColdItems(Ability, Protocol):
    """Ability: scores items without training ratings, by their features."""

    supports_cold_items: ClassVar[bool]


@runtime_checkable
class RequiresStars(Ability, Protocol):
    """A model that learns to predict stars: it cannot be fitted to views or counts."""

    requires_stars: ClassVar[bool]


@runtime_checkable
class ForgetsAtOnce(Ability, Protocol):
    """A model that can be fitted so that single people can be taken out of it at once."""

    def with_exact_updates(self) -> Any:
        """The model with settings of which every part has such updates.

        Raises:
            ConfigError: its settings ask for a part that has none.
        """
        ...


@runtime_checkable
class SupportsProfiles(Ability, Protocol):
    """Ability: scores for people by their profile and favourite genres, in addition to their ratings."""

    def score_person(
        self, history: Matrix, profile: Mapping[str, str] | None = None, genres: Sequence[str] = ()
    ) -> FloatArray:
        """Scores ``(1, n_items)`` for one person, whose ``history``, ``(1, n_items)`` CSR, may be empty.

        Args:
            history: stars.
            profile: kind -> name, such as ``{"age_band": "25-34"}``.
            genres: favourite genres.
        """
        ...


@runtime_checkable
class HasItemVectors(Ability, Protocol):
    """Ability: has a vector for each item."""

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)``; similar items have a high cosine."""
        ...


@runtime_checkable
class Explains(Ability, Protocol):
    """Ability: its scores are sums over the person's ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating of ``history``, ``(1, n_items)`` CSR stars, adds to the scores of ``items``, item rows."""
        ...


@runtime_checkable
class ExplainsInOrder(Explains, Protocol):
    """Ability: its scores of ratings in their order are sums over the person's ratings, see `ScoresInOrder`."""

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """What each rating of ``history``, ``(1, n_items)`` CSR stars, adds to the scores of ``items``, item rows.

        Args:
            history: of one person.
            order: as for `ScoresInOrder.score_in_order`.
            items: ``(n,)`` item rows.
        """
        ...


@runtime_checkable
class SupportsUnlearning(Ability, Protocol):
    """Ability: removes people from the fitted model, exactly."""

    def without(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer that a fit without these people would give.

        Args:
            history: ``(n_people, n_items)`` CSR, stars: all their ratings in the training data.
            times: CSR with the sparsity pattern of ``history``, int64 Unix seconds; None if the data had no times.
        """
        ...


@runtime_checkable
class LearnsFromSomeItems(Ability, Protocol):
    """A scorer to which ratings of some items say nothing about a person."""

    def learns_from(self, items: IntArray) -> BoolArray:
        """True for the item rows ``(n,)`` whose ratings change a person's scores."""
        ...


@runtime_checkable
class UpdatesInPart(Ability, Protocol):
    """A scorer of which some of what was learnt from a person stays when they are taken out."""

    @property
    def kept_until_next_fit(self) -> str:
        """What stays until the next fit, such as "the weights of 20 movies"; "" for nothing."""
        ...


@runtime_checkable
class SupportsPartialFit(Ability, Protocol):
    """Ability: adds new people to the fitted model, exactly."""

    def including(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer that a fit with these people would give; arguments as `SupportsUnlearning.without`."""
        ...


TimedRatings = tuple[Matrix, Matrix | None]  # stars and times of some people, (n, n_items) CSR each


@runtime_checkable
class SupportsReplacement(Ability, Protocol):
    """Ability: takes ratings of people out and puts others in, in one step that costs less than both."""

    def replacing(self, before: TimedRatings, after: TimedRatings) -> Scorer:
        """The scorer as if some people had had other ratings in the training data.

        Args:
            before: all ratings that people had, who are taken out.
            after: all ratings of the people who are put in.

        Raises:
            CapabilityError: as `SupportsUnlearning.without` and `SupportsPartialFit.including`.
        """
        ...


@runtime_checkable
class SupportsNewItems(Ability, Protocol):
    """Ability: scores items that came after the fit by those like them."""

    def with_new_items(self, similarity: Matrix, seed: int) -> Scorer:
        """The scorer with more items, after its own ones.

        Args:
            similarity: ``(n_new, n_items)`` CSR, likeness of each new item to the others, rows of sum 1; a row without
                entries is an item of which nothing is known.
            seed: of what is drawn.

        Raises:
            CapabilityError: a part of it cannot.
        """
        ...


@runtime_checkable
class SupportsRefit(Ability, Protocol):
    """Ability: says which fit gives it again, so that an exact update can be compared with a new fit."""

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Name and settings of the model that gives this scorer when fitted on the same ratings; None if unknown."""
        ...


@runtime_checkable
class StoresUserFeatures(Ability, Protocol):
    """Ability: stores features of known users, in addition to the ratings, by user row."""

    def drop_user(self, user_row: int) -> Scorer:
        """The scorer without the features of one user; the rows after it move up."""
        ...


@runtime_checkable
class KeepsUserAverages(StoresUserFeatures, Protocol):
    """Ability: answers for new people as before when the features of all users are left out."""

    def without_users(self) -> Scorer:
        """The scorer without the features of all users, but for what new people need: averages over the users."""
        ...


@runtime_checkable
class KeepsForgetting(Ability, Protocol):
    """Ability: may keep arrays that only forgetting and extending need, which a bundle has in a file of their own."""

    def without_forgetting(self) -> Scorer:
        """The scorer without these arrays."""
        ...


@runtime_checkable
class CombinesScorers(Ability, Protocol):
    """Ability: consists of other scorers and ranks by a weighted sum of their scores, each scaled for each person."""

    @property
    def parts(self) -> tuple[Scorer, ...]:
        """The scorers it consists of."""
        ...

    def ranking_parts(self) -> Sequence[tuple[float, Scorer]]:
        """Weight and scorer of the parts that count in the ranking."""
        ...

    def with_parts(self, parts: Sequence[Scorer]) -> Scorer:
        """The same combination of other scorers, given in the order of ``parts``."""
        ...


@runtime_checkable
class AdditiveScorer(Scorer, Protocol):
    """Ability: its scores are sums over the ratings in which the share of a rating depends on no other rating."""

    @property
    def unit_stars(self) -> float:
        """Stars of a rating that counts 1."""
        ...

    def item_effects(self, items: IntArray, stars: float, targets: IntArray) -> FloatArray:
        """What a rating of ``stars`` for each of ``items`` adds to the scores of ``targets``, ``(items, targets)``."""
        ...


@runtime_checkable
class OrdersByLiking(Ability, Protocol):
    """Ability: ranks by one score and predicts stars by another, so that both can be weighed in the order of a list."""

    def liked_order(self, scale: RatingScale, mean_rating: float) -> Scorer:
        """Ranks by what a person will be glad to have watched; ``score`` ranks by what they will watch.

        Args:
            scale: of the ratings.
            mean_rating: mean of all training ratings, stars.
        """
        ...


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
