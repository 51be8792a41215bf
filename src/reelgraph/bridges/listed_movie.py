"""A movie of a list with what other programs know it by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelgraph.core import Catalogue, IdIndex
from reelgraph.data.titles import title_parsing


@dataclass(frozen=True)
class ListedMovie:
    """A movie of a list.

    Args:
        item_id: external id.
        title: without the year, its article in front.
        year: 0 where unknown.
        imdb_id: such as ``tt0113277``; "" where unknown.
        tmdb_id: 0 where unknown.
        genres: names.
        minutes: its length; 0 where unknown.
        reason: why it is listed, one sentence, or "".
    """

    item_id: str
    title: str
    year: int = 0
    imdb_id: str = ""
    tmdb_id: int = 0
    genres: tuple[str, ...] = ()
    minutes: int = 0
    reason: str = ""

    @property
    def has_ids(self) -> bool:
        """Whether an id of IMDb or TMDB is known, without which no program finds it for certain."""
        return bool(self.imdb_id or self.tmdb_id)

    @property
    def url(self) -> str:
        """Its page at IMDb or TMDB; "" where neither id is known."""
        if self.imdb_id:
            return f"https://www.imdb.com/title/{self.imdb_id}/"
        return f"https://www.themoviedb.org/movie/{self.tmdb_id}" if self.tmdb_id else ""


def listed_movies(
    item_ids: Sequence[int | str], items: IdIndex, catalogue: Catalogue, reasons: Sequence[str] = ()
) -> list[ListedMovie]:
    """What other programs need to know of movies, in the order of a list.

    Args:
        item_ids: of the list.
        items: all item ids.
        catalogue: aligned with ``items``.
        reasons: a sentence for each movie, or none at all.

    Raises:
        UnknownIdError: an id is not among the items.
    """
    movies = []
    for place, row in enumerate(items.rows(item_ids).tolist()):
        title = str(catalogue.title[row])
        movies.append(
            ListedMovie(
                str(item_ids[place]),
                title_parsing.display_title(title) or title,
                int(catalogue.year[row]) or title_parsing.parse_title(title).year,
                imdb_id_of(str(catalogue.imdb_id[row])),
                int(catalogue.tmdb_id[row]),
                tuple(catalogue.genres[row]),
                int(catalogue.runtime[row]),
                reasons[place] if reasons else "",
            )
        )
    return movies


def imdb_id_of(text: str) -> str:
    """An id of IMDb as IMDb writes it, ``tt`` and seven digits or more; "" for what is none."""
    digits = text.strip().removeprefix("tt")
    return f"tt{digits:0>7}" if digits.isascii() and digits.isdecimal() else ""
