"""What the data look like: stars and degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reelgraph.core import Dataset, require_scale
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.graph import BipartiteGraph
from reelgraph.plots.theme import THEMES, ThemeName, halo, new_figure, plain_logs, set_labels, set_title, thousands

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rating_histogram(data: Dataset, *, theme: ThemeName = "light") -> Figure:
    """How many ratings there are of each number of stars, with their mean.

    Args:
        data: its ratings, ``(n,)`` stars; those that are not on the scale are left out, and the title says how many.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: no rating is on the scale.
        CapabilityError: the data have no stars, or matplotlib is not installed.
    """
    stars, scale = data.ratings.rating, require_scale(data.ratings.scale, "the histogram of ratings")
    good = stars[scale.contains(np.nan_to_num(stars, nan=scale.low - 1.0))]
    if len(good) == 0:
        raise ConfigError("data", "there is no rating to draw")
    levels = scale.levels()
    counts = np.bincount(scale.level_of(good), minlength=len(levels))
    figure, (axes,) = new_figure(1, (7.0, 3.8), theme)
    look = THEMES[theme]
    bars = axes.bar(levels, counts, width=0.82 * scale.level_step, color=look.colours[0])
    shares = [f"{share:.0%}" if share >= 0.005 else "<1%" for share in counts / len(good)]
    axes.bar_label(bars, shares, padding=3, color=look.muted, fontsize=9, path_effects=halo(look))
    mean = float(good.mean(dtype=np.float64))
    axes.axvline(mean, ymax=0.94, color=look.colours[3], linewidth=1.4, linestyle=(0, (4, 2)), zorder=1.5)
    axes.annotate(
        f"mean {mean:.2f}", (mean, 0.97), xycoords=("data", "axes fraction"), ha="center", color=look.colours[3],
        fontsize=9,
    )  # fmt: skip
    axes.set_xticks(levels, [f"{level:g}" for level in levels])
    axes.set_ylim(0, 1.16 * float(counts.max()))
    lost = len(stars) - len(good)
    set_title(axes, counted(len(good), "rating") + (f" ({lost:,} off the scale not drawn)" if lost else ""), theme)
    set_labels(axes, "rating (stars)", "number of ratings")
    thousands(axes)
    axes.grid(visible=False, axis="x")
    return figure


def degree_distributions(graph: BipartiteGraph, *, theme: ThemeName = "light") -> Figure:
    """How many users and how many movies have at least so many ratings, both axes logarithmic.

    A point lies at each degree that occurs. Nodes without an edge have no place on a logarithmic axis; the title
    counts them.

    Args:
        graph: its degrees, ``(n_users,)`` and ``(n_items,)``.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: the graph has no edge.
        CapabilityError: matplotlib is not installed.
    """
    if graph.n_edges == 0:
        raise ConfigError("graph", "there is no edge to draw")
    figure, panels = new_figure(2, (9.0, 3.8), theme)
    look = THEMES[theme]
    sides = (("users", graph.user_degree, look.colours[0]), ("movies", graph.item_degree, look.colours[3]))
    for axes, (noun, degree, colour) in zip(panels, sides, strict=True):
        linked = degree[degree > 0]
        levels, counts = np.unique(linked, return_counts=True)
        at_least = np.cumsum(counts[::-1])[::-1]
        axes.loglog(levels, at_least, color=colour, linewidth=1.2, marker="o", markersize=3.2, markeredgewidth=0)
        median = float(np.median(linked))
        axes.axvline(median, color=look.muted, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            f"median {median:g}", (median, 0.04), xycoords=("data", "axes fraction"), xytext=(5, 0),
            textcoords="offset points", color=look.muted, fontsize=9,
        )  # fmt: skip
        none = len(degree) - len(linked)
        set_title(axes, f"{len(linked):,} {noun}" + (f" (and {none:,} without a rating)" if none else ""), theme)
        set_labels(axes, f"ratings of the {noun[:-1]} (number)", f"{noun} with at least as many")
        axes.set_ylim(0.7, 2.0 * float(at_least[0]))
        plain_logs(axes)
    return figure
