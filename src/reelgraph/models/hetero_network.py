"""The network of `hetero`: from what is known of a movie to its vectors, with or without ratings."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from torch.nn import functional

from reelgraph.models.hetero_graph import hetero_class

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

ConvName = Literal["sage", "gat"]


@dataclass(frozen=True)
class Items:
    """What the network says of n movies.

    Args:
        target: ``(n, dim)``; its product with a person's vector, plus ``bias``, ranks.
        bias: ``(n,)``.
        taste: ``(n, dim)``; its product with a person's vector of opinions, plus ``level``, is stars above the middle.
        level: ``(n,)`` stars above the middle.
        seen: ``(n, dim)``; what having rated the movie brings to a person's vector.
        judged: ``(n, dim)``; what each star above the middle brings to a person's vector of opinions.
    """

    target: torch.Tensor
    bias: torch.Tensor
    taste: torch.Tensor
    level: torch.Tensor
    seen: torch.Tensor
    judged: torch.Tensor


class HeteroNetwork(nn.Module):
    r"""Feature nodes -> movies (-> feature nodes -> movies), then linear heads.

    .. math:: m = \sum_k \mathrm{conv}_k(f_k, x), \quad f_k' = f_k + \mathrm{conv}_k'(e, f_k), \quad
        m' = m + \sum_k \mathrm{conv}_k''(f_k', \sigma(m)), \quad h = [m', \sigma(m')]

    k runs over the kinds of features (genre, decade, year, tag, person, word), f are embeddings of the feature nodes, x
    what is counted of a movie, e the movies' own embeddings where they have ratings; with ``layers`` 1 only m is made.

    Args:
        data: the graph; its node types beside ``movie`` and ``user`` with edges to movies are the kinds.
        traits: how many the users may have.
        dim: length of all vectors.
        layers: 1 or 2.
        conv: ``sage`` (mean of the neighbours) or ``gat`` (attention, version 2).
        dropout: share of h hidden while training.
        draw: CPU generator of the starting values.
    """

    def __init__(
        self,
        data: HeteroData,
        *,
        traits: int,
        dim: int,
        layers: int,
        conv: ConvName,
        dropout: float,
        draw: torch.Generator,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.hide = draw  # what the dropout of a step is drawn from; the task sets it anew each epoch
        n, numbers = data["movie"].x.shape
        self.kinds = tuple(kind for kind, _, to in data.edge_types if to == "movie" and kind != "user")
        with torch.random.fork_rng(devices=[]):  # the layers start from the global generator; drawn anew below
            self.first = _layer([(kind, "of", "movie") for kind in self.kinds], conv, (dim, numbers), dim)
            self.back = self.second = None
            if layers > 1:
                self.back = _layer([("movie", "has", kind) for kind in self.kinds], "sage", (dim, dim), dim)
                self.second = _layer([(kind, "of", "movie") for kind in self.kinds], conv, (dim, dim), dim)
            self.numbers = nn.Linear(numbers, dim)
            self.heads = nn.Linear(2 * dim, 4 * dim + 2)
            self.own_heads = nn.Linear(dim, 2 * dim, bias=False)
            self.source_heads = nn.Linear(dim, 2 * dim, bias=False)
        for name, parameter in self.named_parameters():
            _start(name, parameter, draw)

        def normal(rows: int, width: int = dim) -> nn.Parameter:
            return nn.Parameter(torch.randn(rows, width, generator=draw) * 0.1)

        self.feature = nn.ParameterDict({kind: normal(data[kind].num_nodes) for kind in self.kinds})
        self.profile = normal(traits)
        self.own, self.source = normal(n), normal(n)
        self.own_bias, self.own_level = nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(n))

    def forward(self, data: HeteroData, own: torch.Tensor | None) -> Items:
        """Vectors of the movies of ``data``.

        Args:
            data: the graph, or part of its edges.
            own: ``(n,)`` float, 1 where a movie may use what it learnt from its own ratings, 0 where it is to be told
                by its features alone; None for movies that the network never met.
        """
        h = self._hidden(data, own)
        dim = self.own.shape[1]
        target, taste, seen, judged, scalars = self.heads(h).split([dim, dim, dim, dim, 2], dim=1)
        bias, level = scalars[:, 0], scalars[:, 1]
        if own is not None:
            mine = own[:, None]
            own_target, own_taste = self.own_heads(self.own).split(dim, dim=1)
            target, taste = target + mine * own_target, taste + mine * own_taste
            bias, level = bias + own * self.own_bias, level + own * self.own_level
            # What was rated is known by its rating, so the source side keeps its own part whatever is hidden here.
            own_seen, own_judged = self.source_heads(self.source).split(dim, dim=1)
            seen, judged = seen + own_seen, judged + own_judged
        return Items(target, bias, taste, level, seen, judged)

    def _hidden(self, data: HeteroData, own: torch.Tensor | None) -> torch.Tensor:
        x, edges = data["movie"].x, data.edge_index_dict
        movie = self.numbers(x)
        if self.kinds:
            nodes = dict(self.feature.items())
            movie = movie + self.first({**nodes, "movie": x}, edges)["movie"]
            if self.back is not None and self.second is not None:
                if own is not None:
                    mine = self.own * own[:, None]
                    told = self.back({**nodes, "movie": mine}, _known(edges, own))
                    nodes = {kind: node + told[kind] for kind, node in nodes.items()}
                movie = movie + self.second({**nodes, "movie": functional.relu(movie)}, edges)["movie"]
        h = torch.cat([movie, functional.relu(movie)], dim=1)
        if not self.training or not self.dropout:
            return h
        kept = (torch.rand(h.shape, generator=self.hide) >= self.dropout).to(h.device)
        return h * kept / (1.0 - self.dropout)


def _known(edges: dict[tuple[str, str, str], torch.Tensor], own: torch.Tensor) -> dict[tuple[str, str, str], torch.Tensor]:
    """The edges from movies to features, without those of movies that may not use their own embedding."""
    return {kind: edge[:, own[edge[0]] > 0] for kind, edge in edges.items() if kind[0] == "movie"}


def _layer(kinds: list[tuple[str, str, str]], conv: ConvName, width: tuple[int, int], dim: int) -> nn.Module:
    """PyTorch Geometric's `HeteroConv` over one layer for each kind of edge, summed at the movies."""
    hetero_class()  # the import with its one-line hint
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch_geometric.nn import GATv2Conv, HeteroConv, SAGEConv

    def one() -> nn.Module:
        made: nn.Module
        if conv == "gat":
            made = GATv2Conv(width, dim, heads=1, add_self_loops=False)
        else:
            made = SAGEConv(width, dim, root_weight=True)
        return made

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that some node types only send, as is meant here
        layer: nn.Module = HeteroConv({kind: one() for kind in kinds}, aggr="sum")
    return layer


def _start(name: str, parameter: nn.Parameter, draw: torch.Generator) -> None:
    """Glorot-uniform weights, a tenth of them in the heads, and zero offsets, from our own generator."""
    with torch.no_grad():
        if parameter.dim() < 2:
            parameter.zero_()
            return
        bound = (6.0 / (parameter.shape[-1] + parameter.shape[-2])) ** 0.5 * (0.1 if "heads" in name else 1.0)
        parameter.copy_((torch.rand(parameter.shape, generator=draw) * 2 - 1) * bound)
