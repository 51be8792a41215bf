"""Which models a blend consists of where nobody said so: by what is installed, the size of the data, and a budget."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any, Literal

from reelgraph.core.display import counted
from reelgraph.core.fit_time import LimitsTime, fit_seconds
from reelgraph.core.memory import DataSize

RankerName = Literal["graph-filter", "lightgcn", "popularity", "bayes-gcn", "gcn"]
AUTO_RANKERS: tuple[RankerName, ...] = ("graph-filter", "lightgcn")
CLOSED_FORMS: tuple[RankerName, ...] = ("graph-filter",)
QUICK_RANKERS: tuple[RankerName, ...] = ("graph-filter", "popularity")
NEEDS_TORCH = ("lightgcn", "gcn")

#: What leaving them out costs, in the words of the notes: docs/models/blend.md and docs/results.md.
_LIGHTGCN_ADDS = "adds 0.0028 to NDCG@10 on a random split of ML-1M, 0.0017 for new people"
_BIAS_COSTS = "for new people of ML-1M RMSE 0.9100 in place of 0.8184, and stars without intervals"

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
        return CLOSED_FORMS, f"lightgcn left out: it needs torch (pip install 'reelgraph[train]'), and {_LIGHTGCN_ADDS}"
    minutes = fit_minutes(part_model, (*AUTO_RANKERS, *_star_models(stars)), size)
    if minutes > budget:
        return CLOSED_FORMS, (
            f"lightgcn left out: with it the fits would take about {counted(round(minutes), 'minute')} of one core, "
            f"the budget is {budget:g}, and it {_LIGHTGCN_ADDS}"
        )
    return AUTO_RANKERS, ""


def left_out_by_exact_updates(*, networks: bool, stars: bool) -> list[str]:
    """What a blend of parts that forget at once has not, in words.

    Args:
        networks: ``lightgcn`` is left out.
        stars: ``bias`` takes the place of ``bayes-gcn``.
    """
    notes = [f"lightgcn left out: it forgets only at the next fit, and {_LIGHTGCN_ADDS}"] if networks else []
    return notes + ([f"bias in place of bayes-gcn, which forgets only at the next fit: {_BIAS_COSTS}"] if stars else [])


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


def shortened_note(model: Any, changes: dict[str, Any], budget: float, size: DataSize) -> str:
    """What `shortened_stars` made of the model of the stars, in words.

    Args:
        model: as asked.
        changes: settings, not empty.
        budget: minutes of one core for all fits.
        size: of the training data.
    """
    values = ", ".join(f"{name} {value}" for name, value in changes.items() if name != "quality")
    if "quality" in changes:
        minutes = counted(round(fit_seconds(model, size) / 60), "minute")
        values = f"not the quality {model.quality}, which takes about {minutes}, but {values}"
    return f"{model.name} within the budget of {counted(budget, 'minute')}: {values}"


def fit_minutes(part_model: PartModel, names: tuple[str, ...], size: DataSize) -> float:
    """Estimated minutes of one core for the fits of the parts of these names."""
    return sum(fit_seconds(part_model(name), size) for name in names) / 60


def _star_models(stars: str) -> tuple[str, ...]:
    return () if stars == "none" else (stars,)
