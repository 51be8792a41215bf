"""The bridge to PyTorch Geometric; the only file of ``graph/`` that may import it, and only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from reelgraph.core import Matrix
from reelgraph.core.errors import CapabilityError, ConfigError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


def to_pyg(ratings: Matrix, features: Mapping[str, Any]) -> HeteroData:
    """The ratings as PyTorch Geometric's HeteroData, see `reelgraph.graph.BipartiteGraph.to_pyg`.

    Args:
        ratings: ``(n_users, n_items)`` CSR, stars.
        features: ``user`` and/or ``item`` -> ``(n, f)`` dense or CSR.

    Raises:
        CapabilityError: PyTorch Geometric is not installed.
        ConfigError: features of another node type, or of another number of nodes.
    """
    try:
        import torch
        from torch_geometric.data import HeteroData
    except ImportError:
        raise CapabilityError("to_pyg needs PyTorch Geometric", 'pip install "reelgraph[train]"') from None
    data = HeteroData()
    edges = ratings.tocoo()
    index = torch.from_numpy(np.stack([edges.row, edges.col]).astype(np.int64))
    stars = torch.from_numpy(edges.data.astype(np.float32))[:, None]
    for name, count in zip(("user", "item"), ratings.shape, strict=True):
        data[name].num_nodes = count
    for kind, edge_index in ((("user", "rates", "item"), index), (("item", "rated_by", "user"), index.flip(0))):
        data[kind].edge_index = edge_index
        data[kind].edge_attr = stars
    for name, matrix in features.items():
        if name not in ("user", "item"):
            raise ConfigError.unknown(name, ("user", "item"))
        dense = np.asarray(matrix.toarray() if isinstance(matrix, sparse.csr_array) else matrix)
        if len(dense) != data[name].num_nodes:
            raise ConfigError(name, f"features of {len(dense)} nodes given, the graph has {data[name].num_nodes}")
        data[name].x = torch.from_numpy(dense.astype(np.float32))
    return data
