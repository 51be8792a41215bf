"""RecBole: LightGCN and EASE; run by its own interpreter."""

from __future__ import annotations

import contextlib
import copy
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

from benchmarks.peers.handover import Array
from benchmarks.peers.rank_handover import Lists, RankTask, serve_lists
from benchmarks.peers.recbole_product import fast_products

_ONLY_OURS = ("model", "seed", "own_evaluation", "follow", "fast_products")
_FIXED = {
    "dataset": "task",
    "benchmark_filename": ["train", "valid", "test"],
    "load_col": {"inter": ["user_id", "item_id"]},
    "use_gpu": False,
    "show_progress": False,
    "state": "ERROR",
    "metrics": ["Recall", "MRR", "NDCG", "Hit", "Precision"],
    "eval_batch_size": 4096000,  # as in the settings it published for this data; its default takes one person at a time
}


def work(task: RankTask, settings: Mapping[str, Any]) -> Lists:
    """Fit and rank.

    Settings: ``model``, ``seed``, those of the library, and three of ours: ``own_evaluation``, k, also times the
    library's evaluation; ``follow``, NDCG@10, measures the test part after each epoch and stops there;
    ``fast_products`` takes our sparse product in training in the place of torch's.
    """
    # The library writes logs where it runs.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return _work(task, settings, Path(folder))


def _work(task: RankTask, settings: Mapping[str, Any], folder: Path) -> Lists:
    own = {name: value for name, value in settings.items() if name not in _ONLY_OURS}
    started = time.perf_counter()
    _write(task, folder)
    k = settings.get("own_evaluation") or 10
    paths = {"data_path": str(folder), "checkpoint_dir": str(folder / "saved")}
    config = Config(
        model=settings["model"], config_dict={**_FIXED, **paths, "topk": [k], "valid_metric": f"MRR@{k}", **own}
    )
    init_seed(settings["seed"], reproducibility=True)
    dataset = create_dataset(config)
    train, valid, test = data_preparation(config, dataset)
    prepared = time.perf_counter()
    model = get_model(settings["model"])(config, train._dataset)  # EASE is solved in here
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    built = time.perf_counter()
    follower = _Follower(trainer, test if "follow" in settings else None, settings.get("follow", 2.0))
    with fast_products(model) if settings.get("fast_products") else contextlib.nullcontext():
        follower.fit(train, valid)
    fitted = time.perf_counter()
    items, scores = task.lists(_scores(task, settings["model"], model, dataset))
    notes = {"build_seconds": built - prepared, **follower.notes()}
    predicted = time.perf_counter()
    if settings.get("own_evaluation"):
        trainer.evaluate(test, load_best_model=False)  # once before, so that what it keeps between calls is there
        evaluating, busy = time.perf_counter(), time.process_time()
        figures = trainer.evaluate(test, load_best_model=False)
        seconds = {"evaluate_seconds": time.perf_counter() - evaluating, "cpu_seconds": time.process_time() - busy}
        notes |= {**seconds, "figures": dict(figures)}
    return Lists(
        items,
        scores,
        {name: version(name) for name in ("recbole", "numpy", "scipy", "torch")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=predicted - fitted,
        notes=notes,
    )


class _ReachedError(Exception):
    """Ends a fit that has reached what was followed."""


class _Follower:
    """A fit of the library's trainer, with the seconds of each epoch and the best epoch's parameters kept in memory."""

    def __init__(self, trainer: Any, test: Any, goal: float) -> None:
        self.trainer, self.test, self.goal = trainer, test, goal
        self.epochs: list[dict[str, float]] = []
        self.best: tuple[float, Any] = (-np.inf, None)
        self._train = trainer._train_epoch

    def fit(self, train: Any, valid: Any) -> None:
        self.trainer._train_epoch = self._timed
        try:
            self.trainer.fit(train, valid, saved=False, verbose=False, callback_fn=self._note)
        except _ReachedError:
            return
        if self.best[1] is not None:
            self.trainer.model.load_state_dict(self.best[1])
            self.trainer.model.restore_user_e = self.trainer.model.restore_item_e = None

    def _timed(self, *args: Any, **more: Any) -> Any:
        started = time.perf_counter()
        loss = self._train(*args, **more)
        self.epochs.append({"train_seconds": time.perf_counter() - started})
        self._valid_started = time.perf_counter()
        return loss

    def _note(self, epoch: int, score: float) -> None:
        self.epochs[-1] |= {"valid_seconds": time.perf_counter() - self._valid_started, "valid": float(score)}
        if score > self.best[0] and hasattr(self.trainer.model, "restore_user_e"):
            self.best = (score, copy.deepcopy(self.trainer.model.state_dict()))
        if self.test is not None:
            self.epochs[-1]["test ndcg@10"] = float(self.trainer.evaluate(self.test, load_best_model=False)["ndcg@10"])
            if self.epochs[-1]["test ndcg@10"] >= self.goal:
                raise _ReachedError

    def notes(self) -> dict[str, Any]:
        return {"epochs": [{name: round(value, 4) for name, value in epoch.items()} for epoch in self.epochs]}


def _write(task: RankTask, folder: Path) -> None:
    """The three files that the library reads; where the test is not told, validation stands in its place."""
    (folder / "task").mkdir()
    valid = (task.valid_user, task.valid_item)
    test = valid if task.target is None else (task.users[task.target.people()], task.target.indices)
    for name, (user, item) in {"train": (task.user, task.item), "valid": valid, "test": test}.items():
        with (folder / "task" / f"task.{name}.inter").open("w", encoding="utf-8") as file:
            file.write("user_id:token\titem_id:token\n")
            np.savetxt(file, np.column_stack([user, item]), fmt="%d", delimiter="\t")


def _scores(task: RankTask, name: str, model: Any, dataset: Any) -> Any:
    tokens = dataset.field2id_token["item_id"][1:]  # 0 is padding
    known = np.asarray(tokens, dtype=str).astype(np.int64)
    if name == "EASE":
        return task.matrix_scores(np.asarray(model.item_similarity)[1:, 1:], known)
    if not task.known():
        raise SystemExit("it knows only the people that it was trained on, with the history that they had then")
    rows = dataset.field2token_id["user_id"]
    people = torch.tensor([rows[str(user)] for user in task.users.tolist()])
    model.eval()

    def scores(part: slice) -> Array:
        asked = people[part]
        with torch.no_grad():
            found = model.full_sort_predict(Interaction({"user_id": asked})).view(len(asked), -1).numpy()
        table = np.full((len(asked), task.n_items), -np.inf, np.float32)
        table[:, known] = found[:, 1:]
        return table

    return scores


if __name__ == "__main__":
    serve_lists(work)
