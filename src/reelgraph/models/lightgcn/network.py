"""The network of `lightgcn`: embeddings, light convolutions, and the way to a scorer without torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from reelgraph.core import FloatArray, Matrix
from reelgraph.graph import BipartiteGraph
from reelgraph.scorers import EmbeddingScorer
from reelgraph.train import SparseOperator

_RIDGE = 1e-3  # of the mean eigenvalue, when a person's own embedding is predicted from their movies


class LightGCNNetwork(nn.Module):
    r"""Layer-0 embeddings, K light convolutions and their weighted sum.

    .. math:: Z = \sum_k w_k E^{(k)}, \quad E_U^{(k+1)} = \hat A E_I^{(k)}, \quad E_I^{(k+1)} = \hat A' E_U^{(k)}

    Args:
        graph: the training graph.
        dim: length of the embeddings.
        layer_weights: ``(K + 1,)`` w.
        powers: of the users' and the items' degrees in the normalisation.
        values: ``(edges,)`` what each edge counts, in the order of the graph's matrix.
        users: people have layer-0 embeddings of their own; else they begin at 0.
        targets: movies have a second layer-0 embedding, in the place of the first where they are recommended.
        item_side: ``(n_items, features)`` CSR whose row means join the movies' layer 0, or None.
        draw: CPU generator of the starting values.
        device: where the parameters live.
    """

    def __init__(
        self,
        graph: BipartiteGraph,
        *,
        dim: int,
        layer_weights: tuple[float, ...],
        powers: tuple[float, float],
        values: FloatArray,
        users: bool,
        targets: bool,
        item_side: Matrix | None,
        draw: torch.Generator,
        device: str,
    ) -> None:
        super().__init__()
        self.layer_weights, self.user_power = layer_weights, powers[0]
        self.log_degree = np.log1p(graph.item_degree)
        self.item_scale = np.maximum(graph.item_degree, 1).astype(np.float64) ** -powers[1]
        plain = graph.normalise(*powers)
        self.edges = SparseOperator.of(Matrix((plain.data * values, plain.indices, plain.indptr), plain.shape), device)

        def normal(rows: int) -> nn.Parameter:
            return nn.Parameter((torch.randn(rows, dim, generator=draw) * 0.1).to(device))

        self.item = normal(graph.n_items)
        self.user = normal(graph.n_users) if users else None
        # Both tables begin alike: a movie then speaks for itself and its neighbours from the first step on.
        self.target = nn.Parameter(self.item.detach().clone()) if targets else None
        self.item_bias = nn.Parameter(torch.zeros(graph.n_items, device=device))
        self.item_feature = None if item_side is None else normal(item_side.shape[1])
        self._side = None if item_side is None else SparseOperator.of(item_side, device)
        self._no_users = torch.zeros(graph.n_users, dim, device=device)

    def layer_0(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings before any convolution: ``(n_users, dim)``, ``(n_items, dim)``."""
        users = self._no_users if self.user is None else self.user
        if self._side is None or self.item_feature is None:
            return users, self.item
        return users, self.item + self._side(self.item_feature)

    def targets(self, items: torch.Tensor) -> torch.Tensor:
        """What movies are when they are recommended, before any convolution: ``(n_items, dim)``.

        Args:
            items: their layer 0, which is the answer where they have no second table.
        """
        return items if self.target is None else items - self.item + self.target

    def propagate(self, edges: SparseOperator | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Final embeddings, ``(n_users, dim)`` and ``(n_items, dim)``.

        Args:
            edges: in the place of the whole graph, such as a thinned one.
        """
        edges = self.edges if edges is None else edges
        users, items = self.layer_0()
        total_users, total_items = self.layer_weights[0] * users, self.layer_weights[0] * self.targets(items)
        for weight in self.layer_weights[1:]:
            users, items = edges(items), edges.T(users)
            total_users, total_items = total_users + weight * users, total_items + weight * items
        return total_users, total_items

    @property
    def one_hop(self) -> bool:
        """Does a person hang on their own edges alone, and no movie on any?"""
        return len(self.layer_weights) == 2 and self.user is None

    def propagate_rows(self, edges: SparseOperator) -> tuple[torch.Tensor, torch.Tensor]:
        """What `propagate` gives for some people, ``(n_rows, dim)``, and all movies, where it is `one_hop`.

        Args:
            edges: the rows of these people.
        """
        items = self.layer_0()[1]
        return self.layer_weights[1] * edges(items), self.layer_weights[0] * self.targets(items)

    @torch.no_grad()
    def scorer(
        self,
        *,
        cosine: bool,
        temperature: float,
        bias: bool,
        rating_power: float,
        unit_stars: float,
        popularity: float = 0.0,
    ) -> EmbeddingScorer:
        """The scorer of the parameters as they are.

        A person's layers above 0 are sums over their movies of what the movies' layers hold. Their own embedding, where
        the network has one, is predicted from their first layer by ridge regression over the training people.
        """
        users, items = self.layer_0()
        item_layers = [items]
        for _ in self.layer_weights[2:]:
            users, items = self.edges(items), self.edges.T(users)
            item_layers.append(items)
        brought = torch.zeros_like(self.item)
        for weight, layer in zip(self.layer_weights[1:], item_layers, strict=False):
            brought = brought + weight * layer
        if self.user is not None and len(self.layer_weights) > 1:
            first = self.edges(item_layers[0])
            brought = brought + self.layer_weights[0] * item_layers[0] @ _predicted(first, self.user)
        elif len(self.layer_weights) == 1:  # no convolution: a person's embedding is predicted from their movies'
            mine = self.edges(self.item)
            brought = item_layers[0] if self.user is None else item_layers[0] @ _predicted(mine, self.user)
        target = self.propagate()[1]
        target = (functional.normalize(target, dim=1) if cosine else target) / temperature
        source = brought.cpu().numpy() * self.item_scale[:, None]
        own_bias: FloatArray = popularity * self.log_degree
        if bias:
            own_bias = own_bias + self.item_bias.detach().cpu().numpy()
        return EmbeddingScorer(
            source.astype(np.float32),
            target.cpu().numpy().astype(np.float32),
            own_bias.astype(np.float32),
            cosine,
            self.user_power,
            rating_power,
            unit_stars,
        )


def _predicted(known: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """``(dim, dim)`` M with ``known @ M`` nearest to ``wanted`` in squared error, lightly damped."""
    x, y = known.double(), wanted.double()
    square = x.T @ x
    damping = _RIDGE * square.trace() / len(square) + 1e-12
    eye = torch.eye(len(square), dtype=square.dtype, device=square.device)
    solved: torch.Tensor = torch.linalg.solve(square + damping * eye, x.T @ y)
    return solved.to(wanted.dtype)
