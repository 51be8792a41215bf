"""The central types, which all other packages exchange.

All are frozen and their arrays are read-only. ``_id`` is an external id, as in the data set; ``_row`` is an internal
number counted from 0. Ratings are in stars on a :class:`RatingScale`; times are Unix seconds UTC.
"""

from typing import TYPE_CHECKING

from reelgraph._util.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from reelgraph.core.abilities import (
        AdditiveScorer,
        BoundsScores,
        BoundsScoresInOrder,
        CombinesScorers,
        Explains,
        ExplainsInOrder,
        ForgetsAtOnce,
        HasItemVectors,
        HasLinearRatingModels,
        HoldsFixed,
        KeepsForgetting,
        KeepsUserAverages,
        LearnsFromSomeItems,
        LinearRatingModel,
        OrdersByLiking,
        PrecomputesItemVectors,
        PredictsDistribution,
        PredictsMeanStars,
        PredictsRating,
        PredictsRatingAt,
        RefitsLike,
        RequiresStars,
        ScoresInOrder,
        StoresUserFeatures,
        SupportsColdItems,
        SupportsNewItems,
        SupportsPartialFit,
        SupportsProfiles,
        SupportsRefit,
        SupportsReplacement,
        SupportsUnlearning,
        UpdatesInPart,
        WrapsScorer,
    )
    from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, Matrix, read_only, single_row
    from reelgraph.core.catalogue import Catalogue
    from reelgraph.core.dataset import CleanReport, CleanStep, Dataset
    from reelgraph.core.history_order import contributions_of, depends_on_order, ranks_in_time, scores_of
    from reelgraph.core.id_index import IdIndex, whole_number
    from reelgraph.core.interactions import Interactions, require_stars
    from reelgraph.core.memory import DataSize, EstimatesMemory, FitMemory
    from reelgraph.core.profiles import Profiles
    from reelgraph.core.rating_scale import Feedback, RatingScale, at_least, liked_threshold, require_scale, unit_rating
    from reelgraph.core.ratings import NO_TIME, Ratings, RowFault
    from reelgraph.core.results import EvalReport, Metric, Recommendation, Recommendations, TopK
    from reelgraph.core.scoring import Contributions, RatingDistribution, RatingPrediction, Scorer
    from reelgraph.core.split_parts import EvalPart, Split, SplitSpec
    from reelgraph.core.training import EpochRecord, FitContext, FitResult, Model, Progress, ProgressCallback, Shard
else:
    __getattr__, __dir__ = lazy_exports(__name__)

__all__ = [
    "NO_TIME",
    "AdditiveScorer",
    "AnyArray",
    "BoolArray",
    "BoundsScores",
    "BoundsScoresInOrder",
    "Catalogue",
    "CleanReport",
    "CleanStep",
    "CombinesScorers",
    "Contributions",
    "DataSize",
    "Dataset",
    "EpochRecord",
    "EstimatesMemory",
    "EvalPart",
    "EvalReport",
    "Explains",
    "ExplainsInOrder",
    "Feedback",
    "FitContext",
    "FitMemory",
    "FitResult",
    "FloatArray",
    "ForgetsAtOnce",
    "HasItemVectors",
    "HasLinearRatingModels",
    "HoldsFixed",
    "IdIndex",
    "IntArray",
    "Interactions",
    "KeepsForgetting",
    "KeepsUserAverages",
    "LearnsFromSomeItems",
    "LinearRatingModel",
    "Matrix",
    "Metric",
    "Model",
    "OrdersByLiking",
    "PrecomputesItemVectors",
    "PredictsDistribution",
    "PredictsMeanStars",
    "PredictsRating",
    "PredictsRatingAt",
    "Profiles",
    "Progress",
    "ProgressCallback",
    "RatingDistribution",
    "RatingPrediction",
    "RatingScale",
    "Ratings",
    "Recommendation",
    "Recommendations",
    "RefitsLike",
    "RequiresStars",
    "RowFault",
    "Scorer",
    "ScoresInOrder",
    "Shard",
    "Split",
    "SplitSpec",
    "StoresUserFeatures",
    "SupportsColdItems",
    "SupportsNewItems",
    "SupportsPartialFit",
    "SupportsProfiles",
    "SupportsRefit",
    "SupportsReplacement",
    "SupportsUnlearning",
    "TopK",
    "UpdatesInPart",
    "WrapsScorer",
    "at_least",
    "contributions_of",
    "depends_on_order",
    "liked_threshold",
    "ranks_in_time",
    "read_only",
    "require_scale",
    "require_stars",
    "scores_of",
    "single_row",
    "unit_rating",
    "whole_number",
]
