"""`hetero`: an inductive network over movies, users and what is known of both."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from reelgraph.core import AnyArray, BoolArray, EvalPart, FitContext, FitResult, Interactions, Matrix, at_least, config
from reelgraph.evaluation import evaluate
from reelgraph.models import neural_fit
from reelgraph.models.hetero.graph import Sides
from reelgraph.models.hetero.network import ConvName, HeteroNetwork, kinds_of
from reelgraph.models.hetero.teacher import Teacher, guessed, of_favourites, of_traits
from reelgraph.scorers import HeteroScorer
from reelgraph.train import SparseOperator
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.random_streams import generator, torch_generator

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

_WATCHED = 1000  # people whose NDCG@10 is followed during training
_PROBE = 0.1  # of the rated movies, kept to follow training where validation holds no new movie


@dataclass(frozen=True)
class Batch:
    """One step.

    Args:
        data: the graph without the features that are hidden in this step.
        visible: ``(n_items,)`` float, 1 for movies that may be heard.
        asked: ``(m,)`` int64, the movies that were hidden.
    """

    data: HeteroData
    visible: torch.Tensor
    asked: torch.Tensor


@dataclass(frozen=True)
class Hetero:
    r"""Movies from their genres, years, tags, people and title words; people from their movies and traits.

    A closed form gives each rated movie a vector from its ratings: a low-pass filter of the user-item graph for
    ranking, factors of the stars for stars. A heterogeneous network (PyTorch Geometric) learns to tell these vectors
    from the movies' features and from the vectors of other movies: in each step some movies are hidden, send no
    message, and have to be told, which is the case of a movie without a rating. Since it learns their mean, what is
    known by features alone ranks against what is known by ratings. See `HeteroScorer` for the scores.

    Args:
        dim: length of the vectors that rank.
        width: length of the network's own vectors.
        taste_dim: length of the vectors of stars.
        layers: rounds of messages to the movies, 1 or 2.
        conv: ``sage``: sum over the neighbours; ``gat``: attention over them.
        cold_share: share of the rated movies that are hidden in a step.
        feature_dropout: share of the movies' features that are hidden in a step.
        dropout: share of the hidden vectors.
        neighbours: rated movies nearest in features that a movie hears directly.
        rating_power: a rating counts ``(stars / four fifths of the highest) ** rating_power``.
        damping: of the middles of people and movies, in ratings.
        ridge: penalty on the vectors of stars, in ratings.
        noise: variance of the stars around what they are told, stars squared, when people are folded in.
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
            NDCG@10 where validation is about new movies, else the error on a tenth of the rated movies kept apart.

    Source: Hamilton et al. 2017 (GraphSAGE) and Brody et al. 2022 (GATv2) for the layers; Gantner et al. 2010
    (attribute-to-latent mapping) for learning given vectors; Volkovs et al. 2017 (DropoutNet) for hiding movies.
    Departures: the vectors are those of a linear filter, and other movies' vectors are heard, never a movie's own.

    Cost: a step is O(edges between movies and features * dim + n_items * (dim^2 + neighbours * dim)); no step looks at
    the ratings. See `Teacher.of` and `Sides.alike` for what is done once.
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

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the best epoch is kept, the last where there is no validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device, or PyTorch Geometric is not installed.
        """
        return neural_fit.fit(self, _Task, train, context)


class _Task:
    """The network, its steps and its validation, as the loop wants them."""

    def __init__(self, model: Hetero, train: Interactions, context: FitContext) -> None:
        self.model, self.context, self.train = model, context, train
        neural_fit.graph_of(train, context)  # refuses a leak; the graph of `hetero` is another one
        rng = generator(context.seed, "teacher")
        self.teacher = teacher = Teacher.of(
            train,
            rng,
            dim=model.dim,
            taste_dim=model.taste_dim,
            rating_power=model.rating_power,
            damping=model.damping,
            ridge=model.ridge,
        )
        self.sides = Sides.of(
            train, context, min_tag_movies=model.min_tag_movies, min_title_movies=model.min_title_movies
        )
        self.valid = None if context.valid is None else _watched(context.valid, train.scale.liked_from)
        self.watch, self.lower_is_better = ("ndcg@10", False) if self.valid is not None else ("cold_error", True)
        probed = context.valid is not None and self.valid is None
        self.probe: BoolArray = teacher.warm & (rng.random(train.n_items) < (_PROBE if probed else 0.0))
        self.heard: BoolArray = teacher.warm & ~self.probe
        self.data = self.sides.hetero_data(train.matrix()).to(context.device)
        # A person's vector is as long along a direction as it is strong, and so is what an error there costs.
        strength = teacher.strength / max(float(teacher.strength.max()), 1e-12)
        self.strength = np.where(strength > 0, strength, 1.0).astype(np.float32)
        blocks = (teacher.rank * self.strength, teacher.taste, teacher.middle[:, None])
        self.scales = tuple(float(np.sqrt(np.mean(np.square(block[teacher.warm])))) or 1.0 for block in blocks)
        told = np.hstack([block / scale for block, scale in zip(blocks, self.scales, strict=True)])
        self.told, self.trust = self._there(told.astype(np.float32)), self._there(teacher.trust)
        self.module = HeteroNetwork(
            self.data,
            SparseOperator.of(self.sides.alike(teacher.warm, model.neighbours), context.device),
            self.told,
            self._there(guessed(self.sides.joined(), told.astype(np.float32), teacher.warm, model.feature_ridge)),
            dim=model.width,
            layers=model.layers,
            conv=model.conv,
            dropout=model.dropout,
            draw=torch_generator(context.seed, "init"),
        ).to(context.device)
        self.fingerprint: Mapping[str, Any] = neural_fit.fingerprint(model, train, context, self.sides.matrices())

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Some movies hidden, drawn anew for each step."""
        rng = generator(self.context.seed, "batches", epoch)
        self.module.hide = torch_generator(self.context.seed, "dropout", epoch)
        for _ in range(self.model.steps):
            hidden = self.heard & (rng.random(len(self.heard)) < self.model.cold_share)
            visible = self._there((self.heard & ~hidden).astype(np.float32))
            yield Batch(self._thinned(rng), visible, self._there(np.flatnonzero(hidden)))

    def loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The objective, twice: there is no penalty to report without."""
        rank, taste, middle = self._errors(self.module(batch.data, batch.visible), batch.asked)
        loss = rank + self.model.stars_weight * (taste + middle)
        return loss, loss

    def validate(self) -> Mapping[str, float]:
        """NDCG@10 of up to 1,000 people over new movies; else the error of the vectors of the movies kept apart."""
        if self.valid is not None:
            liked = self.train.scale.liked_from
            report = evaluate(self.scorer(), self.valid, 10, metrics=("ndcg",), relevant_from=liked)
            return {"ndcg@10": report["ndcg@10"].mean}
        if not self.probe.any():
            return {}
        said = self.module(self.data, self._there(self.heard.astype(np.float32)))
        return {"cold_error": float(self._errors(said, self._there(np.flatnonzero(self.probe)))[0])}

    @torch.no_grad()
    def scorer(self) -> HeteroScorer:
        """The scorer of the parameters now in the module; rated movies keep the vectors of their ratings."""
        model, teacher, scale = self.model, self.teacher, self.train.scale
        said = self.module(self.data, self._there(teacher.warm.astype(np.float32))).cpu().numpy()
        ends = (0, model.dim, model.dim + model.taste_dim, said.shape[1])
        parts = [said[:, start:end] for start, end in itertools.pairwise(ends)]
        known = (teacher.rank * self.strength, teacher.taste, teacher.middle[:, None])
        vectors, taste, middle = (
            np.ascontiguousarray(np.where(teacher.warm[:, None], own, part * size), dtype=np.float32)
            for own, part, size in zip(known, parts, self.scales, strict=True)
        )
        nobody = np.zeros((0, model.dim), np.float32)
        scorer = HeteroScorer(
            vectors=vectors / self.strength,
            strength=teacher.strength,
            middle=middle[:, 0],
            taste=taste,
            anyone=np.zeros(model.dim, np.float32),
            profile=nobody,
            genre=nobody,
            mean=teacher.mean,
            damping=model.damping,
            noise=model.noise,
            rating_power=model.rating_power,
            unit_stars=scale.liked_from,
            low=scale.low,
            high=scale.high,
            traits=(),
            genres=(),
        )
        return self._with_people(scorer)

    def _with_people(self, scorer: HeteroScorer) -> HeteroScorer:
        """The scorer with what is known of people beside their ratings."""
        rated = self.train.matrix()
        people = scorer.people(rated)[np.diff(rated.indptr) > 0]
        some = rated[np.diff(rated.indptr) > 0]
        anyone = people.mean(axis=0)
        changed: dict[str, Any] = {"anyone": anyone.astype(np.float32)}
        traits = self.sides.traits_of_users()
        if traits is not None:
            changed["profile"] = of_traits(people - anyone, traits[np.diff(rated.indptr) > 0])
            changed["traits"] = [list(trait) for trait in self.sides.traits()]
        if "genre" in self.sides.movies:
            genres = self.sides.movies["genre"]
            likes = at_least(some.data, self.train.scale.liked_from).astype(np.float32)
            liked = Matrix((likes, some.indices, some.indptr), shape=some.shape)
            changed["genre"] = of_favourites(people - anyone, liked, genres.matrix)
            changed["genres"] = list(genres.names)
        return dataclasses.replace(scorer, **changed)

    def _errors(self, said: torch.Tensor, asked: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean squared errors of the three blocks; middles by how far they are known."""
        if not len(asked):
            none = said.sum() * 0.0
            return none, none, none
        model, error = self.model, (said - self.told)[asked].square()
        rank, taste, middle = torch.split(error, [model.dim, model.taste_dim, 1], dim=1)
        trust = self.trust[asked]
        return rank.mean(), taste.mean(), (middle[:, 0] * trust).sum() / trust.sum().clamp(min=1e-6)

    def _thinned(self, rng: np.random.Generator) -> HeteroData:
        """The graph without a share of what is known of the movies."""
        if not self.model.feature_dropout:
            return self.data
        data: Any = self.data.clone()
        for kind in kinds_of(data):
            edges = data[kind, "of", "movie"].edge_index
            kept = edges[:, self._there(rng.random(edges.shape[1]) >= self.model.feature_dropout)]
            data[kind, "of", "movie"].edge_index, data["movie", "has", kind].edge_index = kept, kept.flip(0)
        thinned: HeteroData = data
        return thinned

    def _there(self, array: AnyArray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.context.device)


def _watched(part: EvalPart, liked: float) -> EvalPart | None:
    """The first people with a liked new movie to find; None where the part is not about new movies."""
    if part.candidates is None:
        return None
    person = np.repeat(np.arange(len(part)), np.diff(part.target.indptr))
    found = np.unique(person[at_least(part.target.data, liked)])[:_WATCHED]
    if not len(found):
        return None
    return part.of(found)
