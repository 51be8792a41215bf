"""What one trial sees: a model, a protocol and the training and validation parts; never a test edge."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelgraph.core import FitContext, ProgressCallback, Split
from reelgraph.core.errors import ConfigError, LeakError, TrainingError
from reelgraph.evaluation import Protocol
from reelgraph.evaluation.metric_names import at_length
from reelgraph.models import model_class, model_reference
from reelgraph.pipeline import make_model


@dataclass(frozen=True)
class Task:
    """All that a trial can see; no test edge can be reached from here.

    Args:
        model: a name, ``package.module:Class`` or a class.
        protocol: measures one metric.
        split: train and validation; its test part is empty.
        context: of the fit: seed, validation part, what is known of movies and users.
        fixed: settings that every trial has.
    """

    model: str | type[Any]
    protocol: Protocol
    split: Split
    context: FitContext
    fixed: Mapping[str, Any]

    def __post_init__(self) -> None:
        if len(self.split.test) or self.split.test.target.nnz:
            raise LeakError(
                "tuning on test: the split still holds its test part", "give reelgraph.data.without_test(split)"
            )
        if len(self.split.valid) == 0:
            raise ConfigError(self.protocol.name, "there is no validation part to tune on in this split")

    @property
    def model_reference(self) -> str:
        """The model as a text that `reelgraph.models.model_class` takes."""
        return model_reference(model_class(self.model))

    @property
    def metric(self) -> str:
        """Name of the objective, without ``@k``."""
        return self.protocol.metrics[0]

    @property
    def label(self) -> str:
        """Name of the objective as in the reports."""
        return at_length(self.metric, self.protocol.k)

    def value(self, settings: Mapping[str, Any], progress: ProgressCallback | None = None) -> float:
        """The metric on validation of the model with these settings.

        Raises:
            TrainingError: the model cannot be trained with them, or the figure is not a finite number.
        """
        try:
            model = make_model(self.model, settings={**self.fixed, **settings})
        except ConfigError as error:  # each setting alone is known to be right: these do not go together
            raise TrainingError(str(error)) from None
        fit = model.fit(self.split.train, dataclasses.replace(self.context, progress=progress))
        value = self.protocol.measure(fit.scorer, self.split, part="valid")[self.label].mean
        if not math.isfinite(value):
            raise TrainingError(f"{self.metric} is {value}")
        return value
