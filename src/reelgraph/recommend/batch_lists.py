"""Lists for many known users at once: batches through the scorer, in several threads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reelgraph._util.blas_threads import single_threaded_blas
from reelgraph.bundle import Bundle
from reelgraph.core import (
    AnyArray,
    BoolArray,
    EvalPart,
    FloatArray,
    IntArray,
    Matrix,
    PredictsRating,
    Scorer,
    TopK,
    depends_on_order,
)
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import rank_all
from reelgraph.evaluation.full_ranking import default_threads
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.history_builder import known_order
from reelgraph.recommend.list_order import agree_with_stars, whole_blocks
from reelgraph.recommend.series_order import OpenSeries
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import liked_ratings_of

BATCH_SIZE = 4096  # users whose lists are in memory at once
_SERIES_USERS = 256  # users whose later films of series are in memory at once


@dataclass(frozen=True, repr=False)
class RecommendationTable(Tabular):
    """Lists of several users, one row an item; as a data frame: ``user_id, item_id, score, rank``.

    Args:
        user_id: ``(n,)`` external ids; the rows of a user follow one another.
        item_id: ``(n,)`` external ids.
        score: ``(n,)`` float32; in the order ``liked`` it need not descend within a list.
        rank: ``(n,)`` int64, from 1.
    """

    user_id: AnyArray
    item_id: AnyArray
    score: FloatArray
    rank: IntArray

    def __len__(self) -> int:
        return len(self.rank)

    @classmethod
    def concatenate(cls, tables: Sequence[RecommendationTable]) -> RecommendationTable:
        """The rows of all tables, in their order."""
        user_id, item_id, score, rank = (
            np.concatenate([getattr(table, name) for table in tables])
            for name in ("user_id", "item_id", "score", "rank")
        )
        return cls(user_id, item_id, score, rank)

    def to_dict(self) -> dict[str, Any]:
        """One row an item: ``user_id``, ``item_id``, ``score`` and ``rank``."""
        return {"user_id": self.user_id, "item_id": self.item_id, "score": self.score, "rank": self.rank}

    def _display(self) -> Table:
        n_lists = int(np.count_nonzero(self.rank == 1))
        return Table(
            f"RecommendationTable: {counted(len(self), 'row')}, lists of {counted(n_lists, 'user')}", self.to_dict()
        )


def batch_lists(
    bundle: Bundle,
    scorer: Scorer,
    popularity: Scorer,
    user_rows: IntArray,
    k: int,
    filters: Filters,
    mask: BoolArray,
    series: OpenSeries | None,
    batch_size: int = BATCH_SIZE,
    threads: int | None = None,
) -> Iterator[RecommendationTable]:
    """The lists of known users, batch after batch; see `Recommender.recommend_all`.

    Args:
        bundle: ids and histories.
        scorer: ranks.
        popularity: ranks for users without ratings.
        user_rows: ``(n,)`` whose lists, in this order.
        k: length of the lists.
        filters: say whether rated items are listed.
        mask: ``(n_items,)`` items that may be listed.
        series: of which one film at a time is listed, see `Filters.whole_series`; None for all films.
        batch_size: users in a batch.
        threads: that work at once, see `rank_all`; the lists do not depend on it.

    Raises:
        ConfigError: only rated items are wanted.
    """
    if filters.seen == "only":
        raise ConfigError("seen", "lists of rated movies alone are made for one person at a time")
    times = None
    if bundle.times is not None and depends_on_order(scorer):
        times = Matrix((bundle.times, bundle.history.indices, bundle.history.indptr), shape=bundle.history.shape)
    people = _KnownPeople(bundle.history, times, np.flatnonzero(mask), filters.seen == "hidden", series)
    without_order = replace(people, times=None)
    for start in range(0, len(user_rows), batch_size):
        rows = user_rows[start : start + batch_size]
        items, scores = np.full((len(rows), k), -1, np.int64), np.full((len(rows), k), -np.inf, np.float32)
        is_informed = _informed(scorer, bundle.history[rows])
        is_ordered = np.ones(len(rows), np.bool_) if times is None else _ordered(times[rows])
        for group, ranker, is_member in (
            (people, scorer, is_informed & is_ordered),
            (without_order, scorer, is_informed & ~is_ordered),
            (without_order, popularity, ~is_informed),
        ):
            if is_member.any():
                best = group.lists(ranker, rows[is_member], k, threads)
                items[is_member], scores[is_member] = best.items, best.scores
        is_item = items >= 0
        yield RecommendationTable(
            bundle.users.ids[np.repeat(rows, is_item.sum(axis=1))],
            bundle.items.ids[items[is_item]],
            scores[is_item],
            np.broadcast_to(np.arange(1, k + 1), items.shape)[is_item],
        )


@dataclass(frozen=True)
class _KnownPeople:
    """Who gets lists, of which items.

    Args:
        history: of all known users, ``(n_users, n_items)`` CSR.
        times: of the same ratings; None where the order does not matter.
        candidates: item rows that may be listed.
        hides_rated: rated items are not listed.
        series: of which one film at a time is listed; None for all films.
    """

    history: Matrix
    times: Matrix | None
    candidates: IntArray
    hides_rated: bool
    series: OpenSeries | None

    def part(self, users: IntArray) -> EvalPart:
        """Some users as `rank_all` takes them; nothing is held back."""
        history = self.history[users]
        empty_rows = np.zeros(len(users) + 1, np.int64)
        nothing = Matrix((np.empty(0, np.float32), np.empty(0, np.int64), empty_rows), shape=history.shape)
        seen = history if self.hides_rated else nothing
        part = EvalPart(users, history, nothing, seen, candidates=self.candidates)
        return part if self.times is None else replace(part, history_time=self.times[users])

    def lists(self, ranker: Scorer, users: IntArray, k: int, threads: int | None) -> TopK:
        """The list of each user."""
        if self.series is None:
            return ranked_lists(ranker, self.part(users), k, threads)
        blocks = [users[start : start + _SERIES_USERS] for start in range(0, len(users), _SERIES_USERS)]
        lists = [self._one_of_each_series(self.series, ranker, block, k, threads) for block in blocks]
        return TopK(*(np.concatenate([getattr(best, name) for best in lists]) for name in ("items", "scores")))

    def _one_of_each_series(
        self, series: OpenSeries, ranker: Scorer, users: IntArray, k: int, threads: int | None
    ) -> TopK:
        part = self.part(users)
        rated = np.split(part.history.indices, part.history.indptr[1:-1])
        later = [series.later(rows) for rows in rated]
        ends = np.cumsum([0, *(len(rows) for rows, _ in later)])
        rows = np.concatenate([rows for rows, _ in later])
        is_later = Matrix((np.ones(len(rows), np.float32), rows, ends), shape=part.history.shape)
        best = ranked_lists(ranker, replace(part, seen=Matrix(part.seen + is_later)), k, threads)
        items, scores = best.items.copy(), best.scores.copy()
        for person in np.flatnonzero(items[:, -1] < 0).tolist():  # no other film is left
            for candidates in _next_parts(*later[person], self.candidates):
                n = int(np.count_nonzero(items[person] >= 0))
                if n < k:
                    alone = replace(self.part(users[[person]]), candidates=candidates)
                    more = rank_all(ranker, alone, k - n, threads=threads)
                    items[person, n:], scores[person, n:] = more.items[0], more.scores[0]
        return TopK(items, scores)


def _next_parts(rows: IntArray, places: IntArray, candidates: IntArray) -> list[IntArray]:
    """The second films of series that may be listed, then the third ones, ..., see `OpenSeries.later`."""
    return [np.intersect1d(rows[places == place], candidates) for place in range(1, int(places.max(initial=0)) + 1)]


def _informed(scorer: Scorer, history: Matrix) -> BoolArray:
    """People of whom a scorer can use at least one rating, ``(n,)``."""
    n_used = np.diff(history.indptr)
    if liked := liked_ratings_of(scorer):
        n_used = np.diff(np.concatenate([[0], np.cumsum(liked.counts(history.data))])[history.indptr])
    is_informed: BoolArray = n_used > 0
    return is_informed


def _ordered(times: Matrix) -> BoolArray:
    """People whose times tell an order, ``(n,)``, see `known_order`."""
    slices = itertools.pairwise(times.indptr.tolist())
    return np.array([known_order(times.data[start:end]) is not None for start, end in slices], np.bool_)


def ranked_lists(scorer: Scorer, part: EvalPart, k: int, threads: int | None = None) -> TopK:
    """The lists of the people of a part in the order of a scorer; that of `LikedOrderScorer` agrees with the stars.

    Args:
        scorer: ranks.
        part: the people; ``part.seen`` is never listed, and only ``part.candidates`` where given.
        k: length of the lists.
        threads: that work at once, see `rank_all`.
    """
    if not isinstance(scorer, LikedOrderScorer):
        return rank_all(scorer, part, k, threads=threads)
    best = rank_all(scorer, part, min(whole_blocks(k), scorer.n_items), prune=True, threads=threads)
    predictor, stars = scorer.stars, np.zeros(best.items.shape)
    assert isinstance(predictor, PredictsRating)

    def rate(row: int) -> None:
        is_item = best.items[row] >= 0
        stars[row, is_item] = predictor.rate(part.history[[row]], best.items[row, is_item]).stars[0]

    with single_threaded_blas(), ThreadPoolExecutor(threads or default_threads()) as pool:
        rate(0)  # alone, so that the scorer computes its cached arrays once
        for _ in pool.map(rate, range(1, len(part))):
            pass  # raises what a row raised
    best = agree_with_stars(best, stars, scorer.agreement(np.diff(part.history.indptr)))
    return TopK(best.items[:, :k].copy(), best.scores[:, :k].copy())
