"""The heterogeneous graph of `hetero`: movies and what is known of them, users and what is known of them."""

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
from reelgraph.models.content_based import likeness

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


@dataclass(frozen=True)
class Sides:
    """What is known beside the ratings.

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
    def of(cls, train: Interactions, context: FitContext, *, min_tag_movies: int, min_title_movies: int) -> Sides:
        """The sides of a fit; empty where the context knows nothing."""
        movies, users = {}, {}
        if context.catalogue is not None:
            movies = _of_movies(context.catalogue, train, min_tag_movies, min_title_movies)
        if context.profiles is not None:
            found = features.users(context.profiles, train.users.ids)
            users = {kind: side for kind, side in found.items() if side.names}
        columns = [np.log1p(np.diff(side.matrix.indptr)) for side in movies.values()]
        if context.catalogue is not None:
            year = context.catalogue.aligned(train.items.ids).year
            scaled = np.where(year > 0, (year - 1980) / 40, 0.0)
            columns += [scaled, scaled**2]
        numbers = np.column_stack(columns) if columns else np.zeros((train.n_items, 1))
        return cls(movies, users, numbers.astype(np.float32))

    def traits(self) -> list[tuple[str, str]]:
        """Kind and name of each of the users' nodes, such as ``("age_band", "25-34")``."""
        return [(kind, name) for kind, side in self.users.items() for name in side.names]

    def traits_of_users(self) -> Matrix | None:
        """``(n_users, n_traits)`` 0/1 CSR in the order of :meth:`traits`, or None where there are none."""
        if not self.users:
            return None
        return features.joined(self.users.values(), 0)

    def matrices(self) -> list[Matrix]:
        """All there is, in a fixed order."""
        return [side.matrix for side in (*self.movies.values(), *self.users.values())]

    def joined(self) -> Matrix:
        """All features of the movies, ``(n_items, features)`` 0/1 CSR."""
        return features.joined(self.movies.values(), len(self.numbers))

    def alike(self, warm: BoolArray, neighbours: int) -> Matrix:
        """Cubes of the cosines of features with the nearest rated movies, itself left out.

        Args:
            warm: ``(n_items,)`` bool, movies with ratings.
            neighbours: how many are kept for each movie, at most; equals at the edge by item row.

        Returns:
            ``(n_items, n_items)`` CSR float32.

        Cost: O(n_items^2 * features a movie), in blocks.
        """
        found: Matrix = likeness(self.joined(), np.flatnonzero(warm), neighbours, 3.0).astype(np.float32)
        return found

    def hetero_data(self, rated: Matrix | None = None) -> HeteroData:
        """As PyTorch Geometric's `HeteroData`: node types ``movie``, one a kind of feature, and ``user``.

        Args:
            rated: ``(n_users, n_items)`` CSR, stars; adds the edges ``user rates movie``.

        Raises:
            CapabilityError: PyTorch Geometric is not installed.
        """
        data = hetero_class()()
        data["movie"].x = torch.from_numpy(self.numbers)
        for kind, side in self.movies.items():
            data[kind].num_nodes = len(side.names)
            data[kind, "of", "movie"].edge_index = _edges(side.matrix).flip(0)
            data["movie", "has", kind].edge_index = _edges(side.matrix)
        if rated is not None:
            data["user"].num_nodes = rated.shape[0]
            data["user", "rates", "movie"].edge_index = _edges(rated)
            data["user", "rates", "movie"].edge_attr = torch.from_numpy(rated.data.astype(np.float32))
        for kind, side in self.users.items():
            data[kind].num_nodes = len(side.names)
            data[kind, "of", "user"].edge_index = _edges(side.matrix).flip(0)
        return data


def hetero_class() -> type[HeteroData]:
    """PyTorch Geometric's class, imported when asked for: it takes seconds.

    Raises:
        CapabilityError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, about parts of torch that it does not need here
            from torch_geometric.data import HeteroData
    except ImportError:
        raise CapabilityError("the model 'hetero' needs PyTorch Geometric", 'pip install "reelgraph[train]"') from None
    found: type[HeteroData] = HeteroData
    return found


def _of_movies(catalogue: Catalogue, train: Interactions, min_tag: int, min_title: int) -> dict[str, FeatureMatrix]:
    ids = train.items.ids
    decades = features.items(catalogue, ids, year_span=10, min_tag_movies=min_tag)
    found = {
        "genre": decades["genres"],
        "decade": decades["year"],
        "year": features.items(catalogue, ids, year_span=1)["year"],
        "tag": decades["tags"],
        "person": features.people(catalogue, ids),
        "word": features.title_words(catalogue, ids, least=min_title),
    }
    return {kind: side for kind, side in found.items() if side.names}


def _edges(matrix: Matrix) -> torch.Tensor:
    """``(2, nnz)`` int64: rows and columns."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return torch.from_numpy(np.stack([row, matrix.indices]).astype(np.int64))
