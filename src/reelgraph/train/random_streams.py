"""One seed, spawned by purpose, so that no two parts of a run share a stream and resuming needs no saved state."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """NumPy's generator for one purpose in one epoch; the same arguments give the same stream."""
    return np.random.default_rng(_sequence(seed, purpose, epoch))


def torch_generator(seed: int, purpose: str, epoch: int = 0) -> torch.Generator:
    """Torch's generator, on the CPU, for one purpose in one epoch."""
    import torch  # here: `generator` is for models that do without it

    state = int(_sequence(seed, purpose, epoch).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.Generator().manual_seed(state)


def _sequence(seed: int, purpose: str, epoch: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), epoch])
