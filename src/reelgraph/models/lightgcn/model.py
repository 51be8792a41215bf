"""LightGCN and its family, trained to rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from scipy import sparse
from torch.nn import functional

from reelgraph.core import FitContext, FitResult, FloatArray, IntArray, Interactions, Matrix, config, unit_rating
from reelgraph.core.errors import ConfigError
from reelgraph.data import features
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models import neural_fit
from reelgraph.models.lightgcn import losses
from reelgraph.models.lightgcn.network import LightGCNNetwork
from reelgraph.scorers import EmbeddingScorer
from reelgraph.scorers.graph_entries import entries
from reelgraph.train import SparseOperator
from reelgraph.train.negative_sampling import NegativeSampler
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.random_streams import generator, torch_generator

_MAX_BATCH_USERS, _MAX_BATCH_EDGES, _MIN_STEPS = 1024, 8192, 6  # defaults of a batch and of an epoch
_MAX_VALID_USERS = 1000  # users whose NDCG@10 is measured after each epoch
_MAX_PAIRWISE = 2048  # edges of which all pairs are compared

_FULL_SOFTMAX_LOSSES = {
    "softmax": losses.full_softmax,
    "unrated-softmax": losses.unrated_softmax,
}  # batches of users, not of edges

LossName = Literal["softmax", "unrated-softmax", "sampled-softmax", "bpr", "directau", "xsimgcl"]


@dataclass(frozen=True)
class RankingBatch:
    """The edges of one step.

    Args:
        people: ``(B,)`` int64 rows of the people in a batch of people; empty in a batch of edges.
        user: ``(n,)`` int64; places within ``people``, or rows of users in a batch of edges.
        item: ``(n,)`` int64 rows.
        negative: ``(n, m)`` int64 rows of movies not rated; ``(n, 0)`` where the loss draws none.
        weight: ``(n,)`` float32 weight of each edge.
        edges: the graph of this step, None for the whole one; of ``people`` alone where ``rows``.
        rows: does ``edges`` have one row for each of ``people``?
    """

    people: torch.Tensor
    user: torch.Tensor
    item: torch.Tensor
    negative: torch.Tensor
    weight: torch.Tensor
    edges: SparseOperator | None
    rows: bool


@dataclass(frozen=True)
class LightGCN:
    r"""Embeddings, K light graph convolutions, and a loss that ranks.

    .. math:: Z = \sum_{k=0}^K w_k E^{(k)}, \quad E^{(k+1)} = D_U^{-a} A D_I^{-b} \text{ applied to } E^{(k)}, \quad
        s_{ui} = b_i + \cos(z_u, z_i) / \tau

    A person is represented by their movies: by default users have no embedding of their own in layer 0, so training
    uses the same fold-in that serves new people, and part of the edges is hidden in each step (else every movie would
    be explained by itself). With ``user_embeddings`` it is LightGCN as published, and a new person's is predicted.

    Args:
        dim: length of the embeddings.
        layers: K.
        layer_weights: w, ``layers + 1`` numbers, or ``mean``.
        loss: ``softmax`` over all movies; ``unrated-softmax``, each rated movie against those not rated;
            ``sampled-softmax``, against drawn ones; ``bpr``; ``directau`` (alignment and
            uniformity); ``xsimgcl`` (BPR and contrast of two noisy views).
        temperature: :math:`\tau` of the cosines, for all losses but ``bpr`` and ``xsimgcl``, which use plain products.
        negatives: movies drawn for each edge, for ``sampled-softmax``; the pairwise losses draw one.
        person_power: a person with n ratings counts ``n ** (1 - person_power)``, for the first two losses.
        user_power: exponent of the users' degrees in the normalisation.
        item_power: exponent of the items' degrees.
        user_embeddings: people have embeddings of their own in layer 0.
        own_targets: movies have two embeddings in layer 0: one for movies that a person has rated, one for movies
            that are recommended.
        rating_power: an edge counts ``(stars / four fifths of the highest) ** rating_power``; 0 counts all alike, as is
            always done where the data have no stars.
        item_bias: movies have a bias.
        popularity: weight of ``log(1 + ratings of the movie)``, added to its score after training: a softmax over all
            movies, rated ones included, ranks popular movies too low.
        features: genres and decades join the movies' layer 0, where the data set has them.
        edge_dropout: share of the edges hidden from each step's graph.
        uniformity: weight of it, for ``directau``.
        noise: length of the noise of ``xsimgcl``.
        contrast: weight of the contrast of ``xsimgcl``; its temperature is ``temperature``.
        l2: penalty on the layer-0 embeddings of a batch, an edge.
        epochs: at most.
        batch_size: people in a step of the first two losses, edges in a step of the others; 0 takes a sixth of
            them, up to 1,024 people or 8,192 edges.
        learning_rate: of the optimiser.
        optimiser: ``adam`` and others, see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser.
        patience: epochs without a better validation NDCG@10 before stopping; 0 never stops early.

    Source: He et al. 2020 (LightGCN); Lee et al. 2024 (LightGCN++) for the exponents; the losses' own sources are in
    `reelgraph.models.lightgcn.losses`. Departures: users without embeddings of their own, a second embedding of movies
    as recommended (as in FISM, Kabbur et al. 2013), hidden edges, cosines with a temperature and an item bias.

    Cost: a step is O(layers * edges * dim), of the batch's edges alone where movies in one convolution make the people,
    and O(people * items * dim) for the first two losses; memory O((users + items) * dim * layers + people * items).
    """

    name: ClassVar[str] = "lightgcn"
    dim: Annotated[int, Field(ge=1, le=4096)] = 128
    layers: Annotated[int, Field(ge=0, le=10)] = 1
    layer_weights: Annotated[tuple[float, ...], Field(min_length=1)] | Literal["mean"] = "mean"
    loss: LossName = "softmax"
    temperature: Annotated[float, Field(gt=0)] = 0.17
    negatives: Annotated[int, Field(ge=1)] = 256
    person_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    user_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    item_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    rating_power: Annotated[float, Field(ge=0, le=4)] = 1.0
    user_embeddings: bool = False
    own_targets: bool = True
    item_bias: bool = True
    popularity: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    features: bool = False
    edge_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    uniformity: Annotated[float, Field(ge=0)] = 1.0
    noise: Annotated[float, Field(ge=0)] = 0.1
    contrast: Annotated[float, Field(ge=0)] = 0.2
    l2: Annotated[float, Field(ge=0)] = 0.0
    epochs: Annotated[int, Field(ge=1)] = 60
    batch_size: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 0.01
    optimiser: OptimiserName = "adam"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    patience: Annotated[int, Field(ge=0)] = 8

    def __post_init__(self) -> None:
        config.validate(self)
        if self.layer_weights != "mean" and len(self.layer_weights) != self.layers + 1:
            raise ConfigError("layer_weights", f"expected {self.layers + 1} numbers, got {len(self.layer_weights)}")
        if not self.layers and not self.user_embeddings:
            raise ConfigError("layers", "without convolutions people need user_embeddings")

    @property
    def cosine(self) -> bool:
        """Are scores cosines?"""
        return self.loss not in ("bpr", "xsimgcl")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the result is the best epoch, or the last one without a validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device.
        """
        return neural_fit.fit(self, _LightGCNTask, train, context)


