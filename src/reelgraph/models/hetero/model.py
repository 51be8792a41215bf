"""`hetero`: an inductive network over movies, users and what is known of both."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import numpy as np
import torch
from pydantic import Field

from reelgraph.core import (
    AnyArray,
    BoolArray,
    EvalPart,
    FitContext,
    FitResult,
    Interactions,
    Matrix,
    at_least,
    config,
    liked_threshold,
    unit_rating,
)
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.evaluation import evaluate
from reelgraph.models import neural_fit
from reelgraph.models.hetero.graph import SideFeatures
from reelgraph.models.hetero.network import ConvName, HeteroNetwork, kinds_of
from reelgraph.models.hetero.teacher import TeacherVectors, favourite_genre_effects, leave_one_out_ridge, trait_effects
from reelgraph.scorers import HeteroRankingScorer, HeteroScorer
from reelgraph.train import SparseOperator
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.random_streams import generator, torch_generator

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

_FittedScorer = TypeVar("_FittedScorer", bound=HeteroRankingScorer)

_MAX_VALID_USERS = 1000  # users whose NDCG@10 is measured after each epoch
_PROBE_SHARE = 0.1  # of the rated movies, held back to measure training where validation has no new movie


@dataclass(frozen=True)
class HiddenItemsBatch:
    """One step.

    Args:
        data: the graph without the features that are hidden in this step.
        visible: ``(n_items,)`` float, 1 for movies that send messages.
        hidden_items: ``(m,)`` int64, rows of the movies whose vectors are to be predicted.
    """

    data: HeteroData
    visible: torch.Tensor
    hidden_items: torch.Tensor


@dataclass(frozen=True)
class Hetero:
    r"""Movies from their genres, years, tags, people and title words; people from their movies and traits.

    A closed form gives each rated movie a vector from its ratings: a low-pass filter of the user-item graph for
    ranking, factors of the stars for stars. A heterogeneous network (PyTorch Geometric) learns to predict these
    vectors from the movies' features and from the vectors of other movies: in each step some movies are hidden, send
    no message, and have to be predicted, as a movie without a rating has to be. Since it learns their mean, movies
    known by features alone can be ranked against movies known by ratings. See `HeteroScorer` for the scores.

    Args:
        dim: length of the vectors that rank.
        width: length of the network's own vectors.
        taste_dim: length of the vectors of stars.
        layers: rounds of messages to the movies, 1 or 2.
        conv: ``sage``: sum over the neighbours; ``gat``: attention over them.
        cold_share: share of the rated movies that are hidden in a step.
        feature_dropout: share of the movies' features that are hidden in a step.
        dropout: share of the hidden vectors.
        neighbours: rated movies nearest in features that send messages to a movie directly.
        rating_power: a rating counts ``(stars / four fifths of the highest) ** rating_power``; all count 1 where
            the data have no stars.
        damping: of the biases of people and movies, in ratings.
        ridge: penalty on the vectors of stars, in ratings.
        noise: variance of the stars around their prediction, stars squared, when people are folded in.
        feature_ridge: penalty of the regression of the vectors on the features.
        stars_weight: weight of the stars' part of the loss.
        min_tag_movies: a tag is a node when at least this many movies have it.
        min_title_movies: a title word is a node when at least this many titles have it.
        steps: steps in an epoch.
        epochs: at most.
        learning_rate: of the optimiser.
        optimiser: see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser.
        patience: epochs without a better figure before stopping; 0 never stops early. The figure is the validation
            NDCG@10 where validation is about new movies, else the error on a tenth of the rated movies, held back.

    Source: Hamilton et al. 2017 (GraphSAGE) and Brody et al. 2022 (GATv2) for the layers; Gantner et al. 2010
    (attribute-to-latent mapping) for learning given vectors; Volkovs et al. 2017 (DropoutNet) for hiding movies.
    Departures: the vectors are those of a linear filter, and messages carry other movies' vectors, never a movie's own.

    Cost: a step is O(edges between movies and features * dim + n_items * (dim^2 + neighbours * dim)); no step looks at
    the ratings. See `TeacherVectors.of` and `SideFeatures.similarity` for what is computed once.
    """

    name: ClassVar[str] = "hetero"
    supports_cold_items: ClassVar[bool] = True
    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    width: Annotated[int, Field(ge=1, le=4096)] = 32
    taste_dim: Annotated[int, Field(ge=1, le=512)] = 8
    layers: Annotated[int, Field(ge=1, le=2)] = 2
    conv: ConvName = "sage"
    cold_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    feature_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    neighbours: Annotated[int, Field(ge=1)] = 150
    rating_power: Annotated[float, Field(ge=0, le=4)] = 2.0
    damping: Annotated[float, Field(ge=0)] = 5.0
    ridge: Annotated[float, Field(gt=0)] = 10.0
    noise: Annotated[float, Field(gt=0)] = 0.8
    feature_ridge: Annotated[float, Field(gt=0)] = 15.0
    stars_weight: Annotated[float, Field(ge=0)] = 1.0
    min_tag_movies: Annotated[int, Field(ge=1)] = 2
    min_title_movies: Annotated[int, Field(ge=1)] = 3
    steps: Annotated[int, Field(ge=1)] = 5
    epochs: Annotated[int, Field(ge=1)] = 8
    learning_rate: Annotated[float, Field(gt=0)] = 0.0001
    optimiser: OptimiserName = "adamw"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.1
    patience: Annotated[int, Field(ge=0)] = 4

    def __post_init__(self) -> None:
        config.validate(self)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """Vectors of the movies with their gradients and the optimiser's two moments, and the graph twice."""
        n_bytes = 16 * self.dim * (self.layers + 1) * size.n_items + 32 * size.n_ratings
        return FitMemory(n_bytes, f"set dim lower than {self.dim}")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the result is the best epoch, or the last one without a validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device, or PyTorch Geometric is not installed.
        """
        return neural_fit.fit(self, _HeteroTask, train, context)


class _HeteroTask:
    """The network, its training steps and its validation, for the training loop."""

    def __init__(self, model: Hetero, train: Interactions, context: FitContext) -> None:
        self.model, self.context, self.train = model, context, train
        neural_fit.graph_of(train, context)  # refuses a leak; the graph of `hetero` is another one
        rng = generator(context.seed, "teacher")
        self.teacher = teacher = TeacherVectors.of(
            train,
            rng,
            dim=model.dim,
            taste_dim=model.taste_dim,
            rating_power=model.rating_power,
            damping=model.damping,
            ridge=model.ridge,
        )
        self.side_features = SideFeatures.of(
            train, context, min_tag_movies=model.min_tag_movies, min_title_movies=model.min_title_movies
        )
        self.valid = None if context.valid is None else _validation_users(context.valid, liked_threshold(train.scale))
        self.watch, self.lower_is_better = ("ndcg@10", False) if self.valid is not None else ("cold_error", True)
        needs_probe = context.valid is not None and self.valid is None
        self.probe: BoolArray = teacher.has_ratings & (
            rng.random(train.n_items) < (_PROBE_SHARE if needs_probe else 0.0)
        )
        self.trainable: BoolArray = teacher.has_ratings & ~self.probe
        self.data = self.side_features.hetero_data(train.matrix()).to(context.device)
        # A person's vector is long along strong directions, so an error there costs more.
        strength = teacher.strength / max(float(teacher.strength.max()), 1e-12)
        self.strength = np.where(strength > 0, strength, 1.0).astype(np.float32)
        blocks = (teacher.rank * self.strength, teacher.taste, teacher.item_bias[:, None])
        self.scales = tuple(float(np.sqrt(np.mean(np.square(block[teacher.has_ratings])))) or 1.0 for block in blocks)
        targets = np.hstack([block / scale for block, scale in zip(blocks, self.scales, strict=True)]).astype(
            np.float32
        )
        self.targets, self.confidence = self._to_device(targets), self._to_device(teacher.confidence)
        self.module = HeteroNetwork(
            self.data,
            SparseOperator.of(self.side_features.similarity(teacher.has_ratings, model.neighbours), context.device),
            self.targets,
            self._to_device(
                leave_one_out_ridge(self.side_features.joined(), targets, teacher.has_ratings, model.feature_ridge)
            ),
            dim=model.width,
            layers=model.layers,
            conv=model.conv,
            dropout=model.dropout,
            rng=torch_generator(context.seed, "init"),
        ).to(context.device)
        self.fingerprint: Mapping[str, Any] = neural_fit.fingerprint(
            model, train, context, self.side_features.matrices()
        )

    def batches(self, epoch: int) -> Iterator[HiddenItemsBatch]:
        """The steps of an epoch; each hides a new random set of movies."""
        rng = generator(self.context.seed, "batches", epoch)
        self.module.dropout_rng = torch_generator(self.context.seed, "dropout", epoch)
        for _ in range(self.model.steps):
            is_hidden = self.trainable & (rng.random(len(self.trainable)) < self.model.cold_share)
            visible = self._to_device((self.trainable & ~is_hidden).astype(np.float32))
            yield HiddenItemsBatch(self._with_feature_dropout(rng), visible, self._to_device(np.flatnonzero(is_hidden)))

    def loss(self, batch: HiddenItemsBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """The objective, twice: it has no penalty term to report separately."""
        rank_error, taste_error, bias_error = self._errors(self.module(batch.data, batch.visible), batch.hidden_items)
        loss = rank_error + self.model.stars_weight * (taste_error + bias_error)
        return loss, loss

    def validate(self) -> Mapping[str, float]:
        """NDCG@10 of up to 1,000 people over new movies; else the error of the vectors of the held-back movies."""
        if self.valid is not None:
            liked_from = liked_threshold(self.train.scale)
            report = evaluate(self.scorer(), self.valid, 10, metrics=("ndcg",), relevant_from=liked_from)
            return {"ndcg@10": report["ndcg@10"].mean}
        if not self.probe.any():
            return {}
        predicted = self.module(self.data, self._to_device(self.trainable.astype(np.float32)))
        return {"cold_error": float(self._errors(predicted, self._to_device(np.flatnonzero(self.probe)))[0])}

    @torch.no_grad()
    def scorer(self) -> HeteroRankingScorer:
        """The scorer of the parameters now in the module; rated movies keep the vectors of their ratings."""
        model, teacher, scale = self.model, self.teacher, self.train.scale
        predicted = self.module(self.data, self._to_device(teacher.has_ratings.astype(np.float32))).cpu().numpy()
        bounds = (0, model.dim, model.dim + model.taste_dim, predicted.shape[1])
        predicted_blocks = [predicted[:, start:end] for start, end in itertools.pairwise(bounds)]
        teacher_blocks = (teacher.rank * self.strength, teacher.taste, teacher.item_bias[:, None])
        vectors, taste, item_bias = (
            np.ascontiguousarray(
                np.where(teacher.has_ratings[:, None], block, predicted_block * scale_factor), dtype=np.float32
            )
            for block, predicted_block, scale_factor in zip(teacher_blocks, predicted_blocks, self.scales, strict=True)
        )
        no_effects = np.zeros((0, model.dim), np.float32)
        ranking = HeteroRankingScorer(
            vectors=vectors / self.strength,
            strength=teacher.strength,
            mean_user_vector=np.zeros(model.dim, np.float32),
            trait_effects=no_effects,
            genre_effects=no_effects,
            rating_power=model.rating_power if scale is not None else 0.0,
            unit_stars=unit_rating(scale),
            traits=(),
            genres=(),
        )
        if scale is None:
            return self._with_user_effects(ranking)
        scorer = HeteroScorer(
            **vars(ranking),
            item_bias=item_bias[:, 0],
            taste=taste,
            mean=teacher.mean,
            damping=model.damping,
            noise=model.noise,
            low=scale.low,
            high=scale.high,
        )
        return self._with_user_effects(scorer)

    def _with_user_effects(self, scorer: _FittedScorer) -> _FittedScorer:
        """The scorer with the mean user vector and the effects of traits and favourite genres."""
        rated = self.train.matrix()
        has_ratings = np.diff(rated.indptr) > 0
        histories = rated[has_ratings]
        user_vectors = scorer.user_vectors(rated)[has_ratings]
        mean_vector = user_vectors.mean(axis=0)
        effects: dict[str, Any] = {"mean_user_vector": mean_vector.astype(np.float32)}
        traits = self.side_features.traits_of_users()
        if traits is not None:
            effects["trait_effects"] = trait_effects(user_vectors - mean_vector, traits[has_ratings])
            effects["traits"] = [list(trait) for trait in self.side_features.traits()]
        if "genre" in self.side_features.movies:
            genres = self.side_features.movies["genre"]
            likes = at_least(histories.data, liked_threshold(self.train.scale)).astype(np.float32)
            liked = Matrix((likes, histories.indices, histories.indptr), shape=histories.shape)
            effects["genre_effects"] = favourite_genre_effects(user_vectors - mean_vector, liked, genres.matrix)
            effects["genres"] = list(genres.names)
        return dataclasses.replace(scorer, **effects)

    def _errors(
        self, predicted: torch.Tensor, item_rows: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean squared errors of the three blocks; item biases are weighted by their confidence."""
        if not len(item_rows):
            zero = predicted.sum() * 0.0
            return zero, zero, zero
        model, error = self.model, (predicted - self.targets)[item_rows].square()
        rank, taste, bias = torch.split(error, [model.dim, model.taste_dim, 1], dim=1)
        confidence = self.confidence[item_rows]
        return rank.mean(), taste.mean(), (bias[:, 0] * confidence).sum() / confidence.sum().clamp(min=1e-6)

    def _with_feature_dropout(self, rng: np.random.Generator) -> HeteroData:
        """The graph without a random share of the movies' features."""
        if not self.model.feature_dropout:
            return self.data
        data: Any = self.data.clone()
        for kind in kinds_of(data):
            edges = data[kind, "of", "movie"].edge_index
            remaining = edges[:, self._to_device(rng.random(edges.shape[1]) >= self.model.feature_dropout)]
            data[kind, "of", "movie"].edge_index, data["movie", "has", kind].edge_index = remaining, remaining.flip(0)
        with_dropout: HeteroData = data
        return with_dropout

    def _to_device(self, array: AnyArray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.context.device)


def _validation_users(part: EvalPart, liked_from: float) -> EvalPart | None:
    """The part of the first users who like one of the new movies; None where the part is not about new movies."""
    if part.candidates is None:
        return None
    user = np.repeat(np.arange(len(part)), np.diff(part.target.indptr))
    users = np.unique(user[at_least(part.target.data, liked_from)])[:_MAX_VALID_USERS]
    return part.take(users) if len(users) else None
