"""Several fitted models as one: their rankings blended, their stars from the one that predicts them best."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    AnyArray,
    Contributions,
    Explains,
    FloatArray,
    HasLinearRatingModels,
    IntArray,
    KeepsForgetting,
    LinearRatingModel,
    Matrix,
    PrecomputesItemVectors,
    PredictsMeanStars,
    PredictsRating,
    PredictsRatingAt,
    RatingPrediction,
    RatingScale,
    Scorer,
    SupportsNewItems,
    contributions_of,
    scores_of,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.standardise import standardised

WHOLE = " as a whole"  # ends the name of a term that is a part's whole score
_CACHE_BYTES = 2**20  # of float64 scores standardised at once: more would be read from memory again and again
_HELD = "mean and spread of the person's scores of all movies"


@dataclass(frozen=True)
class BlendScorer:
    r"""A weighted sum of the scores of several models, each on the same footing.

    .. math:: s_{ui} = \sum_m w_m \frac{s^m_{ui} - \mathrm{mean}_i s^m_{ui}}{\mathrm{std}_i s^m_{ui}}

    over all movies i, so a model counts by its order and its gaps, not by its units.

    Args:
        parts: the fitted models.
        weights: ``w``, one a part.
    """

    kind: ClassVar[str] = "blend"
    parts: tuple[Scorer, ...]
    weights: tuple[float, ...]

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return self.parts[0].n_items

    def score(self, history: Matrix) -> FloatArray:
        """Blended scores ``(batch, n_items)`` float32, in standard deviations of a person's scores."""
        return self._blended(history, None, None)

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """The same in the order of the ratings, for the parts that depend on it."""
        return self._blended(history, order, times)

    def _blended(self, history: Matrix, order: Matrix | None, times: Matrix | None) -> FloatArray:
        weighted = [
            (weight, scores_of(part, history, order, times))
            for part, weight in zip(self.parts, self.weights, strict=True)
            if weight
        ]
        blended = np.zeros(history.shape, np.float32)
        size = max(1, _CACHE_BYTES // (8 * history.shape[1]))
        for start in range(0, len(blended), size):
            rows = slice(start, start + size)
            blended[rows] = sum(weight * standardised(scores[rows], np.float64) for weight, scores in weighted)
        return blended

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        r"""What each rating adds to the scores of ``items``, mean and spread of each part's scores held.

        .. math:: s_{ui} = \sum_m \frac{w_m}{\mathrm{std}_m} \left(\sum_j c^m_{ij} + a^m_i\right)
            - \sum_m w_m \frac{\mathrm{mean}_m}{\mathrm{std}_m}

        The last term is the same for every movie: what the person's ratings bring to the average one. A part that is
        no sum over the ratings counts as a whole.
        """
        return self._contributions(history, items, None)

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """The same in the order of the ratings, for the parts that depend on it."""
        return self._contributions(history, items, order)

    def _contributions(self, history: Matrix, items: IntArray, order: Matrix | None) -> Contributions:
        ratings, baseline, conditions = np.zeros((len(items), history.nnz)), dict[str, FloatArray](), [_HELD]
        for part, weight in zip(self.parts, self.weights, strict=True):
            scores = scores_of(part, history, order)[0].astype(np.float64) if weight else np.zeros(0)
            spread = float(scores.std()) if weight else 0.0
            if spread == 0.0:
                continue
            if isinstance(part, Explains):
                part_terms = contributions_of(part, history, items, order)
                ratings += weight / spread * part_terms.ratings
                terms, conditions = list(part_terms.baseline_terms.items()), [*conditions, part_terms.conditioned_on]
            else:
                terms = [(f"{part.kind}{WHOLE}", scores[items])]
            for name, term in (*terms, ("average of all movies", np.full(len(items), -scores.mean()))):
                baseline[name] = baseline.get(name, 0.0) + weight / spread * term
        return Contributions(ratings, baseline, "; ".join(dict.fromkeys(filter(None, conditions))))

    def item_vectors(self) -> FloatArray:
        """Those of the first part that has them: ``(n_items, dim)``."""
        for part in self.parts:
            if hasattr(part, "item_vectors"):
                vectors: FloatArray = part.item_vectors()
                return vectors
        return np.zeros((self.n_items, 1), np.float32)

    def with_item_vectors(self) -> BlendScorer:
        """A blend whose parts have their item vectors, where they take long to compute."""
        return self.with_parts(
            [part.with_item_vectors() if isinstance(part, PrecomputesItemVectors) else part for part in self.parts]
        )

    def ranking_parts(self) -> Sequence[tuple[float, Scorer]]:
        """Weight and scorer of the parts whose weight is not 0."""
        return [(weight, part) for weight, part in zip(self.weights, self.parts, strict=True) if weight]

    def with_parts(self, parts: Sequence[Scorer]) -> BlendScorer:
        """A blend of other parts with the same weights."""
        return dataclasses.replace(self, parts=tuple(parts))

    def with_new_items(self, similarity: Matrix, seed: int) -> BlendScorer:
        """A blend whose parts have more items.

        Raises:
            CapabilityError: a part cannot score items that it was not fitted on.
        """
        parts = []
        for part in self.parts:
            if not isinstance(part, SupportsNewItems):
                raise CapabilityError(
                    f"the part {part.kind!r} of the blend cannot score movies that it was not fitted on",
                    "train it again with their ratings",
                )
            parts.append(part.with_new_items(similarity, seed))
        return self.with_parts(parts)

    @property
    def forgetting_arrays(self) -> tuple[str, ...]:
        """Names of the arrays of all parts that only forgetting needs, see `SerialisableScorer`."""
        return tuple(f"{n}.{name}" for n, part in enumerate(self.parts) for name in _forgetting_arrays(part))

    def without_forgetting(self) -> BlendScorer:
        """The blend without what only forgetting and extending need."""
        return self.with_parts(
            [part.without_forgetting() if isinstance(part, KeepsForgetting) else part for part in self.parts]
        )

    def linear_models(self) -> Sequence[LinearRatingModel]:
        """Those of the last part, which predicts the stars."""
        last = self.parts[-1]
        return last.linear_models() if isinstance(last, HasLinearRatingModels) else []

    def arrays(self) -> dict[str, AnyArray]:
        """The arrays of all parts, ``0.name``, ``1.name``, ..."""
        return {f"{n}.{name}": array for n, part in enumerate(self.parts) for name, array in part.arrays().items()}

    def settings(self) -> dict[str, Any]:
        """Kind and settings of each part, and the weights."""
        parts = [{"kind": part.kind, "settings": part.settings()} for part in self.parts]
        return {"parts": parts, "weights": list(self.weights)}


@dataclass(frozen=True)
class StarredBlendScorer(BlendScorer):
    """A blend whose last part predicts the stars, and counts in the order as much as its weight says.

    Combines two scores: what a person will watch (the other parts), and how much they will love it (the last).

    Args:
        parts: the fitted models.
        weights: one a part.
        love: weight of the predicted stars in the order of `liked_order`.
    """

    kind: ClassVar[str] = "starred-blend"
    love: float = 4.0

    @property
    def levels(self) -> FloatArray:
        """Star levels of the predicted distribution."""
        levels: FloatArray = getattr(self.parts[-1], "levels")  # noqa: B009 - an ability of that part
        return levels

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars and their distribution, from the last part."""
        part = self.parts[-1]
        assert isinstance(part, PredictsRating)
        return part.rate(history, items)

    def liked_order(self, scale: RatingScale, mean_rating: float) -> LikedOrderScorer:
        """The order of what a person will be glad to have watched.

        Args:
            scale: of the ratings.
            mean_rating: mean of all training ratings, stars.
        """
        return LikedOrderScorer(self, self.parts[-1], scale, mean_rating, self.love)

    def settings(self) -> dict[str, Any]:
        """Those of a blend, and the weight of the stars in the liked order."""
        return super().settings() | {"love": self.love}

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        """Expected stars of ``items``, ``(batch, n)`` float32, from the last part: the quick ones, if it can."""
        part = self.parts[-1]
        if isinstance(part, PredictsMeanStars):
            return part.mean_stars(history, items)
        return self.rate(history, items).stars

    def rate_at(
        self,
        history: Matrix,
        target: Matrix,
        *,
        history_time: Matrix | None = None,
        target_time: Matrix | None = None,
        users: IntArray | None = None,
    ) -> RatingPrediction:
        """Stars and distribution of each target at its time, from the last part; times count only if it knows any."""
        part = self.parts[-1]
        if not isinstance(part, PredictsRatingAt):
            assert isinstance(part, PredictsRating)
            stars = [
                part.rate(history[[row]], target.indices[target.indptr[row] : target.indptr[row + 1]]).stars[0]
                for row in range(target.shape[0])
            ]
            return RatingPrediction(np.concatenate([np.zeros(0, np.float32), *stars])[None, :])
        return part.rate_at(history, target, history_time=history_time, target_time=target_time, users=users)


def _forgetting_arrays(scorer: Scorer) -> tuple[str, ...]:
    return getattr(scorer, "forgetting_arrays", ())


def single_models(scorer: Scorer) -> list[Scorer]:
    """The fitted models that a scorer consists of: itself, or all parts of a blend, those of blends within it too."""
    return (
        [model for part in scorer.parts for model in single_models(part)]
        if isinstance(scorer, BlendScorer)
        else [scorer]
    )


def parts_of(
    arrays: Mapping[str, AnyArray], parts: Sequence[Mapping[str, Any]]
) -> list[tuple[str, dict[str, AnyArray], dict[str, Any]]]:
    """Kind, arrays and settings of each part of a saved blend."""
    return [
        (
            part["kind"],
            {name.removeprefix(f"{n}."): array for name, array in arrays.items() if name.startswith(f"{n}.")},
            dict(part["settings"]),
        )
        for n, part in enumerate(parts)
    ]
