"""K-fold cross-validation: each rating is in the test of exactly one fold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import Interactions, Split, config
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.split import split
from reelgraph.data.splitting.splitters import TEST, VALID, Roles, Share


@dataclass(frozen=True)
class KFold:
    """The ratings in k folds, drawn at random whatever their user: one is the test, the others are train.

    `splits` goes through all folds. As a splitter for `split`, it gives the one fold ``fold``. With the same seed, the
    folds share no rating and together have all of them; their sizes differ by one at most.

    Args:
        k: number of folds.
        fold: the fold that is the test, from 0.
        valid: share of the ratings outside the test fold to draw for validation.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3, 3], "item": [10, 20, 10, 30, 20, 30], "rating": [5, 3, 4, 2, 5, 1]}
        >>> interactions = rg.index(rg.from_frame(table).ratings)
        >>> [parts.test.target.nnz for parts in rg.KFold(3, valid=0.0).splits(interactions, seed=0)]
        [2, 2, 2]
    """

    kind: ClassVar[str] = "k-fold"
    folds_in_valid: ClassVar[bool] = False
    k: Annotated[int, Field(ge=2)] = 5
    fold: Annotated[int, Field(ge=0)] = 0
    valid: Share = 0.1

    def __post_init__(self) -> None:
        config.validate(self)
        if self.fold >= self.k:
            raise ConfigError("fold", f"{self.fold} is not valid: expected 0 to {self.k - 1}")

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        n = len(interactions)
        if n < self.k:
            raise ConfigError("k", f"{self.k} folds need as many ratings, and there are {n}")
        order = rng.permutation(n)
        role = np.zeros(n, np.int8)
        role[order[self.fold :: self.k]] = TEST
        outside = np.delete(order, np.s_[self.fold :: self.k])
        role[rng.permutation(outside)[: round(self.valid * len(outside))]] = VALID
        return Roles(role)

    def splits(self, interactions: Interactions, seed: int = 0) -> Iterator[Split]:
        """The split of each fold in turn.

        Args:
            interactions: the edges.
            seed: not negative; the same seed gives the same folds.

        Raises:
            ConfigError: there are fewer ratings than folds.
        """
        for fold in range(self.k):
            yield split(interactions, dataclasses.replace(self, fold=fold), seed)
