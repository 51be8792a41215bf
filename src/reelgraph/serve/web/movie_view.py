"""Movies in the words of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from reelgraph.core import Catalogue
from reelgraph.importers.title_parsing import natural
from reelgraph.serve.state.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True)
class MovieView:
    """A movie as it is listed: its title as people write it, and where its poster and its page are."""

    id: str
    title: str
    year: int
    genres: Sequence[str]
    poster: str
    page: str


def film(model: LoadedBundle, row: int) -> MovieView:
    """The movie at an item row."""
    catalogue, item_id = model.recommender.catalogue, model.ids[row]
    name = quote(item_id, safe="")
    return MovieView(
        item_id, spoken(catalogue, row), int(catalogue.year[row]), catalogue.genres[row], f"/poster/{name}",
        f"/film/{name}",
    )  # fmt: skip


def films(model: LoadedBundle, rows: Iterable[int]) -> list[MovieView]:
    """The movies at item rows."""
    return [film(model, row) for row in rows]


def spoken(catalogue: Catalogue, row: int) -> str:
    """The title as people write it: "Matrix, The (1999)" -> "The Matrix"."""
    title = str(catalogue.title[row])
    return natural(title) or title
