"""The map of taste: the most rated movies on a plane, close to each other if the same people like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, FloatArray, HasItemVectors, IntArray
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title

_N_MOVIES, _N_GENRES = 520, 7
_N_NEIGHBOURS = 15  # that attract a movie
_N_ANCHORS = 4  # most similar movies on the map, between which a movie that is not on it is placed
_N_ITERATIONS = 260
_MAX_GROUPS, _RADIUS = 6, 110.0  # neighbourhoods described in words, and their extent
_MAX_OWN = 150  # rated movies on the map: more would hide each other, and groups are found among all pairs
_N_NAMED, _N_NEARBY = 4, 3  # movies named of a neighbourhood, and around it
_MIN_REGION, _REGION_BANDWIDTH = 5, 60.0  # movies of a genre with a label; bandwidth of the density
_LABEL_WIDTH, _LABEL_HEIGHT = 150, 45  # of a genre


@dataclass(frozen=True, slots=True)
class RatedPoint:
    """A movie of the visitor on the map; ``stars`` is null if it was seen without a rating."""

    film: MovieView
    stars: float | None
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class GenreRegion:
    """The point where the movies of a genre are densest."""

    genre: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """In words: the visitor's movies close to each other, the number of ``more`` of them, and other movies around.

    ``mean`` stars; null if none of them is rated.
    """

    films: Sequence[str]
    more: int
    around: Sequence[str]
    mean: float | None


@dataclass(frozen=True, slots=True)
class TasteMap:
    """The map as columns: ids, titles and coordinates of the movies, and the index of each in ``genres``.

    ``mine`` are at most `_MAX_OWN` of the visitor's movies, of which there are ``rated``: those rated furthest from
    their mean, and of equal ones the latest; then those seen without a rating.
    """

    ids: Sequence[str]
    titles: Sequence[str]
    x: Sequence[int]
    y: Sequence[int]
    genre: Sequence[int]
    genres: Sequence[str]
    regions: Sequence[GenreRegion]
    mine: Sequence[RatedPoint]
    rated: int
    words: Sequence[Neighbourhood]


@dataclass(frozen=True)
class MapLayout:
    """Coordinates of the movies on the map.

    Args:
        rows: ``(n,)`` item rows, the most rated first.
        xy: ``(n, 2)`` from 0 to 1000.
        directions: ``(n_items, dim)`` unit vectors of all movies, by which the others are placed.
    """

    rows: IntArray
    xy: FloatArray
    directions: FloatArray


def map_layout(loaded: LoadedBundle) -> MapLayout | None:
    """The most rated movies on the plane; None if the model has no item vectors, or hardly any movie is rated.

    Source: attraction along the graph of nearest neighbours and repulsion between all pairs, with weights falling as
    ``1 / (1 + d^2)``, as in t-SNE (van der Maaten and Hinton 2008) with equal affinities (Böhm, Berens and Kobak 2022).
    Departure: a fixed number of iterations of plain gradient descent.

    Cost: O(iterations * n^2), two seconds for 520 movies.
    """
    scorer, rating_counts = loaded.bundle.scorer, loaded.recommender.popularity.counts
    if not isinstance(scorer, HasItemVectors):
        return None
    rows = np.argsort(-rating_counts, kind="stable")[:_N_MOVIES]
    rows = rows[rating_counts[rows] > 0]
    if len(rows) < 2 * _N_NEIGHBOURS:
        return None
    vectors = scorer.item_vectors().astype(np.float64)
    centred = vectors - np.average(vectors, axis=0, weights=rating_counts)  # the common part tells nothing about one
    directions = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    return MapLayout(rows, _embed(directions[rows]), directions)


def _embed(directions: FloatArray) -> FloatArray:
    """Coordinates ``(n, 2)`` from 0 to 1000 of directions ``(n, dim)``, by gradient descent with momentum."""
    affinities, xy = _affinities(directions), _initial_layout(directions)
    velocity, learning_rate = np.zeros_like(xy), len(directions) / 12.0
    for iteration in range(_N_ITERATIONS):
        is_early = iteration < _N_ITERATIONS / 4
        squared_norms = np.einsum("nd,nd->n", xy, xy)
        squared_distances = np.maximum(squared_norms[:, None] + squared_norms - 2.0 * xy @ xy.T, 0.0)
        kernel = 1.0 / (1.0 + squared_distances)
        np.fill_diagonal(kernel, 0.0)
        force = ((4.0 if is_early else 1.0) * affinities - kernel / kernel.sum()) * kernel
        gradient = 4.0 * (force.sum(axis=1)[:, None] * xy - force @ xy)
        velocity = (0.5 if is_early else 0.8) * velocity - learning_rate * gradient
        xy = xy + velocity
        xy -= xy.mean(axis=0)
    low, high = np.quantile(xy, (0.005, 0.995), axis=0)
    scaled: FloatArray = np.clip((xy - low) / np.maximum(high - low, 1e-12), 0.0, 1.0) * 900 + 50
    return scaled


def _affinities(directions: FloatArray) -> FloatArray:
    """``(n, n)`` symmetric, with sum 1: equal for pairs of nearest neighbours, else 0."""
    cosine = directions @ directions.T
    np.fill_diagonal(cosine, -np.inf)
    nearest = np.argpartition(-cosine, _N_NEIGHBOURS, axis=1)[:, :_N_NEIGHBOURS]
    affinities = np.zeros_like(cosine)
    np.put_along_axis(affinities, nearest, 1.0, axis=1)
    affinities = affinities + affinities.T
    normalised: FloatArray = affinities / affinities.sum()
    return normalised


def _initial_layout(directions: FloatArray) -> FloatArray:
    """The first two principal components, scaled to a standard deviation of 0.01."""
    u, singular_values, _ = np.linalg.svd(directions - directions.mean(axis=0), full_matrices=False)
    components = u[:, :2] * singular_values[:2]
    scaled: FloatArray = components / np.maximum(components.std(axis=0), 1e-12) * 1e-2
    return scaled


def taste_map(loaded: LoadedBundle, layout: MapLayout | None, visitor: UserState) -> TasteMap | None:
    """The map with the visitor's movies on it; None without a layout.

    Cost: O(n log n) in the visitor's movies, and O(_MAX_OWN^2).
    """
    if layout is None:
        return None
    catalogue, rows = loaded.bundle.catalogue, layout.rows.tolist()
    genres, movie_genres = _main_genres([catalogue.genres[row] for row in rows])
    points = _own_points(loaded, layout, visitor)
    x, y = (np.round(layout.xy[:, axis]).astype(int).tolist() for axis in (0, 1))
    return TasteMap(
        ids=[loaded.item_ids[row] for row in rows],
        titles=[natural_title(loaded, row) for row in rows],
        x=x,
        y=y,
        genre=movie_genres,
        genres=genres,
        regions=_genre_regions(layout.xy, np.array(movie_genres), genres),
        mine=points,
        rated=len(visitor.stars) + len(visitor.seen_only),
        words=_neighbourhoods(loaded, layout, points, visitor),
    )


def _main_genres(movies: Sequence[tuple[str, ...]]) -> tuple[list[str], list[int]]:
    """The most frequent genres, and for each movie the index of the rarest of them that it has, -1 for none."""
    counts = Counter(genre for movie in movies for genre in movie)
    genres = [genre for genre, _ in counts.most_common(_N_GENRES)]
    rarest = [min((g for g in movie if g in genres), key=lambda g: (counts[g], g), default="") for movie in movies]
    return genres, [genres.index(genre) if genre else -1 for genre in rarest]


def _genre_regions(xy: FloatArray, movie_genres: IntArray, genres: Sequence[str]) -> list[GenreRegion]:
    """For each genre its movie in the densest place at which the label does not overlap another."""
    regions: list[GenreRegion] = []
    for index, genre in enumerate(genres):
        points = xy[movie_genres == index]
        if len(points) < _MIN_REGION:
            continue
        distances = np.linalg.norm(points[:, None] - points[None], axis=2)
        density = np.exp(-((distances / _REGION_BANDWIDTH) ** 2)).sum(axis=1)
        for candidate in np.argsort(-density).tolist():
            x, y = points[candidate].tolist()
            if all(abs(x - label.x) > _LABEL_WIDTH or abs(y - label.y) > _LABEL_HEIGHT for label in regions):
                regions.append(GenreRegion(genre, round(x), round(y)))
                break
    return regions


def _own_points(loaded: LoadedBundle, layout: MapLayout, visitor: UserState) -> list[RatedPoint]:
    """The visitor's movies to be shown, each at its place on the map, or between the movies most similar to it."""
    rows, stars = _strongest_movies(visitor)
    if loaded.bundle.scale is None:
        stars = np.full(len(rows), np.nan)
    similarity = layout.directions[rows] @ layout.directions[layout.rows].T
    anchors = np.argpartition(-similarity, _N_ANCHORS, axis=1)[:, :_N_ANCHORS]
    weights = np.maximum(np.take_along_axis(similarity, anchors, axis=1), 1e-3)[:, :, None]
    xy = (layout.xy[anchors] * weights).sum(axis=1) / weights.sum(axis=1)
    map_index = {row: index for index, row in enumerate(layout.rows.tolist())}
    for position, row in enumerate(rows.tolist()):
        if row in map_index:
            xy[position] = layout.xy[map_index[row]]
    return [
        RatedPoint(movie_view(loaded, row), None if np.isnan(value) else value, round(x), round(y))
        for row, value, (x, y) in zip(rows.tolist(), stars.tolist(), xy.tolist(), strict=True)
    ]


