"""The recommender: lists, reasons and similar items for people, who are given by their ratings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Unpack

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    BoolArray,
    Catalogue,
    IdIndex,
    Matrix,
    RatingScale,
    Recommendation,
    Recommendations,
    Scorer,
    TopK,
    liked_threshold,
)
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError
from reelgraph.data.features import items as item_features
from reelgraph.recommend.batch_lists import RecommendationTable, batch_lists
from reelgraph.recommend.candidates import CandidateSelector
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.cold_start import NEW_ITEM_NOTE, Traits, basis_note, new_items
from reelgraph.recommend.elicitation.well_known import WellKnownItems
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.explain.counterfactual import Counterfactual, counterfactual
from reelgraph.recommend.explain.explanation import Explanation, Method, explain_item
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.history_builder import HistoryBuilder
from reelgraph.recommend.item_similarity import ItemSimilarity
from reelgraph.recommend.list_order import (
    Order,
    agree_with_stars,
    liked_order_notes,
    order_scorer,
    require_order,
    whole_blocks,
)
from reelgraph.recommend.list_rows import make_rows, with_stars
from reelgraph.recommend.portrait import Population, Portrait
from reelgraph.recommend.predicted_ratings import PredictedRatings, predicted_ratings
from reelgraph.recommend.rerank.options import AS_RANKED, RerankOptions, RerankWeights
from reelgraph.recommend.taste_baseline import TasteBaseline
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import Person, WeightedHistory
from reelgraph.recommend.what_if import Changes, WhatIf
from reelgraph.scorers import PopularityScorer
from reelgraph.scorers.liked_order import LikedOrderScorer


class Recommender:
    """Recommends items and explains the recommendations.

    A person is given by their ratings, ``{item id: stars}``, by the ids of the movies they have seen, ``[item id]``, or
    by the id of a known user. All are treated alike: no user needs to be in the training data.

    Args:
        bundle: a loaded `Bundle`.
        seen_weight: how much a movie counts that was seen without a rating, from 0 (not at all) to 1 (as a liked one);
            None for the weight in the manifest of the bundle. In a bundle of views it is always 1.

    Raises:
        ConfigError: the weight is not from 0 to 1.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> recommender = rg.Recommender(rg.Bundle.create(fit, data, split))
        >>> [line.item_id for line in recommender.recommend({10: 5.0}, k=2)]
        [20, 30]
    """

    def __init__(self, bundle: Bundle, *, seen_weight: float | None = None) -> None:
        require_type("Recommender", "bundle", bundle, Bundle)
        self.bundle = bundle
        self.popularity = PopularityScorer(np.bincount(bundle.history.indices, minlength=len(bundle.items)))
        self.titles = TitleLookup(bundle.items, bundle.catalogue, self.popularity.counts)
        self.histories = HistoryBuilder(bundle, self.titles, seen_weight)

    @property
    def scorer(self) -> Scorer:
        """The fitted model."""
        return self.bundle.scorer

    @cached_property
    def liked_scorer(self) -> Scorer:
        """What ranks in the order ``liked``, see `order_scorer`."""
        stars = self.history.data
        mean = float(stars.mean(dtype=np.float64)) if len(stars) else 0.0
        return order_scorer(self.scorer, "liked", self.scale, mean)

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
    def co_likes(self) -> CoLikes:
        """Counts of the known users who liked two items."""
        return CoLikes(self.history, liked_threshold(self.scale))

    @cached_property
    def co_views(self) -> CoViews:
        """Probabilities of having seen an item, given another one."""
        return CoViews(self.history)

    @cached_property
    def well_known(self) -> WellKnownItems:
        """The most watched items, for questions and first choices."""
        return WellKnownItems(self.history, self.catalogue.title.tolist(), liked_threshold(self.scale))

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
    ) -> WeightedHistory:
        """What the person rated and saw, with weights, and the items never to be listed.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; the id of a known user; or a
                history, which is returned as it is.
            changes: what if, see `Changes`.
            seen: ids or titles of movies seen without a rating; those among the ratings count as rated.
            seen_weight: weight of the movies seen, from 0 to 1; None for `seen_weight`. A history keeps its weights.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: an item to mute, damp or remove is not rated, or a weight is not in [0, 1].
        """
        return self.histories.history(person, changes, seen, seen_weight)

    def scorer_for(self, history: WeightedHistory, order: Order = "watch") -> Scorer:
        """What ranks for a person in an order: popularity if it can use nothing of what they rated and saw.

        Raises:
            ConfigError: the order is unknown.
        """
        require_order(order)
        scorer = self.scorer if order == "watch" else self.liked_scorer
        return scorer if history.informs(scorer) else self.popularity

    def recommend(
        self,
        person: Person,
        k: int = 10,
        filters: Filters | None = None,
        *,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        order: Order = "liked",
        rerank: RerankOptions = AS_RANKED,
        changes: Changes | None = None,
        traits: Traits | None = None,
        **weights: Unpack[RerankWeights],
    ) -> Recommendations:
        """The k best items that the person has neither rated nor seen.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; or the id of a known user.
            k: length of the list; it is shorter only when fewer items may be listed.
            filters: which items may be listed.
            seen: ids of movies seen without a rating, see `history_for`.
            seen_weight: weight of the movies seen, from 0 to 1; None for `seen_weight`.
            order: ``liked``, what the person will be glad to have watched, or ``watch``, what they will watch; see
                `order_scorer`. In the first, the predicted stars of every ten places are within half a star of
                their own order, or within three quarters for people with fewer than 200 ratings, unless the list is
                re-ranked.
            rerank: how the list is re-ranked.
            changes: what if, see `Changes`.
            traits: what is known of the person in addition to their ratings; ``person`` may then be ``{}``.
            **weights: fields of `RerankOptions` that replace those of ``rerank``: ``diversity`` and ``calibration``
                from 0 to 1, ``niche`` and ``bold`` from -1 to 1.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: k is below 1, or a filter, a change, an order or a re-ranking weight is not valid.
            CapabilityError: the catalogue or the model lacks what re-ranking or traits need.
        """
        k = self._list_length(k)
        require_type("recommend", "traits", traits, Traits, optional=True)
        history = self.history_for(person, changes, seen=seen, seen_weight=seen_weight)
        scorer = self.scorer if traits else self.scorer_for(history, order)
        scores = traits.scores(scorer, history) if traits else history.score(scorer)
        options = _with_weights("recommend", rerank, weights)
        pool_size = options.pool_size(k) if options else min(whole_blocks(k), len(self.items))
        best = self.candidates.top_k(scores, pool_size, history, filters)
        if options:
            best = options.apply(best, k, history, self.scorer, self.popularity.counts, self.genres)
        elif isinstance(scorer, LikedOrderScorer):
            best = self._in_agreement_with_stars(best, history, scorer)
        best = TopK(best.items[:, :k].copy(), best.scores[:, :k].copy())
        ranker = self.scorer if order == "watch" else self.liked_scorer
        note = "" if traits else basis_note(history, ranker, self.bundle.feedback)
        notes = [note] if note else []
        if isinstance(scorer, LikedOrderScorer):
            notes += liked_order_notes(best, history, scorer, self.bundle.scale)
        notes += [f"re-ranked for {options}"] if options else []
        rows = self._list_rows(best, history)
        notes += [NEW_ITEM_NOTE] if any(row.new for row in rows) else []
        return Recommendations(rows, self._kind(scorer), "; ".join(filter(None, notes)))

    def recommend_all(
        self,
        k: int = 10,
        filters: Filters | None = None,
        *,
        users: Sequence[int | str] | None = None,
        order: Order = "liked",
    ) -> RecommendationTable:
        """The lists of all known users, as `recommend` makes them one by one; for huge data see `recommend_batches`.

        Scores are computed for many users at once, so that they may differ from those of `recommend` in the last digit
        of a 32-bit float. Re-ranking, changes and traits are for one person at a time.

        Args:
            k: length of the lists; a list is shorter only when fewer items may be listed.
            filters: which items may be listed; ``seen`` must not be ``only``.
            users: ids of the users, in the order of the result; None for all.
            order: as for `recommend`.

        Returns:
            A table ``user_id, item_id, score, rank``; `Tabular.to_polars` and `Tabular.to_pandas` make a data frame.

        Raises:
            UnknownIdError: no such user, or a filter names an unknown item.
            ConfigError: k is below 1, or a filter is not valid.

        Cost: that of the scorer for all users, in up to four threads.

        Examples:
            >>> import reelgraph as rg
            >>> data = rg.from_frame({"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]})
            >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
            >>> bundle = rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split)
            >>> rg.Recommender(bundle).recommend_all(k=1).to_polars().columns
            ['user_id', 'item_id', 'score', 'rank']
        """
        return RecommendationTable.concatenate(list(self.recommend_batches(k, filters, users=users, order=order)))

    def recommend_batches(
        self,
        k: int = 10,
        filters: Filters | None = None,
        *,
        users: Sequence[int | str] | None = None,
        order: Order = "liked",
    ) -> Iterator[RecommendationTable]:
        """As `recommend_all`, some thousand users at a time, so that memory does not grow with the number of users."""
        k, filters = self._list_length(k), filters or Filters()
        user_rows = np.arange(len(self.users)) if users is None else self.users.rows(users)
        mask = self.candidates.mask_for_everybody(filters)
        require_order(order)
        scorer = self.scorer if order == "watch" else self.liked_scorer
        return batch_lists(self.bundle, scorer, self.popularity, user_rows, k, filters, mask)

    def predict(
        self, person: Person, items: Sequence[int | str] | int | str, *, changes: Changes | None = None
    ) -> PredictedRatings:
        """The stars that a person would give to items, with the 80 % interval where the model predicts a distribution.

        Args:
            person: ratings by item id, in stars; ids of movies seen; or the id of a known user.
            items: ids or titles, or one of them; rated ones are predicted from the person's ratings like any other.
            changes: what if, see `Changes`.

        Returns:
            One `PredictedRating` an item, in the order of ``items``.

        Raises:
            UnknownIdError: no such user or item; the nearest titles are named.
            DataFormatError: a rating is not on the scale.
            CapabilityError: the model predicts no stars, or the data have none.
        """
        names = [items] if isinstance(items, str | int | np.integer) else list(items)
        item_rows = np.array([self.titles.row(name) for name in names], np.int64)
        return predicted_ratings(self.bundle, self.history_for(person, changes), item_rows)

    def what_if(
        self,
        person: Person,
        changes: Changes,
        k: int = 10,
        filters: Filters | None = None,
        *,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        order: Order = "liked",
        rerank: RerankOptions = AS_RANKED,
        **weights: Unpack[RerankWeights],
    ) -> WhatIf:
        """The list without and with ``changes``, and the items whose rank changed; arguments as for `recommend`."""
        history = self.history_for(person, seen=seen, seen_weight=seen_weight)
        options = _with_weights("what_if", rerank, weights)
        recommend = partial(self.recommend, history, k, filters, order=order, rerank=options)
        return WhatIf.of(recommend(), recommend(changes=changes))

    def counterfactual(
        self,
        person: Person,
        item: int | str,
        k: int = 10,
        filters: Filters | None = None,
        *,
        most: int = 3,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        order: Order = "liked",
    ) -> Counterfactual:
        """The smallest change of the person's ratings that brings ``item`` into their top k, or out of it.

        A change gives a rating another number of stars, or hides it from the model (the item still counts as seen); a
        movie seen without a rating can only be hidden.
        Fewer changed ratings come first, then a smaller change of stars. The rank under the changes is that of a new
        call.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; or the id of a known user.
            item: id or title of an item that may be listed.
            k: length of the list.
            filters: which items may be listed.
            most: largest number of changed ratings in the search for the smallest change. If no such change is enough,
                up to 15 ratings are changed one after the other, the most effective first.
            seen: ids of movies seen without a rating, see `history_for`.
            seen_weight: weight of the movies seen, from 0 to 1; None for `seen_weight`.
            order: as for `recommend`.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: the item may not be listed, the order is unknown, or a number is below 1.

        Cost: O(ratings * levels * n_items), and up to 200,000 sets of ratings for each size.
        """
        item_row, k = self.titles.row(item), self._list_length(k)
        history = self.history_for(person, seen=seen, seen_weight=seen_weight)
        candidates = self.candidates.item_rows(history, filters)
        require_order(order)
        scorer = self.scorer if order == "watch" else self.liked_scorer
        return counterfactual(self.bundle, scorer, self.popularity, history, candidates, item_row, k, most)

    def explain(
        self,
        person: Person,
        item: int | str,
        *,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        changes: Changes | None = None,
        method: Method | None = None,
        order: Order = "liked",
    ) -> Explanation:
        """Why ``item`` has its score: what each movie that the person rated or saw adds to it.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; or the id of a known user.
            item: id or title, rated or not; a part of a title if only one movie has it, which the note then says.
            seen: ids of movies seen without a rating, see `history_for`.
            seen_weight: weight of the movies seen, from 0 to 1; None for `seen_weight`.
            changes: what if, see `Changes`.
            order: of the list whose score is explained, as for `recommend`.
            method: ``sum``: shares that add up to the score; ``leave-one-out``: what the predicted stars (or the score,
                when there are none) lose without each rating. None takes the sum when the model is one.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            CapabilityError: ``method`` is ``sum`` and the model is not a sum over the ratings.
        """
        history = self.history_for(person, changes, seen=seen, seen_weight=seen_weight)
        lookup = self.titles.find(item)
        explanation = explain_item(
            self.bundle, self.co_likes, history, self.scorer_for(history, order), lookup.row, method
        )
        return replace(explanation, note="; ".join(filter(None, (lookup.note, explanation.note))))

    def similar(self, item: int | str, k: int = 10) -> Recommendations:
        """The k items whose vectors have the highest cosine with that of ``item``.

        Args:
            item: id or title; a part of a title if only one movie has it, which the note then says.
            k: length of the list.

        Raises:
            UnknownIdError: no such item; the nearest titles are named.
            CapabilityError: the model has no item vectors.
            ConfigError: k is below 1.
        """
        k = self._list_length(k)
        lookup = self.titles.find(item)
        nobody = WeightedHistory.unweighted(self.rating_row({}), hidden=np.array([lookup.row]))
        best = self.candidates.top_k(self.item_similarity.cosines_to(lookup.row)[None, :], k, nobody)
        return Recommendations(self._list_rows(best), self.scorer.kind, lookup.note)

    def portrait(self, person: Person, *, seen: Collection[int | str] = (), unusual: int = 5) -> Portrait:
        r"""What a person's ratings and views say about their taste, without the model.

        ``difference`` is the mean of :math:`r_i - m_i`, with :math:`r_i` the person's stars for a movie and
        :math:`m_i` the mean of the other known users'. Groups (genres, decades) are ordered by
        :math:`\sum_i (r_i - \bar r) / (n + 5)` over the n movies rated in them, or without stars by how much more often
        the person watches them than all users do; loves by how far the stars are above :math:`m_i`, which five ratings
        of the overall mean are added to.

        Args:
            person: ratings by item id or title, in stars; ids or titles of movies seen; or the id of a known user.
            seen: ids or titles of movies seen without a rating.
            unusual: number of unusual loves, at most.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.

        Cost: O(ratings of the known users) once, then O(movies of the person * genres).

        Examples:
            >>> import reelgraph as rg
            >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
            >>> data = rg.from_frame(table)
            >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
            >>> fit = rg.GraphFilter(choose=False).fit(split.train)
            >>> portrait = rg.Recommender(rg.Bundle.create(fit, data, split)).portrait({10: 5.0, 30: 4.0})
            >>> portrait.mean, portrait.difference
            (4.5, 1.25)
        """
        return self.population.portrait(self.history_for(person, seen=seen), unusual)

    def top_rated(self, person: Person, k: int = 5) -> Recommendations:
        """The k items that the person rated best, with the ratings as scores; ties go to the most rated item.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: k is below 1.
        """
        k = self._list_length(k)
        ratings = self.rating_row(person)
        order = np.lexsort((-self.popularity.counts[ratings.indices], -ratings.data))[:k]
        best = TopK(ratings.indices[order][None, :].astype(np.int64), ratings.data[order][None, :].copy())
        return Recommendations(self._list_rows(best), "history")

    def _in_agreement_with_stars(self, best: TopK, history: WeightedHistory, scorer: LikedOrderScorer) -> TopK:
        n = int(np.count_nonzero(best.items[0] >= 0))
        stars = history.predict_stars(self.scorer, best.items[0, :n])
        if stars is None:
            return best
        listed = TopK(best.items[:, :n].copy(), best.scores[:, :n].copy())
        return agree_with_stars(listed, stars[None, :], scorer.agreement(np.array([history.n_rated])))

    def _kind(self, scorer: Scorer) -> str:
        """The name of what ranked: the model in whatever order, or popularity."""
        return scorer.kind if scorer is self.popularity else self.scorer.kind

    def _list_length(self, k: int) -> int:
        if not isinstance(k, int | np.integer):
            raise ConfigError("k", f"{k!r} is not a whole number")
        if k < 1:
            raise ConfigError("k", f"{k} is not at least 1")
        return min(k, len(self.items))  # no list is longer, so no more memory is used

    def _list_rows(self, best: TopK, history: WeightedHistory | None = None) -> tuple[Recommendation, ...]:
        """The rows of one list, with predicted stars if a history is given."""
        n = int(np.count_nonzero(best.items[0] >= 0))  # empty places are at the end
        best = TopK(best.items[:, :n].copy(), best.scores[:, :n].copy())
        rows = make_rows(self.bundle, self.is_new, best)
        prediction = None if history is None else history.rate(self.scorer, best.items[0])
        return rows if prediction is None or self.scale is None else with_stars(rows, prediction, self.scale)


def _with_weights(method: str, rerank: RerankOptions, weights: RerankWeights) -> RerankOptions:
    """``rerank`` with some of its weights replaced; another keyword is an error of the calling method."""
    require_type(method, "rerank", rerank, RerankOptions)
    unknown = next((name for name in weights if name not in RerankWeights.__annotations__), None)
    if unknown is not None:
        raise TypeError(f"Recommender.{method}() got an unexpected keyword argument {unknown!r}")
    return replace(rerank, **weights)
