"""From a split to what a peer is told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.peers.handover import Features, Task
from reelgraph.core import require_scale
from reelgraph.data import features
from reelgraph.data.features import FeatureMatrix
from reelgraph.data.splitting.leak_checks import pair_keys
from reelgraph.evaluation import PreparedData
from reelgraph.pipeline import fit_context


def task_of(prepared: PreparedData) -> Task:
    """What a peer may know: the ratings to learn from, the side features, and which ratings to predict.

    The ratings are those of train, and those that our models fold in for the people of the test: a peer that cannot
    fold in learns from them. The side features are the ones that our models get.
    """
    train, test = prepared.split.train, prepared.split.test
    past = np.repeat(test.users, np.diff(test.history.indptr))
    known = train.user_row.astype(np.int64) * train.n_items + train.item_row
    more = ~np.isin(pair_keys(test.history, test.users), known)
    time, test_time = None, None
    if train.timestamp is not None and test.history_time is not None and test.target_time is not None:
        time = np.concatenate([train.timestamp, test.history_time.data[more]]).astype(np.int64)
        test_time = test.target_time.data.astype(np.int64)
    context = fit_context(prepared.dataset, prepared.split)
    people = {} if context.profiles is None else features.users(context.profiles, train.users.ids)
    movies = {} if context.catalogue is None else features.items(context.catalogue, train.items.ids)
    return Task(
        user=np.concatenate([train.user_row, past[more]]).astype(np.int64),
        item=np.concatenate([train.item_row, test.history.indices[more]]).astype(np.int64),
        rating=np.concatenate([train.rating, test.history.data[more]]).astype(np.float64),
        time=time,
        test_user=np.repeat(test.users, np.diff(test.target.indptr)),
        test_item=test.target.indices.astype(np.int64),
        test_time=test_time,
        n_users=train.n_users,
        n_items=train.n_items,
        levels=require_scale(train.scale, "a peer").levels(),
        user_features=_parts(people),
        item_features=_parts(movies),
    )


def _parts(kinds: Mapping[str, FeatureMatrix]) -> dict[str, Features]:
    return {
        kind: Features(one.matrix.indptr.astype(np.int64), one.matrix.indices.astype(np.int64), len(one.names))
        for kind, one in kinds.items()
        if one.names
    }
