"""A visitor's taste in a few figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.recommend.portrait import damped_mean, decades_of
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState

MIN_FILMS = 3
_N_GENRES, _N_FAVOURITES, _PRIOR = 5, 4, 3.0


@dataclass(frozen=True, slots=True)
class GenreTaste:
    """A genre, the number of films of it, and their mean stars; None without stars."""

    name: str
    films: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class TasteSummary:
    """A taste.

    Args:
        films: number of films rated, or watched where there are no stars.
        mean: of the stars; None without stars.
        genres: the best liked of those with three films or more, in the order of their means; where there are no stars,
            most watched first.
        decades: first year of a decade and number of films, in order, without gaps.
        favourites: item rows of the films rated best, the latest first among equals.
    """

    films: int
    mean: float | None
    genres: Sequence[GenreTaste]
    decades: Sequence[tuple[int, int]]
    favourites: Sequence[int]


def taste_summary(loaded: LoadedBundle, visitor: UserState) -> TasteSummary | None:
    """The taste of a visitor; None below three films.

    A genre's mean is drawn towards the visitor's mean by the weight of three films, so that one film is no taste.
    """
    rows, stars = visitor.ratings.indices.tolist(), visitor.stars
    if len(rows) < MIN_FILMS:
        return None
    catalogue, has_stars = loaded.bundle.catalogue, loaded.bundle.scale is not None
    mean = float(stars.mean())
    stars_by_genre: dict[str, list[float]] = defaultdict(list)
    for row, value in zip(rows, stars.tolist(), strict=True):
        for genre in catalogue.genres[row]:
            stars_by_genre[genre].append(value)
    common = {genre: values for genre, values in stars_by_genre.items() if len(values) >= MIN_FILMS} or stars_by_genre
    counts = np.array([len(values) for values in common.values()], np.float64)
    totals = np.array([sum(values) for values in common.values()], np.float64)
    likings = np.round(damped_mean(totals, counts, mean, _PRIOR) if has_stars else counts, 9)
    liked = sorted(zip(-likings, common, strict=True))[:_N_GENRES]
    genres = [
        GenreTaste(genre, len(stars_by_genre[genre]), float(np.mean(stars_by_genre[genre])) if has_stars else None)
        for _, genre in liked
    ]
    genres.sort(key=lambda genre: -(genre.mean or 0.0))
    order = np.lexsort((-visitor.rated_at, -stars))
    favourites = [int(visitor.ratings.indices[position]) for position in order[:_N_FAVOURITES]]
    decades = decades_of(catalogue.year[rows])
    return TasteSummary(len(rows), mean if has_stars else None, genres, _by_decade(decades.tolist()), favourites)


def _by_decade(decades: Sequence[int]) -> list[tuple[int, int]]:
    """The number of films of each decade, in order, without gaps; 0 is no decade."""
    counts = Counter(filter(None, decades))
    return [(decade, counts[decade]) for decade in range(min(counts), max(counts) + 1, 10)] if counts else []
