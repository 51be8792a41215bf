"""The network of `hetero`: from a movie's features to its vectors, without its ratings."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from torch.nn import functional

from reelgraph.models.hetero.graph import hetero_class
from reelgraph.train import SparseOperator

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

_PRIOR_MOVIES = 3.0  # movies with a zero vector that are added to every feature node

ConvName = Literal["sage", "gat"]
EdgeType = tuple[str, str, str]


class HeteroNetwork(nn.Module):
    r"""Rated movies -> features -> movies, and rated movies -> movies like them; then linear heads.

    .. math:: f_k' = f_k + \mathrm{conv}(v \to f_k), \quad a_i = \frac{\sum_j w_{ij} v_j}{\sum_j w_{ij}}, \quad
        m = \sum_k \mathrm{conv}_k(f_k' \to (x, a, g)), \quad m' = m + \sum_k \mathrm{conv}'_k(f_k' \to \sigma(m))

    .. math:: \hat v_i = \alpha a_i + \beta g_i + \mathrm{heads}(m', \sigma(m'))

    k runs over the kinds of features (genre, decade, year, tag, person, word), f are embeddings of the feature nodes, x
    the counts of a movie, v the known vectors of rated movies and w their similarity of features. A hidden
    movie sends no message at all, so its prediction comes from others; only hidden movies are predicted in training.

    Args:
        data: the graph; its node types with edges to movies are the kinds.
        similarity: ``(n, n)`` w.
        targets: ``(n, width)`` v, on the scale of 1.
        ridge_estimate: ``(n, width)`` g, ridge regression of each movie's vector on its features, fitted without it.
        dim: length of the hidden vectors.
        layers: 1 or 2, with m or m' in the heads.
        conv: ``sage`` (sum over the neighbours) or ``gat`` (attention, version 2).
        dropout: share of the hidden vectors hidden while training.
        rng: CPU generator of the initial values.
    """

    def __init__(
        self,
        data: HeteroData,
        similarity: SparseOperator,
        targets: torch.Tensor,
        ridge_estimate: torch.Tensor,
        *,
        dim: int,
        layers: int,
        conv: ConvName,
        dropout: float,
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        self.similarity, self.targets, self.ridge_estimate = similarity, targets, ridge_estimate
        self.dropout, self.dropout_rng = dropout, rng  # the task sets a new generator in each epoch
        width = targets.shape[1]
        n_inputs = data["movie"].x.shape[1] + 2 * width
        self.kinds = kinds_of(data)
        to_movie: list[EdgeType] = [(kind, "of", "movie") for kind in self.kinds]
        with torch.random.fork_rng(devices=[]):  # the layers initialise from the global generator; overwritten below
            if self.kinds:
                self.item_to_feature = _layer(
                    [("movie", "has", kind) for kind in self.kinds], "sage", "sum", (width, dim), dim
                )
                self.first = _layer(to_movie, conv, "sum", (dim, n_inputs), dim)
                self.second = _layer(to_movie, conv, "sum", (dim, dim), dim) if layers > 1 else None
            self.input = nn.Linear(n_inputs, dim)
            self.heads = nn.Linear(2 * dim, width)
        for name, parameter in self.named_parameters():
            _initialise(name, parameter, rng)
        self.feature = nn.ParameterDict(
            {kind: nn.Parameter(torch.randn(data[kind].num_nodes, dim, generator=rng) * 0.1) for kind in self.kinds}
        )
        # Weights of the mean of similar movies and of the ridge estimate.
        self.neighbour_gain, self.ridge_gain = (
            nn.Parameter(torch.full((width,), 0.4)),
            nn.Parameter(torch.full((width,), 0.7)),
        )

    def forward(self, data: HeteroData, visible: torch.Tensor) -> torch.Tensor:
        """The predicted vectors, ``(n, width)``, on the scale of ``targets``.

        Args:
            data: the graph, or part of its edges.
            visible: ``(n,)`` float, 1 for movies that send messages, 0 for the rest.
        """
        messages = self.targets * visible[:, None]
        weight = self.similarity(visible[:, None])
        neighbour_mean = self.similarity(messages) / weight.clamp(min=1e-6)
        x = torch.cat([data["movie"].x, neighbour_mean, self.ridge_estimate], dim=1)
        movie, edges = self.input(x), data.edge_index_dict
        if self.kinds:
            nodes = dict(self.feature.items())
            visible_edges = {kind: edge[:, visible[edge[0]] > 0] for kind, edge in edges.items() if kind[0] == "movie"}
            received = self.item_to_feature({**nodes, "movie": messages}, visible_edges)
            nodes = {
                kind: self._apply_dropout(
                    node + received[kind] / (_degree(visible_edges["movie", "has", kind], node) + _PRIOR_MOVIES)
                )
                for kind, node in nodes.items()
            }
            movie = movie + self.first({**nodes, "movie": x}, edges)["movie"]
            if self.second is not None:
                movie = movie + self.second({**nodes, "movie": functional.relu(movie)}, edges)["movie"]
        h = self._apply_dropout(torch.cat([movie, functional.relu(movie)], dim=1))
        predicted: torch.Tensor = (
            self.heads(h) + self.neighbour_gain * neighbour_mean + self.ridge_gain * self.ridge_estimate
        )
        return predicted

    def _apply_dropout(self, h: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.dropout:
            return h
        is_kept = (torch.rand(h.shape, generator=self.dropout_rng) >= self.dropout).to(h.device)
        return h * is_kept / (1.0 - self.dropout)


def _degree(edges: torch.Tensor, node: torch.Tensor) -> torch.Tensor:
    """Number of movies that send to each feature node, ``(nodes, 1)`` float."""
    return torch.bincount(edges[1], minlength=len(node)).to(node.dtype)[:, None]


def kinds_of(data: HeteroData) -> tuple[str, ...]:
    """The kinds of features that movies have."""
    return tuple(kind for kind, relation, to in data.edge_types if (relation, to) == ("of", "movie"))


def _layer(kinds: list[EdgeType], conv: ConvName, aggr: str, width: tuple[int, int], dim: int) -> nn.Module:
    """PyTorch Geometric's `HeteroConv` over one layer for each kind of edge, summed at the node."""
    hetero_class()  # the import with its one-line hint
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that some node types only send, which is intended here
        from torch_geometric.nn import GATv2Conv, HeteroConv, SAGEConv

        def convolution() -> nn.Module:
            module: nn.Module
            if conv == "gat":
                module = GATv2Conv(width, dim, heads=1, add_self_loops=False)
            else:
                module = SAGEConv(width, dim, aggr=aggr, root_weight=False, bias=False)
            return module

        layer: nn.Module = HeteroConv({kind: convolution() for kind in kinds}, aggr="sum")
    return layer


def _initialise(name: str, parameter: nn.Parameter, rng: torch.Generator) -> None:
    """Glorot-uniform weights, a hundredth of them in the heads, and zero biases, from the given generator."""
    with torch.no_grad():
        if parameter.dim() < 2:
            parameter.zero_()
            return
        bound = (6.0 / (parameter.shape[-1] + parameter.shape[-2])) ** 0.5 * (0.01 if "heads" in name else 1.0)
        parameter.copy_((torch.rand(parameter.shape, generator=rng) * 2 - 1) * bound)
