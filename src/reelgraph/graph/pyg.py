"""The bridge to PyTorch Geometric; the only file of ``graph/`` that may import it, and only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from reelgraph.core.errors import CapabilityError, ConfigError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from reelgraph.graph.bipartite import BipartiteGraph


def to_pyg(graph: BipartiteGraph, features: Mapping[str, Any]) -> HeteroData:
    """See :meth:`BipartiteGraph.to_pyg`."""
    try:
        import torch
        from torch_geometric.data import HeteroData
    except ImportError:
        raise CapabilityError("to_pyg needs PyTorch Geometric", 'pip install "reelgraph[train]"') from None
    data = HeteroData()
    edges = graph.ratings.tocoo()
    index = torch.from_numpy(np.stack([edges.row, edges.col]).astype(np.int64))
    stars = torch.from_numpy(edges.data.astype(np.float32))[:, None]
    for name, count in (("user", graph.n_users), ("item", graph.n_items)):
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
