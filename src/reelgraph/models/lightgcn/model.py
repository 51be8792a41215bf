"""LightGCN and its family, trained to rank."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from scipy import sparse
from torch.nn import functional

from reelgraph.core import FitContext, FitResult, Interactions, Matrix, Scorer, config, unit_rating
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.data import features
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models import neural_fit
from reelgraph.models.lightgcn import losses
from reelgraph.models.lightgcn.batches import PEOPLE_LOSSES, Batches, OptimiserStep, RankingBatch
from reelgraph.models.lightgcn.network import LightGCNNetwork
from reelgraph.models.lightgcn.settings_search import search_settings
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.scorers import EmbeddingScorer
from reelgraph.scorers.graph_entries import entries
from reelgraph.train.gradient_accumulation import accumulated
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.random_streams import torch_generator

_SECONDS_A_RATING = 4e-6  # of an epoch at dim 256: benchmarks/SCALE.md
_MAX_VALID_USERS = 1000  # users whose NDCG@10 is measured after each epoch
_MAX_PAIRWISE = 2048  # edges, people or movies of a batch of which all pairs are compared, at most

LossName = Literal["softmax", "unrated-softmax", "sampled-softmax", "bpr", "directau", "xsimgcl"]


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
            ``sampled-softmax``, the same with a sample of movies in catalogues of any size; ``bpr``; ``directau``
            (alignment and uniformity); ``xsimgcl`` (BPR and contrast of two noisy views).
        temperature: :math:`\tau` of the cosines, for all losses but ``bpr`` and ``xsimgcl``, which use plain products.
        exact_items: largest catalogue of which ``softmax`` and ``unrated-softmax`` score every movie in each step. In
            larger ones a step scores the movies of its people, each for itself, and a sample that stands for all
            others, as ``sampled-softmax`` always does.
        negatives: movies in that sample, drawn evenly and once for all people of a step.
        person_power: a person with n ratings counts ``n ** (1 - person_power)``, for the first three losses.
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
        targets: what a step predicts: all ``rated`` movies of a person from a random part of them, see
            ``edge_dropout``, or what they rated ``later``, after a break of six minutes or more, from what they had
            rated before. The latter is for lists of what comes next in time; it needs times with breaks, and without
            them all rated movies are predicted, which the fit says.
        edge_dropout: share of the edges hidden from each step's graph, for ``rated`` targets.
        uniformity: weight of it, for ``directau``.
        noise: length of the noise of ``xsimgcl``.
        contrast: weight of the contrast of ``xsimgcl``; its temperature is ``temperature``.
        l2: penalty on the layer-0 embeddings of a batch, an edge.
        epochs: at most.
        batch_size: people in a step of the first three losses, edges in a step of the others; 0 takes a sixth of them,
            up to 1,024 people or 8,192 edges; where movies are sampled a 25th, up to 256 people. Where a step convolves
            the whole graph, an epoch has at most 50 or 100 steps, each the mean of as many such batches on one
            convolution.
        learning_rate: of the optimiser.
        optimiser: ``adam`` and others, see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser.
        patience: epochs without a better NDCG@10 before stopping; 0 never stops early. It is that of the first 1,000
            people of the validation part.
        choose: choose ``targets``, ``edge_dropout``, ``temperature`` and ``dim`` (64 or 256) on the validation part,
            where there is one, by short fits; see `search_settings
            <reelgraph.models.lightgcn.settings_search.search_settings>`. Values that are not the defaults are kept.

    Source: He et al. 2020 (LightGCN); Lee et al. 2024 (LightGCN++) for the exponents; the losses' own sources are in
    `reelgraph.models.lightgcn.losses`. Departures: users without embeddings of their own, a second embedding of movies
    as recommended (as in FISM, Kabbur et al. 2013), hidden edges, cosines with a temperature and an item bias.

    Cost: a step is O(layers * edges * dim), of the batch's edges alone where movies in one convolution make the people,
    and O(people * scored movies * dim) for the first three losses; memory O((users + items) * dim * layers + edges).
    """

    name: ClassVar[str] = "lightgcn"
    dim: Annotated[int, Field(ge=1, le=4096)] = 256
    layers: Annotated[int, Field(ge=0, le=10)] = 1
    layer_weights: Annotated[tuple[float, ...], Field(min_length=1)] | Literal["mean"] = "mean"
    loss: LossName = "unrated-softmax"
    temperature: Annotated[float, Field(gt=0)] = 0.14
    exact_items: Annotated[int, Field(ge=0)] = 16_384
    negatives: Annotated[int, Field(ge=1)] = 4096
    person_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    user_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    item_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    rating_power: Annotated[float, Field(ge=0, le=4)] = 1.0
    user_embeddings: bool = False
    own_targets: bool = True
    item_bias: bool = True
    popularity: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    features: bool = False
    targets: Literal["rated", "later"] = "rated"
    edge_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.15
    uniformity: Annotated[float, Field(ge=0)] = 1.0
    noise: Annotated[float, Field(ge=0)] = 0.1
    contrast: Annotated[float, Field(ge=0)] = 0.2
    l2: Annotated[float, Field(ge=0)] = 0.0
    epochs: Annotated[int, Field(ge=1)] = 60
    batch_size: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 0.015
    optimiser: OptimiserName = "adam"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    patience: Annotated[int, Field(ge=0)] = 8
    choose: bool = True

    def __post_init__(self) -> None:
        config.validate(self)
        if self.layer_weights != "mean" and len(self.layer_weights) != self.layers + 1:
            raise ConfigError("layer_weights", f"expected {self.layers + 1} numbers, got {len(self.layer_weights)}")
        if self.layer_weights != "mean" and not any(self.layer_weights):
            raise ConfigError("layer_weights", "all are 0, so all movies would be alike")
        if not self.layers and not self.user_embeddings:
            raise ConfigError("layers", "without convolutions people need user_embeddings")
        if self.targets == "later" and not self.can_cut:
            raise ConfigError("targets", "'later' needs one of the first three losses, layers 1 and no user_embeddings")

    @property
    def can_cut(self) -> bool:
        """Can histories be cut in time? Where a person depends on their own movies only."""
        return self.loss in PEOPLE_LOSSES and self.layers == 1 and not self.user_embeddings

    @property
    def cosine(self) -> bool:
        """Are scores cosines?"""
        return self.loss not in ("bpr", "xsimgcl")

    @property
    def data_parallel(self) -> bool:
        """Can processes divide a batch? Where a person depends on their own movies only, and the loss is a mean."""
        return self.can_cut and not self.l2

    def samples(self, n_items: int) -> bool:
        """Do the softmax losses score a sample of the movies that nobody in the batch has rated?"""
        return self.loss == "sampled-softmax" or n_items > self.exact_items

    def fit_memory(self, size: DataSize) -> FitMemory:
        """Embeddings with their gradients and the optimiser's two moments, the graph, and the scores of a batch."""
        n_rows = size.n_items * (2 if self.own_targets else 1) + (size.n_users if self.user_embeddings else 0)
        share = 4 if self.samples(size.n_items) else 1  # a batch has rated a quarter of the movies or more
        n_scores = min(self.batch_size or 1024, size.n_users) * size.n_items // share
        n_bytes = 16 * self.dim * n_rows + 24 * size.n_ratings + 4 * n_scores
        return FitMemory(n_bytes, f"set dim lower than {self.dim}")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the result is the best epoch, or the last one without a validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device.
        """
        require_fit_arguments(self.name, train, context)
        started, model, note = time.perf_counter(), self, ""
        if self.choose and context is not None and context.valid is not None and len(train):
            neural_fit.graph_of(train, context)  # refuses edges of the validation part
            search_result = search_settings(self, _fit_trial, train, context)
            if search_result is not None:
                model, note = dataclasses.replace(self, choose=False, **search_result.settings), f"; {search_result}"
        if model.targets == "later" and TimeCuts.of_train(train) is None:
            note += "; the times show no breaks, so the targets are all rated movies"
        fit = neural_fit.fit(model, _LightGCNTask, train, context)
        seconds, scorer = time.perf_counter() - started, fit.scorer
        assert isinstance(scorer, EmbeddingScorer)
        return dataclasses.replace(
            fit, scorer=scorer.rounded(), stopped_because=fit.stopped_because + note, seconds=seconds
        )

    def fit_seconds(self, size: DataSize) -> float:
        """Seconds of one core for thirty epochs, and for the short fits that choose the settings."""
        an_epoch = _SECONDS_A_RATING * size.n_ratings * self.dim / 256
        trials = 45 * _SECONDS_A_RATING * min(size.n_ratings, 4e6) if self.choose else 0.0
        return 30 * an_epoch + trials


def _fit_trial(model: LightGCN, train: Interactions, context: FitContext) -> Scorer:
    return neural_fit.fit(model, _LightGCNTask, train, context).scorer


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
        self.module.keeps_gradients = context.shard.size == 1
        fingerprint = neural_fit.fingerprint(model, train, context, (item_features,))
        cuts = TimeCuts.of_train(train) if model.targets == "later" else None
        times = {} if cuts is None else {"times_sha256": hashlib.sha256(cuts.times.tobytes()).hexdigest()}
        self.fingerprint: Mapping[str, Any] = fingerprint | times
        self._batches = Batches(
            model, self.module, self.rated, self.values, context.seed, context.device, context.shard, cuts
        )
        self.is_divided = model.data_parallel
        self._noise_rng = torch_generator(context.seed, "noise", 0)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of `batches`."""
        return len(self._batches)

    def batches(self, epoch: int) -> Iterator[OptimiserStep]:
        """All people, or all edges, once, shuffled."""
        self._noise_rng = torch_generator(self.context.seed, "noise", epoch)
        return self._batches.steps(epoch)

    def loss(self, step: OptimiserStep) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean loss of the step's batches, with and without the penalty."""
        if step.sources is not None and step.edges is not None:
            scored = step.batches[0].scored
            tables = self.module.propagate_rows(step.edges, step.sources, None if scored is None else scored.items)
        else:
            tables = self.module.propagate(step.edges)
        share = partial(self._batch_loss, 1.0 / len(step.batches), step.sources is not None)
        loss = accumulated(share, step.batches, (*tables, self.module.item_bias))
        if not self.model.l2:
            return loss, loss
        return loss + self.model.l2 * self._penalty(step), loss

    def _batch_loss(self, share: float, own_rows: bool, batch: RankingBatch, *tables: torch.Tensor) -> torch.Tensor:
        users, items, bias = tables
        if self.model.loss in PEOPLE_LOSSES:
            if not own_rows:
                users = functional.embedding(batch.people, users)
                items = items if batch.scored is None else functional.embedding(batch.scored.items, items)
            return share * batch.share * self._softmax_loss(users, items, bias, batch)
        if batch.negative is None:
            u, i = users[batch.user], items[batch.item]
            return share * losses.alignment_uniformity(u, i, self.model.uniformity, batch.weight, _MAX_PAIRWISE)
        return share * self._pairwise_loss(users, items, bias, batch)

    def _penalty(self, step: OptimiserStep) -> torch.Tensor:
        """Squared layer-0 embeddings of the edges of the step, an edge."""
        by_people = self.model.loss in PEOPLE_LOSSES
        users, targets = self.module.user_layer_0(), self.module.targets(self.module.item_layer_0())
        parts = []
        for batch in step.batches:
            rows = batch.people[batch.user] if by_people else batch.user
            parts += [users[rows].square().sum(), targets[batch.item].square().sum()]
        return torch.stack(parts).sum() / sum(len(batch.item) for batch in step.batches)

    def _softmax_loss(
        self, people: torch.Tensor, items: torch.Tensor, bias: torch.Tensor, batch: RankingBatch
    ) -> torch.Tensor:
        column, offset = batch.item, bias if self.model.item_bias else torch.zeros_like(bias)
        if batch.scored is not None:
            column, offset = batch.scored.column, offset[batch.scored.items] + batch.scored.log_count
        u, i = functional.normalize(people, dim=1) / self.model.temperature, functional.normalize(items, dim=1)
        positives = losses.Positives(batch.user, column, batch.weight)
        return losses.softmax(u, i, offset, positives, self.model.person_power, self.model.loss != "softmax")

    def _pairwise_loss(
        self, users: torch.Tensor, items: torch.Tensor, bias: torch.Tensor, batch: RankingBatch
    ) -> torch.Tensor:
        if not self.model.item_bias:
            bias = torch.zeros_like(bias)
        u = users[batch.user]
        positive = (u * items[batch.item]).sum(dim=1) + bias[batch.item]
        negative = torch.einsum("nd,nmd->nm", u, items[batch.negative]) + bias[batch.negative]
        loss = losses.bpr(positive, negative, batch.weight)
        if self.model.loss == "xsimgcl":
            loss = loss + self.model.contrast * self._contrastive_loss(users, items, batch)
        return loss

    def _contrastive_loss(self, users: torch.Tensor, items: torch.Tensor, batch: RankingBatch) -> torch.Tensor:
        """InfoNCE between two views, each with its own noise in the embedding's orthant."""
        total: torch.Tensor | float = 0.0
        for table, rows in ((users, batch.user), (items, batch.item)):
            vectors = table[self._contrasted(rows)]
            views = [vectors + self._noise(vectors) for _ in range(2)]
            total = total + losses.info_nce(views[0], views[1], self.model.temperature)
        return torch.as_tensor(total)

    def _contrasted(self, rows: torch.Tensor) -> torch.Tensor:
        """The different rows, or some of them, drawn at random, where all pairs would be too many."""
        distinct: torch.Tensor = torch.unique(rows)
        if len(distinct) <= _MAX_PAIRWISE:
            return distinct
        drawn = torch.randperm(len(distinct), generator=self._noise_rng)[:_MAX_PAIRWISE]
        return distinct[drawn.to(distinct.device)]

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
