"""From a split to what a peer that ranks is told, and from its lists to figures."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.errors import PeerError
from benchmarks.peers.rank_handover import Lists, RankTask, Rows
from benchmarks.peers.stored import StoredLists
from reelgraph.core import EvalReport, Matrix, TopK
from reelgraph.evaluation import RANKING, PreparedData, Protocol, evaluate
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.pipeline import genres_of


def rank_task_of(prepared: PreparedData, k: int, *, with_target: bool = False) -> RankTask:
    """What a peer may know: the ratings to learn from, those to choose by, and what is folded in for whom.

    Args:
        prepared: the split.
        k: length of the lists.
        with_target: tell the test too, for timing a library's own evaluation.
    """
    train, valid, test = prepared.split.train, prepared.split.valid, prepared.split.test
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
    )


def rank_metrics(protocol: Protocol) -> list[str]:
    """The metrics of a protocol that ask for nothing but lists."""
    return [name for name in protocol.metrics if name in RANKING + OF_GENRES]


def measure_lists(protocol: Protocol, prepared: PreparedData, answer: Lists) -> EvalReport:
    """The protocol's ranking metrics of a peer's lists.

    Raises:
        PeerError: there is not one list for each person of the test, or it names no movie.
        LeakError: a list shows what is seen.
    """
    split, n_items = prepared.split, prepared.split.train.n_items
    shape, items = (len(split.test), protocol.k), answer.items
    if items.shape != shape:
        raise PeerError(f"its lists have the shape {items.shape}, expected {shape}")
    if items.min() < -1 or items.max() >= n_items:
        raise PeerError("its lists hold movies that do not exist")
    if any(len(set(row[row >= 0].tolist())) < (row >= 0).sum() for row in items):
        raise PeerError("a list holds a movie twice")
    return evaluate(
        StoredLists(n_items),
        split.test,
        protocol.k,
        relevant_from=protocol.relevant_from,
        metrics=rank_metrics(protocol),
        train=split.train,
        genres=genres_of(prepared.dataset, split),
        lists=TopK(items, np.zeros(items.shape, np.float32)),
        protocol=f"{protocol.name}: {protocol.text}",
    )


def _rows(matrix: Matrix) -> Rows:
    return Rows(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))
