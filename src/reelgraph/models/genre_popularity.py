"""A baseline for movies without ratings: what is popular of their kind, and what the person keeps to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import FitContext, FitResult, Interactions, config
from reelgraph.models.content_based import known_features
from reelgraph.scorers import GenrePopularityScorer


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
    embeds_new: ClassVar[bool] = True
    ridge: Annotated[float, Field(gt=0)] = 10.0
    personal: Annotated[float, Field(ge=0)] = 1.0
    damping: Annotated[float, Field(gt=0)] = 20.0
    tags: bool = True

    def __post_init__(self) -> None:
        config.check(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The regression and the shares of ``train``. Cost: O(edges + items * features^2)."""
        started = time.perf_counter()
        sides = known_features(
            train, context or FitContext(), ("genres", "year", "tags") if self.tags else ("genres", "year")
        )
        liked = train.rating >= train.scale.liked_from
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