class _LightGCNTask:
    """The network, its edges and its validation, for the training loop."""

    watch = "ndcg@10"
    lower_is_better = False

    def __init__(self, model: LightGCN, train: Interactions, context: FitContext) -> None:
        self.model, self.context, self.rated = model, context, train.matrix()
        self.unit_stars = unit_rating(train.scale)
        self.rating_power = 0.0 if train.scale is None else model.rating_power
        self.values = entries(self.rated.data, self.rating_power, self.unit_stars).astype(np.float32)
        graph = neural_fit.graph_of(train, context)
        item_features = _item_features(train, context) if model.features else None
        self.module = LightGCNNetwork(
            graph,
            dim=model.dim,
            layer_weights=_layer_weights(model),
            powers=(model.user_power, model.item_power),
            values=self.values,
            users=model.user_embeddings,
            targets=model.own_targets,
            item_features=item_features,
            rng=torch_generator(context.seed, "init"),
            device=context.device,
        )
        self.fingerprint: Mapping[str, Any] = neural_fit.fingerprint(model, train, context, (item_features,))
        self._negatives = NegativeSampler.of(self.rated)
        # Copies to and from another device would cost more than the other people's edges.
        self._by_rows = model.loss in _FULL_SOFTMAX_LOSSES and self.module.one_hop and context.device == "cpu"
        self._noise_rng = torch_generator(context.seed, "noise", 0)
        self._user = np.repeat(np.arange(self.rated.shape[0]), np.diff(self.rated.indptr))

    def batches(self, epoch: int) -> Iterator[RankingBatch]:
        """All people, or all edges, once, shuffled."""
        rng = generator(self.context.seed, "batches", epoch)
        self._noise_rng = torch_generator(self.context.seed, "noise", epoch)
        dropout_rng = torch_generator(self.context.seed, "dropout", epoch)
        by_user = self.model.loss in _FULL_SOFTMAX_LOSSES
        if by_user:
            order = rng.permutation(np.flatnonzero(np.diff(self.rated.indptr)))
        else:
            order = rng.permutation(len(self._user))
        max_size, min_size = (_MAX_BATCH_USERS, 16) if by_user else (_MAX_BATCH_EDGES, 256)
        size = self.model.batch_size or min(max(len(order) // _MIN_STEPS, min_size), max_size)
        # Of equal size: a remainder of three users would move the weights as far as a thousand do.
        for rows in np.array_split(order, max(1, round(len(order) / size))):
            edges = None
            if self.model.edge_dropout:
                edges = self.module.edges.thinned(self.model.edge_dropout, dropout_rng)
            yield self._user_batch(rows, edges) if by_user else self._edge_batch(rows, edges, rng)

    def _user_batch(self, people: IntArray, edges: SparseOperator | None) -> RankingBatch:
        rated = self.rated[people]
        user_positions = np.repeat(np.arange(len(people)), np.diff(rated.indptr))
        no_negatives = np.zeros((rated.nnz, 0), np.int64)
        values = entries(rated.data, self.rating_power, self.unit_stars)
        if self._by_rows:
            edges = (self.module.edges if edges is None else edges).rows(people)
        return self._make_batch(people, user_positions, rated.indices, no_negatives, values, edges)

    def _edge_batch(self, rows: IntArray, edges: SparseOperator | None, rng: np.random.Generator) -> RankingBatch:
        user = self._user[rows]
        count = {"sampled-softmax": self.model.negatives, "directau": 0}.get(self.model.loss, 1)
        negative = self._negatives.draw(user, count, rng) if count else np.zeros((len(rows), 0), np.int64)
        no_users = np.zeros(0, np.int64)
        return self._make_batch(no_users, user, self.rated.indices[rows], negative, self.values[rows], edges)

    def _make_batch(
        self,
        people: IntArray,
        user: IntArray,
        item: IntArray,
        negative: IntArray,
        values: FloatArray,
        edges: SparseOperator | None,
    ) -> RankingBatch:
        device = self.context.device
        rows = [torch.from_numpy(array.astype(np.int64)).to(device) for array in (people, user, item, negative)]
        weight = torch.from_numpy(values.astype(np.float32)).to(device)
        return RankingBatch(rows[0], rows[1], rows[2], rows[3], weight, edges, self._by_rows)

    def loss(self, batch: RankingBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of the batch, with and without the penalty."""
        if batch.rows and batch.edges is not None:
            users, items = self.module.propagate_rows(batch.edges)
        else:
            users, items = self.module.propagate(batch.edges)
            users = users[batch.people] if len(batch.people) else users
        if self.model.loss in _FULL_SOFTMAX_LOSSES:
            loss = self._full_softmax_loss(users, items, batch)
        elif self.model.loss == "directau":
            u, i = users[batch.user[:_MAX_PAIRWISE]], items[batch.item[:_MAX_PAIRWISE]]
            loss = losses.alignment_uniformity(u, i, self.model.uniformity, batch.weight[:_MAX_PAIRWISE])
        else:
            loss = self._pairwise_loss(users, items, batch)
        if not self.model.l2:
            return loss, loss
        layer0_users, layer0_items = self.module.layer_0()
        rows = batch.people[batch.user] if len(batch.people) else batch.user
        layer0_targets = self.module.targets(layer0_items)
        penalty = (layer0_users[rows].square().sum() + layer0_targets[batch.item].square().sum()) / len(batch.item)
        return loss + self.model.l2 * penalty, loss

    def _full_softmax_loss(self, people: torch.Tensor, items: torch.Tensor, batch: RankingBatch) -> torch.Tensor:
        u, i = functional.normalize(people, dim=1), functional.normalize(items, dim=1)
        scores = u @ i.T / self.model.temperature
        if self.model.item_bias:
            scores = scores + self.module.item_bias
        loss = _FULL_SOFTMAX_LOSSES[self.model.loss]
        return loss(scores, batch.user, batch.item, batch.weight, self.model.person_power)

    def _pairwise_loss(self, users: torch.Tensor, items: torch.Tensor, batch: RankingBatch) -> torch.Tensor:
        if self.model.cosine:
            users = functional.normalize(users, dim=1)
            items = functional.normalize(items, dim=1) / self.model.temperature
        bias = self.module.item_bias if self.model.item_bias else torch.zeros_like(self.module.item_bias)
        u = users[batch.user]
        positive = (u * items[batch.item]).sum(dim=1) + bias[batch.item]
        negative = torch.einsum("nd,nmd->nm", u, items[batch.negative]) + bias[batch.negative]
        if self.model.loss == "sampled-softmax":
            log_chance = torch.full_like(negative, float(np.log(self.model.negatives / self.rated.shape[1])))
            return losses.sampled_softmax(positive, negative, log_chance, batch.weight)
        loss = losses.bpr(positive, negative, batch.weight)
        if self.model.loss == "xsimgcl":
            loss = loss + self.model.contrast * self._contrastive_loss(users, items, batch)
        return loss

    def _contrastive_loss(self, users: torch.Tensor, items: torch.Tensor, batch: RankingBatch) -> torch.Tensor:
        """InfoNCE between two views, each with its own noise in the embedding's orthant."""
        total: torch.Tensor | float = 0.0
        for table, rows in ((users, batch.user), (items, batch.item)):
            vectors = table[torch.unique(rows)[:_MAX_PAIRWISE]]
            views = [vectors + self._noise(vectors) for _ in range(2)]
            total = total + losses.info_nce(views[0], views[1], self.model.temperature)
        return torch.as_tensor(total)

    def _noise(self, x: torch.Tensor) -> torch.Tensor:
        noise = torch.rand(x.shape, generator=self._noise_rng).to(x.device)
        return torch.sign(x) * functional.normalize(noise, dim=1) * self.model.noise

    def validate(self) -> Mapping[str, float]:
        """NDCG@10 of up to 1,000 users of the validation part, all unseen movies ranked."""
        part = self.context.valid
        if part is None or part.target.nnz == 0:
            return {}
        first_users = part.take(np.flatnonzero(np.diff(part.target.indptr))[:_MAX_VALID_USERS])
        hits = rank_hits(self.scorer(), first_users, first_users.target, 10).hits
        return {"ndcg@10": float(np.mean(ndcg(hits, np.diff(first_users.target.indptr))))}

    def scorer(self) -> EmbeddingScorer:
        """The scorer of the parameters now in the module."""
        temperature = self.model.temperature if self.model.cosine else 1.0
        bias = self.model.item_bias and self.model.loss != "directau"
        return self.module.scorer(
            cosine=self.model.cosine,
            temperature=temperature,
            bias=bias,
            popularity=self.model.popularity,
            rating_power=self.rating_power,
            unit_stars=self.unit_stars,
        )


def _layer_weights(model: LightGCN) -> tuple[float, ...]:
    if model.layer_weights == "mean":
        return (1.0 / (model.layers + 1),) * (model.layers + 1)
    return tuple(map(float, model.layer_weights))


def _item_features(train: Interactions, context: FitContext) -> Matrix | None:
    """Row means of the movies' features, or None where nothing is known."""
    if context.catalogue is None:
        return None
    joined = features.concatenate(features.items(context.catalogue, train.items.ids).values(), train.n_items)
    if not joined.shape[1]:
        return None
    count = np.maximum(np.diff(joined.indptr), 1)
    return Matrix(sparse.diags_array(1.0 / count) @ joined)
