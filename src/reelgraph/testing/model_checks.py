"""All checks of the contract of models, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reelgraph.testing.ability_checks import (
    check_contributions,
    check_distribution,
    check_item_vectors,
    check_order,
    check_stars,
)
from reelgraph.testing.basic_checks import (
    check_fit_changes_nothing,
    check_no_history,
    check_rows_are_independent,
    check_same_seed_same_fit,
    check_score_changes_no_history,
    check_scores,
    check_search_space,
    check_settings,
    check_smallest_data,
    check_views,
    check_wrong_settings,
)
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.quality_checks import check_nothing_leaks, check_stars_are_learnt, check_views_are_learnt
from reelgraph.testing.requirements import NotApplicable
from reelgraph.testing.saving_checks import check_bundle, check_kind, check_lists, check_restored

#: name -> check, which raises a `ContractError`, or `unittest.SkipTest` for an ability that the model does not have
CHECKS: Mapping[str, Callable[[ModelFits], None]] = {
    check.__name__.removeprefix("check_"): check
    for check in (
        check_settings,
        check_wrong_settings,
        check_search_space,
        check_fit_changes_nothing,
        check_same_seed_same_fit,
        check_scores,
        check_score_changes_no_history,
        check_rows_are_independent,
        check_no_history,
        check_smallest_data,
        check_views,
        check_stars,
        check_distribution,
        check_contributions,
        check_item_vectors,
        check_order,
        check_restored,
        check_kind,
        check_bundle,
        check_lists,
        check_nothing_leaks,
        check_stars_are_learnt,
        check_views_are_learnt,
    )
}


def check_model(model: Any) -> tuple[str, ...]:
    """Run all checks on a model.

    Args:
        model: an instance, with settings under which it learns from a hundred ratings within seconds.

    Returns:
        Names of the checks of abilities that the model does not have.

    Raises:
        ContractError: the model breaks a promise.
    """
    fits, not_applicable = ModelFits(model), []
    for name, check in CHECKS.items():
        try:
            check(fits)
        except NotApplicable:
            not_applicable.append(name)
    return tuple(not_applicable)
