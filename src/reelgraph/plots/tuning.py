"""How a search for settings went, trial by trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.metrics.direction import lower_is_better
from reelgraph.plots.theme import (
    THEMES,
    UNITS,
    ThemeName,
    add_legend,
    new_figure,
    set_labels,
    set_title,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def tuning_history(values: Sequence[float | None], metric: str, *, theme: ThemeName = "light") -> Figure:
    """The objective of each trial as a point, with the best so far as a line.

    Args:
        values: one a trial, in order, such as ``[trial.value for trial in tuned.trials]``; None where a trial was
            pruned or failed, which is marked at the lower edge.
        metric: name as in the reports ("ndcg@10", "rmse"); says which way is better.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: no trial has a value.
        CapabilityError: matplotlib is not installed.
    """
    values_by_trial = {trial: value for trial, value in enumerate(values, 1) if value is not None}
    if not values_by_trial:
        raise ConfigError("values", "there is no complete trial to draw")
    lower = bool(lower_is_better(metric))
    figure, (axes,) = new_figure(1, (7.0, 3.8), theme)
    look = THEMES[theme]
    best, line = next(iter(values_by_trial.values())), {}
    for trial, value in values_by_trial.items():
        best = min(best, value) if lower else max(best, value)
        line[trial] = best
    line[len(values)] = best
    axes.plot(
        list(values_by_trial),
        list(values_by_trial.values()),
        color=look.colours[0],
        linestyle="none",
        marker="o",
        markersize=5,
        alpha=0.7,
        label="trial",
    )
    axes.step(
        list(line),
        [*line.values()],
        where="post",
        color=look.colours[3],
        linewidth=1.8,
        label=f"best so far: {best:.4f}",
    )
    if len(values_by_trial) < len(values):
        missing = [trial for trial in range(1, len(values) + 1) if trial not in values_by_trial]
        axes.plot(
            missing,
            [0.03] * len(missing),
            transform=axes.get_xaxis_transform(),
            color=look.muted,
            linestyle="none",
            marker="x",
            markersize=5,
            label="pruned or failed",
        )
    whole_numbers(axes, 1, len(values))
    unit = UNITS.get(metric)
    set_title(axes, f"Validation {metric}", theme)
    set_labels(axes, "trial", f"{unit or metric} ({'lower' if lower else 'higher'} is better)")
    add_legend(axes, theme)
    return figure
