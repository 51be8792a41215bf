"""Measured metrics with their intervals, compared between models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reelgraph.core import EvalReport, Metric
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.metrics.direction import lower_is_better
from reelgraph.plots.theme import THEMES, UNITS, ThemeName, new_figure, set_labels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BEST = {"coverage_80": "best at 0.80", "coverage_95": "best at 0.95"}


def metric_intervals(
    reports: Mapping[str, EvalReport], metrics: Sequence[str] | None = None, *, theme: ThemeName = "light"
) -> Figure:
    """The mean of each metric for each model with its 95 % interval: one panel a metric, one line a model.

    Args:
        reports: model name -> report; drawn from top to bottom.
        metrics: names as in the reports ("mse", "recall@10"); None for all of the first report. A model without one
            gets the words "not measured".
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: no report or metric is given, or no report holds a metric.
        CapabilityError: matplotlib is not installed.
    """
    if not reports:
        raise ConfigError("reports", "there is no report to draw")
    names = list(next(iter(reports.values())) if metrics is None else metrics)
    available = {name for report in reports.values() for name in report}
    for name in names:
        if name not in available:
            raise ConfigError.unknown(name, available, "metric")
    if not names:
        raise ConfigError("metrics", "there is no metric to draw")
    figure, panels = new_figure(len(names), (2.9 * len(names) + 0.9, 0.62 * len(reports) + 1.35), theme)
    for axes, name in zip(panels, names, strict=True):
        _forest(axes, {model: report.summary.get(name) for model, report in reports.items()}, theme)
        set_title(axes, name, theme)
        set_labels(axes, _meaning(name), "")
        axes.tick_params(axis="y", labelleft=axes is panels[0], labelsize=10, labelcolor=THEMES[theme].ink)
    return figure


def _forest(axes: Axes, figures: Mapping[str, Metric | None], theme: ThemeName) -> None:
    """One line a model: its mean as a point, its interval as a bar."""
    look = THEMES[theme]
    for place, (model, figure) in enumerate(figures.items()):
        if figure is None:
            axes.annotate(
                "not measured", (0.5, place), xycoords=("axes fraction", "data"), ha="center", va="center",
                color=look.muted, fontsize=9, style="italic",
            )  # fmt: skip
            continue
        colour = look.colours[place % len(look.colours)]
        axes.hlines(place, figure.low, figure.high, color=colour, linewidth=3.2, alpha=0.55, label=model)
        axes.plot([figure.mean], [place], color=colour, marker="o", markersize=7, linestyle="none")
        axes.annotate(
            f"{figure.mean:.3f}", (figure.mean, place), xytext=(0, 7), textcoords="offset points", ha="center",
            color=look.ink, fontsize=9,
        )  # fmt: skip
    axes.set_yticks(range(len(figures)), list(figures))
    axes.set_ylim(len(figures) - 0.5, -0.65)  # the first model on top
    axes.margins(x=0.12)
    axes.locator_params(axis="x", nbins=4)
    axes.grid(visible=False, axis="y")


def _meaning(metric: str) -> str:
    """The unit of a metric and which way is better, for its axis."""
    name = metric.split("@")[0]
    better = _BEST.get(name, "")
    lower = lower_is_better(metric)
    if lower is not None:
        better = f"{'lower' if lower else 'higher'} is better"
    return ", ".join(filter(None, (UNITS.get(name, "0 to 1"), better)))
