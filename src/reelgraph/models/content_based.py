"""Content-based baselines for movies without ratings: popularity by genre, and nearest neighbours by features."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from reelgraph.core import FitContext, FitResult, IntArray, Interactions, Matrix, at_least, config
from reelgraph.data import features
from reelgraph.scorers import FeatureKNNScorer, GenrePopularityScorer

_ROWS = 1024  # movies whose neighbours are found at once


def known_features(train: Interactions, context: FitContext, kinds: tuple[str, ...]) -> Matrix:
    """Features of the movies side by side, ``(n_items, n)`` 0/1 CSR float32; without columns where nothing is known.

    Args:
        train: gives the movies.
        context: gives the catalogue.
        kinds: of `data.features.items` ("year" is the decade), ``single year`` or ``words``.
    """
    if context.catalogue is None:
        return features.joined((), train.n_items)
    ids = train.items.ids
    known = features.items(context.catalogue, ids, min_tag_movies=2)
    known["words"] = features.title_words(context.catalogue, ids)
    known["single year"] = features.items(context.catalogue, ids, year_span=1)["year"]
    return features.joined((known[kind] for kind in kinds), train.n_items)


def likeness(features: Matrix, known: IntArray, neighbours: int, power: float) -> Matrix:
    """Powers of the cosines of features with the nearest known movies, a movie itself left out.

    Args:
        features: ``(n, n_features)`` 0/1 CSR.
        known: ``(m,)`` rows of the movies that may be neighbours.
        neighbours: how many are kept, at most; equals at the edge by item row.
        power: of the cosine.

    Returns:
        ``(n, n)`` CSR float64.
    """
    n, length = features.shape[0], np.sqrt(np.diff(features.indptr))
    units = Matrix(sparse.diags_array(1.0 / np.maximum(length, 1.0)) @ features.astype(np.float64))
    back = Matrix(units[known].T)
    blocks = [
        _nearest(units, back, known, slice(start, min(start + _ROWS, n)), neighbours) for start in range(0, n, _ROWS)
    ]
    found = Matrix(sparse.vstack(blocks, format="csr"))
    found.data **= power
    return found


def _nearest(units: Matrix, back: Matrix, known: IntArray, rows: slice, neighbours: int) -> sparse.csr_array:
    cosine = (units[rows] @ back).toarray()
    mine = np.arange(rows.start, rows.stop)
    cosine[mine[:, None] == known[None, :]] = 0.0
    width = min(neighbours, len(known))
    best = np.argsort(-cosine, axis=1, kind="stable")[:, :width]
    row = np.repeat(np.arange(len(mine)), width)
    values = np.take_along_axis(cosine, best, axis=1).ravel()
    found = sparse.csr_array((values, (row, known[best.ravel()])), shape=(len(mine), units.shape[0]))
    found.eliminate_zeros()
    return found


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
        started = time.perf_counter()
        sides = known_features(
            train, context or FitContext(), ("genres", "year", "tags") if self.tags else ("genres", "year")
        )
        liked = at_least(train.rating, train.scale.liked_from)
        likes = np.bincount(train.item_row[liked], minlength=train.n_items).astype(np.float64)
        warm = np.bincount(train.item_row, minlength=train.n_items) > 0
        x, y = sides[np.flatnonzero(warm)].toarray().astype(np.float64), np.log1p(likes[warm])
        middle = x.mean(axis=0)
        square = (x - middle).T @ (x - middle) + self.ridge * np.eye(x.shape[1])
        weight = np.linalg.solve(square, (x - middle).T @ (y - y.mean()))
        scorer = GenrePopularityScorer(
            (y.mean() + sides @ weight - middle @ weight).astype(np.float32),
            sides.indices.astype(np.int32),
            sides.indptr.astype(np.int64),
            (sides.T @ likes) / max(likes.sum(), 1.0),
            self.personal,
            self.damping,
            train.scale.liked_from,
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class FeatureKNN:
    """Cosines of genres, years, decades, tags and title words with the nearest rated movies, and who likes those.

    Args:
        neighbours: rated movies kept for each movie; equals at the edge by item row.
        power: of the cosine, so that the nearest count most.
    """

    name: ClassVar[str] = "feature-knn"
    supports_cold_items: ClassVar[bool] = True
    neighbours: Annotated[int, Field(ge=1)] = 300
    power: Annotated[float, Field(gt=0)] = 3.0

    def __post_init__(self) -> None:
        config.validate(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Find the neighbours. Cost: O(n_items^2 * features a movie), in blocks."""
        started = time.perf_counter()
        sides = known_features(train, context or FitContext(), ("genres", "year", "single year", "tags", "words"))
        alike = likeness(sides, np.unique(train.item_row).astype(np.int64), self.neighbours, self.power)
        total = np.asarray(alike.sum(axis=1)).ravel()
        alike = Matrix(sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ alike)
        alike.sort_indices()
        scorer = FeatureKNNScorer(
            alike.indices.astype(np.int32),
            alike.data.astype(np.float32),
            alike.indptr.astype(np.int64),
            train.scale.liked_from,
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)
