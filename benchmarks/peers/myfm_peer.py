"""myFM: Bayesian factorisation machines by Gibbs sampling; run by its own interpreter.

The features are those of ``timeSVD++ flipped`` in the library's ``examples/ml-100k-regression.py`` (after Rendle, Zhang
and Koren 2019): user, movies of the user, movie, users of the movie, date; with the side features that its notebooks
``ml-100k-extended`` and this benchmark's data have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import myfm
import numpy as np
from scipy import sparse

from benchmarks.peers.handover import Answer, Array, Features, Task, serve

_DAY = 86_400


def work(task: Task, settings: Mapping[str, Any]) -> Answer:
    """Fit on the task and predict its test rows; settings: ``output``, ``rank``, ``iterations``, ``seed``."""
    started = time.perf_counter()
    users, user_groups = _side(task.n_users, task.n_items, task.user, task.item, task.user_features)
    items, item_groups = _side(task.n_items, task.n_users, task.item, task.user, task.item_features)
    dates, test_dates = _dates(task)
    sizes = [size for size in (dates.shape[1], *user_groups, *item_groups) if size]
    blocks = [_block(task.user, users), _block(task.item, items)]
    test_blocks = [_block(task.test_user, users), _block(task.test_item, items)]
    if settings["output"] == "ordinal":
        model, mean = myfm.MyFMOrderedProbit, _Mean(lambda fm: fm.oprobit_predict_proba(test_dates, test_blocks, 0))
        # Levels that nobody gave have no cut point to learn.
        stars, target = np.unique(task.rating, return_inverse=True)
    else:
        model, mean = myfm.MyFMRegressor, _Mean(lambda fm: fm.predict_score(test_dates, test_blocks))
        target = task.rating
    machine = model(rank=settings["rank"], random_seed=settings["seed"])
    prepared = time.perf_counter()
    machine.fit(
        dates,
        target,
        X_rel=blocks,
        grouping=np.repeat(np.arange(len(sizes)), sizes).tolist(),
        n_iter=settings["iterations"],
        n_kept_samples=1,
        callback=mean,
    )
    fitted = time.perf_counter()
    predicted, probability = mean.value(), None
    if settings["output"] == "ordinal":
        probability = np.zeros((len(predicted), len(task.levels)))
        probability[:, np.searchsorted(task.levels, stars)] = predicted
        predicted = probability @ task.levels
    return Answer(
        predicted,
        {name: version(name) for name in ("myfm", "numpy", "scipy")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared - mean.seconds,
        predict_seconds=mean.seconds,
        probability=probability,
    )


class _Mean:
    """Mean of the test predictions over all draws, as the library's own callbacks take it: no draw is kept.

    Args:
        predict: from one draw to the predictions.
    """

    def __init__(self, predict: Callable[[Any], Array]) -> None:
        self.predict, self.draws, self.seconds = predict, 0, 0.0
        self.total: Array | float = 0.0

    def __call__(self, number: int, fm: Any, hyper: Any, history: Any) -> tuple[bool, None]:
        started = time.perf_counter()
        self.total = self.total + self.predict(fm)
        self.draws += 1
        self.seconds += time.perf_counter() - started
        return False, None  # go on, with the library's own progress line

    def value(self) -> Array:
        """The mean."""
        return np.asarray(self.total / self.draws)


def _side(n: int, n_other: int, own: Array, other: Array, features: Mapping[str, Features]) -> tuple[Any, list[int]]:
    """Design matrix of one side, ``(n, columns)``, and the size of each of its groups."""
    sets = sparse.csr_matrix((np.ones(len(own)), (own, other)), shape=(n, n_other))
    size = np.maximum(np.bincount(own, minlength=n), 1)
    parts = [sparse.identity(n, format="csr"), sparse.diags(1.0 / np.sqrt(size)) @ sets]
    parts += [
        sparse.csr_matrix((np.ones(len(one.indices)), one.indices, one.indptr), shape=(n, one.columns))
        for one in features.values()
    ]
    return sparse.csr_matrix(sparse.hstack(parts, format="csr")), [part.shape[1] for part in parts]


def _block(rows: Array, design: Any) -> Any:
    present, place = np.unique(rows, return_inverse=True)
    return myfm.RelationBlock(place, design[present])


def _dates(task: Task) -> tuple[Any, Any]:
    """The main tables: a column for each day of the ratings learnt from, and one before them for all other days."""
    if task.time is None or task.test_time is None:
        return sparse.csr_matrix((len(task.user), 0)), sparse.csr_matrix((len(task.test_user), 0))
    known = np.unique(task.time // _DAY)

    def one_hot(day: Array) -> Any:
        place = np.minimum(np.searchsorted(known, day), len(known) - 1)
        column = np.where(known[place] == day, place + 1, 0)
        return sparse.csr_matrix((np.ones(len(day)), (np.arange(len(day)), column)), shape=(len(day), len(known) + 1))

    return one_hot(task.time // _DAY), one_hot(task.test_time // _DAY)


if __name__ == "__main__":
    serve(work)
