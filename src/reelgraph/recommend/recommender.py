"""The recommender: lists, reasons and similar items for people, who are given by their ratings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, Unpack, get_args

import numpy as np

from reelgraph.core import Recommendation, Recommendations, Scorer, TopK
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.batch_lists import RecommendationTable, batch_lists
from reelgraph.recommend.cold_start import NEW_ITEM_NOTE, Traits, basis_note, emphasis_note
from reelgraph.recommend.explainer import Explainer
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.list_order import Order, agree_with_stars, liked_order_notes, require_order, whole_blocks
from reelgraph.recommend.list_rows import ListPredictions, make_rows, with_stars
from reelgraph.recommend.nothing_fits import nothing_fits
from reelgraph.recommend.person import Person
from reelgraph.recommend.rerank.options import AS_RANKED, RerankOptions, RerankWeights
from reelgraph.recommend.series_order import LATER_PARTS_NOTE
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.recommend.what_if import Changes, WhatIf
from reelgraph.scorers.liked_order import LikedOrderScorer

SimilarBy = Literal["viewers", "story"]

_Ranked = Callable[[int, WeightedHistory, Filters | None, int], TopK]
"""The best k items among the parts of series that have a number, see `CandidateSelector.top_k`."""


class Recommender(Explainer):
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
        times: Mapping[int | str, int] | None = None,
        recent: bool = False,
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
            times: when the movies were rated or seen, Unix seconds by item id or title; known users need none.
            recent: more like what the person rated or saw last, see `WeightedHistory.recent`.
            **weights: fields of `RerankOptions` that replace those of ``rerank``: ``diversity`` and ``calibration``
                from 0 to 1, ``niche`` and ``bold`` from -1 to 1.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale, or a time is no whole number of seconds from 0 to 2^40.
            ConfigError: k is below 1, or a filter, a change, a time, an order or a re-ranking weight is not valid.
            CapabilityError: the catalogue or the model lacks what re-ranking or traits need; or with ``recent``, the
                order of the ratings is not known, or the model ranks by predicted stars alone.
        """
        k = self._list_length(k)
        require_type("recommend", "traits", traits, Traits, optional=True)
        history = self._listed_history(person, seen, seen_weight, times, changes, traits, recent=recent)
        scorer = self.scorer if traits else self.scorer_for(history, order)
        options = _with_weights("recommend", rerank, weights)
        pool_size = options.pool_size(k) if options else min(whole_blocks(k), len(self.items))
        ranked: _Ranked = partial(self.candidates.best, scorer)
        if traits:
            ranked = partial(self.candidates.top_k, traits.scores(scorer, history))
        best = ranked(pool_size, history, filters, 0)
        if options:
            best = options.apply(best, k, history, self.scorer, self.popularity.counts, self.genres)
        stars = ListPredictions(self.scorer, history)
        if isinstance(scorer, LikedOrderScorer) and not options:
            best = _in_agreement_with_stars(best, history, scorer, stars)
        best = TopK(best.items[:, :k].copy(), best.scores[:, :k].copy())
        best, has_later_parts = self._with_later_parts(ranked, best, history, filters)
        ranker = self.scorer if order == "watch" else self.liked_scorer
        note = "" if traits else basis_note(history, ranker, self.bundle.feedback)
        notes = [note] if note else []
        if isinstance(scorer, LikedOrderScorer):
            notes += liked_order_notes(best, history, scorer, self.bundle.scale)
        notes += [emphasis_note(history, scorer)]
        notes += [f"re-ranked for {options}"] if options else []
        rows = self._list_rows(best, stars)
        notes += [LATER_PARTS_NOTE] if has_later_parts else []
        notes += [NEW_ITEM_NOTE] if any(row.new for row in rows) else []
        if not rows:
            notes = [
                nothing_fits(filters or Filters(), lambda loosened: len(self.candidates.item_rows(history, loosened)))
            ]
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
            CapabilityError: the bundle was saved without people.

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
        threads: int | None = None,
    ) -> Iterator[RecommendationTable]:
        """As `recommend_all`, some thousand users at a time, so that memory does not grow with the number of users.

        Args:
            k: as for `recommend_all`.
            filters: as for `recommend_all`.
            users: as for `recommend_all`.
            order: as for `recommend_all`.
            threads: that work at once; one for each core, up to four, when None. The lists do not depend on it.
        """
        k, filters = self._list_length(k), filters or Filters()
        if users is None and not self.bundle.has_people:
            raise CapabilityError("there are no users to make lists for", self.users.hint)
        user_rows = np.arange(len(self.users)) if users is None else self.users.rows(users)
        mask = self.candidates.mask_for_everybody(filters)
        require_order(order)
        scorer = self.scorer if order == "watch" else self.liked_scorer
        series = self.candidates.open_series(filters)
        return batch_lists(self.bundle, scorer, self.popularity, user_rows, k, filters, mask, series, threads=threads)

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
        times: Mapping[int | str, int] | None = None,
        recent: bool = False,
        **weights: Unpack[RerankWeights],
    ) -> WhatIf:
        """The list without and with ``changes``, and the items whose rank changed; arguments as for `recommend`."""
        history = self._listed_history(person, seen, seen_weight, times, recent=recent)
        options = _with_weights("what_if", rerank, weights)
        recommend = partial(self.recommend, history, k, filters, order=order, rerank=options)
        return WhatIf.of(recommend(), recommend(changes=changes))

    def similar(self, item: int | str, k: int = 10, *, by: SimilarBy = "viewers") -> Recommendations:
        """The k items most like ``item``.

        Args:
            item: id or title; a part of a title if only one movie has it, which the note then says.
            k: length of the list.
            by: ``viewers``: the cosine of the vectors that the model learnt from people's ratings; ``story``: that of
                the words of overviews, keywords and genres, see `StorySimilarity
                <reelgraph.recommend.story_similarity.StorySimilarity>`, with nothing that shares none of them.

        Raises:
            UnknownIdError: no such item; the nearest titles are named.
            CapabilityError: the model has no item vectors; or by story, the catalogue has neither overviews nor
                keywords, or none of this item.
            ConfigError: k is below 1, or ``by`` is unknown.
        """
        k = self._list_length(k)
        lookup = self.titles.find(item)
        if by not in get_args(SimilarBy):
            raise ConfigError("by", f"{by!r} is not valid: expected {' or '.join(get_args(SimilarBy))}")
        nobody = WeightedHistory.unweighted(self.rating_row({}), hidden=np.array([lookup.row]))
        similarity = self.story_similarity if by == "story" else self.item_similarity
        cosines = similarity.cosines_to(lookup.row)
        if by == "story":
            cosines = np.where(cosines > 0, cosines, np.float32(-np.inf))
        rows = self._list_rows(self.candidates.top_k(cosines[None, :], k, nobody))
        title = self.catalogue.title[lookup.row]
        note = f"no other movie has words, keywords or genres in common with {title}: ask by viewers"
        notes = (lookup.note, "" if rows or by != "story" else note.replace(";", ","))
        return Recommendations(rows, "story" if by == "story" else self.scorer.kind, "; ".join(filter(None, notes)))

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

    def _with_later_parts(
        self, ranked: _Ranked, best: TopK, history: WeightedHistory, filters: Filters | None
    ) -> tuple[TopK, bool]:
        """A list whose empty places, where no other film is left, hold the next films of series; whether there are."""
        items, scores = best.items.copy(), best.scores.copy()
        n_first = n = int(np.count_nonzero(items >= 0))
        if n == items.size:
            return best, False
        _, places = self.candidates.later_parts(history.ratings.indices, filters)
        for part in range(1, int(places.max(initial=0)) + 1):
            if n < items.size:
                more = ranked(items.size - n, history, filters, part)
                items[0, n:], scores[0, n:] = more.items[0], more.scores[0]
                n = int(np.count_nonzero(items >= 0))
        return TopK(items, scores), n > n_first

    def _kind(self, scorer: Scorer) -> str:
        """The name of what ranked: the model in whatever order, or popularity."""
        return scorer.kind if scorer is self.popularity else self.scorer.kind

    def _list_rows(self, best: TopK, stars: ListPredictions | None = None) -> tuple[Recommendation, ...]:
        """The rows of one list, with the person's predicted stars if they are given."""
        best = _without_empty_places(best)
        rows = make_rows(self.bundle, self.is_new, best)
        prediction = None if stars is None else stars.of(best.items[0])
        return rows if prediction is None or self.scale is None else with_stars(rows, prediction, self.scale)


def _without_empty_places(best: TopK) -> TopK:
    """One list of the length that it has: empty places are at the end."""
    n = int(np.count_nonzero(best.items[0] >= 0))
    return TopK(best.items[:, :n].copy(), best.scores[:, :n].copy())


def _in_agreement_with_stars(
    best: TopK, history: WeightedHistory, scorer: LikedOrderScorer, stars: ListPredictions
) -> TopK:
    listed = _without_empty_places(best)
    prediction = stars.of(listed.items[0])
    if prediction is None:
        return best
    return agree_with_stars(listed, prediction.stars, scorer.agreement(np.array([history.n_rated])))


def _with_weights(method: str, rerank: RerankOptions, weights: RerankWeights) -> RerankOptions:
    """``rerank`` with some of its weights replaced; another keyword is an error of the calling method."""
    require_type(method, "rerank", rerank, RerankOptions)
    unknown = next((name for name in weights if name not in RerankWeights.__annotations__), None)
    if unknown is not None:
        raise TypeError(f"Recommender.{method}() got an unexpected keyword argument {unknown!r}")
    return replace(rerank, **weights)
