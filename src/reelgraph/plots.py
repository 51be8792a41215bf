"""Pictures of data, training and results: each function returns a matplotlib figure and neither shows nor saves it.

In a notebook a figure as the last line of a cell is shown (after ``%matplotlib inline``); elsewhere
``figure.savefig("picture.png")`` writes it. Colours are those of Okabe and Ito, which people with any kind of colour
vision can tell apart. All functions raise `CapabilityError` where matplotlib (or, for `embedding_map`, scikit-learn) is
not installed.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from reelgraph.errors import CapabilityError, ConfigError
from reelgraph.graph import BipartiteGraph
from reelgraph.types import Catalogue, Dataset, EpochRecord, EvalReport, FloatArray, IntArray, Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patheffects import AbstractPathEffect
    from matplotlib.text import Annotation

ThemeName = Literal["light", "dark"]
Layout = Literal["tsne", "pca"]

_HINT = 'pip install "reelgraph[plots]"'
_UNITS = {"mse": "stars²", "rmse": "stars", "mae": "stars", "novelty": "bits"}
_LOWER_IS_BETTER = ("mse", "rmse", "mae")
_HIGHER_IS_BETTER = ("recall", "precision", "ndcg", "hit", "mrr", "map", "recall_rated", "precision_rated")
_OTHER = "other"


@dataclass(frozen=True)
class _Theme:
    paper: str
    ink: str
    muted: str
    line: str
    pale: str
    colours: tuple[str, ...]


_BLUE, _ORANGE, _GREEN, _RED, _SKY, _PINK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
_THEMES = {
    "light": _Theme(
        "#ffffff", "#1f2933", "#616e7c", "#e4e7eb", "#cbd2d9", (_BLUE, _ORANGE, _GREEN, _RED, _SKY, _PINK, "#323f4b")
    ),
    "dark": _Theme(
        "#12161c",
        "#e8ebef",
        "#9aa5b1",
        "#2a313b",
        "#4a5562",
        ("#3D7BE0", _ORANGE, "#1DBE91", "#E8702A", "#8AD4FF", _PINK, "#f0f2f5"),
    ),
}


def rating_histogram(data: Dataset, *, theme: ThemeName = "light") -> Figure:
    """How many ratings there are of each number of stars, with their mean.

    Args:
        data: its ratings, ``(n,)`` stars; those that are not on the scale are left out, and the title says how many.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: no rating is on the scale.
        CapabilityError: matplotlib is not installed.
    """
    stars, scale = data.ratings.rating, data.ratings.scale
    good = stars[scale.holds(np.nan_to_num(stars, nan=scale.low - scale.step))]
    if len(good) == 0:
        raise ConfigError("data", "there is no rating to draw")
    levels = scale.levels()
    counts = np.bincount(np.round((good - scale.low) / scale.step).astype(np.int64), minlength=len(levels))
    figure, (axes,) = _new(1, (7.0, 3.8), theme)
    look = _THEMES[theme]
    bars = axes.bar(levels, counts, width=0.82 * scale.step, color=look.colours[0])
    shares = [f"{share:.0%}" if share >= 0.005 else "<1%" for share in counts / len(good)]
    axes.bar_label(bars, shares, padding=3, color=look.muted, fontsize=9, path_effects=_halo(look))
    mean = float(good.mean())
    axes.axvline(mean, ymax=0.94, color=look.colours[3], linewidth=1.4, linestyle=(0, (4, 2)), zorder=1.5)
    axes.annotate(
        f"mean {mean:.2f}", (mean, 0.97), xycoords=("data", "axes fraction"), ha="center", color=look.colours[3],
        fontsize=9,
    )  # fmt: skip
    axes.set_xticks(levels, [f"{level:g}" for level in levels])
    axes.set_ylim(0, 1.16 * float(counts.max()))
    lost = len(stars) - len(good)
    _title(axes, f"{len(good):,} ratings" + (f" ({lost:,} off the scale not drawn)" if lost else ""), theme)
    _label(axes, "rating (stars)", "number of ratings")
    _thousands(axes)
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
    figure, panels = _new(2, (9.0, 3.8), theme)
    look = _THEMES[theme]
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
        _title(axes, f"{len(linked):,} {noun}" + (f" (and {none:,} without a rating)" if none else ""), theme)
        _label(axes, f"ratings of the {noun[:-1]} (number)", f"{noun} with at least as many")
        axes.set_ylim(0.7, 2.0 * float(at_least[0]))
        _plain_logs(axes)
    return figure


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
    figure, panels = _new(1 + ranked, (9.0 if ranked else 6.0, 3.8), theme)
    colours = _THEMES[theme].colours
    train = {record.epoch: record.train_loss for record in history}
    _curve(panels[0], train, "training", colours[0])
    sides = ((error, colours[3], f"best epoch ({best_epoch})"), (ranking, colours[2], "same epoch"))
    for axes, (name, colour, mark) in zip(panels, sides, strict=False):
        values = {record.epoch: record.valid[name] for record in history if name in record.valid}
        _curve(axes, values, "validation", colour)
        if best_epoch is not None and best_epoch in values:
            _ring(axes, best_epoch, values[best_epoch], mark, colour)
        _epochs(axes, history)
    _title(panels[0], "Loss", theme)
    _label(panels[0], "epoch", f"{_UNITS.get(error, error)} (lower is better)")
    _legend(panels[0], theme)
    if ranked:
        _title(panels[1], f"Validation {ranking}", theme)
        _label(panels[1], "epoch", f"{ranking} (higher is better)")
        panels[1].set_ylim(0.0, 1.3 * max(record.valid.get(ranking, 0.0) for record in history) or 1.0)
        _legend(panels[1], theme)
    return figure


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
    known = {name for report in reports.values() for name in report}
    for name in names:
        if name not in known:
            raise ConfigError.unknown(name, known)
    if not names:
        raise ConfigError("metrics", "there is no metric to draw")
    figure, panels = _new(len(names), (2.9 * len(names) + 0.9, 0.62 * len(reports) + 1.35), theme)
    for axes, name in zip(panels, names, strict=True):
        _forest(axes, {model: report.summary.get(name) for model, report in reports.items()}, theme)
        _title(axes, name, theme)
        _label(axes, _meaning(name), "")
        axes.tick_params(axis="y", labelleft=axes is panels[0], labelsize=10, labelcolor=_THEMES[theme].ink)
    return figure


def embedding_map(
    vectors: FloatArray,
    catalogue: Catalogue,
    ratings: IntArray,
    *,
    least: int = 20,
    genres: Sequence[str] | None = None,
    layout: Layout = "tsne",
    labels: int = 28,
    seed: int = 0,
    theme: ThemeName = "light",
) -> Figure:
    """Movie embeddings on paper: movies alike in taste lie together, coloured by genre, the best known ones named.

    A movie may have several genres. It is coloured by the one of ``genres`` that is rarest among the movies drawn,
    which says most about it. The area of a point grows with the number of ratings. Only who is near to whom has a
    meaning in the ``tsne`` layout: its axes, and the distances between far groups, have none.

    Args:
        vectors: ``(n_items, dim)``; compared by their direction from the average rating's movie.
        catalogue: the ``n_items`` movies, aligned with the vectors.
        ratings: ``(n_items,)`` ratings of each movie, such as ``graph.item_degree``.
        least: movies with fewer ratings are left out: little is known of them.
        genres: up to seven genres to colour; the seven commonest when None. Movies of none of them are grey.
        layout: ``tsne`` keeps neighbours together; ``pca`` is linear and quick.
        labels: titles to write at most; one is left out where it would cover another.
        seed: of the layout.
        theme: ``light`` or ``dark``.

    Raises:
        ConfigError: fewer than three movies have ``least`` ratings, or the arrays do not agree, or genres are too many.
        CapabilityError: matplotlib or scikit-learn is not installed.

    Source: van der Maaten and Hinton 2008 (t-SNE), with the embeddings scaled to length 1 and a start from PCA.

    Cost: ``tsne`` O(m log m) for m movies drawn, a few seconds for a thousand.
    """
    if not len(vectors) == len(catalogue) == len(ratings):
        raise ConfigError("vectors", f"{len(vectors)} vectors, {len(catalogue)} movies and {len(ratings)} counts")
    look = _THEMES[theme]
    if genres is not None and len(genres) > len(look.colours):
        raise ConfigError("genres", f"{len(genres)} genres; at most {len(look.colours)} can be told apart by colour")
    rows = np.flatnonzero(ratings >= least)
    rows = rows[np.argsort(-ratings[rows], kind="stable")]  # the best known first: labels are given in this order
    if len(rows) < 3:
        raise ConfigError("least", f"{len(rows)} movies have {least} ratings or more, at least 3 are needed")
    figure, (axes,) = _new(1, (9.0, 6.6), theme)
    own = vectors - np.average(vectors, axis=0, weights=ratings)  # what all movies share says nothing about one
    places, axis_names = _two_dimensions(own[rows], layout, seed)
    shown = [catalogue.genres[row] for row in rows]
    legend, main = _main_genres(shown, genres, len(look.colours))
    colour = {**dict(zip(legend, look.colours, strict=False)), _OTHER: look.pale}
    area = 9 + 110 * ratings[rows] / max(int(ratings.max()), 1)
    for genre in (_OTHER, *legend):
        mine = np.flatnonzero(np.array(main) == genre)
        if len(mine):
            axes.scatter(
                places[mine, 0], places[mine, 1], s=area[mine], color=colour[genre], alpha=0.8, linewidths=0.4,
                edgecolors=look.paper, label=genre,
            )  # fmt: skip
    _title(axes, f"{len(rows):,} movies with {least} ratings or more, placed by their embeddings", theme)
    _label(axes, *axis_names)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.margins(0.03)
    _side_legend(axes, theme)
    names = [_short(str(catalogue.title[row])) for row in rows]
    _write_titles(figure, axes, places, names, np.sqrt(area) / 2, labels, look)
    return figure


# -------------------------------------------------------------------------------------------- embeddings


def _two_dimensions(vectors: FloatArray, layout: Layout, seed: int) -> tuple[FloatArray, tuple[str, str]]:
    """The places ``(m, 2)`` of vectors ``(m, dim)`` on paper, and what to write on the axes."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError:
        raise CapabilityError("the embedding map needs scikit-learn", _HINT) from None
    unit = vectors.astype(np.float64)
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    if layout == "pca":
        pca = PCA(2, random_state=seed)
        places: FloatArray = pca.fit_transform(unit)
        first, second = (f"{share:.0%} of the variance" for share in pca.explained_variance_ratio_)
        return places, (f"first principal component ({first})", f"second principal component ({second})")
    perplexity = min(30.0, (len(unit) - 1) / 3)
    with threadpool_limits(1):  # so little work is slower on several threads, much slower on a busy machine
        places = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(unit).astype(np.float64)
    return places, ("first t-SNE axis (no unit)", "second t-SNE axis (no unit)")


