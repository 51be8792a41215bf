"""The network of `lightgcn`: embeddings, light convolutions, and the way to a scorer without torch."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from reelgraph.core import FloatArray, Matrix
from reelgraph.graph import BipartiteGraph
from reelgraph.scorers import EmbeddingScorer
from reelgraph.train import SparseOperator

_RIDGE = 1e-3  # of the mean eigenvalue, when a user's embedding is predicted from their movies


class LightGCNNetwork(nn.Module):
    r"""Layer-0 embeddings, K light convolutions and their weighted sum.

    .. math:: Z = \sum_k w_k E^{(k)}, \quad E_U^{(k+1)} = \hat A E_I^{(k)}, \quad E_I^{(k+1)} = \hat A' E_U^{(k)}

    Args:
        graph: the training graph.
        dim: length of the embeddings.
        layer_weights: ``(K + 1,)`` w.
        powers: of the users' and the items' degrees in the normalisation.
        values: ``(edges,)`` weight of each edge, in the order of the graph's matrix.
        users: people have layer-0 embeddings of their own; else they begin at 0.
        targets: movies have a second layer-0 embedding, in the place of the first where they are recommended.
        item_features: ``(n_items, features)`` CSR whose row means join the movies' layer 0, or None.
        rng: CPU generator of the initial values.
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
        item_features: Matrix | None,
        rng: torch.Generator,
        device: str,
    ) -> None:
        super().__init__()
        self.layer_weights, self.user_power = layer_weights, powers[0]
        self.log_degree = np.log1p(graph.item_degree)
        self.item_scale = np.maximum(graph.item_degree, 1).astype(np.float64) ** -powers[1]
        normalised, self._device = graph.normalise(*powers), device
        self.normalised = Matrix((normalised.data * values, normalised.indices, normalised.indptr), normalised.shape)

        def normal(rows: int) -> nn.Parameter:
            return nn.Parameter((torch.randn(rows, dim, generator=rng) * 0.1).to(device))

        self.item = normal(graph.n_items)
        self.user = normal(graph.n_users) if users else None
        # Both tables start equal, so that a movie is near itself and its neighbours from the first step on.
        self.target = nn.Parameter(self.item.detach().clone()) if targets else None
        self.item_bias = nn.Parameter(torch.zeros(graph.n_items, device=device))
        self.item_feature = None if item_features is None else normal(item_features.shape[1])
        self.keeps_gradients = True  # not where other processes add to them
        self._gradients: dict[nn.Parameter, torch.Tensor] = {}
        self._gradient_rows: dict[nn.Parameter, torch.Tensor] = {}
        self._feature_means = None if item_features is None else SparseOperator.of(item_features, device)

    @cached_property
    def edges(self) -> SparseOperator:
        """The whole graph on the device; not made where people's own edges are all that is needed."""
        return SparseOperator.of(self.normalised, self._device)

    def user_layer_0(self) -> torch.Tensor:
        """Users' embeddings before any convolution, ``(n_users, dim)``: zeros where they have none of their own."""
        if self.user is not None:
            return self.user
        return torch.zeros(self.normalised.shape[0], self.item.shape[1], device=self._device)

    def item_layer_0(self) -> torch.Tensor:
        """Movies' embeddings before any convolution, ``(n_items, dim)``."""
        if self._feature_means is None or self.item_feature is None:
            return self.item
        return self.item + self._feature_means(self.item_feature)

    def targets(self, items: torch.Tensor) -> torch.Tensor:
        """Layer-0 embeddings of the movies as recommended, ``(n_items, dim)``.

        Args:
            items: their layer 0, which is returned where they have no second table.
        """
        if self.target is None:
            return items
        return self.target if items is self.item else items - self.item + self.target

    def propagate(self, edges: SparseOperator | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Final embeddings, ``(n_users, dim)`` and ``(n_items, dim)``.

        Args:
            edges: in place of the whole graph, such as one with edge dropout.
        """
        edges = self.edges if edges is None else edges
        users, items = self.user_layer_0(), self.item_layer_0()
        total_users, total_items = self.layer_weights[0] * users, self.layer_weights[0] * self.targets(items)
        for weight in self.layer_weights[1:]:
            users, items = edges(items), edges.T(users)
            total_users, total_items = total_users + weight * users, total_items + weight * items
        return total_users, total_items

    @property
    def one_hop(self) -> bool:
        """Whether a user depends on their own edges only, and movies on none."""
        return len(self.layer_weights) == 2 and self.user is None

    def propagate_rows(
        self, edges: SparseOperator, sources: torch.Tensor, scored: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As `propagate`, for some users ``(n_rows, dim)`` and movies; only where the network is `one_hop`.

        Args:
            edges: ``(n_rows, s)``, the rows of these users.
            sources: ``(s,)`` int64 rows of the movies in the columns of ``edges``.
            scored: ``(c,)`` int64 rows of the movies whose final embeddings are asked for, ``(c, dim)``; None for all.
        """
        items = self.item_layer_0()
        targets = self.targets(items)
        if scored is None and targets is items:  # every row of the one table has a gradient
            return self.layer_weights[1] * edges(functional.embedding(sources, items)), self.layer_weights[0] * targets
        users = self.layer_weights[1] * edges(self._rows(items, sources))
        return users, self.layer_weights[0] * (targets if scored is None else self._rows(targets, scored))

    def _rows(self, table: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Some rows of a table, ``(n, dim)``, whose other rows have no gradient in this step.

        The gradient of a parameter is kept, and the rows of the step before are cleared: to make a new one of the size
        of the table in each step would cost as much as all else at 67,000 movies.
        """
        if not (self.keeps_gradients and isinstance(table, nn.Parameter)):
            return functional.embedding(rows, table)
        last = self._gradient_rows.pop(table, None)
        if table.grad is None:
            gradient = self._gradients.get(table)
            self._gradients[table] = torch.zeros_like(table) if gradient is None else gradient
            table.grad = self._gradients[table] if last is None else self._gradients[table].index_fill_(0, last, 0.0)
            last = None
        self._gradient_rows[table] = rows if last is None else torch.cat([last, rows])
        return functional.embedding(rows, table, sparse=True)

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

        A user's layers above 0 are sums over the layers of their movies. Their layer-0 embedding, where the network has
        one, is predicted from their first layer by ridge regression over the training people.
        """
        items = self.item_layer_0()
        target = self.layer_weights[0] * self.targets(items) if self.one_hop else self.propagate()[1]
        item_layers = [items]
        if len(self.layer_weights) > 2:
            users = self.user_layer_0()
            for _ in self.layer_weights[2:]:
                users, items = self.edges(items), self.edges.T(users)
                item_layers.append(items)
        source_table = torch.zeros_like(self.item)
        for weight, layer in zip(self.layer_weights[1:], item_layers, strict=False):
            source_table = source_table + weight * layer
        if self.user is not None and len(self.layer_weights) > 1:
            first = self.edges(item_layers[0])
            source_table = source_table + self.layer_weights[0] * item_layers[0] @ _ridge_map(first, self.user)
        elif len(self.layer_weights) == 1:  # no convolution: a user's embedding is predicted from their movies'
            user_sums = self.edges(self.item)
            source_table = item_layers[0] if self.user is None else item_layers[0] @ _ridge_map(user_sums, self.user)
        target = (functional.normalize(target, dim=1) if cosine else target) / temperature
        source = source_table.cpu().numpy() * self.item_scale[:, None]
        bias_values: FloatArray = popularity * self.log_degree
        if bias:
            bias_values = bias_values + self.item_bias.detach().cpu().numpy()
        return EmbeddingScorer(
            source.astype(np.float32),
            target.cpu().numpy().astype(np.float32),
            bias_values.astype(np.float32),
            cosine,
            self.user_power,
            rating_power,
            unit_stars,
        )


def _ridge_map(inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """``(dim, dim)`` M with ``inputs @ M`` nearest to ``outputs`` in squared error, lightly damped."""
    x, y = inputs.double(), outputs.double()
    square = x.T @ x
    damping = _RIDGE * square.trace() / len(square) + 1e-12
    eye = torch.eye(len(square), dtype=square.dtype, device=square.device)
    solved: torch.Tensor = torch.linalg.solve(square + damping * eye, x.T @ y)
    return solved.to(outputs.dtype)
