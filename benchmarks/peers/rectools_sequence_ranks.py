"""RecTools: SASRec, and eSASRec (its layers LiGR, a sampled softmax); run by its own interpreter."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.ligr import LiGRLayers

from benchmarks.peers.handover import Array
from benchmarks.peers.rank_handover import Lists, RankTask, serve_lists

_START = pd.Timestamp("2000-01-01")
_LOSS = "val_loss"


class _BestEpoch(Callback):
    """Keeps the parameters of the epoch with the lowest loss on the validation ratings, and its history."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.parameters: dict[str, Any] = {}

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare with the best so far."""
        if trainer.sanity_checking:
            return
        loss = float(trainer.callback_metrics[_LOSS])
        if loss < min(self.losses, default=np.inf):
            self.parameters = copy.deepcopy(pl_module.state_dict())
        self.losses.append(loss)


def work(task: RankTask, settings: Mapping[str, Any]) -> Lists:
    """Fit on the ratings in their order, and rank for the histories in theirs.

    Raises:
        ValueError: the ratings have no times.
    """
    if task.place is None or task.history_place is None:
        raise ValueError("a model of sequences needs the times of the ratings")
    started = time.perf_counter()
    seed_everything(int(settings["seed"]))
    train = _frame(task.user, task.item, task.place)
    last = np.bincount(task.user, minlength=task.n_users)
    valid = _frame(task.valid_user, task.valid_item, last[task.valid_user])
    data = Dataset.construct(pd.concat([train, valid], ignore_index=True))
    history = _frame(task.users[task.history.people()], task.history.indices, task.history_place)
    prepared = time.perf_counter()
    model = _model(settings, len(train))
    model.fit(data)
    (best,) = [callback for callback in model.fit_trainer.callbacks if isinstance(callback, _BestEpoch)]
    if best.parameters:
        model.lightning_model.load_state_dict(best.parameters)
    fitted = time.perf_counter()
    listed = model.recommend(
        task.users, Dataset.construct(history), k=task.k, filter_viewed=True, on_unsupported_targets="ignore"
    )
    items, scores = _lists(task, listed)
    return Lists(
        items,
        scores,
        {name: version(name) for name in ("rectools", "torch", "pytorch-lightning", "numpy")},
        prepare_seconds=prepared - started,
        fit_seconds=fitted - prepared,
        predict_seconds=time.perf_counter() - fitted,
        notes={"epochs": len(best.losses), "best_epoch": int(np.argmin(best.losses)) + 1 if best.losses else 0},
    )


def _frame(user: Array, item: Array, place: Array) -> pd.DataFrame:
    times = _START + pd.to_timedelta(place, unit="s")
    return pd.DataFrame({Columns.User: user, Columns.Item: item, Columns.Weight: 1.0, Columns.Datetime: times})


def _model(settings: Mapping[str, Any], n_train: int) -> SASRecModel:
    named = {"model", "seed", "epochs", "patience", "minutes"}
    own = {name: value for name, value in settings.items() if name not in named}
    if settings["model"] == "esasrec":
        own["transformer_layers_type"] = LiGRLayers

    def trainer() -> Trainer:
        return Trainer(
            accelerator="cpu",
            max_epochs=settings["epochs"],
            max_time={"minutes": settings["minutes"]},
            callbacks=[EarlyStopping(_LOSS, patience=settings["patience"]), _BestEpoch()],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    return SASRecModel(
        **own, get_val_mask_func=_from, get_val_mask_func_kwargs={"first": n_train}, get_trainer_func=trainer
    )


def _from(rows: pd.DataFrame, first: int) -> Array:
    """Which rows are for validation: those that stand behind the training ratings."""
    return np.arange(len(rows)) >= first


def _lists(task: RankTask, listed: pd.DataFrame) -> tuple[Array, Array]:
    row = np.full(task.n_users, -1, np.int64)
    row[task.users] = np.arange(len(task.users))
    items = np.full((len(task.users), task.k), -1, np.int64)
    scores = np.full(items.shape, -np.inf, np.float32)
    place = listed[Columns.Rank].to_numpy() - 1, row[listed[Columns.User].to_numpy()]
    items[place[1], place[0]] = listed[Columns.Item]
    scores[place[1], place[0]] = listed[Columns.Score]
    return items, scores


if __name__ == "__main__":
    serve_lists(work)
