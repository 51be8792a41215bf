"""The map of taste: the best known movies on a plane, near to each other where the same people like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.serve.models import Model
from reelgraph.serve.page.films import Film, film, spoken
from reelgraph.serve.page.guest import Guest
from reelgraph.types import FloatArray, HasItemVectors, IntArray

_SHOWN, _GENRES = 520, 7
_NEAR = 15  # neighbours of a movie that pull it
_ROUNDS = 260
_GROUPS, _REACH = 6, 110.0  # neighbourhoods told in words, and how far one reaches


@dataclass(frozen=True, slots=True)
class Mine:
    """A rated movie on the map."""

    film: Film
    stars: float
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Region:
    """Where the movies of a genre lie thickest."""

    genre: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Near:
    """In words: rated movies that lie together, and what lies around them."""

    films: Sequence[str]
    around: Sequence[str]
    mean: float


@dataclass(frozen=True, slots=True)
class TasteMap:
    """The map as columns: the movies by id and title, their places, and which of ``genres`` each belongs to."""

    ids: Sequence[str]
    titles: Sequence[str]
    x: Sequence[int]
    y: Sequence[int]
    genre: Sequence[int]
    genres: Sequence[str]
    regions: Sequence[Region]
    mine: Sequence[Mine]
    words: Sequence[Near]


@dataclass(frozen=True)
class Places:
    """Where movies are.

    Args:
        rows: ``(n,)`` item rows, the best known first.
        xy: ``(n, 2)`` from 0 to 1000.
        units: ``(n_items, dim)`` directions of all movies, to place others by.
    """

    rows: IntArray
    xy: FloatArray
    units: FloatArray


def placed(model: Model) -> Places | None:
    """The best known movies on the plane; None where the model has no vectors, or hardly any movie is known.

    Source: attraction along the graph of nearest neighbours and repulsion of all pairs, with weights falling as
    ``1 / (1 + d^2)``, as in t-SNE (van der Maaten and Hinton 2008) with affinities all alike (Böhm, Berens and Kobak
    2022). Departure: a fixed number of rounds of plain descent.

    Cost: O(rounds * n^2), two seconds for 520 movies.
    """
    scorer, counts = model.recommender.fitted.scorer, model.recommender.popularity.counts
    if not isinstance(scorer, HasItemVectors):
        return None
    rows = np.argsort(-counts, kind="stable")[:_SHOWN]
    rows = rows[counts[rows] > 0]
    if len(rows) < 2 * _NEAR:
        return None
    vectors = scorer.item_vectors().astype(np.float64)
    own = vectors - np.average(vectors, axis=0, weights=counts)  # what all movies share says nothing about one
    units = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
    return Places(rows, _spread(units[rows]), units)


def _spread(units: FloatArray) -> FloatArray:
    """Places ``(n, 2)`` of directions ``(n, dim)``, from 0 to 1000."""
    pull, xy = _affinities(units), _start(units)
    speed, gain = np.zeros_like(xy), len(units) / 12.0
    for turn in range(_ROUNDS):
        early = turn < _ROUNDS / 4
        length = np.einsum("nd,nd->n", xy, xy)
        near = 1.0 / (1.0 + np.maximum(length[:, None] + length - 2.0 * xy @ xy.T, 0.0))
        np.fill_diagonal(near, 0.0)
        force = ((4.0 if early else 1.0) * pull - near / near.sum()) * near
        slope = 4.0 * (force.sum(axis=1)[:, None] * xy - force @ xy)
        speed = (0.5 if early else 0.8) * speed - gain * slope
        xy = xy + speed
        xy -= xy.mean(axis=0)
    low, high = np.quantile(xy, (0.005, 0.995), axis=0)
    scaled: FloatArray = np.clip((xy - low) / np.maximum(high - low, 1e-12), 0.0, 1.0) * 900 + 50
    return scaled


def _affinities(units: FloatArray) -> FloatArray:
    """``(n, n)`` symmetric, sums to 1: alike for the nearest neighbours, else nothing."""
    cosine = units @ units.T
    np.fill_diagonal(cosine, -np.inf)
    nearest = np.argpartition(-cosine, _NEAR, axis=1)[:, :_NEAR]
    pull = np.zeros_like(cosine)
    np.put_along_axis(pull, nearest, 1.0, axis=1)
    pull = pull + pull.T
    whole: FloatArray = pull / pull.sum()
    return whole


def _start(units: FloatArray) -> FloatArray:
    """The first two principal components, small."""
    centred = units - units.mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    first = left[:, :2] * size[:2]
    start: FloatArray = first / np.maximum(first.std(axis=0), 1e-12) * 1e-2
    return start


def taste_map(model: Model, places: Places | None, guest: Guest) -> TasteMap | None:
    """The map with the visitor's own movies on it; None where there is none."""
    if places is None:
        return None
    catalogue = model.recommender.fitted.catalogue
    rows = places.rows.tolist()
    names, genre = _main_genres([catalogue.genres[row] for row in rows])
    mine = _mine(model, places, guest)
    x, y = (np.round(places.xy[:, axis]).astype(int).tolist() for axis in (0, 1))
    return TasteMap(
        [model.ids[row] for row in rows], [spoken(catalogue, row) for row in rows],
        x, y, genre, names, _regions(places.xy, np.array(genre), names), mine, _words(model, places, mine),
    )  # fmt: skip


