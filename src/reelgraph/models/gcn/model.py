"""The reference graph network: embeddings, LightGCN convolutions, a linear output on the pair, stars."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn import functional

from reelgraph.core import EvalPart, FitContext, FitResult, Interactions, Matrix, config, require_stars, unit_rating
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.data import features
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import recall
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models import neural_fit
from reelgraph.models.gcn.network import GCNNetwork, fold_in_scorer, item_embeddings, stars_of
from reelgraph.models.gcn.ranking_head import RIDGES, RankingHead
from reelgraph.scorers import FoldInScorer
from reelgraph.train.gradient_accumulation import accumulated
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.random_streams import generator, torch_generator

_STEPS, _MIN_BATCH = 100, 1024  # of an epoch, where batch_size is 0; a step of at least so many edges
_CHUNK = 65_536  # edges whose vectors are in memory at once
_MAX_VALID_USERS = 10_000  # people of the validation part whose MSE is measured after each epoch, drawn by seed
_RECALL_USERS = 1000  # users whose recall@10 is measured after each epoch; enough for a curve
_NOISE_FACTORS = (0.7, 0.85, 1.0, 1.2, 1.5, 2.0)  # candidates, as multiples of the training MSE; chosen on validation
_DAMPINGS = (10.0, 30.0, 100.0, 300.0)  # candidates, in ratings; chosen on validation

EdgeBatch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # user rows, item rows, stars
FeaturePair = tuple[Matrix | None, Matrix | None]  # features of users and of items


@dataclass(frozen=True)
class GCN:
    r"""Stars from a graph convolutional network over the user-movie graph.

    .. math::
        E^{(k+1)} = \hat A E^{(k)}, \quad Z = \tfrac{1}{K+1} \sum_k E^{(k)}, \quad
        \hat r_{ui} = \mu + b_u + b_i + a \cdot z_u + b \cdot z_i + w \cdot (z_u \odot z_i) + c

    It minimises the squared error (or Huber loss) over mini-batches of edges, plus ``l2`` times the squared layer-0
    embeddings of the batch. At prediction time the person's vector is folded in from their ratings (`FoldInScorer`),
    so known and new people take one path.

    Args:
        dim: length of the embeddings.
        layers: K, number of convolutions; 0 gives matrix factorisation.
        epochs: at most.
        batch_size: edges in a step; 0 takes a hundredth of the edges, at least 1,024. Each step convolves the whole
            graph once, so an epoch of many small batches is slow: its cost is that of edges / batch_size convolutions.
        learning_rate: of the optimiser.
        optimiser: ``adam`` and others, see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser, over all parameters.
        l2: penalty on the layer-0 embeddings and biases of each batch, per edge.
        loss: ``mse`` or ``huber``.
        huber_delta: where Huber loss turns linear, stars.
        edge_dropout: share of edges dropped in each epoch's graph.
        features: genres, decades, tags and demographics join the ids in layer 0, where the data set has them.
        patience: epochs without a better validation MSE before stopping; 0 never stops early. The MSE is that of the
            validation part, or of 10,000 of its people, drawn by the seed.
        ranking_head: rank by an output layer of its own, `RankingHead
            <reelgraph.models.gcn.ranking_head.RankingHead>`, in place of the damped stars: which movies people rate is
            another question than how.

    Source: He et al. 2020 (LightGCN), equations 3, 4 and 7. Departures: a squared error on stars in place of BPR;
    biases and a linear output on the pair; the fold-in. As in the paper, the graph holds the training edges being
    predicted.

    Cost: a step is O(layers * edges * dim + batch * dim), an epoch by default a hundred of them, linear in the edges;
    memory O((users + items) * dim * layers + edges): the vectors of 65,536 edges of a step are held at once.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.GCN(dim=4, epochs=2).fit(train).best_epoch
        2
    """

    name: ClassVar[str] = "gcn"
    requires_stars: ClassVar[bool] = True
    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    layers: Annotated[int, Field(ge=0, le=10)] = 3
    epochs: Annotated[int, Field(ge=1)] = 50
    batch_size: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    optimiser: OptimiserName = "adam"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    l2: Annotated[float, Field(ge=0)] = 0.05
    loss: Literal["mse", "huber"] = "mse"
    huber_delta: Annotated[float, Field(gt=0)] = 1.0
    edge_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    features: bool = True
    patience: Annotated[int, Field(ge=0)] = 5
    ranking_head: bool = True

    def __post_init__(self) -> None:
        config.validate(self)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """Embeddings with their gradients and the optimiser's two moments, the layers, and the graph twice."""
        n_bytes = 4 * self.dim * (size.n_users + size.n_items) * (self.layers + 4) + 32 * size.n_ratings
        return FitMemory(n_bytes, f"set dim lower than {self.dim}")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the result is the best epoch, or the last one without a validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device, or the data have no stars.
        """
        return neural_fit.fit(self, _GCNTask, train, context)


class _GCNTask:
    """The network, its edges and its validation, for the training loop."""

    watch = "mse"
    lower_is_better = True

    def __init__(self, model: GCN, train: Interactions, context: FitContext) -> None:
        self.model, self.context, self.scale = model, context, require_stars(train, model.name)
        graph = neural_fit.graph_of(train, context)
        feature_pair: FeaturePair = _side_features(train, context) if model.features else (None, None)
        self.module = GCNNetwork(
            graph,
            mean=float(np.mean(train.rating, dtype=np.float64)),
            dim=model.dim,
            layers=model.layers,
            feature_pair=feature_pair,
            rng=torch_generator(context.seed, "init"),
            device=context.device,
        )
        self.edges: EdgeBatch = (
            torch.from_numpy(train.user_row.astype(np.int32)).to(context.device),
            torch.from_numpy(train.item_row.astype(np.int32)).to(context.device),
            torch.from_numpy(train.rating.astype(np.float32)).to(context.device),
        )
        self.fingerprint: Mapping[str, Any] = neural_fit.fingerprint(model, train, context, feature_pair)
        self._batch_size = model.batch_size or max(len(train) // _STEPS, _MIN_BATCH)
        self._valid = neural_fit.validation_people(context, _MAX_VALID_USERS)
        self._squared_error: torch.Tensor | float = 0.0
        self._rated = train.matrix()

    @property
    def steps_per_epoch(self) -> int:
        """Batches of `batches`, and convolutions of the whole graph."""
        return -(-len(self.edges[2]) // self._batch_size)

    def batches(self, epoch: int) -> Iterator[EdgeBatch]:
        """All edges once, shuffled; edge dropout is drawn again before."""
        self._squared_error = 0.0
        if self.model.edge_dropout:
            self.module.set_edge_dropout(self.model.edge_dropout, torch_generator(self.context.seed, "dropout", epoch))
        order = torch.from_numpy(generator(self.context.seed, "batches", epoch).permutation(len(self.edges[2])))
        for rows in torch.split(order.to(self.context.device), self._batch_size):
            users, items, stars = (column[rows] for column in self.edges)
            yield users.long(), items.long(), stars

    def loss(self, batch: EdgeBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean loss over the batch's edges, with and without the penalty."""
        users, items, stars = batch
        chunks = list(zip(*(torch.split(column, _CHUNK) for column in batch), strict=True))
        loss = accumulated(partial(self._chunk_loss, len(stars)), chunks, self.module.pair_tables())
        penalty = self.model.l2 * self.module.penalty(users, items) / len(stars)
        return loss + penalty, loss

    def _chunk_loss(self, n_edges: int, chunk: EdgeBatch, *tables: torch.Tensor) -> torch.Tensor:
        """What some of the ``n_edges`` edges of a step add to its mean loss."""
        users, items, stars = chunk
        predicted = stars_of(users, items, tables)
        if self.model.loss == "mse":
            loss = functional.mse_loss(predicted, stars)
        else:
            loss = functional.huber_loss(predicted, stars, delta=self.model.huber_delta)
        self._squared_error = self._squared_error + (predicted.detach() - stars).square().sum()
        return loss * (len(stars) / n_edges)

    def validate(self) -> Mapping[str, float]:
        """MSE of the folded-in predictions on the validation part, and recall@10 of up to 1,000 of its people."""
        self.module.train_mse.fill_(float(self._squared_error) / len(self.edges[2]))
        part = self._valid
        if part is None:
            return {}
        scorer = fold_in_scorer(self.module, self.scale)
        return {"mse": _mse(scorer, part), "recall@10": _recall(scorer, part)}

    def scorer(self) -> FoldInScorer:
        """The scorer of the parameters now in the module; noise, damping and ridge are chosen on validation."""
        part = self._valid
        scorer = fold_in_scorer(self.module, self.scale)
        if part is not None:
            candidates = [dataclasses.replace(scorer, noise=scorer.noise * factor) for factor in _NOISE_FACTORS]
            scorer = min(candidates, key=lambda candidate: _mse(candidate, part))
        if not self.model.ranking_head:
            candidates = [dataclasses.replace(scorer, damping=damping) for damping in _DAMPINGS]
            return scorer if part is None else max(candidates, key=lambda candidate: _recall(candidate, part))
        source = item_embeddings(self.module)
        unit_stars = unit_rating(self.scale)
        head = RankingHead.of(self._rated, source, unit_stars, self.context.seed)
        scorer = dataclasses.replace(scorer, rank_source=source.astype(np.float32), rank_unit=unit_stars)
        candidates = [dataclasses.replace(scorer, rank_target=head.targets(ridge)) for ridge in RIDGES]
        return candidates[1] if part is None else max(candidates, key=lambda candidate: _recall(candidate, part))


def _mse(scorer: FoldInScorer, part: EvalPart) -> float:
    """Mean squared error, stars squared, over the part's held-back ratings."""
    return float(np.mean(np.square(predict_targets(scorer, part) - part.target.data)))


def _recall(scorer: FoldInScorer, part: EvalPart) -> float:
    """Recall@10 over the first people of the part, who all have targets, all unseen items ranked."""
    first_users = part.take(np.arange(min(len(part), _RECALL_USERS)))
    hits = rank_hits(scorer, first_users, first_users.target, 10).hits
    return float(np.mean(recall(hits, np.diff(first_users.target.indptr))))


def _side_features(train: Interactions, context: FitContext) -> FeaturePair:
    """User and item feature matrices, one column a named feature, rows aligned with the graph's."""
    user_blocks = {} if context.profiles is None else features.users(context.profiles, train.users.ids)
    item_blocks = {} if context.catalogue is None else features.items(context.catalogue, train.items.ids)
    joined = (
        features.concatenate(user_blocks.values(), train.n_users),
        features.concatenate(item_blocks.values(), train.n_items),
    )
    users, items = (matrix if matrix.shape[1] else None for matrix in joined)
    return users, items
