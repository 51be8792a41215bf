"""From a fitted model to lists for people."""

from reelgraph.recommend.changes import Changes, WhatIf
from reelgraph.recommend.explain import Explanation, Reason
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.recommender import Recommender

__all__ = ["Changes", "Explanation", "Filters", "Reason", "Recommender", "WhatIf"]
