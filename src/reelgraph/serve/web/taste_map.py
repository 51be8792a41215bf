"""The map of taste: the best known movies on a plane, near to each other where the same people like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, HasItemVectors, IntArray
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, film, spoken
from reelgraph.serve.web.visitor_profile import ItemId, VisitorProfile

_SHOWN, _GENRES = 520, 7
_NEAR, _AMID = 15, 4  # neighbours of a movie that pull it; those amid which a movie lies that is not placed itself
_ROUNDS = 260
_GROUPS, _REACH = 6, 110.0  # neighbourhoods told in words, and how far one reaches
_OWN = 150  # rated movies on the map: more would hide one another, and groups are found among all pairs
_TOLD, _AROUND = 4, 3  # movies named of a group, and around it


@dataclass(frozen=True, slots=True)
class RatedPoint:
    """A rated movie on the map."""

    film: MovieView
    stars: float
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class GenreRegion:
    """Where the movies of a genre lie thickest."""

    genre: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """In words: rated movies that lie together, so many ``more`` of them, and what lies around."""

    films: Sequence[str]
    more: int
    around: Sequence[str]
    mean: float


@dataclass(frozen=True, slots=True)
class TasteMap:
    """The map as columns: the movies by id and title, their places, and which of ``genres`` each belongs to.

    ``mine`` are at most `_OWN` of the visitor's ``rated`` movies: where there are more, those with the strongest
    opinions, the latest first among equals.
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
    """Where movies are.

    Args:
        rows: ``(n,)`` item rows, the best known first.
        xy: ``(n, 2)`` from 0 to 1000.
        units: ``(n_items, dim)`` directions of all movies, to place others by.
    """

    rows: IntArray
    xy: FloatArray
    units: FloatArray


def placed(model: LoadedBundle) -> MapLayout | None:
    """The best known movies on the plane; None where the model has no vectors, or hardly any movie is known.

    Source: attraction along the graph of nearest neighbours and repulsion of all pairs, with weights falling as
    ``1 / (1 + d^2)``, as in t-SNE (van der Maaten and Hinton 2008) with affinities all alike (Böhm, Berens and Kobak
    2022). Departure: a fixed number of rounds of plain descent.

    Cost: O(rounds * n^2), two seconds for 520 movies.
    """
    scorer, counts = model.recommender.scorer, model.recommender.popularity.counts
    if not isinstance(scorer, HasItemVectors):
        return None
    rows = np.argsort(-counts, kind="stable")[:_SHOWN]
    rows = rows[counts[rows] > 0]
    if len(rows) < 2 * _NEAR:
        return None
    vectors = scorer.item_vectors().astype(np.float64)
    own = vectors - np.average(vectors, axis=0, weights=counts)  # what all movies share says nothing about one
    units = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
    return MapLayout(rows, _spread(units[rows]), units)


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


def taste_map(model: LoadedBundle, places: MapLayout | None, guest: VisitorProfile) -> TasteMap | None:
    """The map with the visitor's own movies on it; None where there is none.

    Cost: O(n log n) in the visitor's ratings, and O(_OWN^2).
    """
    if places is None:
        return None
    catalogue = model.recommender.catalogue
    rows = places.rows.tolist()
    names, genre = _main_genres([catalogue.genres[row] for row in rows])
    mine = _mine(model, places, guest)
    x, y = (np.round(places.xy[:, axis]).astype(int).tolist() for axis in (0, 1))
    return TasteMap(
        [model.ids[row] for row in rows], [spoken(catalogue, row) for row in rows],
        x, y, genre, names, _regions(places.xy, np.array(genre), names), mine, len(guest.given),
        _words(model, places, mine, guest),
    )  # fmt: skip


