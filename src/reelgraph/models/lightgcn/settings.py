"""The settings of `LightGCN`: fields, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from reelgraph.core import config
from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.models.lightgcn.batches import PEOPLE_LOSSES
from reelgraph.train.optimiser import OptimiserName, ScheduleName

_SECONDS_A_RATING = 4e-6  # of an epoch at dim 256: benchmarks/SCALE.md
_EPOCHS_UNTIL_STOPPED = 30  # by validation, or fewer

LossName = Literal["softmax", "unrated-softmax", "sampled-softmax", "bpr", "directau", "xsimgcl"]


@dataclass(frozen=True)
class LightGCNSettings:
    """The settings alone; see `LightGCN`."""

    dim: Annotated[int, Field(ge=1, le=4096)] = 256
    layers: Annotated[int, Field(ge=0, le=10)] = 1
    layer_weights: Annotated[tuple[float, ...], Field(min_length=1)] | Literal["mean"] = "mean"
    loss: LossName = "unrated-softmax"
    temperature: Annotated[float, Field(gt=0)] = 0.14
    exact_items: Annotated[int, Field(ge=0)] = 16_384
    negatives: Annotated[int, Field(ge=1)] = 4096
    person_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    user_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    item_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    rating_power: Annotated[float, Field(ge=0, le=4)] = 1.0
    user_embeddings: bool = False
    own_targets: bool = True
    item_bias: bool = True
    popularity: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    features: bool = False
    targets: Literal["rated", "later"] = "rated"
    edge_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.15
    uniformity: Annotated[float, Field(ge=0)] = 1.0
    noise: Annotated[float, Field(ge=0)] = 0.1
    contrast: Annotated[float, Field(ge=0)] = 0.2
    l2: Annotated[float, Field(ge=0)] = 0.0
    epochs: Annotated[int, Field(ge=1)] = 60
    batch_size: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 0.015
    optimiser: OptimiserName = "adam"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    patience: Annotated[int, Field(ge=0)] = 8
    choose: bool = True

    def __post_init__(self) -> None:
        config.validate(self)
        if self.layer_weights != "mean" and len(self.layer_weights) != self.layers + 1:
            raise ConfigError("layer_weights", f"expected {self.layers + 1} numbers, got {len(self.layer_weights)}")
        if self.layer_weights != "mean" and not any(self.layer_weights):
            raise ConfigError("layer_weights", "all are 0, so all movies would be alike")
        if not self.layers and not self.user_embeddings:
            raise ConfigError("layers", "without convolutions people need user_embeddings")
        if self.targets == "later" and not self.can_cut:
            raise ConfigError("targets", "'later' needs one of the first three losses, layers 1 and no user_embeddings")

    @property
    def can_cut(self) -> bool:
        """Can histories be cut in time? Where a person depends on their own movies only."""
        return self.loss in PEOPLE_LOSSES and self.layers == 1 and not self.user_embeddings

    @property
    def cosine(self) -> bool:
        """Are scores cosines?"""
        return self.loss not in ("bpr", "xsimgcl")

    @property
    def data_parallel(self) -> bool:
        """Can processes divide a batch? Where a person depends on their own movies only, and the loss is a mean."""
        return self.can_cut and not self.l2

    def samples(self, n_items: int) -> bool:
        """Do the softmax losses score a sample of the movies that nobody in the batch has rated?"""
        return self.loss == "sampled-softmax" or n_items > self.exact_items

    def fit_memory(self, size: DataSize) -> FitMemory:
        """Embeddings with their gradients and the optimiser's two moments, the graph, and the scores of a batch."""
        n_rows = size.n_items * (2 if self.own_targets else 1) + (size.n_users if self.user_embeddings else 0)
        share = 4 if self.samples(size.n_items) else 1  # a batch has rated a quarter of the movies or more
        n_scores = min(self.batch_size or 1024, size.n_users) * size.n_items // share
        n_bytes = 16 * self.dim * n_rows + 24 * size.n_ratings + 4 * n_scores
        return FitMemory(n_bytes, f"set dim lower than {self.dim}")

    def fit_seconds(self, size: DataSize) -> float:
        """Seconds of one core for the epochs, and for the short fits that choose the settings.

        Thirty where validation stops the fit, or as many as there may be; all of them without ``patience``.
        """
        an_epoch = _SECONDS_A_RATING * size.n_ratings * self.dim / 256
        n_epochs = min(self.epochs, _EPOCHS_UNTIL_STOPPED) if self.patience else self.epochs
        trials = 45 * _SECONDS_A_RATING * min(size.n_ratings, 4e6) if self.choose else 0.0
        return n_epochs * an_epoch + trials
