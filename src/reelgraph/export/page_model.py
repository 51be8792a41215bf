"""The form of a model that a page has: item filters in 8 bits, rounded embeddings, and a few draws for the stars."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import Scorer
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.export.star_draws import few_draws
from reelgraph.scorers.bayes.scorer import BayesScorer
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.scorers.item_filter.compact import CompactFilterScorer
from reelgraph.scorers.item_filter.compact_weights import HeadWeights, compact_weights, fields_of
from reelgraph.scorers.item_filter.dense import ItemFilterScorer
from reelgraph.scorers.item_filter.recent import (
    RecentCompactFilterScorer,
    RecentItemFilterScorer,
    with_recency,
)

STARS = "stars"
"""Name of the part that predicts stars."""

DRAWS_LEFT_OUT = "draws"
"""Name under which `PageModel.left_out` has the draws of the stars that are not in a page."""

DRAWS = 4
"""Draws of the model of the stars that a page has by default."""

RankingPart = CompactFilterScorer | EmbeddingScorer
_RANK, _WEIGHTS_PER_ITEM = 128, 50  # of a filter whose weights were kept whole
_HINT = "train graph-filter, or leave it out of a blend: --without NAME"


@dataclass(frozen=True)
class PageModel:
    """A model as a page has it, and what of the bundle's model it lacks.

    Args:
        scorer: the same as a scorer: the lists of the page are those that `Recommender` makes with it.
        parts: name, weight and scorer of each part that ranks.
        stars: draws that predict stars; None for none.
        left_out: name -> why, of the parts of the bundle's model that are not in it.
    """

    scorer: Scorer
    parts: tuple[tuple[str, float, RankingPart], ...]
    stars: BayesScorer | None
    left_out: dict[str, str]

    @property
    def is_blend(self) -> bool:
        """Whether the scores of the parts are brought on one footing and added up."""
        return isinstance(self.scorer, BlendScorer)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts that are in it."""
        return (*(name for name, _, _ in self.parts), *([STARS] if self.stars is not None else []))


def page_model(scorer: Scorer, without: Collection[str] = (), draws: int = DRAWS) -> PageModel:
    """The form of a fitted model that a page has.

    Args:
        scorer: an item filter, an embedding, or a blend of these, whose last part may predict stars.
        without: names of parts to leave out: ``graph-filter``, ``lightgcn``, ``stars``.
        draws: number of draws of the model of the stars, evenly spaced among its own; fewer take less room, and make
            the stars less certain. 0 leaves the stars out.

    Raises:
        CapabilityError: the model has no such form, or nothing that ranks is left.
        ConfigError: it has no part of a name in ``without``, or ``draws`` is below 0.

    Cost: nothing but copying, and for a filter whose weights are kept whole some ten products with them.
    """
    if draws < 0:
        raise ConfigError("draws", f"{draws} is not valid: expected a number of draws, 0 for no stars")
    ranking, stars = _ranking_and_stars(scorer)
    names = [*(name for name, _, _ in ranking), *([STARS] if stars is not None else [])]
    for name in without:
        if name not in names:
            raise ConfigError.unknown(name, names, "part of the model")
    parts = tuple((name, weight, _in_few_bits(part)) for name, weight, part in ranking if name not in without)
    if not parts:
        raise CapabilityError("nothing that ranks is left in the page", "leave out fewer parts")
    left_out = dict.fromkeys(without, "left out as asked")
    few = None
    if stars is not None and STARS not in without:
        if not draws:
            left_out[STARS] = "left out as asked"
        elif not isinstance(stars, BayesScorer) or stars.point != "mean":
            left_out[STARS] = f"a page has no stars of the model {stars.kind!r}"
        else:
            few = few_draws(stars, draws)
            n_draws = len(stars.item)
            left_out |= (
                {DRAWS_LEFT_OUT: f"{n_draws - draws} of {counted(n_draws, 'draw')} of the stars"}
                if draws < n_draws
                else {}
            )
    return PageModel(_joined(scorer, parts, few), parts, few, left_out)


def _ranking_and_stars(scorer: Scorer) -> tuple[list[tuple[str, float, Scorer]], Scorer | None]:
    """Name, weight and scorer of the parts that rank, and the part that predicts stars."""
    if not isinstance(scorer, BlendScorer):
        return [(_name_of(scorer), 1.0, scorer)], None
    parts, weights = list(scorer.parts), list(scorer.weights)
    stars = parts[-1] if isinstance(scorer, StarredBlendScorer) and not weights[-1] else None
    ranking = [(_name_of(part), weight, part) for part, weight in zip(parts, weights, strict=True) if weight]
    return ranking, stars


def _name_of(scorer: Scorer) -> str:
    if isinstance(scorer, CompactFilterScorer | ItemFilterScorer):
        return "graph-filter"
    return "lightgcn" if isinstance(scorer, EmbeddingScorer) else scorer.kind


def _in_few_bits(scorer: Scorer) -> RankingPart:
    """An item filter or an embedding in numbers of 8 bits."""
    if isinstance(scorer, CompactFilterScorer):
        return scorer.without_forgetting()
    if isinstance(scorer, EmbeddingScorer):
        return scorer if len(scorer.source_step) else scorer.rounded()
    if isinstance(scorer, ItemFilterScorer):
        return compact_form(scorer)
    raise CapabilityError(f"the model {scorer.kind!r} cannot be put into a page", _HINT)


def compact_form(scorer: ItemFilterScorer) -> CompactFilterScorer:
    """An item filter whose weights are whole as a product of two thin matrices and the largest of what is left.

    Cost: O(n_items^2 rank), and the weights whole in memory.
    """
    n_items = scorer.n_items
    whole = HeadWeights(n_items, None, 1.0, polynomial=scorer.weights)
    items = np.arange(n_items, dtype=np.int32)
    weights = compact_weights(n_items, items, whole, (), min(_RANK, n_items), _WEIGHTS_PER_ITEM)
    names = (
        "closed_form", "user_weight", "dropout", "session_weight", "time_scale", "rating_power", "unit_stars",
        "feature_weight", "low_pass_weight", "low_pass_cutoff", "later_weight",
    )  # fmt: skip
    settings = {name: getattr(scorer, name) for name in names}
    compact = CompactFilterScorer(
        **fields_of(weights),
        head=items,
        vectors=np.empty((0, 0), np.float16),
        inverse=np.empty(0),
        weights_per_item=_WEIGHTS_PER_ITEM,
        ridge=scorer.ridge or 0.0,
        **settings,
    )
    return with_recency(compact, scorer.recency) if isinstance(scorer, RecentItemFilterScorer) else compact


def recency_of(scorer: RankingPart) -> float:
    """How much less older ratings count in a part, see `recency_weights`; 0 where all count alike."""
    return scorer.recency if isinstance(scorer, RecentCompactFilterScorer) else 0.0


def _joined(scorer: Scorer, parts: Sequence[tuple[str, float, RankingPart]], stars: BayesScorer | None) -> Scorer:
    """One scorer of the parts of a page."""
    if not isinstance(scorer, BlendScorer):
        return parts[0][2]
    scorers: Iterator[Scorer] = (part for _, _, part in parts)
    weights = tuple(weight for _, weight, _ in parts)
    if stars is not None and isinstance(scorer, StarredBlendScorer):
        return dataclasses.replace(scorer, parts=(*scorers, stars), weights=(*weights, 0.0))
    return BlendScorer(tuple(scorers), weights)
