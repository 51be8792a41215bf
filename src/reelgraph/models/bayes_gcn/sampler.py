"""Runs all chains sweep by sweep: threads, thinned draws, convergence, progress."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from reelgraph.core import EpochRecord, FitContext, Progress
from reelgraph.core.errors import TrainingError
from reelgraph.models.bayes_gcn import chain_checkpoint
from reelgraph.models.bayes_gcn.convergence import BATCH, DrawConvergence
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.posterior_draws import ThinnedDraws, take
from reelgraph.models.bayes_gcn.problem import PreparedProblem
from reelgraph.models.bayes_gcn.sampler_state import SamplerState, SamplingPlan
from reelgraph.models.bayes_gcn.validation_monitor import ValidationMonitor
from reelgraph.models.bayes_gcn.worker_threads import on_threads, serial

_log = logging.getLogger(__name__)


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
