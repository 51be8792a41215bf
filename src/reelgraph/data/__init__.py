"""Ratings from files to rows: read, clean, index, split, features."""

from reelgraph.data.indexing import index
from reelgraph.data.parts import check_part, check_split, eval_part
from reelgraph.data.splits import split
from reelgraph.data.splitters import ColdItems, PerUser, Random, Shipped, Splitter, Strong, Temporal

__all__ = [
    "ColdItems",
    "PerUser",
    "Random",
    "Shipped",
    "Splitter",
    "Strong",
    "Temporal",
    "check_part",
    "check_split",
    "eval_part",
    "index",
    "split",
]
