"""Side features of movies and users as named sparse matrices."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from reelgraph.core import AnyArray, Catalogue, Matrix, Profiles
from reelgraph.core.errors import ConfigError

_IN_BRACKETS_AT_END = re.compile(r"\s*\([^()]*\)\s*$")
_WORD = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset(
    ["a", "an", "and", "de", "der", "die", "el", "i", "il", "in", "la", "le", "les", "of", "on", "the", "to", "und"]
)


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of one kind.

    Args:
        names: name of each column, ascending.
        matrix: ``(n, len(names))`` CSR float32, 1 where the movie or user has the feature, else nothing.
    """

    names: tuple[str, ...]
    matrix: Matrix

    def __post_init__(self) -> None:
        for part in (self.matrix.data, self.matrix.indices, self.matrix.indptr):
            part.flags.writeable = False


def items(
    catalogue: Catalogue, item_id: AnyArray | None = None, *, year_span: int = 10, min_tag_movies: int = 5
) -> dict[str, FeatureMatrix]:
    """Genres, years and tags of movies.

    Args:
        catalogue: the movies.
        item_id: ``(n,)`` ids that the rows shall follow (those of an `IdIndex`); the catalogue's own order when None.
            An id that the catalogue does not know gets an empty row.
        year_span: years that share a feature: 10 gives decades ("1990-1999"), 1 single years.
        min_tag_movies: a tag is a feature when at least this many of the movies have it.

    Returns:
        ``genres``, ``year`` and ``tags``: matrices of n rows; a kind that no movie has is a matrix without columns.

    Raises:
        ConfigError: ``year_span`` or ``min_tag_movies`` is below 1.

    Cost: O(n + features).
    """
    for key, value in {"year_span": year_span, "min_tag_movies": min_tag_movies}.items():
        if value < 1:
            raise ConfigError(key, f"{value} is not valid: expected at least 1")
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return {
        "genres": _matrix(movies.genres),
        "year": _matrix([_span(year, year_span) for year in movies.year.tolist()]),
        "tags": _matrix(movies.tags, least=min_tag_movies),
    }


def people(catalogue: Catalogue, item_id: AnyArray | None = None, *, least: int = 2) -> FeatureMatrix:
    """Who made each movie; names that fewer than ``least`` movies share are left out. Arguments as `items`."""
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix(movies.people, least=least)


def title_words(catalogue: Catalogue, item_id: AnyArray | None = None, *, least: int = 3) -> FeatureMatrix:
    """Words and pairs of neighbouring words of the titles, lower case, without the year at the end.

    "Star Wars: Episode V" has ``star``, ``wars``, ``star wars``, ... so sequels share features. Small words ("the")
    count in pairs only.

    Args:
        catalogue: the movies.
        item_id: ids that the rows shall follow, as `items`.
        least: a word or pair is a feature when at least this many titles have it.
    """
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix([_words(title) for title in movies.title.tolist()], least=least)


def _words(title: str) -> tuple[str, ...]:
    words = _WORD.findall(_IN_BRACKETS_AT_END.sub("", title).casefold())
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
    return (*(word for word in words if word not in _SMALL_WORDS), *pairs)


def joined(sides: Iterable[FeatureMatrix], n: int) -> Matrix:
    """All features side by side, ``(n, features)`` CSR float32; without columns where nothing is known.

    Args:
        sides: of the same ``n`` rows.
        n: rows, for when there are no sides.
    """
    known = [side.matrix for side in sides if side.matrix.shape[1]]
    return Matrix(sparse.hstack(known, format="csr")) if known else Matrix(np.zeros((n, 0), np.float32))


def users(profiles: Profiles, user_id: AnyArray | None = None) -> dict[str, FeatureMatrix]:
    """Age band, gender, occupation and region of users, one of each at most.

    Args:
        profiles: the users.
        user_id: ``(n,)`` ids that the rows shall follow; the profiles' own order when None. An id without a profile
            gets an empty row.

    Returns:
        ``age_band``, ``gender``, ``occupation`` and ``region``: matrices of n rows.

    Cost: O(n).
    """
    kinds = {
        "age_band": profiles.age_band,
        "gender": profiles.gender,
        "occupation": profiles.occupation,
        "region": profiles.region,
    }
    order = _order(profiles.user_id, profiles.user_id if user_id is None else user_id)
    return {kind: _matrix([_one(values, row) for row in order]) for kind, values in kinds.items()}


def _order(known: AnyArray, wanted: AnyArray) -> list[int | None]:
    place = {key: row for row, key in enumerate(known.tolist())}
    find: Callable[[int | str], int | None] = place.get
    return [find(key) for key in wanted.tolist()]


def _one(values: AnyArray, row: int | None) -> tuple[str, ...]:
    return () if row is None or not values[row] else (str(values[row]),)


def _span(year: int, span: int) -> tuple[str, ...]:
    if year <= 0:
        return ()
    first = year // span * span
    return (str(first),) if span == 1 else (f"{first}-{first + span - 1}",)


def _matrix(names_of: Sequence[tuple[str, ...]], least: int = 1) -> FeatureMatrix:
    having = Counter(name for names in names_of for name in set(names))
    names = tuple(sorted(name for name, count in having.items() if count >= least))
    column = {name: place for place, name in enumerate(names)}
    rows = [sorted(column[name] for name in set(entry) if name in column) for entry in names_of]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    indices = np.array([place for row in rows for place in row], dtype=np.int64)
    ones = np.ones(len(indices), dtype=np.float32)
    return FeatureMatrix(names, Matrix((ones, indices, indptr), shape=(len(rows), len(names))))
