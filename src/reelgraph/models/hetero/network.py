"""The learned part of `hetero`: graph layers that correct what the closed forms say of a movie's direction."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from reelgraph._util.subsample import subsample
from reelgraph.core import FloatArray, IntArray
from reelgraph.core.forked_process import loaded_before_fork
from reelgraph.models.hetero.alignment import AlignmentSettings, MovieGraph
from reelgraph.train import SparseOperator
from reelgraph.train.random_streams import generator, torch_generator

_PRIOR_MOVIES = 3.0  # movies with a zero vector that are added to every feature node
_MIN_RATINGS, _HALF_RATINGS = 5, 10.0  # of a movie that is hidden; at which its error counts half
_MAX_HIDDEN = 2048  # movies in a step
_WEIGHT_DECAY = 0.05
_FIRST_SCALE = 10.0  # of the cosines in the softmax; learned


class AlignmentNetwork(nn.Module):
    r"""Two rounds of messages from movies to their features and back, added to the closed forms' estimate.

    .. math:: f_k = e_k + \frac{A_k^T v}{d_k + 3} U_k, \quad m = x + \sum_k A_k f_k W_k, \quad
        m' = m + \sum_k A_k \left(f_k + \frac{A_k^T \sigma(m)}{d_k + 3} U_k'\right) W_k', \quad
        \hat v \propto \hat v_0 + \mathrm{head}(m', \sigma(m'))

    k runs over the kinds of features with incidence :math:`A_k` and embeddings :math:`e_k`, x is linear in a movie's
    numbers and its estimate :math:`\hat v_0`. Hidden movies send no message.

    Args:
        graph: gives the shapes.
        width: of the messages.
        dropout: share of the feature vectors, and of what the head reads, hidden while training.
        rng: CPU generator of the initial values.
    """

    def __init__(self, graph: MovieGraph, width: int, dropout: float, rng: torch.Generator) -> None:
        super().__init__()
        dim = graph.estimates.shape[1]
        self.dropout, self.rng = dropout, rng
        self.of_movies = {kind: SparseOperator.of(matrix) for kind, matrix in graph.features.items()}
        kinds = list(graph.features)
        shapes = {"up": (dim, width), "down": (width, width), "up_again": (width, width), "down_again": (width, width)}
        self.layers = nn.ModuleDict(
            {f"{name} {kind}": nn.Linear(*shape, bias=False) for name, shape in shapes.items() for kind in kinds}
        )
        self.input = nn.Linear(graph.numbers.shape[1] + dim, width)
        self.head = nn.Linear(2 * width, dim)
        self.scale = nn.Parameter(torch.tensor(np.log(_FIRST_SCALE), dtype=torch.float32))
        for name, parameter in self.named_parameters():
            _initialise(name, parameter, rng)
        sizes = {kind: matrix.shape[1] for kind, matrix in graph.features.items()}
        self.embeddings = nn.ParameterDict(
            {kind: nn.Parameter(torch.randn(size, width, generator=rng) * 0.1) for kind, size in sizes.items()}
        )
        self.numbers, self.estimates, self.directions = (
            torch.from_numpy(array.astype(np.float32)) for array in (graph.numbers, graph.estimates, graph.directions)
        )

    def forward(self, visible: torch.Tensor) -> torch.Tensor:
        """Directions ``(n, dim)`` of length 1; ``visible`` is ``(n, 1)`` float, 1 for movies that send messages."""
        size = {kind: operator.T(visible) + _PRIOR_MOVIES for kind, operator in self.of_movies.items()}

        def received(layer: str, messages: torch.Tensor, kind: str) -> torch.Tensor:
            mean: torch.Tensor = self.layers[f"{layer} {kind}"](self.of_movies[kind].T(messages) / size[kind])
            return mean

        movie = self.input(torch.cat([self.numbers, self.estimates], dim=1))
        messages = self.directions * visible
        nodes = {kind: self._drop(self.embeddings[kind] + received("up", messages, kind)) for kind in self.of_movies}
        for kind, operator in self.of_movies.items():
            movie = movie + operator(self.layers[f"down {kind}"](nodes[kind]))
        messages = functional.relu(movie) * visible
        for kind, operator in self.of_movies.items():
            node = nodes[kind] + received("up_again", messages, kind)
            movie = movie + operator(self.layers[f"down_again {kind}"](node))
        correction = self.head(self._drop(torch.cat([movie, functional.relu(movie)], dim=1)))
        return functional.normalize(self.estimates + correction, dim=1)

    def _drop(self, h: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.dropout:
            return h
        is_kept = torch.rand(h.shape, generator=self.rng) >= self.dropout
        return h * is_kept / (1.0 - self.dropout)


def corrected_directions(graph: MovieGraph, settings: AlignmentSettings, seed: int) -> FloatArray:
    """Directions of all movies by the trained network, ``(n, dim)`` float64 of length 1.

    In each step some movies are hidden, and the direction that is said of each has to be nearer to its own than to
    those of all other rated movies: cross-entropy of a softmax over scaled cosines. Lengths play no part, so how
    popular a movie is does not either. The number of steps is fixed.

    Cost: a step is O(features of all movies * width + hidden movies * rated movies * dim), of at most 2,048 hidden.
    """
    if loaded_before_fork("torch"):  # its threads did not survive the fork, and several would be waited for in vain
        torch.set_num_threads(1)
    network = AlignmentNetwork(graph, settings.width, settings.dropout, torch_generator(seed, "init"))
    rated = np.flatnonzero(graph.count)
    targets = torch.from_numpy(graph.directions[rated].astype(np.float32))
    confidence = torch.from_numpy((graph.count / (graph.count + _HALF_RATINGS)).astype(np.float32))
    is_rated = torch.from_numpy((graph.count > 0).astype(np.float32))[:, None]
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=_WEIGHT_DECAY)
    network.train()
    for step in range(settings.steps):
        hidden = _hidden(graph.count, settings.cold_share, generator(seed, "hidden in a step", step))
        if not len(hidden):
            break
        visible = is_rated.clone()
        visible[hidden] = 0.0
        logits = network(visible)[hidden] @ targets.T * network.scale.exp()
        places = torch.from_numpy(np.searchsorted(rated, hidden))
        error, weight = functional.cross_entropy(logits, places, reduction="none"), confidence[hidden]
        optimiser.zero_grad()
        ((error * weight).sum() / weight.sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    network.eval()
    with torch.no_grad():
        directions: FloatArray = network(is_rated).numpy().astype(np.float64)
    return directions


def _hidden(count: IntArray, share: float, rng: np.random.Generator) -> IntArray:
    rows: IntArray = np.flatnonzero((count >= _MIN_RATINGS) & (rng.random(len(count)) < share))
    return subsample(rows, _MAX_HIDDEN, rng)


def _initialise(name: str, parameter: nn.Parameter, rng: torch.Generator) -> None:
    """Uniform weights as `torch.nn.Linear` has them, nearly zero in the head, and zero biases, from the generator."""
    with torch.no_grad():
        if parameter.dim() == 2:
            bound = 0.001 if name.startswith("head") else parameter.shape[1] ** -0.5
            parameter.copy_((torch.rand(parameter.shape, generator=rng) * 2 - 1) * bound)
        elif parameter.dim() == 1:
            parameter.zero_()
