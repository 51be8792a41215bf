"""LensKit: EASE, implicit-feedback matrix factorisation and LightGCN; run by its own interpreter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.batch import recommend
from lenskit.data import ItemList, ItemListCollection, from_interactions_df
from lenskit.graphs import LightGCNScorer
from lenskit.knn import EASEScorer
from lenskit.metrics import NDCG, Hit, Precision, Recall, RecipRank, RunAnalysis
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions

from benchmarks.peers.handover import Array
from benchmarks.peers.rank_handover import Lists, RankTask, serve_lists

_SCORERS = {"ease": EASEScorer, "implicit-mf": ImplicitMFScorer, "lightgcn": LightGCNScorer}


def work(task: RankTask, settings: Mapping[str, Any]) -> Lists:
    """Fit and rank; settings: ``model``, ``seed``, ``own_evaluation`` (k, or None) and those of the scorer."""
    own = {name: value for name, value in settings.items() if name not in ("model", "seed", "own_evaluation")}
    started = time.perf_counter()
    data = from_interactions_df(pd.DataFrame({"user_id": task.user, "item_id": task.item}))
    scorer = _SCORERS[settings["model"]](**own)
    prepared = time.perf_counter()
    pipeline = topn_pipeline(scorer)
    pipeline.train(data, TrainingOptions(rng=settings["seed"]))
    fitted = time.perf_counter()
    scorer = pipeline.component("scorer")
    known = scorer.items.ids().astype(np.int64)
    items, scores = task.lists(_scores(task, settings["model"], scorer, known))
    predicted = time.perf_counter()
    notes = _own_evaluation(task, pipeline, settings["own_evaluation"]) if settings.get("own_evaluation") else {}
    return Lists(
        items,
        scores,
        {name: version(name) for name in ("lenskit", "numpy", "torch")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=predicted - fitted,
        notes=notes,
    )


def _scores(task: RankTask, model: str, scorer: Any, known: Array) -> Any:
    if model == "ease":
        return task.matrix_scores(scorer.weights, known)
    if model == "implicit-mf":
        people, movies = _factors(task, scorer, known), scorer.item_embeddings
    else:
        if not task.known():
            raise SystemExit("it knows only the people that it was trained on, with the history that they had then")
        # All embeddings at once: the library convolves the whole graph for each person asked about.
        both = scorer.model.get_embedding(scorer._edges).detach().cpu().numpy()
        people = both[scorer._user_base + scorer.users.numbers(task.users)]
        movies = both[: scorer._user_base]

    def scores(rows: slice) -> Array:
        table = np.full((rows.stop - rows.start, task.n_items), -np.inf, np.float32)
        table[:, known] = people[rows] @ movies.T
        return table

    return scores


def _factors(task: RankTask, scorer: Any, known: Array) -> Array:
    if task.known():
        return np.asarray(scorer.user_embeddings[scorer.users.numbers(task.users)])
    folded = np.zeros((len(task.users), scorer.item_embeddings.shape[1]), np.float32)
    for person, movies in enumerate(np.split(task.history.indices, task.history.indptr[1:-1])):
        mine = movies[np.isin(movies, known)]
        if len(mine):
            folded[person] = scorer.new_user_embedding(None, ItemList(item_ids=mine))[0]
    return folded


def _own_evaluation(task: RankTask, pipeline: Any, k: int) -> dict[str, Any]:
    """Seconds and figures of the library's own batch recommendation and measurement, on its default processes."""
    assert task.target is not None
    people = zip(task.users.tolist(), np.split(task.target.indices, task.target.indptr[1:-1]), strict=True)
    truth = ItemListCollection.from_dict({user: ItemList(item_ids=liked) for user, liked in people}, key="user_id")
    recommend(pipeline, task.users[:50].tolist(), k)  # once before: it starts its processes
    started = time.perf_counter()
    lists = recommend(pipeline, task.users.tolist(), k)
    listed = time.perf_counter()
    analysis = RunAnalysis(NDCG(k), Recall(k), Precision(k), Hit(k), RecipRank(k))
    figures = analysis.measure(lists, truth).list_summary()["mean"].to_dict()
    ended = time.perf_counter()
    return {"lists_seconds": listed - started, "evaluate_seconds": ended - started, "figures": figures}


if __name__ == "__main__":
    serve_lists(work)
