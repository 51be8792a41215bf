"""How long the chains run, and where they are: their draws, and what says whether they have converged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reelgraph.core import EpochRecord
from reelgraph.models.bayes_gcn.convergence import DrawConvergence
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.posterior_draws import Draw, ThinnedDraws
from reelgraph.models.bayes_gcn.problem import PreparedProblem
from reelgraph.models.bayes_gcn.validation_monitor import ValidationMonitor


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
