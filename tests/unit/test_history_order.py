"""The order of people's ratings, and scores that depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reelgraph as rg
from reelgraph.core import (
    BoundsScoresInOrder,
    EvalPart,
    FloatArray,
    IntArray,
    Matrix,
    ScoresInOrder,
    depends_on_order,
    ranks_in_time,
)
from reelgraph.core import history_order as module
from reelgraph.evaluation import evaluate, rank_all
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.retraining.quality_gate import SharedItemsScorer
from reelgraph.scorers import BlendScorer
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import from_liked_ratings


@dataclass(frozen=True)
class _Newest:
    """Ranks the items after the newest rating first; the lowest rows first where the order is not known."""

    kind: ClassVar[str] = "newest"
    n_items: int = 5

    def score(self, history: Matrix) -> FloatArray:
        return np.tile(-np.arange(self.n_items, dtype=np.float32), (history.shape[0], 1))

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        scores = np.zeros(history.shape, np.float32)
        for person in range(len(scores)):
            places = order[[person]]
            newest = int(places.indices[places.data == places.nnz - 1][0])
            scores[person] = -((np.arange(self.n_items) - newest - 1) % self.n_items)
        return scores

    def arrays(self) -> dict[str, FloatArray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


@dataclass(frozen=True)
class _Alike:
    """Every item alike, whatever the history; predicts three stars."""

    kind: ClassVar[str] = "alike"
    n_items: int = 5

    def score(self, history: Matrix) -> FloatArray:
        return np.zeros(history.shape, np.float32)

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        return np.full((history.shape[0], self.n_items if items is None else len(items)), 5.0, np.float32)

    arrays = _Newest.arrays
    settings = _Newest.settings


@dataclass(frozen=True)
class _OfFew(_Alike):
    """As `_Alike`, and refuses to predict the stars of all items."""

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        assert items is not None
        return super().mean_stars(history, items)


# The data are in no order of items: user 0 rated item 3, then 1 and 0 in one second, in that order of the data.
TABLE = {
    "user": [0, 0, 0, 1, 1, 0, 1],
    "item": [3, 1, 0, 4, 2, 2, 0],
    "rating": [5, 4, 3, 5, 1, 4, 2],
    "timestamp": [10, 20, 20, 7, 7, 15, 9],
}


def _interactions() -> rg.Interactions:
    return rg.index(rg.from_frame(TABLE).ratings)


def _split() -> rg.Split:
    return rg.split(_interactions(), rg.LeaveLastOut())


def test_ranks_by_hand() -> None:
    ranks = _interactions().ranks_in_time()
    assert ranks is not None
    assert ranks.dtype == np.int32
    # User 0: items 3 (10), 2 (15), 1 and 0 (20, 1 before 0 in the data); user 1: 4 and 2 (7, 4 before 2), 0 (9).
    assert [ranks[[user]].indices.tolist() for user in range(2)] == [[0, 1, 2, 3], [0, 2, 4]]
    assert [ranks[[user]].data.tolist() for user in range(2)] == [[3, 2, 1, 0], [2, 1, 0]]
    with pytest.raises(ValueError, match="read-only"):
        ranks.data[0] = 7


def test_there_is_no_order_without_times() -> None:
    table = {name: values for name, values in TABLE.items() if name != "timestamp"}
    interactions = rg.index(rg.from_frame(table).ratings)
    assert interactions.ranks_in_time() is None
    assert rg.split(interactions, rg.Random(valid=0.0, test=0.4)).test.history_order is None


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(1, 4)), min_size=1, unique_by=lambda r: r[:2]),
    st.randoms(use_true_random=False),
    st.integers(1, 20),
)
def test_ranks_are_those_of_a_stable_sort(ratings: list[tuple[int, int, int]], draw: object, block: int) -> None:
    draw.shuffle(ratings)  # type: ignore[attr-defined]
    user, item, time = (list(values) for values in zip(*ratings, strict=True))
    table = {"user": user, "item": item, "rating": [3] * len(user), "timestamp": time}
    interactions = rg.index(rg.from_frame(table).ratings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        ranks = interactions.ranks_in_time()
    assert ranks is not None
    for row in range(interactions.n_users):
        edges = np.flatnonzero(interactions.user_row == row)
        assert interactions.timestamp is not None
        in_order = edges[np.argsort(interactions.timestamp[edges], kind="stable")]
        items = np.empty(len(edges), np.int64)
        items[ranks[[row]].data] = ranks[[row]].indices
        assert items.tolist() == interactions.item_row[in_order].tolist()


def test_a_part_has_the_order_of_its_histories() -> None:
    part = _split().test  # the last of user 0 is item 0, that of user 1 item 0 as well
    assert part.history_order is not None
    assert part.history_order.toarray()[:, :4].tolist() == [[0, 2, 1, 0], [0, 0, 1, 0]]
    assert part.history_order.nnz == part.history.nnz
    first = part.take(np.array([1]))
    assert first.history_order is not None
    assert first.history_order.toarray().tolist() == [[0, 0, 1, 0, 0]]
    assert first.history_order.data.tolist() == [1, 0]  # items 2 and 4


def test_equal_times_without_positions_are_in_the_order_of_the_items() -> None:
    times = Matrix(np.array([[5, 5, 3]]))
    assert ranks_in_time(times).toarray().tolist() == [[1, 2, 0]]
    reverse = Matrix((np.array([2, 1, 0]), times.indices, times.indptr), shape=times.shape)
    assert ranks_in_time(times, reverse).toarray().tolist() == [[2, 1, 0]]
    part = EvalPart(np.zeros(1, np.int64), times, Matrix((1, 3)), times, times)
    assert part.history_order is not None
    assert part.history_order.data.tolist() == [1, 2, 0]


def test_lists_of_a_part_are_in_order() -> None:
    part = _split().test
    assert isinstance(_Newest(), ScoresInOrder)
    # User 0 has rated item 1 last: 2 and 3 are seen, so 4 is first. User 1 has rated item 2 last: 3 is first.
    for lists in (rank_all(_Newest(), part, 2), rank_hits(_Newest(), part, part.target, 2).lists):
        assert lists.items.tolist() == [[4, 0], [3, 0]]
    assert evaluate(_Newest(), part, 2, metrics=["mrr"])["mrr@2"].mean == 0.5
    timeless = EvalPart(part.users, part.history, part.target, part.seen)
    assert rank_all(_Newest(), timeless, 2).items.tolist() == [[0, 4], [0, 1]]


def test_combinations_hand_the_order_on() -> None:
    part = _split().test
    blend = BlendScorer((_Alike(), _Newest()), (0.5, 0.5))
    scale = rg.RatingScale(1.0, 5.0, 1.0)
    liked = LikedOrderScorer(blend, _Alike(), scale, 3.0)
    shared = SharedItemsScorer(blend, np.arange(5))
    for scorer in (blend, liked, shared, from_liked_ratings(blend, 0.0)):
        assert depends_on_order(scorer), scorer.kind
        assert rank_all(scorer, part, 2, prune=True).items.tolist() == [[4, 0], [3, 0]], scorer.kind


def test_bounds_are_those_of_the_order() -> None:
    liked = LikedOrderScorer(_Newest(), _OfFew(), rg.RatingScale(1.0, 5.0, 1.0), 3.0)
    assert isinstance(liked, BoundsScoresInOrder)
    assert rank_all(liked, _split().test, 2, prune=True).items.tolist() == [[4, 0], [3, 0]]


def test_combinations_of_others_do_not_depend_on_the_order() -> None:
    alike = BlendScorer((_Alike(), _Newest()), (1.0, 0.0))
    for scorer in (alike, SharedItemsScorer(alike, np.arange(5)), from_liked_ratings(alike, 0.0), _Alike()):
        assert not depends_on_order(scorer), scorer.kind


def test_the_order_is_that_of_the_ratings_that_count() -> None:
    # User 1 disliked item 2, the newest of the history: item 4 is then the newest, and 0 follows it.
    part = _split().test.take(np.array([1]))
    scorer = from_liked_ratings(_Newest(), 2.0)
    assert rank_all(scorer, part, 2).items.tolist() == [[0, 1]]


def test_shared_items_are_in_the_rows_of_the_scorer() -> None:
    # Items 0 and 1 of the part are 4 and 1 of the scorer: 1 is rated last, so 2, then 3 of the scorer follow.
    order = Matrix((np.array([0, 1], np.int32), np.array([0, 1]), np.array([0, 2])), shape=(1, 4))
    history = Matrix((np.ones(2, np.float32), order.indices, order.indptr), shape=(1, 4))
    scorer = SharedItemsScorer(_Newest(), np.array([4, 1, 3, 2]))
    assert scorer.score_in_order(history, order).argsort()[0, ::-1].tolist() == [3, 2, 0, 1]
