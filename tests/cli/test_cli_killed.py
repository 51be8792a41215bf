"""kill -9 in the middle of training, then --resume: the very arrays of a run that nobody touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.train import checkpoint

EPOCHS = 30
SETTINGS = ["dim=8", "layers=2", f"epochs={EPOCHS}", "patience=0", "batch_size=64", "edge_dropout=0.2"]


def words(data: Path, out: Path) -> list[str]:
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return ["train", str(data), "--model", "gcn", *settings, "--seed", "5", "--out", str(out)]


def test_killed_and_resumed_equals_uninterrupted(shell: Callable[..., Any], ml: Path, tmp_path: Path) -> None:
    target = tmp_path / "killed"
    folder = tmp_path / "killed.checkpoint"
    process = subprocess.Popen(
        [sys.executable, "-m", "reelgraph", *words(ml, target)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (folder / checkpoint.FILE_NAME).exists():
            assert process.poll() is None, "it ended before its first checkpoint"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(0.05)  # somewhere inside a later epoch
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = checkpoint.read(folder)
    assert found is not None
    done = len(found[1]["history"])
    assert 1 <= done < EPOCHS, "the kill came too late to say anything"
    assert not target.exists()

    assert shell(*words(ml, target), "--resume").code == 0
    assert not folder.exists()
    assert shell(*words(ml, tmp_path / "whole")).code == 0
    resumed, whole = Bundle.load(target), Bundle.load(tmp_path / "whole")
    assert resumed.info["training"]["epochs"] == whole.info["training"]["epochs"] == EPOCHS
    assert resumed.info["training"]["best_epoch"] == whole.info["training"]["best_epoch"]
    for name, array in whole.scorer.arrays().items():
        np.testing.assert_array_equal(resumed.scorer.arrays()[name], array, err_msg=name)
    assert resumed.scorer.settings() == whole.scorer.settings()
    for name in ("scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet"):
        assert (target / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
