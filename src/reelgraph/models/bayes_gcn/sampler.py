"""Runs all chains sweep by sweep: threads, thinned draws, convergence, progress."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core import EpochRecord, FitContext, Progress
from reelgraph.core.errors import TrainingError
from reelgraph.models.bayes_gcn import chain_checkpoint
from reelgraph.models.bayes_gcn.convergence import BATCH, DrawConvergence
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.posterior_draws import Draw, ThinnedDraws, take
from reelgraph.models.bayes_gcn.problem import PreparedProblem
from reelgraph.models.bayes_gcn.validation_monitor import ValidationMonitor
from reelgraph.models.bayes_gcn.worker_threads import on_threads, serial

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SamplingPlan:
    """How long to run and what to keep.

    Args:
        chains: independent chains.
        burn_in: sweeps that are thrown away, each chain.
        draws: sweeps after them, at most.
        keep: draws for the scorer, over all chains.
        tolerance: the chains end when more draws would lower the RMSE by no more than this, stars; 0 for all draws.
        threads: at most.
        checkpoint_every: sweeps between checkpoints.
        fingerprint: JSON-ready; a checkpoint of another run is refused.
    """

    chains: int
    burn_in: int
    draws: int
    keep: int
    tolerance: float
    threads: int
    checkpoint_every: int
    fingerprint: Mapping[str, Any]

    @property
    def sweeps(self) -> int:
        """Sweeps of each chain, at most."""
        return self.burn_in + self.draws


@dataclass
class SamplerState:
    """The chains, their draws and their history so far."""

    setup: PreparedProblem
    chains: list[Chain]
    monitor: ValidationMonitor
    convergence: DrawConvergence
    draws: ThinnedDraws
    recent: list[Draw] = field(default_factory=list)  # of the present batch of sweeps
    history: list[EpochRecord] = field(default_factory=list)

    def has_ended(self, plan: SamplingPlan) -> bool:
        """Whether the chains have converged or made all their sweeps."""
        return len(self.history) >= plan.sweeps or self.convergence.remaining() <= plan.tolerance

    def reason(self, plan: SamplingPlan) -> str:
        """Why the chains have ended."""
        if len(self.history) >= plan.sweeps:
            return f"all {plan.sweeps} sweeps done"
        return (
            f"converged after {len(self.history)} of at most {plan.sweeps} sweeps: more draws would lower the RMSE "
            f"by about {self.convergence.remaining():.4f} stars"
        )


def run(
    setup: PreparedProblem,
    monitor: ValidationMonitor,
    convergence: DrawConvergence,
    plan: SamplingPlan,
    context: FitContext,
) -> SamplerState:
    """Run all chains until they have converged, or to the end.

    Raises:
        TrainingError: the chain diverged, or the checkpoint belongs to another run.
    """
    chains = [Chain(setup.problem, context.seed, number) for number in range(plan.chains)]
    state = SamplerState(setup, chains, monitor, convergence, ThinnedDraws(max(plan.keep // plan.chains, 1)))
    if context.resume and context.checkpoint_dir is not None:
        chain_checkpoint.load(context.checkpoint_dir, state, plan.fingerprint)
        _log.info("bayes-gcn: resume after sweep %d", len(state.history))
    with ThreadPoolExecutor(plan.threads) as pool:
        while not state.has_ended(plan):
            number = len(state.history) + 1
            _step(state, number, plan, pool)
            if number > plan.burn_in:
                _take(state, plan)
            is_checkpoint = number % plan.checkpoint_every == 0 or state.has_ended(plan)
            if context.checkpoint_dir is not None and is_checkpoint:
                chain_checkpoint.save(context.checkpoint_dir, state, plan.fingerprint)
            _log.debug("bayes-gcn: sweep %d of %d: loss %.4f", number, plan.sweeps, state.history[-1].train_loss)
            if context.progress is not None:
                last = state.history[-1]
                values = {"loss": last.train_loss, **last.valid}
                context.progress(Progress("train", number, plan.sweeps, "sweeps", values))
    return state


def _take(state: SamplerState, plan: SamplingPlan) -> None:
    """Keep the present draws, and judge the convergence at the end of a batch of sweeps."""
    drawn = [take(chain, state.setup) for chain in state.chains]
    state.draws.add(drawn)
    if plan.tolerance == 0:
        return
    state.recent += drawn
    if len(state.recent) == BATCH * plan.chains:
        state.convergence.add(state.recent)
        state.recent = []


def _step(state: SamplerState, number: int, plan: SamplingPlan, pool: ThreadPoolExecutor) -> None:
    started = time.perf_counter()
    if len(state.chains) == 1:
        state.chains[0].sweep(number, on_threads(pool, plan.threads))
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
