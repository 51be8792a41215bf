"""From a fitted model to lists for people."""

from reelgraph.recommend.changes import Changes, WhatIf
from reelgraph.recommend.counterfactual import Counterfactual
from reelgraph.recommend.explain import Explanation, Reason
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.recommender import Recommender

__all__ = ["Changes", "Counterfactual", "Explanation", "Filters", "Reason", "Recommender", "WhatIf"]
