"""How long a model needs to predict as well as another one did in the end."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import multiprocessing
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from reelgraph.core import Progress
from reelgraph.evaluation import PROTOCOLS
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.pipeline import fit_context, prepare


def seconds_to(protocol: str, model: BayesGCN, data: Path, goals: Mapping[str, float]) -> dict[str, float | None]:
    """Seconds of one fit until the mean of the draws so far predicts the test ratings with each goal's RMSE.

    The fit follows the test part in the place of the validation part. Following changes no draw, nothing is chosen by
    it, and the fit's own figures in the tables come from other fits, which never see the test. What is followed are the
    sampler's own draws of people (those without training ratings are left out), not the fold-in; the first time the
    error is at the goal counts.

    Args:
        protocol: its name.
        model: its settings were fixed before.
        data: folder of the data sets.
        goals: name -> RMSE, stars.

    Returns:
        Name -> seconds from the start of the fit, machine code from the cache; None where it is never reached.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(_follow, protocol, model, data, dict(goals)).result()


class _AllReachedError(Exception):
    """Ends a fit that has nothing left to show."""


def _follow(protocol: str, model: BayesGCN, data: Path, goals: dict[str, float]) -> dict[str, float | None]:
    prepared = prepare(PROTOCOLS[protocol], data, 0, join_valid=True)
    parts = dataclasses.replace(prepared.split, valid=prepared.split.test)
    # One sweep first: a fresh checkout compiles its loops in it, which later fits find in the cache.
    dataclasses.replace(model, draws=1, burn_in=0).fit(parts.train, fit_context(prepared.dataset, parts))
    reached = dict.fromkeys(goals, math.inf)
    started = time.perf_counter()

    def note(progress: Progress) -> None:
        now = time.perf_counter() - started
        if progress.done <= model.burn_in:
            return
        for name, goal in goals.items():
            if progress.values["rmse"] <= goal:
                reached[name] = min(reached[name], now)
        if math.inf not in reached.values():
            raise _AllReachedError

    with contextlib.suppress(_AllReachedError):
        model.fit(parts.train, fit_context(prepared.dataset, parts, progress=note))
    return {name: round(seconds, 3) if math.isfinite(seconds) else None for name, seconds in reached.items()}
