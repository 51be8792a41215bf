"""Honest measurement: full ranking, one value a person, an interval beside every mean."""

from reelgraph.evaluation.bootstrap import paired, summarise
from reelgraph.evaluation.measure import RANKING, RATING, evaluate
from reelgraph.evaluation.protocols import PROTOCOLS, Prepared, Protocol
from reelgraph.evaluation.ranking import rank_all, top_k
from reelgraph.evaluation.table import as_rows

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
