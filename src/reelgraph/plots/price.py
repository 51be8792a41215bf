"""The accuracy cost of re-ranking: accuracy against the goal of each re-ranker, by its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reelgraph.core.errors import ConfigError
from reelgraph.plots.theme import THEMES, UNITS, ThemeName, add_legend, halo, new_figure, set_labels, set_title
from reelgraph.recommend.rerank.tradeoff import TradeoffPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FOR = {
    "diversity": "diversity@10",
    "calibration": "miscalibration@10",
    "niche": "popularity_lift@10",
    "bold": "spread@10",
}
_FALLING = ("miscalibration", "popularity_lift")


def price_curve(
    curves: Mapping[str, Sequence[TradeoffPoint]],
    *,
    gains: Mapping[str, str] | None = None,
    cost: str = "ndcg@10",
    theme: ThemeName = "light",
) -> Figure:
    """Accuracy against the goal of each re-ranking weight: one panel per weight, one point per value of it.

    Every other point is labelled with its value. Bars are 95 % intervals of the paired difference to weight 0, drawn
    around their point: where a bar does not reach the dashed line, the loss is larger than the sampling error. The goal
    improves to the right: the axis of a metric that should be low is inverted.

    Args:
        curves: ``diversity``, ``calibration``, ``niche``, ``bold`` -> points, as returned by
            `recommend.rerank.tradeoff.measure_tradeoff`, weight 0 first.
        gains: name of a curve -> metric on the x axis; None for the metric that the weight is meant to improve.
        cost: metric on the y axis, one with a value per person.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: there is no point, or a metric was not measured.
        CapabilityError: matplotlib is not installed.
    """
    if not curves or not all(curves.values()):
        raise ConfigError("curves", "there is no point to draw")
    across = {name: (gains or _FOR).get(name, _FOR["diversity"]) for name in curves}
    for name, curve in curves.items():
        for metric, available in ((across[name], curve[0].report.summary), (cost, curve[0].difference)):
            if metric not in available:
                raise ConfigError.unknown(metric, available, "metric")
    figure, panels = new_figure(len(curves), (4.6 * len(curves) + 0.5, 3.8), theme)
    for place, (axes, (name, curve)) in enumerate(zip(panels, curves.items(), strict=True)):
        _draw(axes, curve, across[name], cost, THEMES[theme].colours[(0, 3)[place % 2]], theme)
        set_title(axes, f"The price of {name}", theme)
        set_labels(axes, _axis(across[name]), cost if axes is panels[0] else "")
        axes.tick_params(labelleft=axes is panels[0])
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high)  # panels side by side are read against one another
    add_legend(panels[0], theme)
    return figure


def _draw(axes: Axes, curve: Sequence[TradeoffPoint], gain: str, cost: str, colour: str, theme: ThemeName) -> None:
    look, moved = THEMES[theme], [point for point in curve if point.weight]
    plain, line = curve[0].report[cost].mean, sorted(curve, key=lambda point: point.weight)
    axes.axhline(plain, color=look.muted, linewidth=1.2, linestyle=(0, (4, 2)), label="as the model ranks")
    axes.vlines(
        [point.report[gain].mean for point in moved],
        [plain + point.difference[cost].low for point in moved],
        [plain + point.difference[cost].high for point in moved],
        color=colour, linewidth=3.2, alpha=0.4, label="95 % of the change",
    )  # fmt: skip
    axes.plot(
        [point.report[gain].mean for point in line], [point.report[cost].mean for point in line], color=colour,
        linewidth=1.2, marker="o", markersize=4.5, label="re-ranked",
    )  # fmt: skip
    for point in moved[1::2]:
        axes.annotate(
            f"{point.weight:g}", (point.report[gain].mean, point.report[cost].mean), xytext=(-6, -5),
            textcoords="offset points", ha="right", va="top", color=look.ink, fontsize=8.5, path_effects=halo(look),
        )  # fmt: skip
    axes.margins(0.08)
    if gain.split("@")[0] in _FALLING:
        axes.invert_xaxis()


def _axis(metric: str) -> str:
    name = metric.split("@")[0]
    notes = [UNITS[name]] if name in UNITS else []
    notes += ["less to the right"] if name in _FALLING else []
    return f"{metric} ({', '.join(notes)})" if notes else metric