def _strongest_movies(visitor: UserState) -> tuple[IntArray, FloatArray]:
    """Item rows of at most `_MAX_OWN` movies, and their stars, NaN where seen without a rating.

    If there are more, those rated furthest from the mean come first, and of equal ones the latest.
    """
    rows = np.concatenate([visitor.ratings.indices, visitor.seen_only]).astype(np.int64)
    n_seen = len(visitor.seen_only)
    stars = np.concatenate([visitor.stars, np.full(n_seen, np.nan)])
    if len(rows) <= _MAX_OWN:
        return rows, stars
    mean = visitor.stars.mean() if len(visitor.stars) else 0.0
    strength = np.nan_to_num(np.abs(stars - mean), nan=-1.0)
    times = np.concatenate([visitor.rated_at, visitor.seen_at[np.isin(visitor.seen, visitor.seen_only)]])
    strongest = np.lexsort((-times, -strength))[:_MAX_OWN]
    return rows[strongest], stars[strongest]


def _neighbourhoods(
    loaded: LoadedBundle, layout: MapLayout, points: Sequence[RatedPoint], visitor: UserState
) -> list[Neighbourhood]:
    """Groups of the points shown that lie within reach of each other, the largest first.

    Cost: O(len(points)^2).
    """
    xy = np.array([(point.x, point.y) for point in points], np.float64).reshape(-1, 2)
    stars = np.array([np.nan if point.stars is None else point.stars for point in points])
    is_near: BoolArray = np.linalg.norm(xy[:, None] - xy[None], axis=2) < _RADIUS
    ungrouped, neighbourhoods = np.ones(len(points), np.bool_), list[Neighbourhood]()
    while ungrouped.any() and len(neighbourhoods) < _MAX_GROUPS:
        centre = int(np.argmax(np.where(ungrouped, (is_near & ungrouped).sum(axis=1), -1)))
        members = np.flatnonzero(is_near[centre] & ungrouped)
        titles = [points[member].film.title for member in members[:_N_NAMED].tolist()]
        nearby = _nearby_titles(loaded, layout, xy[members].mean(axis=0), visitor)
        member_stars = stars[members][~np.isnan(stars[members])]
        mean = float(member_stars.mean()) if len(member_stars) else None
        neighbourhoods.append(Neighbourhood(titles, len(members) - len(titles), nearby, mean))
        ungrouped[members] = False
    return neighbourhoods


def _nearby_titles(loaded: LoadedBundle, layout: MapLayout, centre: FloatArray, visitor: UserState) -> list[str]:
    """Titles of the movies nearest to a point that the visitor neither rated nor saw."""
    rows = layout.rows[np.argsort(np.linalg.norm(layout.xy - centre, axis=1))]
    unseen_rows = rows[~np.isin(rows, np.concatenate([visitor.ratings.indices, visitor.seen]))][:_N_NEARBY]
    return [natural_title(loaded, row) for row in unseen_rows.tolist()]
