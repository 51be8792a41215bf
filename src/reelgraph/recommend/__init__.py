"""From a bundle model to lists for people."""

from typing import TYPE_CHECKING

from reelgraph._util.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from reelgraph.recommend.batch_lists import RecommendationTable
    from reelgraph.recommend.cold_start import Traits
    from reelgraph.recommend.elicitation.first_choice import WellKnownItem, well_known_items
    from reelgraph.recommend.elicitation.next_questions import Question, next_questions
    from reelgraph.recommend.explain.counterfactual import Counterfactual
    from reelgraph.recommend.explain.explanation import Explanation
    from reelgraph.recommend.explain.reasons import Reason, ReasonGroup
    from reelgraph.recommend.filters import Filters
    from reelgraph.recommend.group.group_list import GroupList, recommend_for_group
    from reelgraph.recommend.group.taste_similarity import Compatibility, compatibility
    from reelgraph.recommend.item_vectors import ItemVectors
    from reelgraph.recommend.list_order import Order
    from reelgraph.recommend.phrases.likeness import history_of_words
    from reelgraph.recommend.phrases.parse import parse_phrase
    from reelgraph.recommend.phrases.parsed import Chip, NotUnderstood, ParsedPhrase
    from reelgraph.recommend.portrait import Portrait, TasteGroup, UnusualLove
    from reelgraph.recommend.predicted_ratings import PredictedRating, PredictedRatings
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.rerank.options import RerankOptions
    from reelgraph.recommend.tonight.film_for_tonight import TonightFilm, film_for_tonight
    from reelgraph.recommend.what_if import Changes, WhatIf
else:
    __getattr__, __dir__ = lazy_exports(__name__)

__all__ = [
    "Changes",
    "Chip",
    "Compatibility",
    "Counterfactual",
    "Explanation",
    "Filters",
    "GroupList",
    "ItemVectors",
    "NotUnderstood",
    "Order",
    "ParsedPhrase",
    "Portrait",
    "PredictedRating",
    "PredictedRatings",
    "Question",
    "Reason",
    "ReasonGroup",
    "RecommendationTable",
    "Recommender",
    "RerankOptions",
    "TasteGroup",
    "TonightFilm",
    "Traits",
    "UnusualLove",
    "WellKnownItem",
    "WhatIf",
    "compatibility",
    "film_for_tonight",
    "history_of_words",
    "next_questions",
    "parse_phrase",
    "recommend_for_group",
    "well_known_items",
]
