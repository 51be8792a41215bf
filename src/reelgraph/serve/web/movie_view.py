"""Movies as the page shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from reelgraph.core import Catalogue
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_MAX_DIRECTORS, _MAX_CAST, _MAX_COUNTRIES = 3, 6, 3


@dataclass(frozen=True, slots=True)
class MovieView:
    """A movie in a list: its title in natural order, and the paths of its poster and its page."""

    id: str
    title: str
    year: int
    genres: Sequence[str]
    poster: str
    page: str


@dataclass(frozen=True, slots=True)
class MovieFacts:
    """What the page of a movie says of it: empty where it is not known.

    Args:
        directors: names.
        cast: names, the first on the bill first; of a movie whose parts are not known, all people.
        overview: what it is about.
        original_title: where it is another one than the title.
        languages: codes.
        countries: codes.
        series: name of the series.
    """

    directors: Sequence[str]
    cast: Sequence[str]
    overview: str
    original_title: str
    languages: Sequence[str]
    countries: Sequence[str]
    series: str


def movie_facts(catalogue: Catalogue, row: int) -> MovieFacts:
    """The facts of the movie at a row."""
    directors, cast = catalogue.directors[row], catalogue.cast[row]
    if not (directors or cast):
        cast = catalogue.people[row]
    return MovieFacts(
        directors[:_MAX_DIRECTORS], cast[:_MAX_CAST], catalogue.overview[row], catalogue.original_title[row],
        catalogue.languages[row][:1], catalogue.countries[row][:_MAX_COUNTRIES], catalogue.series[row],
    )  # fmt: skip


def rows_by_director(loaded: LoadedBundle) -> dict[str, list[int]]:
    """The movies of each director, those with most ratings first."""
    counts = loaded.recommender.popularity.counts
    rows: dict[str, list[int]] = defaultdict(list)
    for row, names in enumerate(loaded.bundle.catalogue.directors):
        for name in names:
            rows[name].append(row)
    return {name: sorted(director_rows, key=lambda row: (-counts[row], row)) for name, director_rows in rows.items()}


def movie_view(loaded: LoadedBundle, row: int) -> MovieView:
    """The movie at an item row."""
    catalogue, item_id = loaded.bundle.catalogue, loaded.item_ids[row]
    path = quote(item_id, safe="")
    return MovieView(
        item_id, natural_title(loaded, row), int(catalogue.year[row]), catalogue.genres[row], f"/poster/{path}",
        f"/film/{path}",
    )  # fmt: skip


def movie_views(loaded: LoadedBundle, rows: Iterable[int]) -> list[MovieView]:
    """The movies at item rows."""
    return [movie_view(loaded, row) for row in rows]


def natural_title(loaded: LoadedBundle, row: int) -> str:
    """The title in the visitor's language, or in natural order without year: "Matrix, The (1999)" -> "The Matrix"."""
    title = str(loaded.bundle.catalogue.title[row])
    return loaded.local_title(row) or display_title(title) or title
