"""Honest measurement: full ranking, one value a person, an interval beside every mean."""

from reelgraph.evaluate.bootstrap import paired, summarise
from reelgraph.evaluate.measure import RANKING, RATING, evaluate
from reelgraph.evaluate.protocols import PROTOCOLS, Prepared, Protocol
from reelgraph.evaluate.ranking import rank_all, top_k
from reelgraph.evaluate.table import as_rows

__all__ = [
    "PROTOCOLS",
    "RANKING",
    "RATING",
    "Prepared",
    "Protocol",
    "as_rows",
    "evaluate",
    "paired",
    "rank_all",
    "summarise",
    "top_k",
]
