"""The choice of the reasons that are shown: movies the person liked, alone or in groups, and low ratings apart."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import Explains, FloatArray, IntArray, Scorer
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.explain.movie_groups import MovieGroups
from reelgraph.recommend.explain.personal_threshold import is_disliked, is_liked
from reelgraph.recommend.explain.reasons import ChosenReasons, GroupKind, Reason, ReasonGroup, make_reasons, support
from reelgraph.recommend.weighted_history import WeightedHistory

MIN_PORTION = 0.12  # of what the person's movies add, for a reason to be shown
_MAX_SINGLE = 2  # movies, or low ratings, shown for one item
_MAX_STRONGEST = 5  # movies shown together where no group explains enough
_MIN_ALTHOUGH = 0.5  # of the largest share of any movie, for a low rating to be shown
_UNRELATED = 0.5  # how much a group counts that the item does not belong to
_DECADE = 0.5  # how much a group counts that has no more in common than its decade


class ReasonChooser:
    r"""Chooses the reasons of items for one person.

    Only movies that the person liked, see `personal_threshold.is_liked`, are reasons:

    1. One or two movies that each have at least `MIN_PORTION` of all that the person's movies add to the score.
    2. Otherwise the group with the largest :math:`p \log (p / q) (1 - q)`, p its part of what the movies add and q its
       part of the person's movies: what explains much for its size, and is no large part of all they watch. It needs
       :math:`p > q`, so that a group of all movies is never a reason, and at least `MIN_PORTION`. Groups that the item
       does not belong to count half, and so do decades, which hold much of everybody's movies.
    3. Otherwise the movies with the largest shares.

    Movies that were rated low are shown as "although", whichever way they point, if their share is at least half of the
    largest one.

    Args:
        bundle: metadata and scale.
        co_likes: counts the users who liked two movies.
        history: the person.
        item_rows: ``(n,)`` the items that will be explained.
    """

    def __init__(self, bundle: Bundle, co_likes: CoLikes, history: WeightedHistory, item_rows: IntArray) -> None:
        self._bundle, self._co_likes, self._history, self._item_rows = bundle, co_likes, history, item_rows
        is_counted, self._is_liked = history.weights > 0, is_liked(history, bundle.scale)
        self._n_movies = int(is_counted.sum())
        self._liked = np.flatnonzero(self._is_liked & is_counted)
        self._disliked = np.flatnonzero(is_disliked(history, bundle.scale) & is_counted)

    @cached_property
    def _groups(self) -> MovieGroups:
        return MovieGroups(self._bundle.catalogue, self._history.ratings.indices[self._liked], self._item_rows)

    def choose(self, item_row: int, shares: FloatArray, *, is_sum: bool = True) -> ChosenReasons:
        """The reasons of one of the items.

        Args:
            item_row: the item; it is no reason for itself.
            shares: ``(nnz,)`` what each entry of the history adds to its score.
            is_sum: the shares add up; if not, only single movies are shown.
        """
        total = support(shares.tolist())
        although = self._low_ratings(item_row, shares)
        liked = self._liked[self._history.ratings.indices[self._liked] != item_row]
        ordered = liked[np.argsort(-shares[liked], kind="stable")]
        ordered = ordered[shares[ordered] > 0]
        if not len(ordered):
            return ChosenReasons((), although)
        single = ordered[:_MAX_SINGLE]
        if is_sum:
            single = single[shares[single] >= MIN_PORTION * total]
        if len(single):
            because = tuple(self._group(item_row, shares, total, "movie", single[[n]]) for n in range(len(single)))
            return ChosenReasons(because, although)
        group = self._best_group(item_row, shares, total)
        return ChosenReasons((group or self._strongest(item_row, shares, total, ordered),), although)

    def _best_group(self, item_row: int, shares: FloatArray, total: float) -> ReasonGroup | None:
        groups = self._groups
        if not groups.keys:
            return None
        liked_shares = np.where(self._history.ratings.indices[self._liked] == item_row, 0.0, shares[self._liked])
        portions, expected = groups.members @ liked_shares / total, groups.sizes / self._n_movies
        is_reason = (portions >= MIN_PORTION) & (portions > expected)
        lift = np.divide(portions, expected, out=np.ones_like(portions), where=is_reason)
        is_decade = np.array([key[0] == "decade" for key in groups.keys])
        values = portions * np.log(lift) * (1.0 - expected) * np.where(is_decade, _DECADE, 1.0)
        values *= np.where(groups.has_item(item_row), 1.0, _UNRELATED)
        best = int(np.argmax(np.where(is_reason, values, 0.0)))
        if not is_reason[best]:
            return None
        kind, name, decade = groups.keys[best]
        positions = self._liked[groups.positions(best)]
        positions = positions[self._history.ratings.indices[positions] != item_row]
        return self._group(item_row, shares, total, kind, positions, name, decade)

    def _strongest(self, item_row: int, shares: FloatArray, total: float, ordered: IntArray) -> ReasonGroup:
        """The first movies that together have `MIN_PORTION`, at most `_MAX_STRONGEST`; one if there is no other."""
        portions = np.cumsum(shares[ordered]) / total
        n_movies = max(2, int(np.searchsorted(portions, MIN_PORTION)) + 1)
        positions = ordered[: min(n_movies, _MAX_STRONGEST)]
        return self._group(item_row, shares, total, "strongest" if len(positions) > 1 else "movie", positions)

    def _group(
        self,
        item_row: int,
        shares: FloatArray,
        total: float,
        kind: GroupKind,
        positions: IntArray,
        name: str = "",
        decade: int = 0,
    ) -> ReasonGroup:
        reasons = self.reasons(item_row, shares, positions[np.argsort(-shares[positions], kind="stable")])
        return ReasonGroup(kind, name, decade, reasons, float(shares[positions].sum()) / total)

    def _low_ratings(self, item_row: int, shares: FloatArray) -> tuple[Reason, ...]:
        low = self._disliked[self._history.ratings.indices[self._disliked] != item_row]
        ordered = low[np.argsort(-np.abs(shares[low]), kind="stable")][:_MAX_SINGLE]
        least = _MIN_ALTHOUGH * float(np.abs(shares).max(initial=0.0))
        return self.reasons(item_row, shares, ordered[np.abs(shares[ordered]) >= max(least, 1e-12)])

    def reasons(self, item_row: int, shares: FloatArray, positions: IntArray) -> tuple[Reason, ...]:
        """The entries of the history at ``positions`` as reasons; arguments as for `choose`."""
        history, rows = self._history, self._history.ratings.indices[positions]
        viewers = self._co_likes.counts(item_row, rows, history.user_row)
        rated_after = self._co_likes.rated_after
        return make_reasons(
            self._bundle,
            rows,
            history.stars_given[positions],
            shares[positions],
            viewers,
            self._is_liked[positions],
            None if rated_after is None else rated_after.counts(item_row, rows, history.user_row),
        )


def choose_reasons(
    bundle: Bundle, co_likes: CoLikes, history: WeightedHistory, scorer: Scorer, item_rows: IntArray
) -> list[ChosenReasons]:
    """The reasons of each line of a list, ``(n,)`` item rows; none where the scores are not sums over the ratings.

    For a single item of any model see `Recommender.explain`, which has the same reasons.

    Cost: the contributions of all entries of the history to ``n`` scores, and some milliseconds for 300 entries.
    """
    if not isinstance(scorer, Explains) or not history.ratings.nnz:
        return [ChosenReasons()] * len(item_rows)
    chooser = ReasonChooser(bundle, co_likes, history, item_rows)
    shares = weighted_contributions(history, scorer, item_rows).ratings
    return [chooser.choose(row, row_shares) for row, row_shares in zip(item_rows.tolist(), shares, strict=True)]
