"""What a recommender tells besides lists: predicted stars, reasons, the smallest change, portraits and vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reelgraph.core.errors import ConfigError
from reelgraph.recommend.bundle_resources import BundleResources
from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE, Traits, unscorable_items
from reelgraph.recommend.explain.counterfactual import Counterfactual, counterfactual
from reelgraph.recommend.explain.explanation import Explanation, Method, explain_item
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.item_vectors import ItemVectors
from reelgraph.recommend.list_order import Order, require_order
from reelgraph.recommend.person import Person
from reelgraph.recommend.portrait import Portrait
from reelgraph.recommend.predicted_ratings import PredictedRatings, predicted_ratings
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.recommend.what_if import Changes


class Explainer(BundleResources):
    """Predicted stars, reasons, the smallest change of a list, and portraits, for people given by their ratings."""

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

    def item_vectors(self) -> ItemVectors:
        """The vectors by which `Recommender.similar` compares items, of length 1, for other programs to search.

        Items that are never listed, because the model knows nothing about them, have zeros.

        Raises:
            CapabilityError: the model has no item vectors.
        """
        vectors = self.item_similarity.unit_vectors()
        vectors[unscorable_items(self.bundle, self.is_new)] = 0.0
        return ItemVectors(self.items.ids, self.catalogue.title, self.catalogue.year, vectors)

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
        times: Mapping[int | str, int] | None = None,
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
            times: as for `recommend`.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            ConfigError: the item may not be listed, the order is unknown, or a number is below 1.

        Cost: O(ratings * levels * n_items), and up to 200,000 sets of ratings for each size.
        """
        item_row, k = self.titles.row(item), self._list_length(k)
        history = self.history_for(person, seen=seen, seen_weight=seen_weight, times=times)
        candidates = self.candidates.item_rows(history, filters)
        later, _ = self.candidates.later_parts(history.ratings.indices, filters)
        if item_row in later and item_row in candidates:
            title = self.catalogue.title[item_row]
            raise ConfigError(
                "item", f"{title} follows an earlier film of its series: ask with whole_series, or rate that"
            )
        candidates = np.setdiff1d(candidates, later)
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
        times: Mapping[int | str, int] | None = None,
        recent: bool = False,
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
            times: when the movies were rated or seen, as for `recommend`.
            recent: of the list that is more like what the person rated or saw last, as for `recommend`.

        Raises:
            UnknownIdError: no such user or item.
            DataFormatError: a rating is not on the scale.
            CapabilityError: ``method`` is ``sum`` and the model is not a sum over the ratings; or with ``recent``, as
                for `recommend`.
        """
        history = self._listed_history(person, seen, seen_weight, times, changes, recent=recent)
        lookup = self.titles.find(item)
        explanation = explain_item(
            self.bundle, self.co_likes, history, self.scorer_for(history, order), lookup.row, method
        )
        knows_order = KNOWS_ORDER_NOTE if KNOWS_ORDER_NOTE in history.emphasis else ""
        return replace(explanation, note="; ".join(filter(None, (lookup.note, knows_order, explanation.note))))

    def _listed_history(
        self,
        person: Person,
        seen: Collection[int | str],
        seen_weight: float | None,
        times: Mapping[int | str, int] | None,
        changes: Changes | None = None,
        traits: Traits | None = None,
        *,
        recent: bool = False,
    ) -> WeightedHistory:
        """The person as their list is made, `Recommender.recommend`: changes come last."""
        history = self.history_for(person, seen=seen, seen_weight=seen_weight, times=times)
        history = self.histories.recent(history, traits) if recent else history
        return history if changes is None else self.history_for(history, changes)

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
