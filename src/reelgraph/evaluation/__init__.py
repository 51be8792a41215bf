"""Evaluation by full ranking, with per-user values and bootstrap intervals."""

from reelgraph.evaluation.bootstrap import paired, summarise
from reelgraph.evaluation.evaluate import evaluate
from reelgraph.evaluation.full_ranking import top_k
from reelgraph.evaluation.groups import Grouping, GroupMetrics, by_group, user_groups
from reelgraph.evaluation.metric_names import DISTRIBUTION, RANKING, RATING, measurable
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.metrics.distribution import Reliability, pit, reliability
from reelgraph.evaluation.metrics.rating import TargetPredictions, target_predictions
from reelgraph.evaluation.plausibility import CEILINGS, MetricCeiling, check_figures
from reelgraph.evaluation.pooling import pool_folds
from reelgraph.evaluation.protocol import PreparedData, Protocol, ShippedFold
from reelgraph.evaluation.protocols import PROTOCOLS, protocol_named
from reelgraph.evaluation.ranked_lists import rank_all
from reelgraph.evaluation.report_rows import as_rows, per_user_rows

__all__ = [
    "CEILINGS",
    "DISTRIBUTION",
    "OF_GENRES",
    "PROTOCOLS",
    "RANKING",
    "RATING",
    "GroupMetrics",
    "Grouping",
    "MetricCeiling",
    "PreparedData",
    "Protocol",
    "Reliability",
    "ShippedFold",
    "TargetPredictions",
    "as_rows",
    "by_group",
    "check_figures",
    "evaluate",
    "measurable",
    "paired",
    "per_user_rows",
    "pit",
    "pool_folds",
    "protocol_named",
    "rank_all",
    "reliability",
    "summarise",
    "target_predictions",
    "top_k",
    "user_groups",
]
