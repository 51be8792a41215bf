"""Which models a blend consists of where nobody said so: by what is installed, the size of the data, and a budget."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any, Literal

from reelgraph.core.fit_time import LimitsTime, fit_seconds
from reelgraph.core.memory import DataSize

RankerName = Literal["graph-filter", "lightgcn", "popularity", "bayes-gcn", "gcn"]
AUTO_RANKERS: tuple[RankerName, ...] = ("graph-filter", "lightgcn")
CLOSED_FORMS: tuple[RankerName, ...] = ("graph-filter",)
QUICK_RANKERS: tuple[RankerName, ...] = ("graph-filter", "popularity")
NEEDS_TORCH = ("lightgcn", "gcn")

PartModel = Callable[[str], Any]  # the model of a part, with its settings


def is_torch_installed() -> bool:
    """Whether the models that need torch can be fitted."""
    return importlib.util.find_spec("torch") is not None


def auto_rankers(
    part_model: PartModel, stars: str, budget: float, size: DataSize
) -> tuple[tuple[RankerName, ...], str]:
    """The rankers of a blend, and why one is left out; "" where none is.

    Args:
        part_model: gives the model of a part.
        stars: model of the stars, or ``none``.
        budget: minutes of one core for all fits.
        size: of the training data.
    """
    if not is_torch_installed():
        return CLOSED_FORMS, "lightgcn left out: it needs torch (pip install 'reelgraph[train]')"
    minutes = fit_minutes(part_model, (*AUTO_RANKERS, *_star_models(stars)), size)
    if minutes > budget:
        return CLOSED_FORMS, (
            f"lightgcn left out: with it the fits would take about {minutes:.0f} minutes of one core, the budget is "
            f"{budget:g}"
        )
    return AUTO_RANKERS, ""


def shortened_stars(
    part_model: PartModel, rankers: tuple[str, ...], stars: str, budget: float, size: DataSize
) -> dict[str, Any]:
    """Settings with which the model of the stars takes no longer than what the rankers leave of the budget.

    Arguments as for `auto_rankers`; an empty result where nothing is to be changed.
    """
    if stars == "none" or stars in rankers:
        return {}
    model = part_model(stars)
    seconds_left = 60 * max(budget - fit_minutes(part_model, rankers, size), 0.0)
    if not isinstance(model, LimitsTime) or model.fit_seconds(size) <= seconds_left:
        return {}
    shorter = model.within_seconds(seconds_left, size)
    names = [entry.name for entry in dataclasses.fields(shorter)]
    return {name: getattr(shorter, name) for name in names if getattr(shorter, name) != getattr(model, name)}


def fit_minutes(part_model: PartModel, names: tuple[str, ...], size: DataSize) -> float:
    """Estimated minutes of one core for the fits of the parts of these names."""
    return sum(fit_seconds(part_model(name), size) for name in names) / 60


def _star_models(stars: str) -> tuple[str, ...]:
    return () if stars == "none" else (stars,)
