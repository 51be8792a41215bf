"""What `hetero` knows of movies and users besides the ratings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from reelgraph.core import Catalogue, FitContext, FloatArray, Interactions, Matrix
from reelgraph.data import features
from reelgraph.data.features import FeatureMatrix

_RARITY_POWER = 0.25  # of log(n / movies with the feature), the weight of a feature


@dataclass(frozen=True)
class SideFeatures:
    """Features of movies and users besides the ratings.

    Args:
        movies: kind of feature ("genre", "tag", ...) -> ``(n_items, n)`` 0/1; kinds that no movie has are left out.
        users: the same of users, ``(n_users, n)``.
        overviews: ``(n_items, n)`` CSR float32, words of the overviews by TF-IDF in rows of length 1.
        years: ``(n_items, 2)`` float64: the year and its square, both in about -1 .. 1, 0 where unknown; without
            columns where there is no catalogue.
    """

    movies: dict[str, FeatureMatrix]
    users: dict[str, FeatureMatrix]
    years: FloatArray
    overviews: Matrix

    @classmethod
    def of(
        cls, train: Interactions, context: FitContext, *, min_tag_movies: int, min_title_movies: int
    ) -> SideFeatures:
        """The features of a fit; empty where the context has neither catalogue nor profiles."""
        movies, users = {}, {}
        overviews = features.concatenate((), train.n_items)
        years: FloatArray = np.zeros((train.n_items, 0))
        if context.catalogue is not None:
            movies = _movie_features(context.catalogue, train, min_tag_movies, min_title_movies)
            year = context.catalogue.aligned(train.items.ids).year
            overviews = features.overviews(context.catalogue, train.items.ids).matrix
            scaled = np.where(year > 0, (year - 1980) / 40, 0.0)
            years = np.column_stack([scaled, scaled**2])
        if context.profiles is not None:
            blocks = features.users(context.profiles, train.users.ids)
            users = {kind: block for kind, block in blocks.items() if block.names}
        return cls(movies, users, years, overviews)

    def without_tags(self) -> SideFeatures:
        """The same without the tags that people gave movies."""
        return dataclasses.replace(self, movies={kind: block for kind, block in self.movies.items() if kind != "tag"})

    def traits(self) -> list[tuple[str, str]]:
        """Kind and name of each of the users' features, such as ``("age_band", "25-34")``."""
        return [(kind, name) for kind, block in self.users.items() for name in block.names]

    def traits_of_users(self) -> Matrix | None:
        """``(n_users, n_traits)`` 0/1 CSR in the order of :meth:`traits`, or None where there are none."""
        if not self.users:
            return None
        return features.concatenate(self.users.values(), 0)

    def weighted(self, overview_weight: float) -> Matrix:
        """The movies' features side by side, rare ones weighing more, ``(n_items, n)`` CSR float64.

        A feature of m of n movies weighs log(n / m) to the power 1/4; one that all have weighs nothing. The part of an
        overview has the squared length ``overview_weight``.
        """
        joined = features.concatenate(self.movies.values(), len(self.years)).astype(np.float64)
        count = np.bincount(joined.indices, minlength=joined.shape[1])
        rarity = np.log(len(self.years) / np.maximum(count, 1)) ** _RARITY_POWER
        weighted = Matrix(joined @ sparse.diags_array(rarity))
        if not overview_weight or not self.overviews.shape[1]:
            return weighted
        return Matrix(sparse.hstack([weighted, self.overviews * overview_weight**0.5], format="csr"))

    def numbers(self) -> FloatArray:
        """The logarithms of how many features of each kind a movie has, and the year: ``(n_items, n)`` float64."""
        counts = [np.log1p(np.diff(block.matrix.indptr)) for block in self.movies.values()]
        return np.column_stack([*counts, self.years])

    def regressors(self) -> Matrix:
        """The movies' features and :meth:`numbers`, ``(n_items, n)`` CSR float64."""
        joined = features.concatenate(self.movies.values(), len(self.years)).astype(np.float64)
        return Matrix(sparse.hstack([joined, sparse.csr_array(self.numbers())], format="csr"))


def _movie_features(
    catalogue: Catalogue, train: Interactions, min_tag: int, min_title: int
) -> dict[str, FeatureMatrix]:
    ids = train.items.ids
    decades = features.items(catalogue, ids, year_span=10, min_tag_movies=min_tag)
    blocks = {
        "genre": decades["genres"],
        "decade": decades["year"],
        "year": features.items(catalogue, ids, year_span=1)["year"],
        "tag": decades["tags"],
        "person": features.people(catalogue, ids),
        "keyword": features.keywords(catalogue, ids),
        "series": features.series(catalogue, ids),
        "word": features.title_words(catalogue, ids, min_items=min_title),
    }
    return {kind: block for kind, block in blocks.items() if block.names}
