"""How all pictures look: two themes, the axes without frames, titles and labels in one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reelgraph.core.errors import CapabilityError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patheffects import AbstractPathEffect

ThemeName = Literal["light", "dark"]

HINT = 'pip install "reelgraph[plots]"'
UNITS = {
    "mse": "stars²",
    "rmse": "stars",
    "mae": "stars",
    "crps": "stars",
    "log_loss": "nats",
    "novelty": "bits",
    "miscalibration": "nats",
    "popularity_lift": "share above own movies",
}


@dataclass(frozen=True)
class Theme:
    """Colours: of the paper, of main and side text, of grid lines and of what has no colour, and the series colours."""

    paper: str
    ink: str
    muted: str
    line: str
    pale: str
    colours: tuple[str, ...]


_BLUE, _ORANGE, _GREEN, _RED, _SKY, _PINK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
THEMES = {
    "light": Theme(
        "#ffffff", "#1f2933", "#616e7c", "#e4e7eb", "#cbd2d9", (_BLUE, _ORANGE, _GREEN, _RED, _SKY, _PINK, "#323f4b")
    ),
    "dark": Theme(
        "#12161c",
        "#e8ebef",
        "#9aa5b1",
        "#2a313b",
        "#4a5562",
        ("#3D7BE0", _ORANGE, "#1DBE91", "#E8702A", "#8AD4FF", _PINK, "#f0f2f5"),
    ),
}


def new_figure(
    count: int, size: tuple[float, float], theme: ThemeName, heights: Sequence[float] = (1.0,)
) -> tuple[Figure, list[Axes]]:
    """A figure of ``size`` inches, made without pyplot's global state.

    Args:
        count: panels side by side.
        size: width and height, inches.
        theme: ``light`` or ``dark``.
        heights: of the rows of panels, against one another.

    Raises:
        CapabilityError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise CapabilityError("pictures need matplotlib", HINT) from None
    look = THEMES[theme]
    figure = Figure(figsize=size, dpi=100, facecolor=look.paper)
    figure.set_layout_engine("constrained", w_pad=0.09, h_pad=0.09, wspace=0.03)
    panels: list[Axes] = list(figure.subplots(len(heights), count, squeeze=False, height_ratios=heights).flat)
    for axes in panels:
        axes.set_facecolor(look.paper)
        axes.set_axisbelow(True)
        axes.grid(color=look.line, linewidth=0.8)
        axes.tick_params(which="both", colors=look.muted, labelsize=9, length=0)
        axes.xaxis.label.set_color(look.muted)
        axes.yaxis.label.set_color(look.muted)
        for name, spine in axes.spines.items():
            spine.set_visible(name == "bottom")
            spine.set_color(look.pale)
    return figure, panels


def set_title(axes: Axes, text: str, theme: ThemeName) -> None:
    """What a panel shows, over its left end."""
    axes.set_title(text, loc="left", color=THEMES[theme].ink, fontsize=11.5, fontweight="bold", pad=10)


def set_labels(axes: Axes, x: str, y: str) -> None:
    """What the two axes of a panel mean."""
    axes.set_xlabel(x, fontsize=9.5, labelpad=6)
    axes.set_ylabel(y, fontsize=9.5, labelpad=6)


def add_legend(axes: Axes, theme: ThemeName) -> None:
    """The names of the lines of a panel, within it, without a frame."""
    axes.legend(frameon=False, fontsize=9, labelcolor=THEMES[theme].ink)


def thousands(axes: Axes) -> None:
    """Numbers such as 1,000 upwards."""
    from matplotlib.ticker import StrMethodFormatter

    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def plain_logs(axes: Axes) -> None:
    """Numbers written out, such as 1, 2, 5, 10 across and 1, 10, 1,000 upwards."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())


def whole_numbers(axes: Axes, first: int, last: int) -> None:
    """Whole numbers (epochs, trials) on the horizontal axis, room above and below the curves."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=8))
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.margins(y=0.12)


def halo(look: Theme) -> list[AbstractPathEffect]:
    """The colour of the paper around letters, so that they can be read over points and lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground=look.paper)]