def _main_genres(genres: Sequence[tuple[str, ...]]) -> tuple[list[str], list[int]]:
    """The commonest genres, and for each movie the place of the rarest of them that it has, -1 for none."""
    count = Counter(genre for movie in genres for genre in movie)
    names = [genre for genre, _ in count.most_common(_GENRES)]
    rarest = [min((g for g in movie if g in names), key=lambda g: (count[g], g), default="") for movie in genres]
    return names, [names.index(genre) if genre else -1 for genre in rarest]


def _regions(xy: FloatArray, genre: IntArray, names: Sequence[str]) -> list[Region]:
    """For each genre the movie of it with most others of it around, where not two names would meet."""
    found: list[Region] = []
    for place, name in enumerate(names):
        own = xy[genre == place]
        if len(own) < 5:
            continue
        apart = np.linalg.norm(own[:, None] - own[None], axis=2)
        density = np.exp(-((apart / 60.0) ** 2)).sum(axis=1)
        for best in np.argsort(-density).tolist():
            x, y = own[best].tolist()
            if all(abs(x - other.x) > 150 or abs(y - other.y) > 45 for other in found):
                found.append(Region(name, round(x), round(y)))
                break
    return found


def _mine(model: Model, places: Places, guest: Guest) -> list[Mine]:
    """The rated movies: where they are, or amid the movies most like them."""
    items = model.recommender.fitted.items
    own = items.rows(list(guest.ratings)).tolist()
    at = {row: place for place, row in enumerate(places.rows.tolist())}
    shown = places.units[places.rows]
    found = []
    for row, stars in zip(own, guest.ratings.values(), strict=True):
        if row in at:
            x, y = places.xy[at[row]].tolist()
        else:
            alike = shown @ places.units[row]
            near = np.argsort(-alike)[:4]
            x, y = np.average(places.xy[near], axis=0, weights=np.maximum(alike[near], 1e-3)).tolist()
        found.append(Mine(film(model, row), stars, round(x), round(y)))
    return found


def _words(model: Model, places: Places, mine: Sequence[Mine]) -> list[Near]:
    """Groups of rated movies that lie within reach of one another, the largest first, with what else lies there."""
    left, found = list(range(len(mine))), list[Near]()
    xy = np.array([(one.x, one.y) for one in mine], np.float64).reshape(-1, 2)
    own = {one.film.id for one in mine}
    catalogue = model.recommender.fitted.catalogue
    while left and len(found) < _GROUPS:
        apart = np.linalg.norm(xy[left][:, None] - xy[left][None], axis=2)
        centre = int(np.argmax((apart < _REACH).sum(axis=1)))
        group = [left[place] for place in np.flatnonzero(apart[centre] < _REACH).tolist()]
        middle = xy[group].mean(axis=0)
        near = places.rows[np.argsort(np.linalg.norm(places.xy - middle, axis=1))].tolist()
        around = [spoken(catalogue, row) for row in near if model.ids[row] not in own][:3]
        mean = sum(mine[place].stars for place in group) / len(group)
        found.append(Near([mine[place].film.title for place in group], around, mean))
        left = [place for place in left if place not in group]
    return found
