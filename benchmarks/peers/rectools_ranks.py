"""RecTools: EASE; run by its own interpreter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from rectools.dataset import Dataset
from rectools.models import EASEModel

from benchmarks.peers.rank_handover import Lists, RankTask, serve_lists


def work(task: RankTask, settings: Mapping[str, Any]) -> Lists:
    """Fit and rank: anybody's scores are their movies times the matrix; settings: those of the library's model."""
    own = {name: value for name, value in settings.items() if name not in ("model", "seed")}
    started = time.perf_counter()
    columns = {"user_id": task.user, "item_id": task.item, "weight": 1.0, "datetime": pd.Timestamp("2000-01-01")}
    data = Dataset.construct(pd.DataFrame(columns))
    model = EASEModel(**own)
    prepared = time.perf_counter()
    model.fit(data)
    fitted = time.perf_counter()
    known = data.item_id_map.external_ids.astype(np.int64)
    items, scores = task.lists(task.matrix_scores(np.asarray(model.weight), known))
    return Lists(
        items,
        scores,
        {name: version(name) for name in ("rectools", "numpy", "scipy")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=time.perf_counter() - fitted,
    )


if __name__ == "__main__":
    serve_lists(work)
