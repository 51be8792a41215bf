"""kill -9 in the middle of training, then --resume: the very arrays of a run that nobody touched.

The models that need no torch train, resume and recommend in processes where it cannot be imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.train import checkpoint

GCN = ["dim=8", "layers=2", "epochs=30", "patience=0", "batch_size=64", "edge_dropout=0.2"]
BAYES = {"dim": 3, "draws": 200, "burn_in": 4, "checkpoint_every": 2, "threads": 1}
SHELL = """
import json, sys
if sys.argv[1] == "without torch":
    sys.modules["torch"] = None
from reelgraph.cli import main
sys.exit(any([main(words) for words in json.loads(sys.argv[2])]))
"""


def train(model: str, settings: Sequence[str], data: Path, out: Path) -> list[str]:
    chosen = [word for setting in settings for word in ("--set", setting)]
    return ["train", str(data), "--model", model, *chosen, "--seed", "5", "--out", str(out)]


def start(commands: Sequence[Sequence[str]], *, without_torch: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHELL, "without torch" if without_torch else "", json.dumps(commands)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"},
    )


def epochs_at_kill(process: subprocess.Popen[str], folder: Path) -> int:
    """Kill the process some time after its first checkpoint, and count the epochs in the last one."""
    try:
        deadline = time.monotonic() + 120
        while not (folder / checkpoint.FILE_NAME).exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(0.05)  # somewhere inside a later epoch
    finally:
        process.kill()
        process.communicate()
    found = checkpoint.read(folder)
    assert found is not None
    return len(found[1]["history"])


def assert_same_bundle(resumed: Path, whole: Path) -> None:
    one, other = Bundle.load(resumed), Bundle.load(whole)
    assert one.info["training"]["epochs"] == other.info["training"]["epochs"]
    assert one.info["training"]["best_epoch"] == other.info["training"]["best_epoch"]
    for name, array in other.scorer.arrays().items():
        np.testing.assert_array_equal(one.scorer.arrays()[name], array, err_msg=name)
    assert one.scorer.settings() == other.scorer.settings()
    for name in ("scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet"):
        assert (resumed / name).read_bytes() == (whole / name).read_bytes(), name


def test_killed_and_resumed_equals_uninterrupted(shell: Callable[..., Any], ml: Path, tmp_path: Path) -> None:
    killed, whole, checkpoints = tmp_path / "killed", tmp_path / "whole", tmp_path / "killed.checkpoint"
    process = start([train("gcn", GCN, ml, killed)], without_torch=False)
    assert 1 <= epochs_at_kill(process, checkpoints) < 30, "the kill came too late to say anything"
    assert not killed.exists()
    assert shell(*train("gcn", GCN, ml, killed), "--resume").code == 0
    assert not checkpoints.exists()
    assert shell(*train("gcn", GCN, ml, whole)).code == 0
    assert Bundle.load(whole).info["training"]["epochs"] == 30
    assert_same_bundle(killed, whole)


def test_the_default_model_trains_resumes_and_recommends_without_torch(ml: Path, tmp_path: Path) -> None:
    killed, whole, checkpoints = tmp_path / "killed", tmp_path / "whole", tmp_path / "killed.checkpoint"
    settings = [f"settings={json.dumps({'bayes-gcn': BAYES})}"]
    process = start([train("blend", settings, ml, killed)], without_torch=True)
    assert 1 <= epochs_at_kill(process, checkpoints / "bayes-gcn") < 204, "the kill came too late to say anything"
    assert not killed.exists()
    commands = [
        [*train("blend", settings, ml, killed), "--resume"],
        train("blend", settings, ml, whole),
        train("graph-filter", [], ml, tmp_path / "graph-filter"),
        ["recommend", str(killed), "--user", "1", "-k", "3", "--json"],
    ]
    process = start(commands, without_torch=True)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert not checkpoints.exists()
    assert_same_bundle(killed, whole)
    answer = json.loads(out.splitlines()[-1])
    assert [line["rank"] for line in answer["items"]] == [1, 2, 3]
    assert all(line["low"] < line["stars"] < line["high"] for line in answer["items"])
