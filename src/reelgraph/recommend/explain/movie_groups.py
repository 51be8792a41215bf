"""Groups of a person's movies that have something in common: a series, people, genres, decades, tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy import sparse

from reelgraph.core import BoolArray, Catalogue, IntArray, Matrix
from reelgraph.data.titles.series import find_series
from reelgraph.recommend.explain.reasons import GroupKind

GroupKey = tuple[GroupKind, str, int]  # kind, name, decade

_MAX_TAGS = 5  # of one movie: those used most
_NO_GENRES = frozenset(("IMAX", "unknown", "(no genres listed)"))  # formats and placeholders among the genres


class MovieGroups:
    """The groups of at least two movies of a person, and which of them an item belongs to.

    Args:
        catalogue: metadata of all items.
        movie_rows: ``(n,)`` item rows of the person's movies.
        item_rows: ``(m,)`` item rows that are explained; together with them, series are recognised more often.
    """

    def __init__(self, catalogue: Catalogue, movie_rows: IntArray, item_rows: IntArray) -> None:
        self._catalogue = catalogue
        rows = movie_rows.tolist()
        all_rows = list(dict.fromkeys([*rows, *item_rows.tolist()]))
        series = find_series([str(catalogue.title[row]) for row in all_rows])
        self._series = dict(zip(all_rows, series, strict=True))
        positions: defaultdict[GroupKey, list[int]] = defaultdict(list)
        for position, row in enumerate(rows):
            for key in self._keys(row):
                positions[key].append(position)
        self.keys = [key for key, group in positions.items() if len(group) >= 2]
        self._positions = [np.array(positions[key], np.int64) for key in self.keys]
        self._n_movies = len(rows)

    @cached_property
    def members(self) -> Matrix:
        """Which movies are in which group, ``(n_groups, n)`` 0/1 CSR."""
        indptr = np.cumsum([0, *map(len, self._positions)])
        columns = np.concatenate([*self._positions, np.empty(0, np.int64)])
        return Matrix(sparse.csr_matrix((np.ones(len(columns)), columns, indptr), (len(self.keys), self._n_movies)))

    @property
    def sizes(self) -> IntArray:
        """Number of movies of each group, ``(n_groups,)``."""
        sizes: IntArray = np.diff(self.members.indptr).astype(np.int64)
        return sizes

    def positions(self, group: int) -> IntArray:
        """Positions of the movies of a group within ``movie_rows``, ascending."""
        return self._positions[group]

    def has_item(self, item_row: int) -> BoolArray:
        """Whether an item that is explained would belong to each of the groups, ``(n_groups,)``."""
        item_keys = set(self._keys(item_row))
        return np.array([key in item_keys for key in self.keys], np.bool_)

    def _keys(self, row: int) -> Iterator[GroupKey]:
        catalogue = self._catalogue
        decade = int(catalogue.year[row]) // 10 * 10
        if (series := self._series[row]) is not None:
            yield "series", series.name, 0
        for person in catalogue.people[row]:
            yield "person", person, 0
        for genre in catalogue.genres[row]:
            if genre not in _NO_GENRES:
                if decade:
                    yield "genre", genre, decade
                yield "genre", genre, 0
        if decade:
            yield "decade", "", decade
        for tag in catalogue.tags[row][:_MAX_TAGS]:
            yield "tag", tag, 0
