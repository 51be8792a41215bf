"""Content-based baselines for movies without ratings: popularity by genre, and nearest neighbours by features."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from reelgraph.core import (
    BoolArray,
    Catalogue,
    FitContext,
    FitResult,
    FloatArray,
    IntArray,
    Interactions,
    Matrix,
    at_least,
    config,
    liked_threshold,
)
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.data import features
from reelgraph.scorers import FeatureKNNScorer, GenrePopularityScorer

ALL_KINDS = ("genres", "year", "single year", "tags", "words", "people", "keywords", "series", "overviews")
"""Kinds of features of movies."""

OVERVIEW_WEIGHT = 2.0
"""An overview counts as much as so many features of other kinds."""

_BLOCK_BYTES = 64 * 2**20  # of the cosines that are computed at once


def item_features(
    train: Interactions, context: FitContext, kinds: tuple[str, ...], overview_weight: float = OVERVIEW_WEIGHT
) -> Matrix:
    """Features of the movies side by side, ``(n_items, n)`` CSR float32; without columns where nothing is known.

    Args:
        train: gives the movies.
        context: gives the catalogue.
        kinds: of `data.features.items` ("year" is the decade), ``single year``, ``words``, ``people``, ``keywords``,
            ``series`` or ``overviews``.
        overview_weight: squared length of the part of the overviews, whose words are weighted; other features are 1.
    """
    if context.catalogue is None:
        return features.concatenate((), train.n_items)
    return catalogue_features(context.catalogue.aligned(train.items.ids), kinds, overview_weight)


def catalogue_features(
    catalogue: Catalogue, kinds: tuple[str, ...] = ALL_KINDS, overview_weight: float = OVERVIEW_WEIGHT
) -> Matrix:
    """Features of the movies of a catalogue side by side, in its order; as `item_features`."""
    blocks = features.items(catalogue, min_tag_movies=2)
    blocks["words"] = features.title_words(catalogue)
    blocks["single year"] = features.items(catalogue, year_span=1)["year"]
    blocks["people"] = features.people(catalogue)
    blocks["keywords"] = features.keywords(catalogue)
    blocks["series"] = features.series(catalogue)
    if "overviews" in kinds and overview_weight:
        blocks["overviews"] = features.overviews(catalogue).scaled(overview_weight**0.5)
    used = [kind for kind in kinds if kind != "overviews" or overview_weight]
    return features.concatenate((blocks[kind] for kind in used), len(catalogue))


def nearest_by_features(
    features: Matrix, neighbour_rows: IntArray, neighbours: int, power: float, first_row: int = 0
) -> Matrix:
    """Powers of the cosines of features with the nearest movies of ``neighbour_rows``, a movie itself left out.

    Args:
        features: ``(n, n_features)`` CSR.
        neighbour_rows: ``(m,)`` rows of the movies that may be neighbours.
        neighbours: number for each movie, at most; ties at the edge go by item row.
        power: of the cosine.
        first_row: the movies before it get no neighbours, and no row.

    Returns:
        ``(n - first_row, n)`` CSR float64.

    Cost: O(n * m) time, in blocks of 64 MiB: the nearest of a movie are selected, not sorted.
    """
    n, length = features.shape[0], np.sqrt(features.astype(np.float64).power(2).sum(axis=1))
    units = Matrix(sparse.diags_array(1.0 / np.where(length > 0.0, length, 1.0)) @ features.astype(np.float64))
    candidates = Matrix(units[neighbour_rows].T)
    rows = max(_BLOCK_BYTES // (8 * max(len(neighbour_rows), 1)), 1)
    blocks = [
        _nearest(units, candidates, neighbour_rows, slice(start, min(start + rows, n)), neighbours)
        for start in range(first_row, n, rows)
    ]
    similarity = Matrix(sparse.vstack(blocks, format="csr"))
    similarity.data **= power
    return similarity


def _nearest(
    units: Matrix, candidates: Matrix, neighbour_rows: IntArray, rows: slice, neighbours: int
) -> sparse.csr_array:
    cosine = (units[rows] @ candidates).toarray()
    self_columns = np.flatnonzero((neighbour_rows >= rows.start) & (neighbour_rows < rows.stop))
    cosine[neighbour_rows[self_columns] - rows.start, self_columns] = 0.0
    row, column = np.nonzero(largest_of_rows(cosine, neighbours))
    return sparse.csr_array((cosine[row, column], (row, neighbour_rows[column])), shape=(len(cosine), units.shape[0]))


def largest_of_rows(values: FloatArray, count: int) -> BoolArray:
    """Which values are among the ``count`` largest of their row and above 0; of equal ones the first are taken."""
    width = values.shape[1]
    if width <= count:
        return values > 0.0
    edge = np.partition(values, width - count, axis=1)[:, width - count, None]
    is_largest: BoolArray = values > np.maximum(edge, 0.0)
    for row in np.flatnonzero(edge[:, 0] > 0.0).tolist():
        equal = np.flatnonzero(values[row] == edge[row])
        is_largest[row, equal[: count - np.count_nonzero(is_largest[row])]] = True
    return is_largest


@dataclass(frozen=True)
class GenrePopularity:
    r"""Popularity predicted from genres, decade and tags by ridge regression, plus the person's own leanings.

    The prior of a movie is the regression of :math:`\log(1 + \text{likes})` on its features; the personal part is
    naive Bayes, see `GenrePopularityScorer`. Movies with and without ratings are scored alike.

    Args:
        ridge: penalty of the regression, in movies.
        personal: weight of the personal part; 0 gives everyone the same list.
        damping: of a person's shares, in ratings.
        tags: tags count beside genres and decades, where the data set has them.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.GenrePopularity(personal=0.0).fit(train).scorer.n_items
        3
    """

    name: ClassVar[str] = "genre-popularity"
    supports_cold_items: ClassVar[bool] = True
    ridge: Annotated[float, Field(gt=0)] = 10.0
    personal: Annotated[float, Field(ge=0)] = 1.0
    damping: Annotated[float, Field(gt=0)] = 20.0
    tags: bool = True

    def __post_init__(self) -> None:
        config.validate(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The regression and the shares of ``train``. Cost: O(edges + items * features^2)."""
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        item_matrix = item_features(
            train, context or FitContext(), ("genres", "year", "tags") if self.tags else ("genres", "year")
        )
        liked = at_least(train.rating, liked_threshold(train.scale))
        likes = np.bincount(train.item_row[liked], minlength=train.n_items).astype(np.float64)
        has_ratings = np.bincount(train.item_row, minlength=train.n_items) > 0
        x, y = item_matrix[np.flatnonzero(has_ratings)].toarray().astype(np.float64), np.log1p(likes[has_ratings])
        feature_mean = x.mean(axis=0)
        square = (x - feature_mean).T @ (x - feature_mean) + self.ridge * np.eye(x.shape[1])
        weight = np.linalg.solve(square, (x - feature_mean).T @ (y - y.mean()))
        scorer = GenrePopularityScorer(
            (y.mean() + item_matrix @ weight - feature_mean @ weight).astype(np.float32),
            item_matrix.indices.astype(np.int32),
            item_matrix.indptr.astype(np.int64),
            (item_matrix.T @ likes) / max(likes.sum(), 1.0),
            self.personal,
            self.damping,
            liked_threshold(train.scale),
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class FeatureKNN:
    """Cosines of features with the nearest rated movies, and who likes those.

    Features are genres, years, decades, tags, words of the title and, where known, people, keywords, series and the
    words of the overview by TF-IDF.

    Args:
        neighbours: rated movies kept for each movie; equals at the edge by item row.
        power: of the cosine, so that the nearest count most.
        overview_weight: an overview counts as much as so many other features; 0 leaves overviews out.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.FeatureKNN(neighbours=2).fit(train).scorer.n_items
        3
    """

    name: ClassVar[str] = "feature-knn"
    supports_cold_items: ClassVar[bool] = True
    neighbours: Annotated[int, Field(ge=1)] = 300
    power: Annotated[float, Field(gt=0)] = 3.0
    overview_weight: Annotated[float, Field(ge=0, le=1000)] = OVERVIEW_WEIGHT

    def __post_init__(self) -> None:
        config.validate(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Find the neighbours. Cost: O(n_items^2 * features a movie), in blocks."""
        require_fit_arguments(self.name, train, context)
        started = time.perf_counter()
        item_matrix = item_features(train, context or FitContext(), ALL_KINDS, self.overview_weight)
        similarity = nearest_by_features(
            item_matrix, np.unique(train.item_row).astype(np.int64), self.neighbours, self.power
        )
        total = np.asarray(similarity.sum(axis=1)).ravel()
        similarity = Matrix(sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ similarity)
        similarity.sort_indices()
        scorer = FeatureKNNScorer(
            similarity.indices.astype(np.int32),
            similarity.data.astype(np.float32),
            similarity.indptr.astype(np.int64),
            liked_threshold(train.scale),
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)
