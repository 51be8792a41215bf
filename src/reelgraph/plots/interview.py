"""Ways of asking a new person, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelgraph.core.errors import ConfigError
from reelgraph.plots.theme import THEMES, ThemeName, add_legend, new_figure, set_labels, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = {"rmse": "RMSE (stars)", "ndcg@10": "NDCG@10", "questions": "questions asked"}


def interview_curves(rows: Sequence[Mapping[str, Any]], *, theme: ThemeName = "light") -> Figure:
    """Accuracy, and what it took, after each number of answers: one line a way of asking, bars are 95 % intervals.

    Args:
        rows: ``way``, ``answers`` and ``metrics`` with ``mean``, ``low`` and ``high``, as
            `benchmarks.accuracy.elicitation` gives.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: there is no row.
        CapabilityError: matplotlib is not installed.
    """
    if not rows:
        raise ConfigError("rows", "there is nothing to draw")
    ways = list(dict.fromkeys(row["way"] for row in rows))
    figure, panels = new_figure(len(_PANELS), (13.0, 3.8), theme)
    for axes, (metric, title) in zip(panels, _PANELS.items(), strict=True):
        for place, way in enumerate(ways):
            way_rows = [row for row in rows if row["way"] == way]
            colour = THEMES[theme].colours[place]
            counts = [row["answers"] + 0.3 * (place - (len(ways) - 1) / 2) for row in way_rows]
            figures = [row["metrics"][metric] for row in way_rows]
            axes.vlines(
                counts,
                [interval["low"] for interval in figures],
                [interval["high"] for interval in figures],
                color=colour,
                linewidth=2.5,
                alpha=0.4,
            )
            axes.plot(
                counts,
                [interval["mean"] for interval in figures],
                color=colour,
                marker="o",
                markersize=4.5,
                label=way,
            )
        if metric == "questions":
            axes.set_yscale("log")
        set_title(axes, title, theme)
        set_labels(axes, "answers", "")
    add_legend(panels[0], theme)
    return figure
