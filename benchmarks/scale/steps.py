"""What is measured: one function a step, each run in a process of its own.

A step prepares what it begins from, then calls ``begin``; what it does until it returns is measured.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scale.prepared import SEED, Place, of_people, walk
from benchmarks.scale.service_start import seconds_until_ready
from reelgraph import pipeline
from reelgraph.bundle import Bundle
from reelgraph.core import Progress
from reelgraph.core.errors import ReelgraphError
from reelgraph.data import generate
from reelgraph.evaluation import evaluate, paired
from reelgraph.recommend import Recommender

_HEAD = 16_000
_SWEEPS = 5
_READY_WITHIN = 300  # seconds
_QUALITY_UP_TO = 1_500_000  # ratings: a whole fit of every model would take hours above


@dataclass
class Clock:
    """The time of the measured part of a step: this process and its children.

    Args:
        started: wall clock at its beginning.
        busy: CPU seconds at its beginning.
        ended: seconds and CPU seconds, where it ended before the step returned.
    """

    started: float = 0.0
    busy: float = 0.0
    ended: tuple[float, float] | None = None

    def begin(self) -> None:
        """The measured part begins here, and not with the process."""
        self.started, self.busy = time.perf_counter(), _cpu_seconds()

    def end(self) -> None:
        """The measured part ends here; what follows is only for the ``value``."""
        self.ended = time.perf_counter() - self.started, _cpu_seconds() - self.busy

    def spent(self) -> tuple[float, float]:
        """Seconds and CPU seconds."""
        if self.ended is None:
            self.end()
        assert self.ended is not None
        return self.ended


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True)
class ScaleStep:
    """One step.

    Args:
        run: does it and returns the value.
        value: what the value is.
        most: ratings up to which it is run.
    """

    run: Callable[[Place, Clock], float | None]
    value: str = ""
    most: float = field(default=float("inf"))


def _generate(place: Place, clock: Clock) -> float | None:
    shutil.rmtree(place.folder / ".data.generating", ignore_errors=True)  # a rest would not be the whole time
    clock.begin()
    return generate("ml-32m", place.ratings, place.data, seed=SEED).rmse_floor


def _data_walk(place: Place, clock: Clock) -> float | None:
    clock.begin()
    dataset, parts = walk(place.data)
    clock.end()
    place.keep(dataset, parts)
    return float(parts.train.n_items)


def _graph_filter(place: Place, clock: Clock) -> float | None:
    dataset, parts = place.split_arrays()
    n_head = min(_HEAD, parts.train.n_items)
    model = pipeline.make_model("graph-filter", settings={"choose": False, "form": "head", "head_items": n_head})
    context = place.context(dataset, parts)
    clock.begin()
    model.fit(parts.train, context)
    return float(n_head)


def _graph_filter_choose(place: Place, clock: Clock) -> float | None:
    dataset, parts = place.split_arrays()
    context = place.context(dataset, parts)
    clock.begin()
    fit = pipeline.make_model("graph-filter").fit(parts.train, context)
    clock.end()
    report = evaluate(fit.scorer, of_people(parts.test), 10, metrics=["ndcg"], seed=SEED)
    return float(report["ndcg@10"].mean / _truth(place)["ndcg_ceiling"])


def _bayes_sweeps(place: Place, clock: Clock) -> float | None:
    dataset, parts = place.split_arrays()
    ends: list[float] = []

    def note(progress: Progress) -> None:
        ends.append(_cpu_seconds())

    model: Any = pipeline.make_model("bayes-gcn")
    short = pipeline.make_model("bayes-gcn", settings={"burn_in": 1, "draws": _SWEEPS - 1, "keep": _SWEEPS - 1})
    context = place.context(dataset, parts, progress=note)
    clock.begin()
    begun = _cpu_seconds()
    short.fit(parts.train, context)
    sweep = statistics.median(np.diff(ends).tolist())
    return float(ends[0] - begun + sweep * (model.burn_in + model.draws - 1))


def _epoch_of(name: str, **settings: Any) -> Callable[[Place, Clock], float | None]:
    def epoch(place: Place, clock: Clock) -> float | None:
        dataset, parts = place.split_arrays()
        model: Any = pipeline.make_model(name)
        context = place.context(dataset, parts)
        clock.begin()
        pipeline.make_model(name, settings={"epochs": 1, **settings}).fit(parts.train, context)
        return float(clock.spent()[1] * model.epochs)

    return epoch


def _hetero_neighbours(place: Place, clock: Clock) -> float | None:
    from reelgraph.models.content_based import FeatureKNN, item_features, nearest_by_features

    dataset, parts = place.split_arrays()
    context = place.context(dataset, parts)
    clock.begin()
    features = item_features(parts.train, context, ("genres", "year", "tags", "words"))
    rated = np.flatnonzero(np.bincount(parts.train.item_row, minlength=parts.train.n_items))
    nearest_by_features(features, rated, FeatureKNN().neighbours, 3.0)
    return float(features.shape[1])


def _train_default(place: Place, clock: Clock) -> float | None:
    words = ["train", str(place.data), "--out", str(place.bundle), "--seed", str(SEED), "--resume", "--json"]
    clock.begin()
    done = subprocess.run([sys.executable, "-m", "reelgraph", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReelgraphError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "train failed")
    return float(json.loads(done.stdout)["metrics"]["ndcg@10"]["mean"])


def _rank(place: Place, clock: Clock) -> float | None:
    _, parts = place.split_arrays()
    scorer, part = _bundle(place).scorer, of_people(parts.test)
    evaluate(scorer, of_people(part, 64), 10, metrics=["ndcg"], seed=SEED)  # compiles
    clock.begin()
    evaluate(scorer, part, 10, metrics=["ndcg"], seed=SEED)
    return float(len(part))


def _recommend(place: Place, clock: Clock) -> float | None:
    bundle = _bundle(place)
    recommender = Recommender(bundle)
    people = bundle.users.ids[:: max(len(bundle.users) // 41, 1)][:41].tolist()
    spent = []
    clock.begin()
    for person in people:
        started = time.perf_counter()
        recommender.recommend(person, 10)
        spent.append(time.perf_counter() - started)
    return 1000 * statistics.median(spent[1:])


def _service_ready(place: Place, clock: Clock) -> float | None:
    _require_bundle(place)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = place.folder / "people.db"
    words = ["serve", str(place.bundle), "--port", str(port), "--store", str(store)]
    clock.begin()
    command = [sys.executable, "-m", "reelgraph", *words]
    return seconds_until_ready(command, f"http://127.0.0.1:{port}/api/health/ready", _READY_WITHIN)


def _bayes_quality(place: Place, clock: Clock) -> float | None:
    dataset, parts = place.split_arrays()
    context = place.context(dataset, parts)
    clock.begin()
    fit = pipeline.make_model("bayes-gcn").fit(parts.train, context)
    clock.end()
    report = evaluate(fit.scorer, parts.test, 10, metrics=["rmse"], seed=SEED)
    return float(report["rmse"].mean / _truth(place)["rmse_floor"])


def _lightgcn_quality(place: Place, clock: Clock) -> float | None:
    dataset, parts = place.split_arrays()
    context = place.context(dataset, parts)
    clock.begin()
    reports = []
    for settings in ({}, {"exact_items": parts.train.n_items}):  # of the same settings else: no choice
        fit = pipeline.make_model("lightgcn", settings={"choose": False, **settings}).fit(parts.train, context)
        reports.append(evaluate(fit.scorer, parts.test, 10, metrics=["ndcg"], seed=SEED))
    difference = paired(reports[0], reports[1], "ndcg@10")
    print(f"lightgcn - its full softmax, NDCG@10: {difference.mean:+.4f} "
          f"[{difference.low:+.4f}, {difference.high:+.4f}]", file=sys.stderr)  # fmt: skip
    return float(difference.mean)


def _truth(place: Place) -> Mapping[str, Any]:
    truth: Mapping[str, Any] = json.loads((place.data / "truth.json").read_text(encoding="utf-8"))
    return truth


def _require_bundle(place: Place) -> Path:
    if not place.bundle.exists():
        raise ReelgraphError(f"{place.bundle} is not there", "run the step train-default first")
    return place.bundle


def _bundle(place: Place) -> Bundle:
    return Bundle.load(_require_bundle(place))


STEPS: Mapping[str, ScaleStep] = {
    "generate": ScaleStep(_generate, "RMSE floor"),
    "data-walk": ScaleStep(_data_walk, "rated movies"),
    "graph-filter": ScaleStep(_graph_filter, "movies of the head"),
    "graph-filter-choose": ScaleStep(_graph_filter_choose, "NDCG@10 / ceiling"),
    "bayes-sweeps": ScaleStep(_bayes_sweeps, "CPU s, all sweeps"),
    "lightgcn-epoch": ScaleStep(_epoch_of("lightgcn", choose=False), "CPU s, all epochs"),
    "gcn-epoch": ScaleStep(_epoch_of("gcn"), "CPU s, all epochs"),
    "hetero-neighbours": ScaleStep(_hetero_neighbours, "features"),
    "train-default": ScaleStep(_train_default, "NDCG@10"),
    "rank-20000": ScaleStep(_rank, "people ranked"),
    "recommend": ScaleStep(_recommend, "ms a list"),
    "service-ready": ScaleStep(_service_ready, "s until ready"),
    "bayes-quality": ScaleStep(_bayes_quality, "RMSE / floor", _QUALITY_UP_TO),
    "lightgcn-quality": ScaleStep(_lightgcn_quality, "NDCG@10 - full", _QUALITY_UP_TO),
}
"""All steps, in the order in which they run: later ones use the files of earlier ones."""
