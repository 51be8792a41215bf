"""Runs all chains sweep by sweep: threads, thinned draws, progress, checkpoints."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.core import EpochRecord, FitContext, FloatArray, Progress
from reelgraph.core.errors import TrainingError
from reelgraph.models.bayes_gcn.gibbs_chain import Chain, ParallelFor, serial
from reelgraph.models.bayes_gcn.posterior_draws import Draw, take
from reelgraph.models.bayes_gcn.problem import PreparedProblem, ValidationMonitor
from reelgraph.train import checkpoint

_log = logging.getLogger(__name__)
_MIN_PARALLEL = 2_000  # iterations of a loop from which a second thread pays


@dataclass(frozen=True)
class SamplingPlan:
    """How long to run and what to keep.

    Args:
        chains: independent chains.
        burn_in: sweeps that are thrown away, each chain.
        draws: sweeps after them.
        keep: draws for the scorer, over all chains.
        threads: at most.
        checkpoint_every: sweeps between checkpoints.
        fingerprint: JSON-ready; a checkpoint of another run is refused.
    """

    chains: int
    burn_in: int
    draws: int
    keep: int
    threads: int
    checkpoint_every: int
    fingerprint: Mapping[str, Any]

    def thinned_sweeps(self) -> set[int]:
        """Sweeps whose draw is kept, spread evenly over those after the burn-in."""
        count = min(max(self.keep // self.chains, 1), self.draws)
        return {self.burn_in + int(step) for step in np.ceil(np.arange(1, count + 1) * self.draws / count)}


@dataclass
class SamplerState:
    """The chains, their thinned draws and their history so far."""

    setup: PreparedProblem
    chains: list[Chain]
    monitor: ValidationMonitor
    draws: list[Draw] = field(default_factory=list)
    history: list[EpochRecord] = field(default_factory=list)


def run(setup: PreparedProblem, monitor: ValidationMonitor, plan: SamplingPlan, context: FitContext) -> SamplerState:
    """Run all chains to the end.

    Raises:
        TrainingError: the chain diverged, or the checkpoint belongs to another run.
    """
    state = SamplerState(setup, [Chain(setup.problem, context.seed, number) for number in range(plan.chains)], monitor)
    if context.resume and context.checkpoint_dir is not None:
        _load(context.checkpoint_dir, state, plan)
        _log.info("bayes-gcn: resume after sweep %d", len(state.history))
    total, thinned = plan.burn_in + plan.draws, plan.thinned_sweeps()
    with ThreadPoolExecutor(plan.threads) as pool:
        for number in range(len(state.history) + 1, total + 1):
            _step(state, number, plan, pool)
            if number in thinned:
                state.draws += [take(chain, setup) for chain in state.chains]
            if context.checkpoint_dir is not None and (number % plan.checkpoint_every == 0 or number == total):
                _save(context.checkpoint_dir, state, plan)
            _log.debug("bayes-gcn: sweep %d of %d: loss %.4f", number, total, state.history[-1].train_loss)
            if context.progress is not None:
                last = state.history[-1]
                context.progress(Progress("train", number, total, "sweeps", {"loss": last.train_loss, **last.valid}))
    return state


def _step(state: SamplerState, number: int, plan: SamplingPlan, pool: ThreadPoolExecutor) -> None:
    started = time.perf_counter()
    if len(state.chains) == 1:
        state.chains[0].sweep(number, _parallel_for(pool, plan.threads))
    else:
        list(pool.map(lambda chain: chain.sweep(number, serial), state.chains))
    loss = float(np.mean([chain.loss for chain in state.chains]))
    if not np.isfinite(loss):
        raise TrainingError(f"the chain diverged in sweep {number}", "fewer features or a smaller dim may help")
    valid = {}
    if state.monitor:
        if number == plan.burn_in + 1:
            state.monitor.total[:], state.monitor.count = 0.0, 0
        for chain in state.chains:
            state.monitor.add(chain)
        valid = {"rmse": state.monitor.rmse()}
    state.history.append(EpochRecord(number, loss, valid, time.perf_counter() - started))


def _parallel_for(pool: ThreadPoolExecutor, threads: int) -> ParallelFor:
    """Split a loop into one range a thread. Its iterations are independent, so the split changes no digit."""

    def over(body: Callable[[int, int], None], n: int) -> None:
        if threads == 1 or n < _MIN_PARALLEL:
            body(0, n)
            return
        cuts = np.linspace(0, n, threads + 1).astype(int).tolist()
        list(pool.map(body, cuts[:-1], cuts[1:]))

    return over


def _state(chain: Chain) -> dict[str, FloatArray]:
    """All of a chain that the next sweep needs, by name."""
    out = {"cuts": chain.cuts, "scales": chain.scales, "scalars": np.array([chain.offset, chain.noise, chain.shape])}
    for name in ("weights", "mean", "precision"):
        for k, groups in enumerate(getattr(chain, name)):
            out |= {f"{name}.{k}.{g}": value for g, value in enumerate(groups)}
    return out


def _save(folder: Path, state: SamplerState, plan: SamplingPlan) -> None:
    arrays = {f"chain.{c}.{name}": a for c, chain in enumerate(state.chains) for name, a in _state(chain).items()}
    arrays |= {f"draw.{n}.{name}": value for n, draw in enumerate(state.draws) for name, value in draw.items()}
    arrays["watch"] = state.monitor.total
    record = {
        "fingerprint": dict(plan.fingerprint),
        "watched": state.monitor.count,
        "draws": len(state.draws),
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
    }
    checkpoint.write(folder, arrays, record)


def _load(folder: Path, state: SamplerState, plan: SamplingPlan) -> None:
    saved = checkpoint.read(folder, plan.fingerprint)
    if saved is None:
        return
    arrays, record = saved
    for c, chain in enumerate(state.chains):
        chain.cuts, chain.scales = arrays[f"chain.{c}.cuts"], arrays[f"chain.{c}.scales"]
        chain.offset, chain.noise, chain.shape = arrays[f"chain.{c}.scalars"].tolist()
        for name in ("weights", "mean", "precision"):
            for k, groups in enumerate(getattr(chain, name)):
                groups[:] = [arrays[f"chain.{c}.{name}.{k}.{g}"] for g in range(len(groups))]
    names = [name.removeprefix("draw.0.") for name in arrays if name.startswith("draw.0.")]
    state.draws = [{name: arrays[f"draw.{n}.{name}"] for name in names} for n in range(record["draws"])]
    state.monitor.total, state.monitor.count = arrays["watch"], int(record["watched"])
    state.history = [EpochRecord(**epoch) for epoch in record["history"]]
