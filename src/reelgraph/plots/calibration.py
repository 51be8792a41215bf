"""Whether predicted probabilities are calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import Reliability
from reelgraph.plots.theme import THEMES, ThemeName, add_legend, new_figure, set_labels, set_title, thousands

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DASHES = (0, (4, 2))


def reliability(table: Reliability, *, theme: ThemeName = "light") -> Figure:
    """Observed share against predicted probability, above the number of ratings of each point.

    Points on the dashed line are calibrated. Bars are 95 % Wilson intervals.

    Args:
        table: such as ``evaluation.reliability(predicted.distribution, part.target.data)`` gives it for
            ``predicted = evaluation.target_predictions(scorer, part)``.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: the table holds no rating.
        CapabilityError: matplotlib is not installed.

    Source: Bröcker and Smith 2007 for points at the mean prediction of their bin, not at its middle.
    """
    if not table.count.sum():
        raise ConfigError("table", "there is no rating to draw")
    figure, (top, bottom) = new_figure(1, (5.6, 6.2), theme, heights=(5.0, 1.0))
    look, filled = THEMES[theme], table.count > 0
    predicted, observed = table.predicted[filled], table.observed[filled]
    top.plot([0, 1], [0, 1], color=look.muted, linewidth=1.2, linestyle=_DASHES, label="perfectly calibrated")
    top.vlines(
        predicted, table.low[filled], table.high[filled], color=look.colours[0], linewidth=3.2, alpha=0.55,
        label="95 % interval",
    )  # fmt: skip
    top.plot(
        predicted, observed, color=look.colours[0], linewidth=1.2, marker="o", markersize=4.5, label="share observed"
    )
    widths = np.diff(table.edges)
    bottom.bar(table.edges[:-1] + widths / 2, table.count, width=0.88 * widths, color=look.colours[0])
    set_title(top, f"{counted(table.stars, 'star')} or more, {counted(table.count.sum(), 'rating')}", theme)
    set_labels(top, "", "observed share")
    set_labels(bottom, "predicted probability", "ratings")
    top.set_ylim(-0.02, 1.02)
    top.set_yticks(np.linspace(0, 1, 6))
    top.tick_params(labelbottom=False)
    for axes in (top, bottom):
        _probabilities(axes)
    bottom.locator_params(axis="y", nbins=3)
    bottom.grid(visible=False, axis="x")
    thousands(bottom)
    add_legend(top, theme)
    figure.align_ylabels([top, bottom])
    return figure


def pit_histogram(shares: FloatArray, *, theme: ThemeName = "light") -> Figure:
    """Where the true ratings fall in their predicted distributions, from its lower end to its upper one.

    All bars are as high as the dashed line where the probabilities are right. Bars high at both ends say that the
    distributions are too narrow, high in the middle too wide, high at one side that the stars are too low (right) or
    too high (left).

    Args:
        shares: ``(bins,)`` shares of the ratings, such as ``evaluation.pit(predicted.distribution, part.target.data)``.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: there are no shares.
        CapabilityError: matplotlib is not installed.

    Source: Czado, Gneiting and Held 2009.
    """
    if not len(shares):
        raise ConfigError("shares", "there is no share to draw")
    figure, (axes,) = new_figure(1, (5.6, 3.6), theme)
    look, bins = THEMES[theme], len(shares)
    axes.bar((np.arange(bins) + 0.5) / bins, shares, width=0.88 / bins, color=look.colours[0])
    axes.axhline(1 / bins, color=look.colours[3], linewidth=1.4, linestyle=_DASHES, label="right probabilities")
    axes.set_ylim(0, 1.3 * max(float(np.max(shares)), 1 / bins))
    set_title(axes, "True ratings within their predicted distribution", theme)
    set_labels(axes, "probability of less than the true rating (PIT)", "share of ratings")
    _probabilities(axes)
    axes.grid(visible=False, axis="x")
    add_legend(axes, theme)
    return figure


def _probabilities(axes: Axes) -> None:
    """0 to 1 across."""
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks(np.linspace(0, 1, 6))
