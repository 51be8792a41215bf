"""Movies as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from reelgraph.core import Catalogue
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.serve.state.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True)
class MovieView:
    """A movie in a list: its title in natural order, and the paths of its poster and its page."""

    id: str
    title: str
    year: int
    genres: Sequence[str]
    poster: str
    page: str


def movie_view(loaded: LoadedBundle, row: int) -> MovieView:
    """The movie at an item row."""
    catalogue, item_id = loaded.bundle.catalogue, loaded.item_ids[row]
    path = quote(item_id, safe="")
    return MovieView(
        item_id, natural_title(catalogue, row), int(catalogue.year[row]), catalogue.genres[row], f"/poster/{path}",
        f"/film/{path}",
    )  # fmt: skip


def movie_views(loaded: LoadedBundle, rows: Iterable[int]) -> list[MovieView]:
    """The movies at item rows."""
    return [movie_view(loaded, row) for row in rows]


def natural_title(catalogue: Catalogue, row: int) -> str:
    """The title in natural order, without the year: "Matrix, The (1999)" -> "The Matrix"."""
    title = str(catalogue.title[row])
    return display_title(title) or title
