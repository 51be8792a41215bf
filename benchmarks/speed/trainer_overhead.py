"""What a step of training costs in our loop and in Lightning's, on one network, one graph and the same batches.

Run with ``pip install lightning`` and then ``python -m benchmarks.speed.trainer_overhead``. Both sides run in one go,
in turn, several times; the figures to quote are the ratios. The verdict is in docs/adr/0001-training-loop.md.
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from reelgraph.core import FitContext, IdIndex, Interactions, RatingScale
from reelgraph.models.gcn.model import GCN, _GCNTask
from reelgraph.train import LoopSettings, run

STEPS, ROUNDS = 400, 5


def main() -> None:
    """Print one JSON object: milliseconds a step of each, medians over the rounds, and the ratios."""
    try:
        import lightning
    except ImportError:
        sys.exit("this benchmark needs Lightning: pip install lightning")
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    train = _ratings()
    sides: dict[str, Callable[[], None]] = {
        "bare": lambda: _bare(_task(train)),
        "reelgraph": lambda: _own(_task(train)),
        "lightning": lambda: _lightning(_task(train), bare=False),
        "lightning_barebones": lambda: _lightning(_task(train), bare=True),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):  # the first round warms up
        for name, side in sides.items():
            started = time.perf_counter()
            side()
            times[name].append((time.perf_counter() - started) / STEPS * 1e3)
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    ratios = {name: round(value / medians["bare"], 3) for name, value in medians.items()}
    print(
        json.dumps(
            {
                "ms_per_step": {name: round(value, 3) for name, value in medians.items()},
                "ratio_to_bare": ratios,
                "rounds": ROUNDS,
                "steps": STEPS,
                "versions": {"torch": torch.__version__, "lightning": lightning.__version__},
            }
        )
    )


def _ratings() -> Interactions:
    """Generated ratings of the size of ML-100K, with skewed popularity."""
    draw = np.random.default_rng(0)
    weights = 1.0 / np.arange(1, 1683)
    pairs = np.unique(
        np.column_stack([draw.integers(0, 943, 160_000), draw.choice(1682, 160_000, p=weights / weights.sum())]), axis=0
    )
    return Interactions(
        IdIndex(np.arange(943), "user"),
        IdIndex(np.arange(1682), "item"),
        pairs[:, 0].astype(np.int32),
        pairs[:, 1].astype(np.int32),
        draw.integers(1, 6, len(pairs)).astype(np.float32),
        None,
        RatingScale(1, 5, 1),
    )


class _Short(_GCNTask):
    """The task of `gcn`, its epoch cut to the steps that are timed."""

    def batches(self, epoch: int) -> Iterable[Any]:  # type: ignore[override]
        for number, batch in enumerate(super().batches(epoch)):
            if number == STEPS:
                return
            yield batch


def _task(train: Interactions) -> _Short:
    return _Short(GCN(batch_size=64), train, FitContext())


def _bare(task: _Short) -> None:
    """Nothing but the steps: the floor that both are compared with."""
    optimiser = torch.optim.Adam(task.module.parameters(), lr=1e-3)
    for batch in task.batches(1):
        optimiser.zero_grad(set_to_none=True)
        task.loss(batch)[0].backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _own(task: _Short) -> None:
    run(task, LoopSettings(epochs=1), FitContext(progress=lambda step: None))


def _lightning(task: _Short, *, bare: bool) -> None:
    import lightning

    class Wrapped(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.module = task.module

        def training_step(self, batch: Any, index: int) -> Any:
            objective, loss = task.loss(batch)
            if not bare:
                self.log("loss", loss)
            return objective

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    class Edges(torch.utils.data.IterableDataset[Any]):
        def __iter__(self) -> Any:
            return iter(task.batches(1))

    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        barebones=bare,
    )
    trainer.fit(Wrapped(), torch.utils.data.DataLoader(Edges(), batch_size=None))


if __name__ == "__main__":
    main()
