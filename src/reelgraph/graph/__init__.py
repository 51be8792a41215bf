"""The user-item graph: built from training interactions only, normalised once, kept."""

from reelgraph.graph.bipartite import BipartiteGraph, GraphStatistics

__all__ = ["BipartiteGraph", "GraphStatistics"]
