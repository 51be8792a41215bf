"""Fitted models: NumPy arrays and a `score` method, no torch. The registry is what a bundle may hold."""

from collections.abc import Mapping

from reelgraph.scorers.bayes import BayesScorer
from reelgraph.scorers.bias import BiasScorer
from reelgraph.scorers.constant import ConstantScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.scorers.foldin import FoldInScorer
from reelgraph.scorers.item_filter import ItemFilterScorer
from reelgraph.scorers.low_rank_filter import LowRankFilterScorer
from reelgraph.scorers.popularity import PopularityScorer
from reelgraph.types import AnyArray, Scorer

__all__ = [
    "SCORERS",
    "BayesScorer",
    "BiasScorer",
    "ConstantScorer",
    "EmbeddingScorer",
    "FoldInScorer",
    "ItemFilterScorer",
    "LowRankFilterScorer",
    "PopularityScorer",
    "rebuild",
]

SCORERS: Mapping[str, type] = {
    scorer.kind: scorer
    for scorer in (
        BayesScorer,
        BiasScorer,
        ConstantScorer,
        EmbeddingScorer,
        FoldInScorer,
        ItemFilterScorer,
        LowRankFilterScorer,
        PopularityScorer,
    )
}


def rebuild(kind: str, arrays: Mapping[str, AnyArray], settings: Mapping[str, object]) -> Scorer:
    """The scorer of ``kind`` with the ``arrays`` and ``settings`` it gave when it was saved.

    Raises:
        KeyError: no such kind.
        TypeError: the settings or arrays are not those of that kind.
    """
    scorer: Scorer = SCORERS[kind](**arrays, **settings)
    return scorer
