"""The heterogeneous graph of `hetero`: movies and users with their features."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from reelgraph.core import BoolArray, Catalogue, FitContext, FloatArray, Interactions, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.data import features
from reelgraph.data.features import FeatureMatrix
from reelgraph.models.content_based import nearest_by_features

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


@dataclass(frozen=True)
class SideFeatures:
    """Features of movies and users besides the ratings.

    Args:
        movies: kind of feature node ("genre", "tag", ...) -> ``(n_items, nodes)`` 0/1; kinds that no movie has are left
            out.
        users: the same of users, ``(n_users, nodes)``.
        numbers: ``(n_items, kinds + 2)`` float32: how many features of each kind a movie has (logarithm), its year and
            the square of it (both in about -1 .. 1), 0 where unknown.
    """

    movies: dict[str, FeatureMatrix]
    users: dict[str, FeatureMatrix]
    numbers: FloatArray

    @classmethod
    def of(
        cls, train: Interactions, context: FitContext, *, min_tag_movies: int, min_title_movies: int
    ) -> SideFeatures:
        """The features of a fit; empty where the context has neither catalogue nor profiles."""
        movies, users = {}, {}
        if context.catalogue is not None:
            movies = _movie_features(context.catalogue, train, min_tag_movies, min_title_movies)
        if context.profiles is not None:
            blocks = features.users(context.profiles, train.users.ids)
            users = {kind: block for kind, block in blocks.items() if block.names}
        columns = [np.log1p(np.diff(block.matrix.indptr)) for block in movies.values()]
        if context.catalogue is not None:
            year = context.catalogue.aligned(train.items.ids).year
            scaled = np.where(year > 0, (year - 1980) / 40, 0.0)
            columns += [scaled, scaled**2]
        numbers = np.column_stack(columns) if columns else np.zeros((train.n_items, 1))
        return cls(movies, users, numbers.astype(np.float32))

    def traits(self) -> list[tuple[str, str]]:
        """Kind and name of each of the users' nodes, such as ``("age_band", "25-34")``."""
        return [(kind, name) for kind, block in self.users.items() for name in block.names]

    def traits_of_users(self) -> Matrix | None:
        """``(n_users, n_traits)`` 0/1 CSR in the order of :meth:`traits`, or None where there are none."""
        if not self.users:
            return None
        return features.concatenate(self.users.values(), 0)

    def matrices(self) -> list[Matrix]:
        """All feature matrices, in a fixed order."""
        return [block.matrix for block in (*self.movies.values(), *self.users.values())]

    def joined(self) -> Matrix:
        """All features of the movies, ``(n_items, features)`` 0/1 CSR."""
        return features.concatenate(self.movies.values(), len(self.numbers))

    def similarity(self, has_ratings: BoolArray, neighbours: int) -> Matrix:
        """Cubes of the cosines of features with the nearest rated movies, itself left out.

        Args:
            has_ratings: ``(n_items,)`` bool, movies with ratings.
            neighbours: number for each movie, at most; ties at the edge go by item row.

        Returns:
            ``(n_items, n_items)`` CSR float32.

        Cost: O(n_items^2 * features a movie), in blocks.
        """
        similarity: Matrix = nearest_by_features(self.joined(), np.flatnonzero(has_ratings), neighbours, 3.0).astype(
            np.float32
        )
        return similarity

    def hetero_data(self, rated: Matrix | None = None) -> HeteroData:
        """As PyTorch Geometric's `HeteroData`: node types ``movie``, one a kind of feature, and ``user``.

        Args:
            rated: ``(n_users, n_items)`` CSR, stars; adds the edges ``user rates movie``.

        Raises:
            CapabilityError: PyTorch Geometric is not installed.
        """
        data = hetero_class()()
        data["movie"].x = torch.from_numpy(self.numbers)
        for kind, block in self.movies.items():
            data[kind].num_nodes = len(block.names)
            data[kind, "of", "movie"].edge_index = _edges(block.matrix).flip(0)
            data["movie", "has", kind].edge_index = _edges(block.matrix)
        if rated is not None:
            data["user"].num_nodes = rated.shape[0]
            data["user", "rates", "movie"].edge_index = _edges(rated)
            data["user", "rates", "movie"].edge_attr = torch.from_numpy(rated.data.astype(np.float32))
        for kind, block in self.users.items():
            data[kind].num_nodes = len(block.names)
            data[kind, "of", "user"].edge_index = _edges(block.matrix).flip(0)
        return data


def hetero_class() -> type[HeteroData]:
    """PyTorch Geometric's class, imported late because that takes seconds.

    Raises:
        CapabilityError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, about parts of torch that it does not need here
            from torch_geometric.data import HeteroData
    except ImportError:
        raise CapabilityError("the model 'hetero' needs PyTorch Geometric", 'pip install "reelgraph[train]"') from None
    hetero_data: type[HeteroData] = HeteroData
    return hetero_data


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
        "word": features.title_words(catalogue, ids, min_items=min_title),
    }
    return {kind: block for kind, block in blocks.items() if block.names}


def _edges(matrix: Matrix) -> torch.Tensor:
    """``(2, nnz)`` int64: rows and columns."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return torch.from_numpy(np.stack([row, matrix.indices]).astype(np.int64))
