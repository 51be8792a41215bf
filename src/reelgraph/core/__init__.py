"""The central types: what flows from one room of the house to the next.

All are frozen and their arrays are read-only. ``_id`` is an external id (what the data set calls it), ``_row`` an
internal number counted from 0. Ratings are in stars on a :class:`RatingScale`; times are Unix seconds UTC.
"""

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, Matrix, read_only, single_row
from reelgraph.core.interactions import EvalPart, IdIndex, Interactions, Split, SplitSpec
from reelgraph.core.ratings import Catalogue, CleanReport, CleanStep, Dataset, Profiles, Ratings, RatingScale, RowFault
from reelgraph.core.results import EvalReport, Metric, Recommendation, Recommendations, TopK
from reelgraph.core.scoring import (
    Contributions,
    EmbedsNew,
    Explains,
    Forgets,
    HasItemVectors,
    Learns,
    PlacesPeople,
    PredictsDistribution,
    PredictsMeanStars,
    PredictsRating,
    PredictsRatingAt,
    RatingDistribution,
    RatingPrediction,
    Scorer,
)
from reelgraph.core.training import EpochRecord, FitContext, FitResult, Model, Progress, ProgressCallback

__all__ = [
    "AnyArray",
    "BoolArray",
    "Catalogue",
    "CleanReport",
    "CleanStep",
    "Contributions",
    "Dataset",
    "EmbedsNew",
    "EpochRecord",
    "EvalPart",
    "EvalReport",
    "Explains",
    "FitContext",
    "FitResult",
    "FloatArray",
    "Forgets",
    "HasItemVectors",
    "IdIndex",
    "IntArray",
    "Interactions",
    "Learns",
    "Matrix",
    "Metric",
    "Model",
    "PlacesPeople",
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
    "RowFault",
    "Scorer",
    "Split",
    "SplitSpec",
    "TopK",
    "read_only",
    "single_row",
]
