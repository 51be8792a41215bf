"""Seconds from the ratings file to LightGCN's published quality on ML-1M, ours beside RecBole's LightGCN.

The goal is NDCG@10 0.2538 on the test part of `recbole-ml-1m`, seed 0: what RecBole-GNN publishes for LightGCN with
this cut and split (results/general/ml-1m.md), by the settings given there, which the peer has here. The test is read to
see when the goal is reached and for nothing else: all settings were fixed before, and nothing is chosen by it.

``python -m benchmarks.speed.time_to_quality --data DIR`` counts, for ours, reading, cleaning, splitting, fitting and
measuring everyone of the test after each epoch, until the goal; not the start of the interpreter. It runs twice,
without and with compiled code kept from before. RecBole trains two epochs as it is, which gives its seconds an epoch.
How many epochs it needs comes from its own training with our sparse product in the place of torch's, which changes
seconds and the rounding of sums: ``--curve`` runs that (half an hour), measures every fifth epoch without stopping
early, and keeps it in speed.jsonl, where later runs find it; without a curve that got there its epochs are a lower
bound. RecBole's seconds are its preparation and that many epochs with a validation each, as its published early
stopping asks for: measured parts, multiplied. For ours nothing is multiplied.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.peers.catalogue import LIGHTGCN, PEERS
from benchmarks.peers.rank_handover import Lists
from benchmarks.peers.rank_task import rank_task_of
from benchmarks.peers.run import ask
from benchmarks.speed import timing
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import err
from reelgraph.core import EvalPart, Interactions, Scorer
from reelgraph.evaluation import PROTOCOLS, PreparedData, evaluate
from reelgraph.pipeline import fit_context, make_model, prepare

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
GOAL, CURVE = 0.2538, "recbole_curve"
_EVERY = 5  # epochs between two looks at the test, on the curve
_PROTOCOL = PROTOCOLS["recbole-ml-1m"]
_CONFIG = Path(__file__).parents[1] / "configs" / "graph-filter-ml-1m.toml"
# Shown as, model, config file. By its defaults the filter chooses on validation first; RecBole's settings are given.
_OURS: Sequence[tuple[str, str, Path | None]] = (
    ("graph-filter", "graph-filter", None),
    (f"graph-filter, {_CONFIG.name}", "graph-filter", _CONFIG),
    ("lightgcn", "lightgcn", None),
)


@app.command()
def time_to_quality(
    data: Annotated[Path, typer.Option(help="The folder that holds ml-1m.")] = Path("data"),
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of RecBole's LightGCN to time.")] = 2,
    curve: Annotated[bool, typer.Option("--curve", help="How many epochs RecBole needs, kept in speed.jsonl.")] = False,
    most: Annotated[int, typer.Option(min=_EVERY, help="Epochs of the curve at most.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a side on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Measure how long the same quality takes."""
    prepared = prepare(_PROTOCOL, data)
    about: dict[str, Any] = {
        "goal": f"NDCG@10 {GOAL} on the test of recbole-ml-1m, seed 0",
        "data_sha256": prepared.dataset.sha256[:16],
    }
    if curve:
        every = {"eval_step": _EVERY, "stopping_step": 1000, "epochs": most}
        answer = _recbole(prepared, {"follow": GOAL, "fast_products": True, **every})
        rows = [{"epoch": n, **epoch} for n, epoch in enumerate(answer.notes["epochs"], start=1)][_EVERY - 1 :: _EVERY]
        timing.report(CURVE, rows, {**about, "versions": answer.versions}, as_json=as_json, save=True)
        return
    needed, reached = _epochs_needed() or (epochs, False)
    rows = [row for ours in _OURS for row in _own(ours, data)]
    err.print(f"{LIGHTGCN}: {epochs} epochs")
    answer = _recbole(prepared, {"epochs": epochs, "follow": 2.0})  # never reached: it only says where they ended
    timed = answer.notes["epochs"]
    epoch_seconds = sum(epoch["train_seconds"] + epoch["valid_seconds"] for epoch in timed) / epochs
    seconds = answer.prepare_seconds + answer.notes["build_seconds"] + needed * epoch_seconds
    rows.append(
        {
            "side": LIGHTGCN,
            "seconds": round(seconds, 1),
            "epochs": needed,
            "seconds an epoch": round(epoch_seconds, 2),
            "NDCG@10 then": GOAL if reached else None,
            "how": f"{epochs} epochs measured (NDCG@10 {timed[-1]['test ndcg@10']:.4f} after them), "
            + (f"{needed} by its own curve" if reached else f"more than {needed}: not yet there on its own curve"),
        }
    )
    table = [
        {**row, "times faster than RecBole": round(seconds / row["seconds"], 1) if row["seconds"] else None}
        for row in rows
    ]
    about["versions"] = installed_versions() | dict(answer.versions)
    timing.report("time_to_quality", table, about, as_json=as_json, save=save)


