"""A visitor's taste in a few figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
        genres: best liked first; where there are no stars, most watched first.
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

    def liking(genre: str) -> tuple[float, str]:
        values = stars_by_genre[genre]
        weight = (sum(values) + _PRIOR * mean) / (len(values) + _PRIOR) if has_stars else float(len(values))
        return -round(weight, 9), genre

    genres = [
        GenreTaste(genre, len(stars_by_genre[genre]), float(np.mean(stars_by_genre[genre])) if has_stars else None)
        for genre in sorted(stars_by_genre, key=liking)[:_N_GENRES]
    ]
    order = np.lexsort((-visitor.rated_at, -stars))
    favourites = [int(visitor.ratings.indices[position]) for position in order[:_N_FAVOURITES]]
    years = catalogue.year[rows]
    return TasteSummary(len(rows), mean if has_stars else None, genres, _decades(years[years > 0].tolist()), favourites)


def _decades(years: Sequence[int]) -> list[tuple[int, int]]:
    counts = Counter(10 * (year // 10) for year in years)
    return [(decade, counts[decade]) for decade in range(min(counts), max(counts) + 1, 10)] if counts else []
