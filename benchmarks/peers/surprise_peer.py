"""Surprise: SVD++ and the neighbourhood model with baselines; run by its own interpreter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from surprise import Dataset, KNNBaseline, Reader, SVDpp

from benchmarks.peers.handover import Answer, Task, serve


def work(task: Task, settings: Mapping[str, Any]) -> Answer:
    """Fit on the task and predict its test rows; settings: ``model``, ``seed`` and those of `_model`."""
    started = time.perf_counter()
    data = Dataset(Reader(rating_scale=(float(task.levels[0]), float(task.levels[-1]))))
    columns = (task.user.tolist(), task.item.tolist(), task.rating.tolist())
    train = data.construct_trainset([(*row, None) for row in zip(*columns, strict=True)])
    model = _model(settings)
    prepared = time.perf_counter()
    model.fit(train)
    fitted = time.perf_counter()
    pairs = zip(task.test_user.tolist(), task.test_item.tolist(), strict=True)
    stars = np.array([model.predict(user, item).est for user, item in pairs])
    return Answer(
        stars,
        {name: version(name) for name in ("scikit-surprise", "numpy")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=time.perf_counter() - fitted,
    )


def _model(settings: Mapping[str, Any]) -> Any:
    if settings["model"] == "svdpp":
        return SVDpp(
            n_factors=settings["n_factors"],
            n_epochs=settings["n_epochs"],
            cache_ratings=True,  # the same digits, sooner
            random_state=settings["seed"],
        )
    similarity = {"name": "pearson_baseline", "user_based": settings["user_based"]}
    return KNNBaseline(k=settings["k"], sim_options=similarity, verbose=False)


if __name__ == "__main__":
    serve(work)