def _recbole(prepared: PreparedData, settings: Mapping[str, Any]) -> Lists:
    with tempfile.TemporaryDirectory(prefix="reelgraph-time-") as folder:
        rank_task_of(prepared, 10, with_target="follow" in settings).write(Path(folder) / "input.npz")
        wanted = {**PEERS[LIGHTGCN].settings_for("ml-1m"), **settings, "seed": 0}
        answer = ask(PEERS[LIGHTGCN], Path(folder) / "input.npz", Path(folder) / "output.npz", wanted)
    assert isinstance(answer, Lists)
    return answer


def _epochs_needed() -> tuple[int, bool] | None:
    """How many epochs the newest curve of RecBole's has, and whether it got to the goal in them; None without one."""
    log = timing.FOLDER / "speed.jsonl"
    runs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    for found in reversed(runs):
        if found["benchmark"] == CURVE:
            last = found["rows"][-1]
            return int(last["epoch"]), last["test ndcg@10"] >= GOAL
    return None


def _own(ours: tuple[str, str, Path | None], data: Path) -> list[dict[str, Any]]:
    rows, (shown, name, config) = [], ours
    with tempfile.TemporaryDirectory(prefix="reelgraph-compiled-") as kept:
        for how in ("measured, compiling as it goes", "measured"):
            err.print(f"{shown}: {how}")
            # A fresh process that keeps its compiled code in a folder of this run's own, empty at first.
            os.environ["NUMBA_CACHE_DIR"] = kept
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
                found = pool.submit(_walk, name, config, data).result()
                rows.append({"side": f"reelgraph {shown}", **found, "how": how})
    del os.environ["NUMBA_CACHE_DIR"]
    return rows


class _ReachedError(Exception):
    """Ends a fit that has reached the goal."""


def _walk(name: str, config: Path | None, data: Path) -> dict[str, Any]:
    """From the file to the goal, by the model's defaults or those of a config file."""
    from reelgraph.models.lightgcn import model
    from reelgraph.models.lightgcn.training_task import LightGCNTask

    started = time.perf_counter()
    prepared = prepare(_PROTOCOL, data)
    parts = prepared.split
    curve: list[float] = []

    class Followed(LightGCNTask):
        """The same training, which also measures the test after each epoch."""

        def validate(self) -> Mapping[str, float]:
            values = super().validate()
            curve.append(_quality(self.scorer(), parts.test, parts.train))
            if curve[-1] >= GOAL:
                raise _ReachedError
            return values

    context = fit_context(prepared.dataset, parts)
    model.LightGCNTask = Followed  # type: ignore[attr-defined]
    try:
        scorer = make_model(name, config).fit(parts.train, context).scorer
        if name != "lightgcn":
            curve.append(_quality(scorer, parts.test, parts.train))
    except _ReachedError:
        pass
    finally:
        model.LightGCNTask = LightGCNTask  # type: ignore[attr-defined]
    seconds = time.perf_counter() - started
    reached = curve[-1] >= GOAL
    return {
        "seconds": round(seconds, 2) if reached else None,
        "epochs": len(curve) if name == "lightgcn" else None,
        "seconds an epoch": None,
        "NDCG@10 then": round(curve[-1], 4),
    }


def _quality(scorer: Scorer, part: EvalPart, train: Interactions) -> float:
    return evaluate(scorer, part, 10, metrics=["ndcg"], train=train)["ndcg@10"].mean


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.time_to_quality"))
