"""The metadata of the movies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core.arrays import AnyArray, IntArray, freeze
from reelgraph.core.display import Displayed, Table, counted

LIST_DETAILS = (
    "directors", "writers", "cast", "languages", "countries", "keywords", "translated_titles", "title_languages",
)  # fmt: skip
"""Fields of a `Catalogue` that hold several texts for a movie and may be unknown."""

TEXT_DETAILS = ("original_title", "overview", "series", "poster")
"""Fields of a `Catalogue` that hold one text for a movie and may be unknown."""


@dataclass(frozen=True, repr=False)
class Catalogue(Displayed):
    """The metadata of the movies.

    Args:
        item_id: ``(n,)`` int64 or str, unique, same dtype as in the ratings.
        title: ``(n,)`` str, as published ("Matrix, The (1999)").
        year: ``(n,)`` int64, 0 where unknown.
        genres: n tuples of genre names.
        tags: n tuples of tags, lower case, most used first.
        people: n tuples of names.
        imdb_id: ``(n,)`` str such as "tt0114709", "" where unknown.
        tmdb_id: ``(n,)`` int64, 0 where unknown.
        runtime: ``(n,)`` int64 minutes, 0 where unknown; all unknown by default.
        directors: n tuples of names; this and what follows is unknown, that is empty, by default.
        writers: n tuples of names.
        cast: n tuples of names, the first on the bill first.
        languages: n tuples of ISO 639 codes of two letters such as "en", the original language first.
        countries: n tuples of ISO 3166 codes of two letters such as "US".
        keywords: n tuples of words for what it is about, lower case.
        translated_titles: n tuples of titles in other languages and countries.
        title_languages: n tuples of the codes of the languages of ``translated_titles``, parted by spaces, each at
            most once for a movie; "" for a title whose language is not known, an empty tuple where none is.
        original_title: n titles.
        overview: n texts, what it is about.
        series: n names of the series that the movie is a part of.
        poster: n names of files in a folder of posters.
    """

    item_id: AnyArray
    title: AnyArray
    year: IntArray
    genres: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    people: tuple[tuple[str, ...], ...]
    imdb_id: AnyArray
    tmdb_id: IntArray
    runtime: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    directors: tuple[tuple[str, ...], ...] = ()
    writers: tuple[tuple[str, ...], ...] = ()
    cast: tuple[tuple[str, ...], ...] = ()
    languages: tuple[tuple[str, ...], ...] = ()
    countries: tuple[tuple[str, ...], ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    translated_titles: tuple[tuple[str, ...], ...] = ()
    title_languages: tuple[tuple[str, ...], ...] = ()
    original_title: tuple[str, ...] = ()
    overview: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    poster: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.item_id)
        if len(self.runtime) != n:
            object.__setattr__(self, "runtime", np.zeros(n, np.int64))
        for names, unknown in ((LIST_DETAILS, ()), (TEXT_DETAILS, "")):
            for name in names:
                if not getattr(self, name):
                    object.__setattr__(self, name, (unknown,) * n)
        freeze(self)

    def __len__(self) -> int:
        return len(self.item_id)

    @classmethod
    def from_ids(cls, item_id: AnyArray) -> Catalogue:
        """A catalogue of ids alone, shape ``(n,)``: the title of each movie is its id."""
        n = len(item_id)
        empty: tuple[tuple[str, ...], ...] = ((),) * n
        return cls(
            item_id=item_id.copy(),
            title=item_id.astype(str),
            year=np.zeros(n, np.int64),
            genres=empty,
            tags=empty,
            people=empty,
            imdb_id=np.full(n, "", dtype="<U1"),
            tmdb_id=np.zeros(n, np.int64),
        )

    def aligned(self, item_id: AnyArray) -> Catalogue:
        """The catalogue in the order of ``item_id``, ``(m,)``; an unknown item has its id as title and no metadata."""
        row_of = {key: row for row, key in enumerate(self.item_id.tolist())}
        rows = [row_of.get(key) for key in item_id.tolist()]
        placeholder = Catalogue.from_ids(item_id)

        def pick(values: AnyArray, fallback: AnyArray) -> AnyArray:
            picked = [fallback[n] if row is None else values[row] for n, row in enumerate(rows)]
            return np.array(picked, dtype=np.result_type(values.dtype, fallback.dtype))

        def pick_tuples(values: tuple[Any, ...], unknown: Any = ()) -> tuple[Any, ...]:
            return tuple(unknown if row is None else values[row] for row in rows)

        return Catalogue(
            item_id=item_id.copy(),
            title=pick(self.title, placeholder.title),
            year=pick(self.year, placeholder.year),
            genres=pick_tuples(self.genres),
            tags=pick_tuples(self.tags),
            people=pick_tuples(self.people),
            imdb_id=pick(self.imdb_id, placeholder.imdb_id),
            tmdb_id=pick(self.tmdb_id, placeholder.tmdb_id),
            runtime=pick(self.runtime, placeholder.runtime),
            **{name: pick_tuples(getattr(self, name)) for name in LIST_DETAILS},
            **{name: pick_tuples(getattr(self, name), "") for name in TEXT_DETAILS},
        )

    def append(self, other: Catalogue) -> Catalogue:
        """These movies followed by those of ``other``, whose ids are of the same kind and none of these."""
        arrays = ("item_id", "title", "year", "imdb_id", "tmdb_id", "runtime")
        joined: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in arrays}
        for name in ("genres", "tags", "people", *LIST_DETAILS, *TEXT_DETAILS):
            joined[name] = getattr(self, name) + getattr(other, name)
        return Catalogue(**joined)

    def local_title(self, row: int, language: str) -> str:
        """The title of the movie at a row in a language, "" where it is not known or the same as its title.

        Args:
            row: of the movie.
            language: ISO 639 code of two letters. The original title counts where it is the film's first language.
        """
        for title, codes in zip(self.translated_titles[row], self.title_languages[row], strict=False):
            if language in codes.split():
                return title
        return self.original_title[row] if language in self.languages[row][:1] else ""

    def _display(self) -> Table:
        return Table(f"Catalogue of {counted(len(self), 'movie')}, {sum(map(bool, self.genres)):,} with genres")
