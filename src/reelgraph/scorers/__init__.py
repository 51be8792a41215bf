"""Fitted models: NumPy arrays and a `score` method, no torch. The registry is what a bundle may hold."""

from collections.abc import Mapping
from typing import Any

from reelgraph.core import AnyArray, Scorer
from reelgraph.scorers.baselines import BiasScorer, ConstantScorer, PopularityScorer, RecentPopularityScorer
from reelgraph.scorers.bayes.scorer import BayesScorer
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer, parts_of
from reelgraph.scorers.content import FeatureKNNScorer, GenrePopularityScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.scorers.hetero import HeteroRankingScorer, HeteroScorer
from reelgraph.scorers.item_filter.compact import CompactFilterScorer
from reelgraph.scorers.item_filter.dense import ItemFilterScorer
from reelgraph.scorers.item_filter.low_rank import LowRankFilterScorer
from reelgraph.scorers.item_filter.recent import (
    RecentCompactFilterScorer,
    RecentItemFilterScorer,
    RecentLowRankFilterScorer,
)
from reelgraph.scorers.linear_fold_in import FoldInScorer
from reelgraph.scorers.next_item.scorer import NextItemScorer

__all__ = [
    "SCORERS",
    "BayesScorer",
    "BiasScorer",
    "BlendScorer",
    "CompactFilterScorer",
    "ConstantScorer",
    "EmbeddingScorer",
    "FeatureKNNScorer",
    "FoldInScorer",
    "GenrePopularityScorer",
    "HeteroRankingScorer",
    "HeteroScorer",
    "ItemFilterScorer",
    "LowRankFilterScorer",
    "NextItemScorer",
    "PopularityScorer",
    "RecentCompactFilterScorer",
    "RecentItemFilterScorer",
    "RecentLowRankFilterScorer",
    "RecentPopularityScorer",
    "StarredBlendScorer",
    "rebuild",
]

SCORERS: Mapping[str, type] = {
    scorer.kind: scorer
    for scorer in (
        BayesScorer,
        BiasScorer,
        BlendScorer,
        ConstantScorer,
        EmbeddingScorer,
        FeatureKNNScorer,
        FoldInScorer,
        GenrePopularityScorer,
        HeteroRankingScorer,
        HeteroScorer,
        ItemFilterScorer,
        LowRankFilterScorer,
        NextItemScorer,
        PopularityScorer,
        CompactFilterScorer,
        RecentCompactFilterScorer,
        RecentItemFilterScorer,
        RecentLowRankFilterScorer,
        RecentPopularityScorer,
        StarredBlendScorer,
    )
}


def rebuild(
    kind: str,
    arrays: Mapping[str, AnyArray],
    settings: Mapping[str, object],
    plugin_classes: Mapping[str, type] | None = None,
) -> Scorer:
    """The scorer of ``kind`` with the ``arrays`` and ``settings`` it gave when it was saved.

    Args:
        kind: of the scorer.
        arrays: of `Scorer.arrays`.
        settings: of `Scorer.settings`.
        plugin_classes: kind -> class of scorers that other packages define.

    Raises:
        KeyError: no such kind.
        TypeError: the settings or arrays are not those of that kind.
    """
    if kind in (BlendScorer.kind, StarredBlendScorer.kind):
        return _blend(kind, arrays, dict(settings), plugin_classes)
    scorer_class = {**(plugin_classes or {}), **SCORERS}[kind]
    renamed: Mapping[str, str] = getattr(scorer_class, "renamed_settings", {})  # names that older bundles have
    fields = {renamed.get(name, name): value for name, value in (*arrays.items(), *settings.items())}
    scorer: Scorer = scorer_class(**fields)
    return scorer


def _blend(
    kind: str, arrays: Mapping[str, AnyArray], settings: dict[str, Any], plugin_classes: Mapping[str, type] | None
) -> Scorer:
    """A blend, its parts rebuilt one by one."""
    parts = tuple(rebuild(*part, plugin_classes) for part in parts_of(arrays, settings.pop("parts")))
    blend: Scorer = SCORERS[kind](parts, tuple(settings.pop("weights")), **settings)
    return blend
