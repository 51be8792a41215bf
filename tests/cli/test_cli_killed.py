"""kill -9 in the middle of training, then --resume: the very arrays of a run that nobody touched.

The models that need no torch train, resume and recommend in processes where it cannot be imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.train import checkpoint

GCN = ["dim=8", "layers=2", "epochs=10", "patience=0", "batch_size=64", "edge_dropout=0.2"]
BAYES = {"dim": 3, "draws": 40, "burn_in": 4, "checkpoint_every": 2, "threads": 1}
SHELL = """
import json, sys, time
if "without torch" in sys.argv:
    sys.modules["torch"] = None
from reelgraph.cli import main
if "to be killed" in sys.argv:
    from reelgraph.train import checkpoint
    write, written = checkpoint.write, []
    def write_two(*contents):
        if len(written) == 2:
            print("two checkpoints", flush=True)
            time.sleep(600)
        written.append(write(*contents))
    checkpoint.write = write_two
sys.exit(any([main(words) for words in json.loads(sys.argv[1])]))
"""


def train(model: str, settings: Sequence[str], data: Path, out: Path) -> list[str]:
    chosen = [word for setting in settings for word in ("--set", setting)]
    return ["train", str(data), "--model", model, *chosen, "--seed", "5", "--out", str(out)]


def start(commands: Sequence[Sequence[str]], *conditions: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHELL, json.dumps(commands), *conditions],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"},
    )


def epochs_at_kill(process: subprocess.Popen[str], folder: Path) -> int:
    """Kill the process before its third checkpoint, and count the epochs in the last one."""
    assert process.stdout is not None
    line = process.stdout.readline()
    process.kill()
    _, errors = process.communicate()
    assert line == "two checkpoints\n", errors
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
    process = start([train("gcn", GCN, ml, killed)], "to be killed")
    assert epochs_at_kill(process, checkpoints) == 2
    assert not killed.exists()
    assert shell(*train("gcn", GCN, ml, killed), "--resume").code == 0
    assert not checkpoints.exists()
    assert shell(*train("gcn", GCN, ml, whole)).code == 0
    assert Bundle.load(whole).info["training"]["epochs"] == 10
    assert_same_bundle(killed, whole)


def test_the_default_model_trains_resumes_and_recommends_without_torch(ml: Path, tmp_path: Path) -> None:
    killed, whole, checkpoints = tmp_path / "killed", tmp_path / "whole", tmp_path / "killed.checkpoint"
    settings = [f"settings={json.dumps({'bayes-gcn': BAYES})}"]
    process = start([train("blend", settings, ml, killed)], "without torch", "to be killed")
    assert epochs_at_kill(process, checkpoints / "bayes-gcn") == 4
    assert not killed.exists()
    commands = [
        [*train("blend", settings, ml, killed), "--resume"],
        train("blend", settings, ml, whole),
        train("graph-filter", [], ml, tmp_path / "graph-filter"),
        ["recommend", str(killed), "--user", "1", "-k", "3", "--json"],
    ]
    process = start(commands, "without torch")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert not checkpoints.exists()
    assert_same_bundle(killed, whole)
    answer = json.loads(out.splitlines()[-1])
    assert [line["rank"] for line in answer["items"]] == [1, 2, 3]
    assert all(line["low"] < line["stars"] < line["high"] for line in answer["items"])
