"""How long a fit takes, estimated from the size of the data before it begins."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from reelgraph.core.memory import DataSize


@runtime_checkable
class EstimatesTime(Protocol):
    """Ability of a model: says how long its fit will take."""

    def fit_seconds(self, size: DataSize) -> float:
        """Seconds of one core of a laptop for a fit on data of a size, rather too many than too few.

        Measured by ``python -m benchmarks.scale`` and rounded up. The same on every machine, so that what is fitted
        depends on the data and the settings alone.
        """
        ...


@runtime_checkable
class LimitsTime(EstimatesTime, Protocol):
    """Ability of a model: can be had for less time."""

    def within_seconds(self, seconds: float, size: DataSize) -> Any:
        """The model with settings that take no longer, as far as it has any; itself where it takes no longer."""
        ...


def fit_seconds(model: Any, size: DataSize) -> float:
    """The estimate of a model; 0 if it gives none."""
    return model.fit_seconds(size) if isinstance(model, EstimatesTime) else 0.0