def _main_genres(
    shown: Sequence[tuple[str, ...]], wanted: Sequence[str] | None, most: int
) -> tuple[list[str], list[str]]:
    """The genres to colour, and for each movie the rarest of them that it has, or "other"."""
    count = Counter(genre for movie in shown for genre in movie)
    legend = [genre for genre, _ in count.most_common(most)] if wanted is None else list(wanted)
    chosen = set(legend)
    rarest = [min((g for g in movie if g in chosen), key=lambda g: (count[g], g), default=_OTHER) for movie in shown]
    return legend, rarest


def _short(title: str) -> str:
    """A title as people say it: "Matrix, The (1999)" -> "The Matrix"."""
    bare = re.sub(r"\s*\([^()]*\)", "", title).strip() or title
    moved = re.sub(r"^(.*), (The|A|An)\b(.*)$", r"\2 \1\3", bare)
    name = moved.split(": ")[0] if len(moved) > 28 else moved
    return re.sub(r"\W+…$", "…", textwrap.shorten(name, 30, placeholder="…"))


def _write_titles(
    figure: Figure, axes: Axes, places: FloatArray, names: Sequence[str], radius: FloatArray, most: int, look: _Theme
) -> None:
    """Up to ``most`` titles beside their points, where they cover no other title and as few points as may be."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()  # settles where the axes are
    inside = axes.get_window_extent(renderer)
    pixels = axes.transData.transform(places)
    taken: list[Bbox] = []
    written: set[str] = set()
    for row in _spread_out(places, most):
        if names[row] in written:  # two parts of one series
            continue
        note = axes.annotate(
            names[row], tuple(places[row]), xytext=(0, 0), textcoords="offset points", fontsize=8.5, color=look.ink,
            path_effects=_halo(look), zorder=5,
        )  # fmt: skip
        note.set_in_layout(False)
        tried: list[tuple[int, int, int, int, float, Bbox]] = []
        for right, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            away = (radius[row] + 2) * (0.7 if right and up else 1)
            _put(note, right, up, away)
            box = note.get_window_extent(renderer).padded(1.5)
            within = inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
            if within and not any(box.overlaps(other) for other in taken):
                hidden = np.sum((pixels > box.min) & (pixels < box.max), axis=1) == 2
                tried.append((int(hidden.sum()), len(tried), right, up, away, box))
        if not tried:
            note.remove()
            continue
        _, _, right, up, away, box = min(tried, key=lambda one: one[:2])
        _put(note, right, up, away)
        taken += [box, Bbox([pixels[row] - 3, pixels[row] + 3])]
        written.add(names[row])
        axes.plot(
            *places[row], marker="o", markersize=2 * radius[row] + 1, markerfacecolor="none", markeredgecolor=look.ink,
            markeredgewidth=1, linestyle="none", zorder=4,
        )  # fmt: skip


def _put(note: Annotation, right: int, up: int, away: float) -> None:
    """Move a title to one side of its point: ``right`` and ``up`` are -1, 0 or 1, ``away`` is in points."""
    note.set_position((right * away, up * away))
    note.set_horizontalalignment(("right", "center", "left")[right + 1])
    note.set_verticalalignment(("top", "center", "bottom")[up + 1])


def _spread_out(places: FloatArray, most: int, cells: int = 6) -> list[int]:
    """Rows to name: the first row of each cell of a grid, so that no region is without a name, then the first rows."""
    low, high = places.min(axis=0), places.max(axis=0)
    cell = np.minimum((places - low) / np.maximum(high - low, 1e-12) * cells, cells - 1).astype(np.int64)
    _, first = np.unique(cell @ np.array([cells, 1]), return_index=True)
    leading = np.sort(first)[:most].tolist()
    return [*leading, *[row for row in range(len(places)) if row not in set(leading)][: most - len(leading)]]


# -------------------------------------------------------------------------------------------- curves and intervals


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


def _epochs(axes: Axes, history: Sequence[EpochRecord]) -> None:
    """Whole epochs on the horizontal axis, room above and below the curves."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=8))
    axes.set_xlim(history[0].epoch - 0.5, history[-1].epoch + 0.5)
    axes.margins(y=0.12)


