"""Pictures of one recommendation: the predicted stars as a distribution, and the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelgraph.core import RatingDistribution, at_least
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.plots.theme import THEMES, ThemeName, halo, new_figure, set_labels, set_title
from reelgraph.recommend import Explanation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rating_distribution(
    distribution: RatingDistribution,
    *,
    title: str = "Predicted stars",
    liked_from: float | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """The predicted probability of each number of stars, with the mean and the fewest levels that hold 80 %.

    Args:
        distribution: of one person and one movie: its ``probability`` has the shape ``(n_levels,)`` or any shape of
            one such row, such as ``(1, 1, n_levels)``.
        title: such as the title of the movie.
        liked_from: stars from which on bars are coloured; their joint probability is in the title.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: the distribution is of more than one rating.
        CapabilityError: matplotlib is not installed.
    """
    levels = distribution.levels
    if distribution.probability.size != len(levels):
        shape = distribution.probability.shape
        raise ConfigError("distribution", f"expected one rating, got probabilities of shape {shape}")
    single = RatingDistribution(levels, distribution.probability.reshape(-1))
    mean, (low, high) = float(single.mean()), (float(level) for level in single.likely_levels(0.8))
    figure, (axes,) = new_figure(1, (7.0, 3.8), theme)
    look = THEMES[theme]
    is_liked = at_least(levels, levels[0] if liked_from is None else liked_from)
    colours = [look.colours[0] if liked else look.pale for liked in is_liked.tolist()]
    bars = axes.bar(levels, single.probability, width=0.82 * distribution.step, color=colours)
    labels = [f"{share:.0%}" if share >= 0.005 else "<1%" for share in single.probability.tolist()]
    axes.bar_label(bars, labels, padding=3, color=look.muted, fontsize=9, path_effects=halo(look))
    top = float(single.probability.max())
    axes.hlines(1.22 * top, low, high, color=look.colours[3], linewidth=3.2, alpha=0.55)
    axes.plot([mean], [1.22 * top], color=look.colours[3], marker="o", markersize=7, linestyle="none")
    axes.annotate(
        f"mean {mean:.2f}, 80 % from {low:g} to {high:g}", (mean, 1.22 * top), xytext=(0, 8),
        textcoords="offset points", ha="center", color=look.colours[3], fontsize=9,
    )  # fmt: skip
    axes.set_xticks(levels, [f"{level:g}" for level in levels])
    axes.set_ylim(0, 1.45 * top)
    chance = (
        ""
        if liked_from is None
        else f": {float(single.at_least(liked_from)):.0%} for {counted(liked_from, 'star')} or more"
    )
    set_title(axes, title + chance, theme)
    set_labels(axes, "rating (stars)", "probability")
    axes.grid(visible=False, axis="x")
    return figure


def explanation_bars(explanation: Explanation, *, top: int = 8, theme: ThemeName = "light") -> Figure:
    """The reasons of a recommendation as bars: to the right what speaks for the movie, to the left what speaks against.

    Args:
        explanation: from `Recommender.explain`.
        top: ratings with a bar of their own. Where the shares add up to the score, the other ratings share one bar, and
            what depends on no single rating follows in grey.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: there is no reason, or ``top`` is under 1.
        CapabilityError: matplotlib is not installed.
    """
    if top < 1:
        raise ConfigError("top", f"{top} is not at least 1")
    contributions = explanation.strongest(top)
    if not contributions:
        raise ConfigError("explanation", "there is no reason to draw")
    figure, (axes,) = new_figure(1, (7.6, 0.36 * len(contributions) + 1.3), theme)
    look = THEMES[theme]
    labels = [label if stars is None else f"{label}, {counted(stars, 'star')}" for label, stars, _ in contributions]
    shares = [share for _, _, share in contributions]
    colours = [
        look.muted if stars is None else look.colours[0 if share >= 0 else 3] for _, stars, share in contributions
    ]
    bars = axes.barh(range(len(shares)), shares, height=0.68, color=colours)
    texts = [f"{share:+.3f}" for share in shares]
    axes.bar_label(bars, texts, padding=4, color=look.muted, fontsize=9, path_effects=halo(look))
    axes.axvline(0, color=look.pale, linewidth=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelsize=9.5, labelcolor=look.ink)
    axes.set_ylim(len(labels) - 0.4, -0.6)  # the strongest on top
    axes.margins(x=0.16)
    axes.grid(visible=False, axis="y")
    set_title(axes, f"{explanation.title}: {explanation.unit} {explanation.score:.3f}", theme)
    is_sum = explanation.method == "sum"
    set_labels(axes, f"adds to the {explanation.unit}" if is_sum else f"{explanation.unit} lost without the rating", "")
    return figure
