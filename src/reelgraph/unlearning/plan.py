"""What of a fitted model will forget a person at once, and what at the next fit: known before anybody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reelgraph.core import Scorer, SupportsPartialFit, SupportsUnlearning, UpdatesInPart
from reelgraph.core.abilities import with_held_fixed
from reelgraph.scorers.blend import single_models

When = Literal["at once", "in part", "at the next fit"]
NOT_KEPT = "it keeps what it learnt until the next fit; the stored ratings are removed"


@dataclass(frozen=True)
class ForgettingPlan:
    """When one fitted model forgets what it learnt from a person.

    Args:
        kind: kind of its scorer.
        when: ``in part`` where some of it waits for the next fit.
        how: the same in words.
    """

    kind: str
    when: When
    how: str


def forgetting_plan(scorer: Scorer) -> list[ForgettingPlan]:
    """When each fitted model of a scorer forgets, itself or the parts of a blend.

    The ratings of a person, their history and their row leave a bundle at once in any case.
    """
    return [_plan(part) for part in single_models(scorer)]


def _plan(scorer: Scorer) -> ForgettingPlan:
    if not (isinstance(scorer, SupportsUnlearning) and isinstance(scorer, SupportsPartialFit)):
        return ForgettingPlan(scorer.kind, "at the next fit", NOT_KEPT)
    obstacle = getattr(scorer, "update_obstacle", "")
    if obstacle:
        return ForgettingPlan(scorer.kind, "at the next fit", obstacle)
    deferred_part = scorer.kept_until_next_fit if isinstance(scorer, UpdatesInPart) else ""
    if deferred_part:
        how = with_held_fixed(f"{deferred_part} changes at the next fit, all else at once", scorer)
        return ForgettingPlan(scorer.kind, "in part", how)
    how = with_held_fixed("it becomes what a fit without the person would be, up to rounding", scorer)
    return ForgettingPlan(scorer.kind, "at once", how)