def _forest(axes: Axes, figures: Mapping[str, Metric | None], theme: ThemeName) -> None:
    """One line a model: its mean as a point, its interval as a bar."""
    look = _THEMES[theme]
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
    better = "lower is better" if name in _LOWER_IS_BETTER else "higher is better" if name in _HIGHER_IS_BETTER else ""
    return ", ".join(filter(None, (_UNITS.get(name, "0 to 1"), better)))


# -------------------------------------------------------------------------------------------- looks


def _new(count: int, size: tuple[float, float], theme: ThemeName) -> tuple[Figure, list[Axes]]:
    """A figure of ``size`` inches with ``count`` panels side by side, made without pyplot's global state."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise CapabilityError("pictures need matplotlib", _HINT) from None
    look = _THEMES[theme]
    figure = Figure(figsize=size, dpi=100, facecolor=look.paper)
    figure.set_layout_engine("constrained", w_pad=0.09, h_pad=0.09, wspace=0.03)
    panels: list[Axes] = list(figure.subplots(1, count, squeeze=False)[0])
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


def _title(axes: Axes, text: str, theme: ThemeName) -> None:
    axes.set_title(text, loc="left", color=_THEMES[theme].ink, fontsize=11.5, fontweight="bold", pad=10)


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=9.5, labelpad=6)
    axes.set_ylabel(y, fontsize=9.5, labelpad=6)


def _legend(axes: Axes, theme: ThemeName) -> None:
    axes.legend(frameon=False, fontsize=9, labelcolor=_THEMES[theme].ink)


def _side_legend(axes: Axes, theme: ThemeName) -> None:
    """The genres in one row under the map, with points of one size."""
    handles, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda place: names[place] == _OTHER)
    legend = axes.figure.legend(
        [handles[place] for place in order], [names[place] for place in order], loc="outside lower center",
        ncols=min(len(names), 8), frameon=False, fontsize=9, labelcolor=_THEMES[theme].ink, handletextpad=0.2,
        columnspacing=1.2,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([45])


def _thousands(axes: Axes) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _plain_logs(axes: Axes) -> None:
    """Numbers written out, such as 1, 2, 5, 10 across and 1, 10, 1,000 upwards."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())


def _halo(look: _Theme) -> list[AbstractPathEffect]:
    """The colour of the paper around letters, so that they can be read over points and lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground=look.paper)]
