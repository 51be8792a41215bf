"""Movies on a map, placed by their embeddings."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from reelgraph.core import Catalogue, FloatArray, IntArray
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.plots.theme import HINT, THEMES, Theme, ThemeName, halo, new_figure, set_labels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

Layout = Literal["tsne", "pca"]

_OTHER = "other"


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
        raise ConfigError(
            "vectors",
            f"{len(vectors)} vectors, {len(catalogue)} movies and {len(ratings)} counts",
        )
    look = THEMES[theme]
    if genres is not None and len(genres) > len(look.colours):
        raise ConfigError("genres", f"{len(genres)} genres; at most {len(look.colours)} can be told apart by colour")
    rows = np.flatnonzero(ratings >= least)
    rows = rows[np.argsort(-ratings[rows], kind="stable")]  # the best known first: labels are given in this order
    if len(rows) < 3:
        raise ConfigError(
            "least",
            f"{counted(len(rows), 'movie has', 'movies have')} "
            f"{counted(least, 'rating')} or more, at least 3 are needed",
        )
    figure, (axes,) = new_figure(1, (9.0, 6.6), theme)
    centred = vectors - np.average(vectors, axis=0, weights=ratings)  # what all movies share says nothing about one
    points, axis_names = _two_dimensions(centred[rows], layout, seed)
    item_genres = [catalogue.genres[row] for row in rows]
    legend, main = _main_genres(item_genres, genres, len(look.colours))
    colour = {**dict(zip(legend, look.colours, strict=False)), _OTHER: look.pale}
    area = 9 + 110 * ratings[rows] / max(int(ratings.max()), 1)
    for genre in (_OTHER, *legend):
        in_genre = np.flatnonzero(np.array(main) == genre)
        if len(in_genre):
            axes.scatter(
                points[in_genre, 0],
                points[in_genre, 1],
                s=area[in_genre],
                color=colour[genre],
                alpha=0.8,
                linewidths=0.4,
                edgecolors=look.paper,
                label=genre,
            )
    set_title(
        axes,
        f"{counted(len(rows), 'movie')} with {counted(least, 'rating')} or more, placed by their embeddings",
        theme,
    )
    set_labels(axes, *axis_names)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.margins(0.03)
    _side_legend(axes, theme)
    names = [_short(str(catalogue.title[row])) for row in rows]
    _write_titles(figure, axes, points, names, np.sqrt(area) / 2, labels, look)
    return figure


def _two_dimensions(vectors: FloatArray, layout: Layout, seed: int) -> tuple[FloatArray, tuple[str, str]]:
    """The places ``(m, 2)`` of vectors ``(m, dim)`` on paper, and what to write on the axes."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError:
        raise CapabilityError("the embedding map needs scikit-learn", HINT) from None
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
    item_genres: Sequence[tuple[str, ...]], genres: Sequence[str] | None, max_genres: int
) -> tuple[list[str], list[str]]:
    """The genres to colour, and for each movie the rarest of them that it has, or "other"."""
    count = Counter(genre for movie in item_genres for genre in movie)
    legend = [genre for genre, _ in count.most_common(max_genres)] if genres is None else list(genres)
    colourable = set(legend)
    rarest = [
        min((g for g in movie if g in colourable), key=lambda g: (count[g], g), default=_OTHER) for movie in item_genres
    ]
    return legend, rarest


def _short(title: str) -> str:
    """A title as people say it: "Matrix, The (1999)" -> "The Matrix"."""
    bare = re.sub(r"\s*\([^()]*\)", "", title).strip() or title
    moved = re.sub(r"^(.*), (The|A|An)\b(.*)$", r"\2 \1\3", bare)
    name = moved.split(": ")[0] if len(moved) > 28 else moved
    return re.sub(r"\W+…$", "…", textwrap.shorten(name, 30, placeholder="…"))


def _write_titles(
    figure: Figure, axes: Axes, places: FloatArray, names: Sequence[str], radius: FloatArray, most: int, look: Theme
) -> None:
    """Up to ``most`` titles beside their points, where they cover no other title and as few points as may be."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()  # settles where the axes are
    inside = axes.get_window_extent(renderer)
    pixels = axes.transData.transform(places)
    placed_boxes: list[Bbox] = []
    written: set[str] = set()
    for row in _spread_out(places, most):
        if names[row] in written:  # two parts of one series
            continue
        note = axes.annotate(
            names[row],
            tuple(places[row]),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=look.ink,
            path_effects=halo(look),
            zorder=5,
        )
        note.set_in_layout(False)
        candidates: list[tuple[int, int, int, int, float, Bbox]] = []
        for right, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            distance = (radius[row] + 2) * (0.7 if right and up else 1)
            _put(note, right, up, distance)
            box = note.get_window_extent(renderer).padded(1.5)
            within = inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
            if within and not any(box.overlaps(placed_box) for placed_box in placed_boxes):
                hidden = np.sum((pixels > box.min) & (pixels < box.max), axis=1) == 2
                candidates.append((int(hidden.sum()), len(candidates), right, up, distance, box))
        if not candidates:
            note.remove()
            continue
        _, _, right, up, distance, box = min(candidates, key=lambda candidate: candidate[:2])
        _put(note, right, up, distance)
        placed_boxes += [box, Bbox([pixels[row] - 3, pixels[row] + 3])]
        written.add(names[row])
        axes.plot(
            *places[row],
            marker="o",
            markersize=2 * radius[row] + 1,
            markerfacecolor="none",
            markeredgecolor=look.ink,
            markeredgewidth=1,
            linestyle="none",
            zorder=4,
        )


def _put(note: Annotation, right: int, up: int, distance: float) -> None:
    """Move a title to one side of its point: ``right`` and ``up`` are -1, 0 or 1, ``away`` is in points."""
    note.set_position((right * distance, up * distance))
    note.set_horizontalalignment(("right", "center", "left")[right + 1])
    note.set_verticalalignment(("top", "center", "bottom")[up + 1])


def _spread_out(places: FloatArray, most: int, cells: int = 6) -> list[int]:
    """Rows to name: the first row of each cell of a grid, so that no region is without a name, then the first rows."""
    low, high = places.min(axis=0), places.max(axis=0)
    cell = np.minimum((places - low) / np.maximum(high - low, 1e-12) * cells, cells - 1).astype(np.int64)
    _, first = np.unique(cell @ np.array([cells, 1]), return_index=True)
    leading = np.sort(first)[:most].tolist()
    return [*leading, *[row for row in range(len(places)) if row not in set(leading)][: most - len(leading)]]


def _side_legend(axes: Axes, theme: ThemeName) -> None:
    """The genres in one row under the map, with points of one size."""
    handles, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda place: names[place] == _OTHER)
    legend = axes.figure.legend(
        [handles[place] for place in order],
        [names[place] for place in order],
        loc="outside lower center",
        ncols=min(len(names), 8),
        frameon=False,
        fontsize=9,
        labelcolor=THEMES[theme].ink,
        handletextpad=0.2,
        columnspacing=1.2,
    )
    for handle in legend.legend_handles:
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([45])