def _main_genres(genres: Sequence[tuple[str, ...]]) -> tuple[list[str], list[int]]:
    """The commonest genres, and for each movie the place of the rarest of them that it has, -1 for none."""
    count = Counter(genre for movie in genres for genre in movie)
    names = [genre for genre, _ in count.most_common(_GENRES)]
    rarest = [min((g for g in movie if g in names), key=lambda g: (count[g], g), default="") for movie in genres]
    return names, [names.index(genre) if genre else -1 for genre in rarest]


def _regions(xy: FloatArray, genre: IntArray, names: Sequence[str]) -> list[GenreRegion]:
    """For each genre the movie of it with most others of it around, where not two names would meet."""
    found: list[GenreRegion] = []
    for place, name in enumerate(names):
        own = xy[genre == place]
        if len(own) < 5:
            continue
        apart = np.linalg.norm(own[:, None] - own[None], axis=2)
        density = np.exp(-((apart / 60.0) ** 2)).sum(axis=1)
        for best in np.argsort(-density).tolist():
            x, y = own[best].tolist()
            if all(abs(x - other.x) > 150 or abs(y - other.y) > 45 for other in found):
                found.append(GenreRegion(name, round(x), round(y)))
                break
    return found


def _mine(model: LoadedBundle, places: MapLayout, guest: VisitorProfile) -> list[RatedPoint]:
    """Of the rated movies those to be shown: where they are, or amid the movies most like them."""
    shown = _strongest(guest)
    own = model.recommender.items.rows(shown)
    at = {row: place for place, row in enumerate(places.rows.tolist())}
    alike = places.units[own] @ places.units[places.rows].T
    near = np.argpartition(-alike, _AMID, axis=1)[:, :_AMID]
    weight = np.maximum(np.take_along_axis(alike, near, axis=1), 1e-3)[:, :, None]
    xy = (places.xy[near] * weight).sum(axis=1) / weight.sum(axis=1)
    for place, row in enumerate(own.tolist()):
        if row in at:
            xy[place] = places.xy[at[row]]
    return [
        RatedPoint(film(model, row), guest.given[item].stars, round(x), round(y))
        for item, row, (x, y) in zip(shown, own.tolist(), xy.tolist(), strict=True)
    ]


def _strongest(guest: VisitorProfile) -> list[ItemId]:
    """At most `_OWN` rated items: furthest from the visitor's mean first, and the latest first among equals."""
    if len(guest.given) <= _OWN:
        return list(guest.given)
    mean = sum(guest.ratings.values()) / len(guest.given)
    order = sorted(guest.given.items(), key=lambda one: (-abs(one[1].stars - mean), -one[1].at))
    return [item for item, _ in order[:_OWN]]


def _words(
    model: LoadedBundle, places: MapLayout, mine: Sequence[RatedPoint], guest: VisitorProfile
) -> list[Neighbourhood]:
    """Groups of movies shown as rated that lie within reach of one another, the largest first, and what else is there.

    Cost: O(len(mine)^2), once.
    """
    xy = np.array([(one.x, one.y) for one in mine], np.float64).reshape(-1, 2)
    stars = np.array([one.stars for one in mine])
    within = np.linalg.norm(xy[:, None] - xy[None], axis=2) < _REACH
    rated = set(model.recommender.items.rows(list(guest.given)).tolist())
    catalogue, left, found = model.recommender.catalogue, np.ones(len(mine), np.bool_), list[Neighbourhood]()
    while left.any() and len(found) < _GROUPS:
        centre = int(np.argmax(np.where(left, (within & left).sum(axis=1), -1)))
        group = np.flatnonzero(within[centre] & left)
        near = places.rows[np.argsort(np.linalg.norm(places.xy - xy[group].mean(axis=0), axis=1))].tolist()
        around = [spoken(catalogue, row) for row in near if row not in rated][:_AROUND]
        named = [mine[place].film.title for place in group[:_TOLD].tolist()]
        found.append(Neighbourhood(named, len(group) - len(named), around, float(stars[group].mean())))
        left[group] = False
    return found
