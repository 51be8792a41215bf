"""What is trained of `LightGCN`: a step's loss, its batches and the validation after each epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional

from reelgraph.core import FitContext, Interactions, Matrix, unit_rating
from reelgraph.data import features
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models import neural_fit
from reelgraph.models.lightgcn import losses
from reelgraph.models.lightgcn.batches import PEOPLE_LOSSES, Batches, OptimiserStep, RankingBatch
from reelgraph.models.lightgcn.network import LightGCNNetwork
from reelgraph.models.lightgcn.settings import LightGCNSettings
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.scorers import EmbeddingScorer
from reelgraph.scorers.graph_entries import entries
from reelgraph.train.gradient_accumulation import accumulated
from reelgraph.train.random_streams import torch_generator

_MAX_VALID_USERS = 1000  # users whose NDCG@10 is measured after each epoch
_MAX_PAIRWISE = 2048  # edges, people or movies of a batch of which all pairs are compared, at most


class LightGCNTask:
    """The network of `LightGCN`, its edges and its validation, for the training loop.

    Args:
        model: its settings, all of them chosen.
        train: ratings to train on.
        context: of the fit.
    """

    watch = "ndcg@10"
    lower_is_better = False

    def __init__(self, model: LightGCNSettings, train: Interactions, context: FitContext) -> None:
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


def _layer_weights(model: LightGCNSettings) -> tuple[float, ...]:
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
