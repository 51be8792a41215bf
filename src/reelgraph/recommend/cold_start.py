"""Items without training ratings, and people with profiles or favourite genres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, Feedback, FloatArray, Scorer, SupportsColdItems, SupportsProfiles
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.scorer_inputs import learns_from, learns_from_views
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import liked_ratings_of

NEW_ITEM_NOTE = "new: nobody has rated it yet, listed for what is known of it"
KNOWS_ORDER_NOTE = "the model goes by the order of the ratings as it is, so asking for the recent changes nothing"


@dataclass(frozen=True)
class Traits:
    """What is known of a person in addition to their ratings.

    Args:
        profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F", "occupation": "writer"}``.
        genres: favourite genres.
    """

    profile: Mapping[str, str] = field(default_factory=dict)
    genres: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.profile or self.genres)

    def scores(self, scorer: Scorer, history: WeightedHistory) -> FloatArray:
        """Scores ``(1, n_items)`` for a person with these traits, who may have no ratings.

        Raises:
            CapabilityError: the model uses ratings only.
            ConfigError: the model knows no such kind, name or genre.
        """
        if not isinstance(scorer, SupportsProfiles):
            raise CapabilityError(
                f"the model {scorer.kind!r} knows people by their ratings only", "train hetero for this"
            )
        usable = history if learns_from_views(scorer) else history.rated()
        layers = [
            share * scorer.score_person(ratings, self.profile, self.genres) for share, ratings in usable.layer_ratings()
        ]
        total: FloatArray = np.sum(layers, axis=0)
        return total


def basis_note(history: WeightedHistory, scorer: Scorer, feedback: Feedback) -> str:
    """What a list is made from where it is not the person's ratings; "" where it is.

    Args:
        history: the person.
        scorer: the model.
        feedback: what the ratings of the bundle are.
    """
    n_unrated = len(history.unrated_rows) and int(np.count_nonzero(history.is_unrated))
    liked = liked_ratings_of(scorer)
    if liked and not history.is_empty and not history.weights[liked.counts(history.ratings.data)].any():
        return f"no rating above {counted(liked.disliked_to, 'star')}: these are the most rated movies"
    if not history.is_empty and not history.weights[learns_from(scorer, history.ratings.indices)].any():
        return "the model learns nothing from such seldom rated movies: these are the most rated movies"
    if history.informs(scorer):
        return f"from {counted(n_unrated, 'movie')} you watched" if n_unrated == history.ratings.nnz else ""
    if feedback != "explicit":
        return "nothing seen yet: these are the most watched movies"
    if n_unrated and not learns_from_views(scorer):
        return f"the model {scorer.kind!r} learns from ratings only: these are the most rated movies"
    return "no ratings yet: these are the most rated movies"


def emphasis_note(history: WeightedHistory, scorer: Scorer) -> str:
    """What counts most in a list; that it does not, where the ratings change nothing; "" where all count alike.

    Args:
        history: the person.
        scorer: what the list is ranked by.
    """
    if not history.emphasis:
        return ""
    ranker = scorer.ranker if isinstance(scorer, LikedOrderScorer) else scorer
    nobody = history.at(np.empty(0, np.int64))
    if not np.array_equal(ranker.score(history.ratings), ranker.score(nobody.ratings)):
        return history.emphasis
    claims = [claim for claim in history.emphasis.split("; ") if claim != KNOWS_ORDER_NOTE]
    return f"ranked as for someone without ratings, so not {' or '.join(claims)}" if claims else ""


def new_items(bundle: Bundle) -> BoolArray:
    """True for items without training ratings, ``(n_items,)``.

    When the bundle does not say which ratings those are, only those that were added after the fit can be new.
    """
    statistics = bundle.item_statistics
    is_known = len(statistics.train_counts) > 0
    is_new: BoolArray = (statistics.train_counts if is_known else statistics.counts) == 0
    if not is_known:
        is_new[: len(is_new) - bundle.n_added_items] = False
    return is_new


def unscorable_items(bundle: Bundle, is_new: BoolArray) -> BoolArray:
    """Items that the model cannot score, ``(n_items,)``: those without training ratings.

    Not if it supports cold items, nor those that were added to the bundle after the fit (`SupportsNewItems`).
    """
    if isinstance(bundle.scorer, SupportsColdItems):
        return np.zeros_like(is_new)
    is_unscorable = is_new.copy()
    is_unscorable[len(is_new) - bundle.n_added_items :] = False
    return is_unscorable
