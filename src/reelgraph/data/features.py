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
from reelgraph.core.arrays import freeze
from reelgraph.core.errors import ConfigError
from reelgraph.data.text_features import tf_idf

_TRAILING_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*$")
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    ["a", "an", "and", "de", "der", "die", "el", "i", "il", "in", "la", "le", "les", "of", "on", "the", "to", "und"]
)


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of one kind.

    Args:
        names: names of the columns, ascending.
        matrix: ``(n, len(names))`` CSR float32, 1 where the movie or user has the feature, or the feature's weight.
    """

    names: tuple[str, ...]
    matrix: Matrix

    def __post_init__(self) -> None:
        freeze(self)

    def scaled(self, factor: float) -> FeatureMatrix:
        """The same with all values times ``factor``."""
        return FeatureMatrix(self.names, Matrix(self.matrix * np.float32(factor)))


def items(
    catalogue: Catalogue, item_id: AnyArray | None = None, *, year_span: int = 10, min_tag_movies: int = 5
) -> dict[str, FeatureMatrix]:
    """Genres, years and tags of movies.

    Args:
        catalogue: the movies.
        item_id: ``(n,)`` ids of the rows, such as those of an `IdIndex`; those of the catalogue when None. The row of
            an unknown id is empty.
        year_span: years per feature: 10 for decades ("1990-1999"), 1 for single years.
        min_tag_movies: a tag is a feature if at least this many of the movies have it.

    Returns:
        ``genres``, ``year`` and ``tags``: matrices of n rows, without columns if no movie has the feature.

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
        "tags": _matrix(movies.tags, min_rows=min_tag_movies),
    }


def people(catalogue: Catalogue, item_id: AnyArray | None = None, *, min_items: int = 2) -> FeatureMatrix:
    """The people of each movie, without names in fewer than ``min_items`` movies; arguments as `items`."""
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix(movies.people, min_rows=min_items)


def keywords(catalogue: Catalogue, item_id: AnyArray | None = None, *, min_items: int = 2) -> FeatureMatrix:
    """The keywords of each movie, without those of fewer than ``min_items`` movies; arguments as `items`."""
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix(movies.keywords, min_rows=min_items)


def series(catalogue: Catalogue, item_id: AnyArray | None = None) -> FeatureMatrix:
    """The series of each movie, of those with two movies or more; arguments as `items`."""
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix([(name,) if name else () for name in movies.series], min_rows=2)


def overviews(catalogue: Catalogue, item_id: AnyArray | None = None, *, min_items: int = 3) -> FeatureMatrix:
    """The words of the overviews by TF-IDF, in rows of length 1, however long a text is; arguments as `items`.

    Without words in fewer than ``min_items`` overviews, and without common ones; see
    `reelgraph.data.text_features.tf_idf`.
    """
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return FeatureMatrix(*tf_idf(movies.overview, min_items))


def title_words(catalogue: Catalogue, item_id: AnyArray | None = None, *, min_items: int = 3) -> FeatureMatrix:
    """Words and pairs of adjacent words of the titles, lower case, without the year at the end.

    "Star Wars: Episode V" has ``star``, ``wars``, ``star wars``, ... so sequels share features. Stop words ("the") are
    used in pairs only.

    Args:
        catalogue: the movies.
        item_id: ids of the rows, as for `items`.
        min_items: a word or pair is a feature if at least this many titles have it.
    """
    movies = catalogue if item_id is None else catalogue.aligned(item_id)
    return _matrix([_words(title) for title in movies.title.tolist()], min_rows=min_items)


def _words(title: str) -> tuple[str, ...]:
    words = _WORD.findall(_TRAILING_PARENTHESES.sub("", title).casefold())
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
    return (*(word for word in words if word not in _STOP_WORDS), *pairs)


def concatenate(blocks: Iterable[FeatureMatrix], n_rows: int) -> Matrix:
    """All features side by side, ``(n_rows, n_features)`` CSR float32.

    Args:
        blocks: features of the same rows; those without columns are ignored.
        n_rows: number of rows.
    """
    matrices = [block.matrix for block in blocks if block.matrix.shape[1]]
    return Matrix(sparse.hstack(matrices, format="csr")) if matrices else Matrix(np.zeros((n_rows, 0), np.float32))


def users(profiles: Profiles, user_id: AnyArray | None = None) -> dict[str, FeatureMatrix]:
    """Age band, gender, occupation and region of users, at most one of each.

    Args:
        profiles: the users.
        user_id: ``(n,)`` ids of the rows; those of the profiles when None. The row of an unknown id is empty.

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
    profile_rows = _rows_of(profiles.user_id, profiles.user_id if user_id is None else user_id)
    return {kind: _matrix([_value(values, row) for row in profile_rows]) for kind, values in kinds.items()}


def _rows_of(ids: AnyArray, requested_ids: AnyArray) -> list[int | None]:
    row_of = {key: row for row, key in enumerate(ids.tolist())}
    find_row: Callable[[int | str], int | None] = row_of.get
    return [find_row(key) for key in requested_ids.tolist()]


def _value(values: AnyArray, row: int | None) -> tuple[str, ...]:
    return () if row is None or not values[row] else (str(values[row]),)


def _span(year: int, span: int) -> tuple[str, ...]:
    if year <= 0:
        return ()
    start = year // span * span
    return (str(start),) if span == 1 else (f"{start}-{start + span - 1}",)


def _matrix(names_by_row: Sequence[tuple[str, ...]], min_rows: int = 1) -> FeatureMatrix:
    counts = Counter(name for names in names_by_row for name in set(names))
    names = tuple(sorted(name for name, count in counts.items() if count >= min_rows))
    column_of = {name: column for column, name in enumerate(names)}
    rows = [sorted(column_of[name] for name in set(row_names) if name in column_of) for row_names in names_by_row]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    indices = np.array([column for row in rows for column in row], dtype=np.int64)
    ones = np.ones(len(indices), dtype=np.float32)
    return FeatureMatrix(names, Matrix((ones, indices, indptr), shape=(len(rows), len(names))))
