"""A split that is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from reelgraph.core import IntArray, Interactions
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.splitters import TEST, TRAIN, VALID, Roles


@dataclass(frozen=True)
class PredefinedSplit:
    """A split with given test edges, such as one that comes with the data; validation is given, too, or drawn.

    Args:
        test_edges: ``(n,)`` positions of the test edges.
        valid_edges: ``(n,)`` positions of the validation edges, or None to draw them.
        valid: share of the other edges to draw for validation; not used with ``valid_edges``.
        name: origin of the split ("u1"), for the `SplitSpec`.
    """

    kind: ClassVar[str] = "shipped"
    folds_in_valid: ClassVar[bool] = False
    test_edges: IntArray = field(repr=False)
    valid_edges: IntArray | None = field(default=None, repr=False)
    valid: float = 0.1
    name: str = "shipped"

    def __post_init__(self) -> None:
        if not 0 <= self.valid < 1:
            raise ConfigError("valid", f"{self.valid!r} is not valid: expected a share from 0 to below 1")

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        role = np.zeros(len(interactions), np.int8)
        self._mark(role, "test_edges", self.test_edges, TEST)
        if self.valid_edges is not None:
            self._mark(role, "valid_edges", self.valid_edges, VALID)
        else:
            train_edges = rng.permutation(np.flatnonzero(role == TRAIN))
            role[train_edges[: round(self.valid * len(train_edges))]] = VALID
        return Roles(role)

    @staticmethod
    def _mark(role: IntArray, key: str, edges: IntArray, value: int) -> None:
        if len(edges) and (edges.min() < 0 or edges.max() >= len(role)):
            raise ConfigError(
                key, f"edge {edges.min()} or {edges.max()} is out of range: the edges are 0 to {len(role) - 1}"
            )
        if len(np.unique(edges)) < len(edges) or (role[edges] != TRAIN).any():
            raise ConfigError(key, "an edge has two roles")
        role[edges] = value
