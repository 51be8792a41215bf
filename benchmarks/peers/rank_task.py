"""From a split to what a peer that ranks is told, and from its lists to figures."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.errors import PeerError
from benchmarks.peers.rank_handover import Lists, RankTask, Rows
from benchmarks.recorded import LENGTH, Predictions
from reelgraph.core import AnyArray, IntArray, Matrix, TopK
from reelgraph.evaluation import RANKING, PreparedData, Protocol
from reelgraph.evaluation.full_ranking import RankedHits, hits_in
from reelgraph.evaluation.list_metrics import relevant_targets
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.metrics.tied_hits import TiedHits


def rank_task_of(prepared: PreparedData, k: int, *, with_target: bool = False) -> RankTask:
    """What a peer may know: the ratings to learn from, those to choose by, and what is folded in for whom.

    Args:
        prepared: the split.
        k: length of the lists.
        with_target: tell the test too, for timing a library's own evaluation.
    """
    train, valid, test = prepared.split.train, prepared.split.valid, prepared.split.test
    places, history_places = train.ranks_in_time(), test.history_order
    return RankTask(
        user=train.user_row.astype(np.int64),
        item=train.item_row.astype(np.int64),
        valid_user=np.repeat(valid.users, np.diff(valid.target.indptr)).astype(np.int64),
        valid_item=valid.target.indices.astype(np.int64),
        users=test.users.astype(np.int64),
        history=_rows(test.history),
        seen=_rows(test.seen),
        n_users=train.n_users,
        n_items=train.n_items,
        k=k,
        target=_rows(test.target) if with_target else None,
        place=None if places is None else _entries(places, train.user_row, train.item_row),
        history_place=None if history_places is None else history_places.data.astype(np.int64),
    )


def rank_metrics(protocol: Protocol) -> list[str]:
    """The metrics of a protocol that ask for nothing but lists."""
    return [name for name in protocol.metrics if name in RANKING + OF_GENRES]


def ranked_by(protocol: Protocol, prepared: PreparedData, answer: Lists) -> Predictions:
    """A peer's lists; equal scores are ties, as far as its lists reach.

    Raises:
        PeerError: there is not one list for each person of the test, or it names no movie.
    """
    split, n_items = prepared.split, prepared.split.train.n_items
    shape, items = (len(split.test), LENGTH), answer.items
    if items.shape != shape or answer.scores.shape != shape:
        raise PeerError(f"its lists have the shape {items.shape}, expected {shape}")
    if items.min() < -1 or items.max() >= n_items:
        raise PeerError("its lists hold movies that do not exist")
    if any(len(set(row[row >= 0].tolist())) < (row >= 0).sum() for row in items):
        raise PeerError("a list holds a movie twice")
    hits = hits_in(items, relevant_targets(split.test, protocol.relevant_from))
    return Predictions(RankedHits(TopK(items, answer.scores), TiedHits.of_lists(answer.scores, hits)))


def _rows(matrix: Matrix) -> Rows:
    return Rows(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))


def _entries(matrix: Matrix, row: AnyArray, column: AnyArray) -> IntArray:
    """``(n,)`` int64: the entries of a CSR, zeros among them, at these places."""
    keys = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices
    values: IntArray = matrix.data[np.searchsorted(keys, row * matrix.shape[1] + column)].astype(np.int64)
    return values
