"""Models as estimators of scikit-learn (extra ``sklearn``), for pipelines, cross-validation and grid search."""

from reelgraph.core.errors import CapabilityError

try:
    from reelgraph.estimators.ranking_estimator import RankingEstimator
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("sklearn"):
        raise
    raise CapabilityError.missing("reelgraph.estimators", "scikit-learn", "sklearn") from None

__all__ = ["RankingEstimator"]
