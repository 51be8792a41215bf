"""From a fitted model to lists for people."""

from reelgraph.recommend.filters import Filters
from reelgraph.recommend.recommender import Recommender

__all__ = ["Filters", "Recommender"]
