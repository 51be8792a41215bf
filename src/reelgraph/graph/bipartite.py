"""The bipartite graph of users and items, with its normalisations computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from reelgraph.core import FloatArray, IntArray, Interactions, Matrix
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import Displayed, Table, counted
from reelgraph.core.errors import LeakError
from reelgraph.graph.pyg import to_pyg

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


@dataclass(frozen=True)
class GraphStatistics:
    """Size and shape of a graph.

    Args:
        users: user nodes.
        items: item nodes.
        edges: ratings.
        density: edges / (users * items).
        median_user_degree: ratings of the median user.
        median_item_degree: ratings of the median item.
        isolated_users: users without an edge.
        isolated_items: items without an edge.
    """

    users: int
    items: int
    edges: int
    density: float
    median_user_degree: float
    median_item_degree: float
    isolated_users: int
    isolated_items: int


@dataclass(frozen=True, repr=False)
class BipartiteGraph(Displayed):
    """Nodes are users and items, edges are ratings.

    Args:
        ratings: ``(n_users, n_items)`` CSR, stars: the edges and their weights.

    Raises:
        ValueError: the matrix holds an explicit zero, which would be an edge without a rating.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> graph = rg.BipartiteGraph.build(train)
        >>> graph.n_edges, graph.item_degree
        (5, array([2, 2, 1]))
    """

    ratings: Matrix

    def _display(self) -> Table:
        return Table(
            f"BipartiteGraph: {counted(self.n_users, 'user')}, "
            f"{counted(self.n_items, 'item')}, {counted(self.n_edges, 'edge')}"
        )

    @classmethod
    def build(cls, train: Interactions) -> BipartiteGraph:
        """The graph of the training interactions, and of nothing else. Cost: O(edges log edges)."""
        require_type("BipartiteGraph.build", "train", train, Interactions)
        return cls(train.matrix())

    @property
    def n_users(self) -> int:
        """Number of user nodes."""
        return int(self.ratings.shape[0])

    @property
    def n_items(self) -> int:
        """Number of item nodes."""
        return int(self.ratings.shape[1])

    @property
    def n_edges(self) -> int:
        """Number of edges, each user-item pair once."""
        return int(self.ratings.nnz)

    @cached_property
    def user_degree(self) -> IntArray:
        """Ratings of each user, ``(n_users,)``."""
        return np.diff(self.ratings.indptr)

    @cached_property
    def item_degree(self) -> IntArray:
        """Ratings of each item, ``(n_items,)``."""
        return np.bincount(self.ratings.indices, minlength=self.n_items)

    @cached_property
    def normalised(self) -> Matrix:
        r"""Symmetric normalisation, ``(n_users, n_items)`` float32.

        .. math:: \hat R_{ui} = 1 / \sqrt{d_u d_i}

        Source: He et al. 2020 (LightGCN), equation 3.
        """
        return self.normalise(0.5, 0.5)

    def normalise(self, user_power: float, item_power: float) -> Matrix:
        r"""The binary edges scaled by :math:`d_u^{-a} d_i^{-b}`, ``(n_users, n_items)`` float32.

        Args:
            user_power: a; 0.5 in LightGCN.
            item_power: b; 0.5 in LightGCN.
        """
        user_scale, item_scale = _power(self.user_degree, -user_power), _power(self.item_degree, -item_power)
        weights = np.repeat(user_scale, self.user_degree) * item_scale[self.ratings.indices]
        return Matrix((weights.astype(np.float32), self.ratings.indices, self.ratings.indptr), shape=self.ratings.shape)

    @cached_property
    def adjacency(self) -> Matrix:
        """The whole normalised graph, users first, ``(n_users + n_items,) * 2`` float32, symmetric, no self-loops."""
        block = sparse.block_array([[None, self.normalised], [self.normalised.T, None]], format="csr")
        block.sort_indices()
        return Matrix(block)

    def require_without(self, target: Matrix, users: IntArray) -> None:
        """Refuse a graph that holds an edge it is asked to predict.

        Args:
            target: ``(n, n_items)`` CSR of held-back ratings.
            users: ``(n,)`` user row of each row of ``target``.

        Raises:
            LeakError: names how many edges are shared, and one of them.
        """
        shared = _edge_mask(self.ratings[users]).multiply(_edge_mask(target))
        if shared.nnz:
            row, item = (int(index[0]) for index in shared.nonzero())
            raise LeakError(
                f"the graph holds {shared.nnz} of the edges to be predicted, "
                f"such as user row {users[row]}, item row {item}",
                "build the graph from split.train only",
            )

    def statistics(self) -> GraphStatistics:
        """Counts and degrees, for people."""
        return GraphStatistics(
            users=self.n_users,
            items=self.n_items,
            edges=self.n_edges,
            density=self.n_edges / max(self.n_users * self.n_items, 1),
            median_user_degree=float(np.median(self.user_degree)) if self.n_users else 0.0,
            median_item_degree=float(np.median(self.item_degree)) if self.n_items else 0.0,
            isolated_users=int(np.sum(self.user_degree == 0)),
            isolated_items=int(np.sum(self.item_degree == 0)),
        )

    def to_pyg(self, **features: Any) -> HeteroData:
        """The graph as PyTorch Geometric's HeteroData.

        Node types are ``user`` and ``item``; edge types ``("user", "rates", "item")`` and its reverse
        ``("item", "rated_by", "user")``, each with ``edge_index`` ``(2, edges)`` int64 and ``edge_attr``
        ``(edges, 1)`` float32 stars.

        Args:
            **features: ``user`` and/or ``item``: ``(n, f)`` dense or CSR features, given as ``x``.

        Raises:
            CapabilityError: PyTorch Geometric is not installed.
        """
        return to_pyg(self.ratings, features)


def _edge_mask(ratings: Matrix) -> Matrix:
    """A matrix with 1 for each edge, of 0 stars or more."""
    return Matrix((np.ones(ratings.nnz, np.float32), ratings.indices, ratings.indptr), shape=ratings.shape)


def _power(degree: IntArray, exponent: float) -> FloatArray:
    """``degree ** exponent``, 0 where the degree is 0: a node without edges sends nothing."""
    base = np.maximum(degree, 1).astype(np.float64)
    return np.where(degree > 0, base**exponent, 0.0)
