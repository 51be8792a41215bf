"""The loop on one-parameter problems whose every step can be worked by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from reelgraph.core import FitContext, Progress
from reelgraph.core.errors import BundleError, ConfigError, TrainingError
from reelgraph.train import LoopSettings, checkpoint, run
from reelgraph.train.checkpoint import FILE_NAME
from reelgraph.train.optimiser import rate_factor
from reelgraph.train.random_streams import generator


class Line(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))


class LineTask:
    """Fits y = 3 x by squared error; validation figures are given."""

    watch = "mse"
    lower_is_better = True

    def __init__(self, valid: list[float] | None = None, seed: int = 0, stop_at: int | None = None) -> None:
        self.module = Line()
        self.fingerprint: Mapping[str, Any] = {"task": "line", "seed": seed}
        self.valid, self.seed, self.epoch, self.stop_at = valid, seed, 0, stop_at

    def batches(self, epoch: int) -> Iterable[torch.Tensor]:
        self.epoch = epoch
        if epoch == self.stop_at:
            raise KeyboardInterrupt
        draw = generator(self.seed, "batches", epoch)
        return [torch.from_numpy(draw.normal(size=4)) for _ in range(3)]

    def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loss = ((self.module.slope * batch - 3 * batch) ** 2).mean()
        return loss, loss

    def validate(self) -> Mapping[str, float]:
        return {} if self.valid is None else {"mse": self.valid[self.epoch - 1]}


class OneStep(LineTask):
    def batches(self, epoch: int) -> Iterable[torch.Tensor]:
        return [torch.tensor([2.0], dtype=torch.float64)]


def test_one_gradient_step_by_hand() -> None:
    # d/ds (2 s - 6)^2 = 4 (2 s - 6) = -16 at s = 1; plain SGD at rate 0.01 moves s by +0.16.
    task = OneStep()
    run(task, LoopSettings(epochs=1, learning_rate=0.01, optimiser="sgd"), FitContext())
    assert task.module.slope.item() == pytest.approx(1.16)


def test_best_epoch_is_kept_and_patience_stops() -> None:
    task = LineTask(valid=[3.0, 1.0, 2.0, 2.0, 0.5])
    result = run(task, LoopSettings(epochs=5, patience=2), FitContext())
    assert result.best_epoch == 2
    assert len(result.history) == 4
    assert "no better mse" in result.stopped_because
    again = LineTask(valid=[3.0, 1.0])
    run(again, LoopSettings(epochs=2), FitContext())
    assert task.module.slope.item() == again.module.slope.item()


def test_without_validation_the_last_epoch_is_kept() -> None:
    result = run(LineTask(), LoopSettings(epochs=3, patience=1), FitContext())
    assert result.best_epoch == 3
    assert result.stopped_because == "all 3 epochs done"


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd", "adagrad", "rmsprop"])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path, optimiser: Any, schedule: Any) -> None:
    settings = LoopSettings(epochs=6, learning_rate=0.05, optimiser=optimiser, schedule=schedule)
    valid = [5.0, 4.0, 3.0, 3.5, 2.0, 2.5]
    whole = LineTask(valid)
    expected = run(whole, settings, FitContext())
    context = FitContext(checkpoint_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(LineTask(valid, stop_at=4), settings, context)
    resumed = LineTask(valid)
    result = run(resumed, settings, dataclasses.replace(context, resume=True))
    assert resumed.module.slope.item() == whole.module.slope.item()
    assert result.best_epoch == expected.best_epoch
    assert [epoch.train_loss for epoch in result.history] == [epoch.train_loss for epoch in expected.history]


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    first, second = LineTask(), LineTask()
    run(first, LoopSettings(epochs=2), context)
    run(second, LoopSettings(epochs=2), context)
    assert first.module.slope.item() == second.module.slope.item()


def test_not_finite_loss_is_one_clear_error() -> None:
    class Broken(LineTask):
        def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            loss = self.module.slope * float("nan")
            return loss, loss

    with pytest.raises(TrainingError, match=r"no longer finite \(epoch 1, by step 3\).*learning_rate"):
        run(Broken(), LoopSettings(), FitContext())


def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    run(LineTask(), LoopSettings(epochs=1), context)
    with pytest.raises(TrainingError, match="of another run: seed was 0, now 1"):
        run(LineTask(seed=1), LoopSettings(epochs=1), context)


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_cut_checkpoint_is_refused_by_name(tmp_path: Path, keep: int) -> None:
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    run(LineTask(), LoopSettings(epochs=1), context)
    file = tmp_path / FILE_NAME
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(BundleError, match=f"{FILE_NAME} is damaged.*remove it to start again"):
        run(LineTask(), LoopSettings(epochs=2), context)


def test_progress_tells_epoch_loss_and_validation() -> None:
    steps: list[Progress] = []
    run(LineTask([1.0, 0.5]), LoopSettings(epochs=2), FitContext(progress=steps.append))
    assert [(step.done, step.total, step.values["mse"]) for step in steps] == [(1, 2, 1.0), (2, 2, 0.5)]
    assert all("loss" in step.values for step in steps)


def test_schedules_by_hand() -> None:
    assert [rate_factor("linear", epoch, 3) for epoch in (1, 2, 3)] == pytest.approx([1.0, 0.505, 0.01])
    assert [rate_factor("cosine", epoch, 3) for epoch in (1, 2, 3)] == pytest.approx([1.0, 0.505, 0.01])
    assert rate_factor("cosine", 1, 1) == 1.0


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="epochs: 0 is not valid"):
        LoopSettings(epochs=0)


def test_a_checkpoint_of_an_older_version_is_refused_by_name(tmp_path: Path) -> None:
    older = save({"module.slope": np.ones(1)}, metadata={"format": "reelgraph-checkpoint-1", "record": "{}"})
    (tmp_path / FILE_NAME).write_bytes(older)
    with pytest.raises(BundleError, match=f"{FILE_NAME} was written by an older version.*remove it to start again"):
        run(LineTask(), LoopSettings(epochs=2), FitContext(checkpoint_dir=tmp_path, resume=True))


def test_arrays_of_any_layout_come_back_as_they_were(tmp_path: Path) -> None:
    arrays = {"turned": np.arange(6.0).reshape(2, 3).T, "number": np.array(2.5), "none": np.empty((0, 4), np.int32)}
    checkpoint.write(tmp_path, arrays, {"fingerprint": {"seed": 1}})
    found, record = checkpoint.read(tmp_path, {"seed": 1}) or ({}, None)
    assert record == {"fingerprint": {"seed": 1}}
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype)


def test_no_flipped_byte_of_a_checkpoint_goes_unseen(tmp_path: Path) -> None:
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    run(LineTask(), LoopSettings(epochs=1), context)
    file = tmp_path / FILE_NAME
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleError, match="is damaged|is not a reelgraph checkpoint"):
            run(LineTask(), LoopSettings(epochs=2), context)
