"""Checkpoints of the chains: a resumed run gives the very arrays of one that was never stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.core import AnyArray, EpochRecord
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.posterior_draws import Draw
from reelgraph.models.bayes_gcn.sampler_state import SamplerState
from reelgraph.train import checkpoint


def save(folder: Path, state: SamplerState, fingerprint: Mapping[str, Any]) -> None:
    """Write all that the next sweep needs."""
    arrays = {f"chain.{c}.{name}": a for c, chain in enumerate(state.chains) for name, a in _state(chain).items()}
    arrays["watch"] = state.monitor.total
    arrays |= {f"batch.{n}": batch for n, batch in enumerate(state.convergence.batches)}
    for kind, draws in (("draw", state.draws.kept), ("recent", state.recent)):
        arrays |= {f"{kind}.{n}.{name}": value for n, draw in enumerate(draws) for name, value in draw.items()}
    record = {
        "fingerprint": dict(fingerprint),
        "watched": state.monitor.count,
        "batches": len(state.convergence.batches),
        "steps": state.draws.steps,
        "draws": len(state.draws.kept),
        "recent": len(state.recent),
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
    }
    checkpoint.write(folder, arrays, record)


def load(folder: Path, state: SamplerState, fingerprint: Mapping[str, Any]) -> None:
    """Put the state of a checkpoint, where there is one, in the place of the initial one.

    Raises:
        TrainingError: the checkpoint belongs to another run.
    """
    saved = checkpoint.read(folder, fingerprint)
    if saved is None:
        return
    arrays, record = saved
    for c, chain in enumerate(state.chains):
        prefix = f"chain.{c}."
        _restore(chain, {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)})
    state.monitor.total, state.monitor.count = arrays["watch"], int(record["watched"])
    state.convergence.batches = [arrays[f"batch.{n}"] for n in range(record["batches"])]
    state.draws.restore(_draws(arrays, "draw", record["draws"]), int(record["steps"]))
    state.recent = _draws(arrays, "recent", record["recent"])
    state.history = [EpochRecord(**epoch) for epoch in record["history"]]


def _state(chain: Chain) -> dict[str, AnyArray]:
    """All of a chain that the next sweep needs, by name."""
    out = {"cuts": chain.cuts, "scales": chain.scales, "scalars": np.array([chain.offset, chain.noise, chain.shape])}
    for name in ("weights", "mean", "precision"):
        for k, groups in enumerate(getattr(chain, name)):
            out |= {f"{name}.{k}.{g}": value for g, value in enumerate(groups)}
    if chain.sessions is not None:
        out |= {"sessions.mean": chain.sessions.mean, "sessions.precision": chain.sessions.precision}
        out |= {f"sessions.weights.{s}": value for s, value in enumerate(chain.sessions.weights)}
    return out


def _restore(chain: Chain, arrays: Mapping[str, AnyArray]) -> None:
    chain.cuts, chain.scales = arrays["cuts"], arrays["scales"]
    chain.offset, chain.noise, chain.shape = arrays["scalars"].tolist()
    for name in ("weights", "mean", "precision"):
        for k, groups in enumerate(getattr(chain, name)):
            groups[:] = [arrays[f"{name}.{k}.{g}"] for g in range(len(groups))]
    if chain.sessions is not None:
        chain.sessions.mean, chain.sessions.precision = arrays["sessions.mean"], arrays["sessions.precision"]
        weights = chain.sessions.weights
        weights[:] = [arrays[f"sessions.weights.{s}"] for s in range(len(weights))]


def _draws(arrays: Mapping[str, AnyArray], kind: str, count: int) -> list[Draw]:
    prefix = f"{kind}.0."
    names = [name.removeprefix(prefix) for name in arrays if name.startswith(prefix)]
    return [{name: arrays[f"{kind}.{n}.{name}"] for name in names} for n in range(count)]
