"""LensKit: biased matrix factorisation, item neighbours and damped biases; run by its own interpreter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from lenskit import predict
from lenskit.als import BiasedMFScorer
from lenskit.basic import BiasScorer
from lenskit.data import ItemList, from_interactions_df
from lenskit.knn import ItemKNNScorer
from lenskit.pipeline import predict_pipeline
from lenskit.training import TrainingOptions

from benchmarks.peers.handover import Answer, Task, serve

_SCORERS = {"biased-mf": BiasedMFScorer, "item-knn": ItemKNNScorer, "bias": BiasScorer}


def work(task: Task, settings: Mapping[str, Any]) -> Answer:
    """Fit on the task and predict its test rows; settings: ``model``, ``seed`` and those of the library's scorer."""
    started = time.perf_counter()
    frame = pd.DataFrame({"user_id": task.user, "item_id": task.item, "rating": task.rating})
    data = from_interactions_df(frame)
    own = {name: value for name, value in settings.items() if name not in ("model", "seed")}
    # Where the model cannot say, the library's own fallback does: the biases.
    pipeline = predict_pipeline(_SCORERS[settings["model"]](**own))
    prepared = time.perf_counter()
    pipeline.train(data, TrainingOptions(rng=settings["seed"]))
    fitted = time.perf_counter()
    stars = np.empty(len(task.test_user))
    order = np.argsort(task.test_user, kind="stable")
    people, first = np.unique(task.test_user[order], return_index=True)
    for person, rows in zip(people.tolist(), np.split(order, first[1:]), strict=True):
        stars[rows] = predict(pipeline, person, ItemList(item_ids=task.test_item[rows])).scores()
    return Answer(
        stars,
        {name: version(name) for name in ("lenskit", "numpy", "torch")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=time.perf_counter() - fitted,
    )


if __name__ == "__main__":
    serve(work)
