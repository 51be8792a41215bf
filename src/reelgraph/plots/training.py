"""How a training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reelgraph.core import EpochRecord
from reelgraph.core.errors import ConfigError
from reelgraph.plots.theme import THEMES, UNITS, ThemeName, add_legend, new_figure, set_labels, set_title, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def training_curves(
    history: Sequence[EpochRecord],
    best_epoch: int | None = None,
    *,
    error: str = "mse",
    ranking: str = "recall@10",
    theme: ThemeName = "light",
) -> Figure:
    """The loss on training and validation ratings by epoch and, beside it, a ranking metric on validation.

    Args:
        history: one record an epoch, such as ``FitResult.history``.
        best_epoch: the epoch to mark, such as ``FitResult.best_epoch``; None for none.
        error: name of the validation metric drawn with the training loss; left out where no record has it.
        ranking: name of the validation metric in the second panel; there is one panel where no record has it.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: the history is empty, as that of a closed form is.
        CapabilityError: matplotlib is not installed.
    """
    if not history:
        raise ConfigError("history", "there is no epoch to draw")
    ranked = any(ranking in record.valid for record in history)
    figure, panels = new_figure(1 + ranked, (9.0 if ranked else 6.0, 3.8), theme)
    colours = THEMES[theme].colours
    train = {record.epoch: record.train_loss for record in history}
    _curve(panels[0], train, "training", colours[0])
    sides = ((error, colours[3], f"best epoch ({best_epoch})"), (ranking, colours[2], "same epoch"))
    for axes, (name, colour, mark) in zip(panels, sides, strict=False):
        values = {record.epoch: record.valid[name] for record in history if name in record.valid}
        _curve(axes, values, "validation", colour)
        if best_epoch is not None and best_epoch in values:
            _ring(axes, best_epoch, values[best_epoch], mark, colour)
        whole_numbers(axes, history[0].epoch, history[-1].epoch)
    set_title(panels[0], "Loss", theme)
    set_labels(panels[0], "epoch", f"{UNITS.get(error, error)} (lower is better)")
    add_legend(panels[0], theme)
    if ranked:
        set_title(panels[1], f"Validation {ranking}", theme)
        set_labels(panels[1], "epoch", f"{ranking} (higher is better)")
        panels[1].set_ylim(0.0, 1.3 * max(record.valid.get(ranking, 0.0) for record in history) or 1.0)
        add_legend(panels[1], theme)
    return figure


def _curve(axes: Axes, values: Mapping[int, float], label: str, colour: str) -> None:
    """One line over the epochs; nothing where there are no values."""
    if values:
        epochs = list(values)
        axes.plot(
            epochs, [values[epoch] for epoch in epochs], color=colour, label=label, linewidth=1.8, marker="o",
            markersize=3.5,
        )  # fmt: skip


def _ring(axes: Axes, epoch: int, value: float, label: str, colour: str) -> None:
    """A ring around one point, with its value in the legend."""
    axes.plot(
        [epoch], [value], color=colour, label=f"{label}: {value:.3f}", linestyle="none", marker="o", markersize=11,
        markerfacecolor="none", markeredgewidth=1.6,
    )  # fmt: skip
