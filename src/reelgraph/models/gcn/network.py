"""The network of `gcn`, and the way from its parameters to a scorer without torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from reelgraph.core import AnyArray, FloatArray, Matrix, RatingScale
from reelgraph.graph import BipartiteGraph
from reelgraph.scorers import FoldInScorer
from reelgraph.train import SparseOperator

PairTables = tuple[torch.Tensor, ...]  # see `GCNNetwork.pair_tables`

DAMPING = 100.0  # of the ranking, in ratings, before validation has chosen


class GCNNetwork(nn.Module):
    """Embedding layers, K graph convolutions and a linear output on the pair.

    Args:
        graph: the training graph.
        mean: training mean, stars.
        dim: length of the embeddings.
        layers: number of convolutions.
        feature_pair: user features ``(n_users, f)`` and item features ``(n_items, g)``, CSR, or None.
        rng: CPU generator of the initial values.
        device: where the parameters live.
    """

    train_mse: torch.Tensor
    user_feature: nn.Parameter | None
    item_feature: nn.Parameter | None

    def __init__(
        self,
        graph: BipartiteGraph,
        *,
        mean: float,
        dim: int,
        layers: int,
        feature_pair: tuple[Matrix | None, Matrix | None],
        rng: torch.Generator,
        device: str,
    ) -> None:
        super().__init__()
        self.mean, self.layers = mean, layers
        self.item_counts = graph.item_degree.astype(np.int64)
        self.active_users = torch.from_numpy(graph.user_degree > 0)
        self._graph = SparseOperator.of(graph.normalised, device)
        self._dropped_graph: SparseOperator | None = None

        def normal(*shape: int, std: float) -> nn.Parameter:
            return nn.Parameter((torch.randn(*shape, generator=rng) * std).to(device))

        self.user = normal(graph.n_users, dim, std=0.1)
        self.item = normal(graph.n_items, dim, std=0.1)
        self.user_bias = nn.Parameter(torch.zeros(graph.n_users, device=device))
        self.item_bias = nn.Parameter(torch.zeros(graph.n_items, device=device))
        self.output = nn.Linear(3 * dim, 1, device=device)
        with torch.no_grad():
            initial_weight = torch.cat([torch.randn(2 * dim, generator=rng) * 0.05, torch.ones(dim)])
            self.output.weight.copy_(initial_weight[None, :])
            self.output.bias.zero_()
        self._feature_means = [None if f is None else SparseOperator.of(_row_mean(f), device) for f in feature_pair]
        for name, features in zip(("user_feature", "item_feature"), feature_pair, strict=True):
            value = None if features is None else normal(features.shape[1], dim, std=0.1)
            self.register_parameter(name, value)
        self.register_buffer("train_mse", torch.ones((), device=device))

    def set_edge_dropout(self, share: float, rng: torch.Generator) -> None:
        """Drop a random share of the edges while training, until the next call."""
        self._dropped_graph = self._graph.thinned(share, rng)

    def embed(self) -> tuple[torch.Tensor, torch.Tensor]:
        """User and item embeddings after all layers: ``(n_users, dim)`` and ``(n_items, dim)``."""
        graph = self._dropped_graph if self.training and self._dropped_graph is not None else self._graph
        users, items = self._layer_zero(self.user, 0), self._layer_zero(self.item, 1)
        user_sum, item_sum = users, items
        for _ in range(self.layers):
            users, items = graph(items), graph.T(users)
            user_sum, item_sum = user_sum + users, item_sum + items
        return user_sum / (self.layers + 1), item_sum / (self.layers + 1)

    def pair_tables(self) -> PairTables:
        """What the stars of any pair are the sum of, computed once for many batches.

        Users' embeddings and the items' times w, ``(n_users, dim)`` and ``(n_items, dim)``; what depends on the user
        alone and on the item alone, ``(n_users,)`` and ``(n_items,)`` stars.
        """
        users, items = self.embed()
        by_user, by_item, by_both = self.output.weight.view(3, -1)
        user_stars = self.user_bias + users @ by_user
        item_stars = self.item_bias + items @ by_item + (self.mean + self.output.bias)
        return users, items * by_both, user_stars, item_stars

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Stars of the pairs: user rows ``(batch,)`` and item rows ``(batch,)`` -> ``(batch,)``."""
        return stars_of(users, items, self.pair_tables())

    def penalty(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Squared layer-0 embeddings and biases of the pairs, summed: a scalar."""
        parts = [functional.embedding(users, self.user), functional.embedding(items, self.item)]
        parts += [self.user_bias[users], self.item_bias[items]]
        return torch.stack([part.square().sum() for part in parts]).sum()

    def _layer_zero(self, embedding: torch.Tensor, side: int) -> torch.Tensor:
        operator, weights = self._feature_means[side], (self.user_feature, self.item_feature)[side]
        return embedding if operator is None or weights is None else embedding + operator(weights)


def stars_of(users: torch.Tensor, items: torch.Tensor, tables: PairTables) -> torch.Tensor:
    """Stars of the pairs: user rows ``(batch,)`` and item rows ``(batch,)`` -> ``(batch,)``.

    Args:
        users: rows of users.
        items: rows of items.
        tables: see `GCNNetwork.pair_tables`.
    """
    user_table, item_table, user_stars, item_stars = tables
    products = functional.embedding(users, user_table) * functional.embedding(items, item_table)
    return user_stars[users] + item_stars[items] + products.sum(dim=1)


def fold_in_scorer(network: GCNNetwork, scale: RatingScale) -> FoldInScorer:
    """The network as NumPy arrays: its stars are linear in (user bias, user embedding), so a person can be folded in.

    The prior is the mean and covariance of the training users' own vectors, the noise the training MSE. Item
    vectors are what multiplies a person's embedding, less its value for the average rated movie: with it all movies
    would be similar.
    """
    with torch.no_grad():
        users, items = (_numpy(table) for table in network.embed())
        weight, bias = _numpy(network.output.weight)[0], float(network.output.bias)
        by_user, by_item, by_both = np.split(weight, 3)
        design = np.column_stack([np.ones(len(items)), by_user + items * by_both])
        base = network.mean + bias + _numpy(network.item_bias) + items @ by_item
        active = network.active_users.numpy()
        user_vectors = np.column_stack([_numpy(network.user_bias), users])[active]
    covariance = np.cov(user_vectors.T) if len(user_vectors) > 1 else np.eye(design.shape[1])
    # A small multiple of the identity keeps the prior proper where the users span fewer directions than dim.
    covariance += 1e-4 * max(float(np.trace(covariance)) / len(covariance), 1e-6) * np.eye(len(covariance))
    centred = design - np.average(design, axis=0, weights=network.item_counts)
    return FoldInScorer(
        design=design,
        base=base,
        vectors=centred[:, 1:].astype(np.float32),
        counts=network.item_counts,
        prior_mean=user_vectors.mean(axis=0),
        prior_precision=np.linalg.inv(covariance),
        noise=max(float(network.train_mse), 1e-3),
        damping=DAMPING,
        low=scale.low,
        high=scale.high,
    )


@torch.no_grad()
def item_embeddings(network: GCNNetwork) -> FloatArray:
    """The movies' embeddings after all layers, ``(n_items, dim)`` float64."""
    return _numpy(network.embed()[1])


def _numpy(tensor: torch.Tensor) -> AnyArray:
    values: AnyArray = tensor.detach().cpu().numpy().astype(np.float64)
    return values


def _row_mean(side: Matrix) -> Matrix:
    """Rows scaled to sum to 1, so that a movie of many genres is not longer than one of few."""
    totals = np.asarray(side.sum(axis=1)).ravel()
    weights = side.data / np.repeat(np.where(totals > 0, totals, 1.0), np.diff(side.indptr))
    return Matrix((weights, side.indices, side.indptr), shape=side.shape)
