"""The settings of `NextItem`: fields, ranges and defaults."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from reelgraph.core import config
from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.models.next_item.factor_training import FactorTraining

_RATING_BYTES = 32  # item, weights and place in time


@dataclass(frozen=True)
class NextItemSettings:
    """The settings alone; see `NextItem`."""

    decays: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.6, 0.97)
    ridge: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1000.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    popularity_power: Annotated[float, Field(ge=-2, le=2)] = 0.2
    closed_form: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    factors: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    choose: bool = True
    factor_decays: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (0.0, 0.5, 0.8, 0.95, 0.99)
    dim: Annotated[int, Field(ge=1)] = 64
    epochs: Annotated[int, Field(ge=1)] = 5
    most_ratings: Annotated[int, Field(ge=1)] = 10_000_000
    batch_ratings: Annotated[int, Field(ge=1)] = 2048
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.01
    negatives: Annotated[int, Field(ge=1)] = 512
    history_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    factor_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    head_items: Annotated[int, Field(ge=0)] = 0
    tail_weights: Annotated[int, Field(ge=1)] = 50
    memory_gib: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0

    def __post_init__(self) -> None:
        config.validate(self)
        for name in ("decays", "factor_decays"):
            if not getattr(self, name):
                raise ConfigError(name, "() is not valid: give one or more numbers up to 1")
        if not (self.closed_form or self.factors):
            raise ConfigError("closed_form", "0.0 is not valid: one of closed_form and factors must be above 0")

    @property
    def factor_training(self) -> FactorTraining:
        """How the vectors are trained."""
        names = {field.name for field in dataclasses.fields(FactorTraining)} - {"decays"}
        return FactorTraining(decays=self.factor_decays, **{name: getattr(self, name) for name in names})

    def n_head(self, n_items: int) -> int:
        """Movies with whole matrices: ``head_items``, or if that is 0 as many as ``memory_gib`` has room for."""
        room = math.isqrt(int(self.memory_gib * 2**30 / self._bytes_per_pair))
        return min(n_items, self.head_items or max(1, room))

    @property
    def _bytes_per_pair(self) -> int:
        """Bytes for each pair of movies of the head."""
        n_histories = len(self.decays)
        return 4 * (n_histories**2 + 2 * n_histories)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """The matrices of the head, the vectors with what trains them, and the ratings in order of time."""
        matrices = self._bytes_per_pair * self.n_head(size.n_items) ** 2 if self.closed_form else 0
        vectors = 16 * self.dim * (len(self.factor_decays) + 1) * size.n_items if self.factors else 0
        advice = f"set memory_gib lower than {self.memory_gib:g}"
        if self.head_items:
            advice = f"set head_items lower than {self.head_items:,}"
        if vectors > matrices:
            advice = f"set dim lower than {self.dim:,}"
        return FitMemory(matrices + vectors + _RATING_BYTES * size.n_ratings, advice)
