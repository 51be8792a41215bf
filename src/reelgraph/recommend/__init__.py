"""From a fitted model to lists for people."""

from reelgraph.recommend.changes import Changes, WhatIf
from reelgraph.recommend.compatibility import Compatibility, compatibility
from reelgraph.recommend.counterfactual import Counterfactual
from reelgraph.recommend.explain import Explanation, Reason
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.newcomers import Traits
from reelgraph.recommend.questions import Question, next_questions
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.together import Together, together

__all__ = [
    "Changes",
    "Compatibility",
    "Counterfactual",
    "Explanation",
    "Filters",
    "Question",
    "Reason",
    "Recommender",
    "Together",
    "Traits",
    "WhatIf",
    "compatibility",
    "next_questions",
    "together",
]
