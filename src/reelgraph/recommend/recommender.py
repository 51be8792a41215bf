"""The recommender: a person is their ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Unpack

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    BoolArray,
    Catalogue,
    FloatArray,
    IdIndex,
    Matrix,
    RatingScale,
    Recommendation,
    Recommendations,
    Scorer,
    TopK,
    single_row,
)
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data.features import items as item_features
from reelgraph.recommend import cold_start
from reelgraph.recommend.candidates import CandidateSelector
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.explain import contributions
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.explain.counterfactual import Counterfactual, counterfactual
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.item_similarity import ItemSimilarity
from reelgraph.recommend.list_rows import plain_lines, with_stars
from reelgraph.recommend.rerank.options import AS_RANKED, RerankOptions, RerankWeights
from reelgraph.recommend.taste_baseline import TasteBaseline
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import Person, WeightedHistory
from reelgraph.recommend.what_if import Changes, WhatIf
from reelgraph.scorers import PopularityScorer


class Recommender:
    """Answers "what will I like" and "what is like this".

    Args:
        bundle: a loaded `Bundle`.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.popularity = PopularityScorer(np.bincount(bundle.history.indices, minlength=len(bundle.items)))

    @property
    def scorer(self) -> Scorer:
        """The fitted model."""
        return self.bundle.scorer

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
    def scale(self) -> RatingScale:
        """Scale of the ratings."""
        return self.bundle.scale

    @cached_property
    def titles(self) -> TitleLookup:
        """Lookup by id or title."""
        return TitleLookup(self.items, self.catalogue)

    @cached_property
    def co_likes(self) -> CoLikes:
        """How many people loved both of two movies."""
        return CoLikes(self.history, self.scale.liked_from)

    @cached_property
    def taste_baseline(self) -> TasteBaseline:
        """What the kept users have in common."""
        return TasteBaseline(self.bundle)

    @cached_property
    def co_views(self) -> CoViews:
        """Who has seen one movie has seen which others."""
        return CoViews(self.history)

    @cached_property
    def genres(self) -> Matrix:
        """Genres of the movies, ``(n_items, n_genres)`` 0/1 CSR."""
        return item_features(self.catalogue)["genres"].matrix

    def rating_row(self, person: Person) -> Matrix:
        """The person's ratings as a row, ``(1, n_items)`` CSR, stars.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
        """
        if isinstance(person, WeightedHistory):
            return person.ratings
        if not isinstance(person, Mapping):
            row = self.users.row(person)
            return self.history[[row]]
        rows = self.items.rows(list(person))
        stars = self._stars(person)
        order = np.argsort(rows, kind="stable")
        if len(np.unique(rows)) < len(rows):
            raise DataFormatError("ratings", "each item once", column="item_id", value=str(list(person)))
        return single_row(stars[order], rows[order].astype(np.int32), len(self.items))

    def history_for(self, person: Person, changes: Changes | None = None) -> WeightedHistory:
        """The person's ratings with what each counts, and what is not to be listed.

        Args:
            person: ratings by item id, in stars, or the id of a known user, or somebody heard already.
            changes: what if; nothing is stored.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: something muted, damped or taken back was not rated, or a weight is not in [0, 1].
        """
        heard = person
        if not isinstance(heard, WeightedHistory):
            user = None if isinstance(person, Mapping) else self.users.row(person)
            heard = WeightedHistory.unweighted(self.rating_row(person), user_row=user)
        if not changes:
            return heard
        self._stars(changes.stars)
        return changes.apply(heard, self.items)

    def recommend(
        self,
        person: Person,
        k: int = 10,
        filters: Filters | None = None,
        *,
        rerank: RerankOptions = AS_RANKED,
        changes: Changes | None = None,
        traits: cold_start.Traits | None = None,
        **weights: Unpack[RerankWeights],
    ) -> Recommendations:
        """The k best movies that the person has not rated.

        Args:
            person: ratings by item id, in stars, or the id of a known user.
            k: length of the list; shorter only when fewer movies are left.
            filters: what may be listed.
            rerank: how the list is re-ranked.
            changes: what if, see `Changes`.
            traits: what is known of the person beside their ratings, who may then have none (``person={}``).
            **weights: fields of `RerankOptions` that replace those of ``rerank``: ``diversity`` and ``calibration``
                from 0 to 1, ``niche`` and ``bold`` from -1 to 1.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: k is under 1, a filter or a change is off, or a re-ranking weight is not in its range.
            CapabilityError: the catalogue or the model lacks what re-ranking or traits need.
        """
        k = self._length(k)
        heard = self.history_for(person, changes)
        scorer = self.scorer if traits else self.scorer_for(heard)
        scores = traits.scores(scorer, heard) if traits else heard.score(scorer)
        options = replace(rerank, **weights)
        best = self.candidates.top_k(scores, options.pool_size(k), heard, filters)
        if options:
            best = options.apply(best, k, heard.ratings, self.scorer, self.popularity.counts, self.genres)
        notes = ["no ratings yet: these are the most rated movies"] if heard.is_empty and not traits else []
        notes += [f"re-ranked for {options}"] if options else []
        lines = self._lines(best, heard)
        notes += [cold_start.MARK] if any(line.new for line in lines) else []
        return Recommendations(lines, scorer.kind, "; ".join(notes))

    def what_if(
        self,
        person: Person,
        changes: Changes,
        k: int = 10,
        filters: Filters | None = None,
        *,
        rerank: RerankOptions = AS_RANKED,
        **weights: Unpack[RerankWeights],
    ) -> WhatIf:
        """The list as it is, the list under ``changes``, and what moved; arguments as `recommend`."""
        ask = partial(self.recommend, person, k, filters, rerank=replace(rerank, **weights))
        return WhatIf.of(ask(), ask(changes=changes))

    def counterfactual(
        self, person: Person, item: int | str, k: int = 10, filters: Filters | None = None, *, most: int = 3
    ) -> Counterfactual:
        """The smallest change of the person's ratings that brings ``item`` into their top k, or out of it.

        A change is another number of stars, or not learning from a rating (the movie stays seen). Fewer changed
        ratings come first, then the least change of stars. The rank under the changes is that of a fresh call.

        Args:
            person: ratings by item id, in stars, or the id of a known user.
            item: id or title of a movie that may be listed.
            k: length of the list.
            filters: what may be listed.
            most: ratings changed, at most, in the search for the smallest change; where none do, up to 15 are changed
                one after the other, each time what helps most.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: the movie may not be listed, or a number is under 1.

        Cost: O(ratings * levels * n_items), and up to 200,000 sets of ratings for each size.
        """
        item_row, k, history = self.titles.row(item), self._length(k), self.history_for(person)
        candidates = self.candidates.item_rows(history, filters)
        return counterfactual(self.bundle, self.popularity, history.ratings, candidates, item_row, k, most)

    @cached_property
    def candidates(self) -> CandidateSelector:
        """What may be listed."""
        return CandidateSelector(self.bundle, self.popularity.counts, self.is_new)

    @cached_property
    def item_similarity(self) -> ItemSimilarity:
        """Movies by the direction of their vectors."""
        return ItemSimilarity(self.scorer)

    @cached_property
    def is_new(self) -> BoolArray:
        """Movies without a rating that the model learnt from, ``(n_items,)``."""
        return cold_start.new_items(self.bundle)

    def scorer_for(self, heard: WeightedHistory) -> Scorer:
        """The model; popularity for someone it knows nothing of."""
        return self.popularity if heard.is_empty else self.scorer

    def explain(
        self,
        person: Person,
        item: int | str,
        *,
        changes: Changes | None = None,
        method: contributions.Method | None = None,
    ) -> contributions.Explanation:
        """Why ``item`` has its score: what each of the person's ratings adds to it.

        Args:
            person: ratings by item id, in stars, or the id of a known user.
            item: id or title, rated or not.
            changes: what if, see `Changes`.
            method: ``sum``: shares that add up to the score; ``leave-one-out``: what the predicted stars (the score,
                where there are none) lose without each rating. None takes the sum where the model is one.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            CapabilityError: ``sum`` is asked of a model that is none.
        """
        heard, row = self.history_for(person, changes), self.titles.row(item)
        scorer = self.scorer_for(heard)
        return contributions.explanation(self.bundle, self.co_likes, heard, scorer, row, heard.user_row, method)

    def similar(self, item: int | str, k: int = 10) -> Recommendations:
        """The k movies whose vectors point most nearly the same way.

        Args:
            item: id or title.
            k: length of the list.

        Raises:
            UnknownIdError: no such movie; the nearest titles are named.
            CapabilityError: the model has no item vectors.
            ConfigError: k is under 1.
        """
        k = self._length(k)
        row = self.titles.row(item)
        nobody = WeightedHistory.unweighted(self.rating_row({}), np.array([row]))
        best = self.candidates.top_k(self.item_similarity.to(row)[None, :], k, nobody)
        return Recommendations(self._lines(best), self.scorer.kind)

    def loved(self, person: Person, k: int = 5) -> Recommendations:
        """The person's own best rated movies, the better known first among equals."""
        k = self._length(k)
        history = self.rating_row(person)
        order = np.lexsort((-self.popularity.counts[history.indices], -history.data))[:k]
        best = TopK(history.indices[order][None, :].astype(np.int64), history.data[order][None, :].copy())
        return Recommendations(self._lines(best), "history")

    def _length(self, k: int) -> int:
        if k < 1:
            raise ConfigError("k", f"{k} is not at least 1")
        return min(k, len(self.items))  # no list is longer, so nothing longer is set aside for it

    def _stars(self, ratings: Mapping[int | str, float]) -> FloatArray:
        """The stars, ``(n,)`` float32, all on the scale."""
        scale = self.scale
        for item, value in ratings.items():
            if not (isinstance(value, int | float | np.number) and scale.low <= value <= scale.high):
                expected = f"stars from {scale.low:g} to {scale.high:g}"
                raise DataFormatError("ratings", expected, column=f"item {item}", value=str(value))
        return np.fromiter(ratings.values(), np.float32, len(ratings))

    def _lines(self, best: TopK, heard: WeightedHistory | None = None) -> tuple[Recommendation, ...]:
        """The lines of one list, with the stars predicted for who is heard."""
        rows, told = plain_lines(self.bundle, self.is_new, best)
        rated = None if heard is None else heard.rate(self.scorer, rows)
        return told if rated is None else with_stars(told, rated, self.scale)
