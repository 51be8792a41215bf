"""What answers about a bundle share: its parts, and what is computed from them once, when it is first needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, Catalogue, IdIndex, Matrix, RatingScale, Scorer, liked_threshold
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError
from reelgraph.data.features import items as item_features
from reelgraph.recommend.candidates import CandidateSelector
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.cold_start import new_items
from reelgraph.recommend.elicitation.well_known import WellKnownItems
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.explain.rated_after import RatedAfter
from reelgraph.recommend.history_builder import HistoryBuilder
from reelgraph.recommend.item_similarity import ItemSimilarity
from reelgraph.recommend.list_order import Order, order_scorer, require_order
from reelgraph.recommend.person import Person
from reelgraph.recommend.phrases.catalogue_names import CatalogueNames
from reelgraph.recommend.portrait import Population
from reelgraph.recommend.story_similarity import StorySimilarity
from reelgraph.recommend.taste_baseline import TasteBaseline
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.recommend.what_if import Changes
from reelgraph.scorers import PopularityScorer
from reelgraph.scorers.blend import single_models


class BundleResources:
    """The parts of a bundle, what is computed from them once, and the histories of people.

    Args:
        bundle: a loaded `Bundle`.
        seen_weight: see `Recommender`.

    Raises:
        ConfigError: the weight is not from 0 to 1.
    """

    def __init__(self, bundle: Bundle, *, seen_weight: float | None = None) -> None:
        require_type("Recommender", "bundle", bundle, Bundle)
        self.bundle = bundle
        self.popularity = PopularityScorer(bundle.item_statistics.counts)
        self.titles = TitleLookup(bundle.items, bundle.catalogue, self.popularity.counts)
        self.histories = HistoryBuilder(bundle, self.titles, seen_weight)

    @property
    def scorer(self) -> Scorer:
        """The fitted model."""
        return self.bundle.scorer

    @cached_property
    def liked_scorer(self) -> Scorer:
        """What ranks in the order ``liked``, see `order_scorer`."""
        return order_scorer(self.scorer, "liked", self.scale, self.bundle.item_statistics.mean)

    @property
    def users(self) -> IdIndex:
        """Known users."""
        return self.bundle.users

    @property
    def items(self) -> IdIndex:
        """Items that can be ranked."""
        return self.bundle.items

    @property
    def history(self) -> Matrix:
        """Ratings of the known users, ``(n_users, n_items)`` CSR, stars."""
        return self.bundle.history

    @property
    def catalogue(self) -> Catalogue:
        """Metadata of the items, aligned with `items`."""
        return self.bundle.catalogue

    @property
    def scale(self) -> RatingScale | None:
        """Scale of the ratings; None where the data have no stars."""
        return self.bundle.scale

    @cached_property
    def genres(self) -> Matrix:
        """Genres of the items, ``(n_items, n_genres)`` 0/1 CSR."""
        return item_features(self.catalogue)["genres"].matrix

    @cached_property
    def names(self) -> CatalogueNames:
        """Finds genres, people and titles in the words of a phrase."""
        return CatalogueNames(self.catalogue, self.titles)

    @cached_property
    def is_new(self) -> BoolArray:
        """Items without training ratings, ``(n_items,)``."""
        return new_items(self.bundle)

    @cached_property
    def candidates(self) -> CandidateSelector:
        """Selects the items that may be listed."""
        return CandidateSelector(self.bundle, self.titles, self.popularity.counts, self.is_new)

    @cached_property
    def item_similarity(self) -> ItemSimilarity:
        """Cosines of the item vectors."""
        return ItemSimilarity(self.scorer)

    @cached_property
    def story_similarity(self) -> StorySimilarity:
        """Cosines of stories; raises `CapabilityError` where the catalogue has neither overviews nor keywords."""
        return StorySimilarity(self.catalogue)

    @cached_property
    def co_likes(self) -> CoLikes:
        """Counts of the known users who liked two items, and who rated one after the other if the model learns that."""
        times = self.bundle.times
        learns_later = any(getattr(model, "later_weight", 0.0) for model in single_models(self.scorer))
        rated_after = RatedAfter(self.history, times) if learns_later and times is not None else None
        return CoLikes(self.history, liked_threshold(self.scale), rated_after)

    @cached_property
    def co_views(self) -> CoViews:
        """Probabilities of having seen an item, given another one."""
        return CoViews(self.history, self.bundle.item_statistics)

    @cached_property
    def well_known(self) -> WellKnownItems:
        """The most watched items, for questions and first choices."""
        return WellKnownItems(
            self.history, self.catalogue.title.tolist(), liked_threshold(self.scale), self.bundle.item_statistics
        )

    @cached_property
    def population(self) -> Population:
        """The ratings of the known users, for portraits."""
        return Population(self.bundle)

    @cached_property
    def taste_baseline(self) -> TasteBaseline:
        """What the tastes of the known users have in common."""
        return TasteBaseline(self.bundle)

    @property
    def seen_weight(self) -> float:
        """Weight of a movie seen without a rating, from 0 (it does not count) to 1."""
        return self.histories.seen_weight

    def rating_row(self, person: Person) -> Matrix:
        """The person's ratings, ``(1, n_items)`` CSR, stars; movies seen without a rating are not among them.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
        """
        return self.histories.rating_row(person)

    def history_for(
        self,
        person: Person,
        changes: Changes | None = None,
        *,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        times: Mapping[int | str, int] | None = None,
    ) -> WeightedHistory:
        """What the person rated and saw, with weights, and the items never to be listed.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; the id of a known user; or a
                history, which is returned as it is.
            changes: what if, see `Changes`.
            seen: ids or titles of movies seen without a rating; those among the ratings count as rated.
            seen_weight: weight of the movies seen, from 0 to 1; None for `seen_weight`. A history keeps its weights.
            times: when the movies were rated or seen, Unix seconds by item id or title; known users of data with times
                need none.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale, or a time is no whole number of seconds from 0 to 2^40.
            ConfigError: an item to mute, damp or remove is not rated, an item of ``times`` is neither rated nor seen,
                or a weight is not in [0, 1].
        """
        return self.histories.history(person, changes, seen, seen_weight, times)

    def scorer_for(self, history: WeightedHistory, order: Order = "watch") -> Scorer:
        """What ranks for a person in an order: popularity if it can use nothing of what they rated and saw.

        Raises:
            ConfigError: the order is unknown.
        """
        require_order(order)
        scorer = self.scorer if order == "watch" else self.liked_scorer
        return scorer if history.informs(scorer) else self.popularity

    def _list_length(self, k: int) -> int:
        if not isinstance(k, int | np.integer):
            raise ConfigError("k", f"{k!r} is not a whole number")
        if k < 1:
            raise ConfigError("k", f"{k} is not at least 1")
        return min(k, len(self.items))  # no list is longer, so no more memory is used
