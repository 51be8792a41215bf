"""implicit: alternating least squares and Bayesian personalised ranking; run by its own interpreter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import bm25_weight
from scipy.sparse import csr_matrix

from benchmarks.peers.handover import Array
from benchmarks.peers.rank_handover import Lists, RankTask, serve_lists

_MODELS = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}
_ONLY_OURS = ("model", "seed", "bm25_b", "times")


def work(task: RankTask, settings: Mapping[str, Any]) -> Lists:
    """Fit and rank.

    Settings: ``model``, ``seed``, those of the library's model, and, to weigh the ratings, ``bm25_b`` and ``times``.
    """
    own = {name: value for name, value in settings.items() if name not in _ONLY_OURS}
    started = time.perf_counter()
    train = csr_matrix((np.ones(len(task.user), np.float32), (task.user, task.item)), (task.n_users, task.n_items))
    if "bm25_b" in settings:
        train = (bm25_weight(train, B=settings["bm25_b"]) * settings["times"]).tocsr()
    model = _MODELS[settings["model"]](random_state=settings["seed"], **own)
    prepared = time.perf_counter()
    model.fit(train, show_progress=False)
    fitted = time.perf_counter()
    vectors = _vectors(task, settings, model)
    items, scores = task.lists(lambda rows: np.asarray(vectors[rows] @ model.item_factors.T))
    return Lists(
        items,
        scores,
        {name: version(name) for name in ("implicit", "numpy", "scipy")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=time.perf_counter() - fitted,
    )


def _vectors(task: RankTask, settings: Mapping[str, Any], model: Any) -> Array:
    """Of the people to rank for: as trained, or folded in where they or their history are others."""
    if task.known():
        return np.asarray(model.user_factors[task.users])
    if settings["model"] != "als" or "bm25_b" in settings:
        raise SystemExit("it knows only the people that it was trained on, with the history that they had then")
    ones = np.ones(len(task.history.indices), np.float32)
    history = csr_matrix((ones, task.history.indices, task.history.indptr), (len(task.users), task.n_items))
    return np.asarray(model.recalculate_user(np.arange(len(task.users)), history))


if __name__ == "__main__":
    serve_lists(work)
