"""Abilities of scores: their order, bounds, parts and sums, and whom and what they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from reelgraph.core.ability import Ability
from reelgraph.core.arrays import BoolArray, FloatArray, IntArray, Matrix
from reelgraph.core.rating_scale import RatingScale
from reelgraph.core.scoring import Contributions, Scorer


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

        `BoundsScores.score_items` gives the scores themselves where it is given these bounds.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            order: as for `ScoresInOrder.score_in_order`.
            times: likewise.
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
class LearnsFromSomeItems(Ability, Protocol):
    """A scorer to which ratings of some items say nothing about a person."""

    def learns_from(self, items: IntArray) -> BoolArray:
        """True for the item rows ``(n,)`` whose ratings change a person's scores."""
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
class SupportsColdItems(Ability, Protocol):
    """Ability: scores items without training ratings, by their features."""

    supports_cold_items: ClassVar[bool]


@runtime_checkable
class HasItemVectors(Ability, Protocol):
    """Ability: has a vector for each item."""

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)``; similar items have a high cosine."""
        ...


@runtime_checkable
class PrecomputesItemVectors(Ability, Protocol):
    """Ability: keeps its item vectors, which take long to compute, with its arrays."""

    def with_item_vectors(self) -> Scorer:
        """The same scorer with its item vectors."""
        ...
