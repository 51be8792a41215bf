"""What a bundle keeps of a fit and of the data it was fitted on."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import numpy as np

from reelgraph.bundle.manifest import installed_versions
from reelgraph.bundle.seen_weight import SEEN_WEIGHT
from reelgraph.core import (
    AnyArray,
    BoolArray,
    Dataset,
    EvalReport,
    FitResult,
    IdIndex,
    Interactions,
    Matrix,
    Split,
    plugins,
)
from reelgraph.data.id_rows import id_rows


def fit_info(
    fit: FitResult,
    data: Dataset,
    split: Split,
    model: object | None,
    seed: int,
    report: EvalReport | None,
    n_ratings: int,
) -> dict[str, Any]:
    """How the model was made and how good it is, for the manifest."""
    of_other_package = (
        {"class": plugins.import_path_of(type(model))} if model and plugins.is_of_other_package(type(model)) else {}
    )
    return {
        "model": {
            "name": getattr(model, "name", fit.scorer.kind),
            **of_other_package,
            "settings": dataclasses.asdict(model) if dataclasses.is_dataclass(model) else {},  # type: ignore[arg-type]
        },
        "seed": seed,
        "data": {"name": data.name, "sha256": data.sha256, "ratings": n_ratings},
        "split": dataclasses.asdict(split.spec),
        "seen_weight": SEEN_WEIGHT if split.train.feedback == "explicit" else 1.0,
        "training": {
            "epochs": len(fit.history),
            "best_epoch": fit.best_epoch,
            "stopped_because": fit.stopped_because,
            "seconds": round(fit.seconds, 3),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "history": [dataclasses.asdict(epoch) for epoch in fit.history],
        },
        "metrics": {} if report is None else {name: dataclasses.asdict(report[name]) for name in report},
        "protocol": "" if report is None else report.protocol,
        "versions": installed_versions(),
    }


def ratings_of_known(data: Dataset, train: Interactions) -> Interactions:
    """All ratings of ``data`` whose user and item are in ``train``."""
    ratings = data.ratings
    user_rows = _rows(ratings.user_id, train.users)
    item_rows = _rows(ratings.item_id, train.items)
    all_ratings = Interactions(
        train.users, train.items, user_rows, item_rows, ratings.rating, ratings.timestamp, train.scale, train.feedback
    )
    is_known = (user_rows >= 0) & (item_rows >= 0)
    return all_ratings if is_known.all() else all_ratings.take(is_known)


def is_train_rating(ratings: Interactions, train: Interactions) -> BoolArray:
    """Which of the ratings, in the order of their matrix, are in ``train``. Cost: O(n), the patterns are merged."""
    marks = _marked(ratings, 1) + _marked(train, 2)
    return np.asarray(marks.data[marks.data != 2] == 3)


def _marked(edges: Interactions, mark: int) -> Matrix:
    """The pattern of the edges, each with the value ``mark``."""
    matrix = edges.matrix()
    return Matrix((np.full(matrix.nnz, mark, np.int8), matrix.indices, matrix.indptr), shape=matrix.shape)


def _rows(ids: AnyArray, index: IdIndex) -> AnyArray:
    """Rows of ``ids`` in ``index``, ``(n,)`` int32, -1 for unknown ids."""
    distinct, position = id_rows(ids)
    order = np.argsort(index.ids, kind="stable")
    places = np.minimum(np.searchsorted(index.ids, distinct, sorter=order), len(order) - 1)
    rows = order[places]
    return np.where(index.ids[rows] == distinct, rows, -1).astype(np.int32)[position]
