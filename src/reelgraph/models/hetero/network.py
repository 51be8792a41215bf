"""The network of `hetero`: from what is known of a movie to its vectors, without its ratings."""

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

_SHRINK = 3.0  # movies of no known vector that every feature node is taken to have besides

ConvName = Literal["sage", "gat"]
EdgeType = tuple[str, str, str]


class HeteroNetwork(nn.Module):
    r"""Rated movies -> features -> movies, and rated movies -> movies like them; then linear heads.

    .. math:: f_k' = f_k + \mathrm{conv}(v \to f_k), \quad a_i = \frac{\sum_j w_{ij} v_j}{\sum_j w_{ij}}, \quad
        m = \sum_k \mathrm{conv}_k(f_k' \to (x, a, g)), \quad m' = m + \sum_k \mathrm{conv}'_k(f_k' \to \sigma(m))

    .. math:: \hat v_i = \alpha a_i + \beta g_i + \mathrm{heads}(m', \sigma(m'))

    k runs over the kinds of features (genre, decade, year, tag, person, word), f are embeddings of the feature nodes, x
    what is counted of a movie, v the known vectors of rated movies and w their similarity of features. A hidden
    movie sends no message at all, so what the network says of it comes from others; only hidden ones are asked for.

    Args:
        data: the graph; its node types with edges to movies are the kinds.
        like: ``(n, n)`` w.
        known: ``(n, wide)`` v, on the scale of 1.
        guess: ``(n, wide)`` g, what ridge regression tells of each movie from its features and the other movies.
        dim: length of the hidden vectors.
        layers: 1 or 2, with m or m' in the heads.
        conv: ``sage`` (sum over the neighbours) or ``gat`` (attention, version 2).
        dropout: share of the hidden vectors hidden while training.
        draw: CPU generator of the starting values.
    """

    def __init__(
        self,
        data: HeteroData,
        like: SparseOperator,
        known: torch.Tensor,
        guess: torch.Tensor,
        *,
        dim: int,
        layers: int,
        conv: ConvName,
        dropout: float,
        draw: torch.Generator,
    ) -> None:
        super().__init__()
        self.like, self.known, self.guess, self.dropout = like, known, guess, dropout
        self.hide = draw  # what the dropout of a step is drawn from; the task sets it anew each epoch
        wide = known.shape[1]
        numbers = data["movie"].x.shape[1] + 2 * wide
        self.kinds = kinds_of(data)
        inward: list[EdgeType] = [(kind, "of", "movie") for kind in self.kinds]
        with torch.random.fork_rng(devices=[]):  # the layers start from the global generator; drawn anew below
            if self.kinds:
                self.told = _layer([("movie", "has", kind) for kind in self.kinds], "sage", "sum", (wide, dim), dim)
                self.first = _layer(inward, conv, "sum", (dim, numbers), dim)
                self.second = _layer(inward, conv, "sum", (dim, dim), dim) if layers > 1 else None
            self.numbers = nn.Linear(numbers, dim)
            self.heads = nn.Linear(2 * dim, wide)
        for name, parameter in self.named_parameters():
            _start(name, parameter, draw)
        self.feature = nn.ParameterDict(
            {kind: nn.Parameter(torch.randn(data[kind].num_nodes, dim, generator=draw) * 0.1) for kind in self.kinds}
        )
        # How far a movie is the mean of those like it, and what its features say one by one.
        self.near, self.linear = nn.Parameter(torch.full((wide,), 0.4)), nn.Parameter(torch.full((wide,), 0.7))

    def forward(self, data: HeteroData, visible: torch.Tensor) -> torch.Tensor:
        """What is said of each movie, ``(n, wide)``, on the scale of ``known``.

        Args:
            data: the graph, or part of its edges.
            visible: ``(n,)`` float, 1 for movies whose vectors may be told to others, 0 for the rest.
        """
        sent = self.known * visible[:, None]
        weight = self.like(visible[:, None])
        around = self.like(sent) / weight.clamp(min=1e-6)
        x = torch.cat([data["movie"].x, around, self.guess], dim=1)
        movie, edges = self.numbers(x), data.edge_index_dict
        if self.kinds:
            nodes = dict(self.feature.items())
            speaking = {kind: edge[:, visible[edge[0]] > 0] for kind, edge in edges.items() if kind[0] == "movie"}
            told = self.told({**nodes, "movie": sent}, speaking)
            nodes = {
                kind: self._dropped(node + told[kind] / (_degree(speaking["movie", "has", kind], node) + _SHRINK))
                for kind, node in nodes.items()
            }
            movie = movie + self.first({**nodes, "movie": x}, edges)["movie"]
            if self.second is not None:
                movie = movie + self.second({**nodes, "movie": functional.relu(movie)}, edges)["movie"]
        h = self._dropped(torch.cat([movie, functional.relu(movie)], dim=1))
        said: torch.Tensor = self.heads(h) + self.near * around + self.linear * self.guess
        return said

    def _dropped(self, h: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.dropout:
            return h
        kept = (torch.rand(h.shape, generator=self.hide) >= self.dropout).to(h.device)
        return h * kept / (1.0 - self.dropout)


def _degree(edges: torch.Tensor, node: torch.Tensor) -> torch.Tensor:
    """How many movies speak to each feature node, ``(nodes, 1)`` float."""
    return torch.bincount(edges[1], minlength=len(node)).to(node.dtype)[:, None]


def kinds_of(data: HeteroData) -> tuple[str, ...]:
    """The kinds of features that movies have."""
    return tuple(kind for kind, relation, to in data.edge_types if (relation, to) == ("of", "movie"))


def _layer(kinds: list[EdgeType], conv: ConvName, aggr: str, width: tuple[int, int], dim: int) -> nn.Module:
    """PyTorch Geometric's `HeteroConv` over one layer for each kind of edge, summed at the node."""
    hetero_class()  # the import with its one-line hint
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that some node types only send, as is meant here
        from torch_geometric.nn import GATv2Conv, HeteroConv, SAGEConv

        def one() -> nn.Module:
            made: nn.Module
            if conv == "gat":
                made = GATv2Conv(width, dim, heads=1, add_self_loops=False)
            else:
                made = SAGEConv(width, dim, aggr=aggr, root_weight=False, bias=False)
            return made

        layer: nn.Module = HeteroConv({kind: one() for kind in kinds}, aggr="sum")
    return layer


def _start(name: str, parameter: nn.Parameter, draw: torch.Generator) -> None:
    """Glorot-uniform weights, a hundredth of them in the heads, and zero offsets, from our own generator."""
    with torch.no_grad():
        if parameter.dim() < 2:
            parameter.zero_()
            return
        bound = (6.0 / (parameter.shape[-1] + parameter.shape[-2])) ** 0.5 * (0.01 if "heads" in name else 1.0)
        parameter.copy_((torch.rand(parameter.shape, generator=draw) * 2 - 1) * bound)
