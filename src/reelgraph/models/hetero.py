"""`hetero`: an inductive network over movies, users and what is known of both."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from reelgraph import config
from reelgraph.errors import CapabilityError, TrainingError
from reelgraph.evaluation import evaluate
from reelgraph.graph import BipartiteGraph
from reelgraph.models.hetero_graph import Sides
from reelgraph.models.hetero_network import ConvName, HeteroNetwork
from reelgraph.models.hetero_steps import LIKED, Batch, Steps, objective
from reelgraph.scorers import HeteroScorer
from reelgraph.train import LoopSettings, run
from reelgraph.train.optimiser import OptimiserName, ScheduleName
from reelgraph.train.seeds import torch_generator
from reelgraph.types import AnyArray, EvalPart, FitContext, FitResult, Interactions

_WATCHED = 1000  # people whose NDCG@10 is followed during training


@dataclass(frozen=True)
class Hetero:
    r"""Movies from their genres, years, tags, people and title words; users from their movies and traits.

    PyTorch Geometric's hetero layers carry messages from feature nodes to movies, and with two layers from rated movies
    to feature nodes before (a tag is then what its movies are liked by), so a movie without a rating gets the vector of
    a movie like it. In each step some movies are hidden from all histories and lose their own embeddings: their ratings
    must be predicted from features alone, which is the case it is trained for. See `HeteroScorer` for the scores.

    .. math:: L = L_\text{cold} + L_\text{all} + \gamma L_\text{stars}

    The first is a softmax among the hidden movies, the second among all rated movies, with and without features alone,
    so that both rank against each other; the last is the squared error of stars.

    Args:
        dim: length of the vectors.
        layers: rounds of messages to the movies, 1 or 2.
        conv: ``sage``: mean over the neighbours; ``gat``: attention over them.
        cold_share: share of the movies that are hidden in a step.
        hidden: share of the other ratings that are hidden in a step, to be predicted.
        feature_dropout: share of the movies' features that are hidden in a step.
        profile_dropout: share of the people whose traits are hidden in a step.
        dropout: share of the last hidden layer.
        all_weight: weight of the softmax over all movies.
        stars_weight: :math:`\gamma`.
        person_power: a person with n liked movies counts ``n ** (1 - person_power)``.
        min_tag_movies: a tag is a node when at least this many movies have it.
        min_title_movies: a title word is a node when at least this many titles have it.
        user_damping: of a person's middle, in ratings.
        epochs: at most.
        batch_size: people in a step; 0 takes a sixth of them, up to 512.
        learning_rate: of the optimiser.
        optimiser: see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser.
        patience: epochs without a better validation NDCG@10 before stopping; 0 never stops early.

    Source: Hamilton et al. 2017 (GraphSAGE) and Brody et al. 2022 (GATv2) for the layers; Volkovs et al. 2017
    (DropoutNet) for hiding what is known of a movie. Departures: the loss is a softmax over movies in place of a
    regression on given vectors, and people have no embeddings of their own: they are folded in.

    Cost: a step is O(feature edges * dim + ratings of the batch * dim + people * items * dim).
    """

    name: ClassVar[str] = "hetero"
    embeds_new: ClassVar[bool] = True
    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    layers: Annotated[int, Field(ge=1, le=2)] = 2
    conv: ConvName = "sage"
    cold_share: Annotated[float, Field(ge=0, lt=1)] = 0.3
    hidden: Annotated[float, Field(ge=0, lt=1)] = 0.3
    feature_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    profile_dropout: Annotated[float, Field(ge=0, le=1)] = 0.5
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    all_weight: Annotated[float, Field(ge=0)] = 0.5
    stars_weight: Annotated[float, Field(ge=0)] = 1.0
    person_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    min_tag_movies: Annotated[int, Field(ge=1)] = 2
    min_title_movies: Annotated[int, Field(ge=1)] = 3
    user_damping: Annotated[float, Field(ge=0)] = 5.0
    epochs: Annotated[int, Field(ge=1)] = 40
    batch_size: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0)] = 0.005
    optimiser: OptimiserName = "adamw"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    patience: Annotated[int, Field(ge=0)] = 10

    def __post_init__(self) -> None:
        config.check(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; with a validation part the best epoch is kept, else the last.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device, or PyTorch Geometric is not installed.
        """
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        if context.device.startswith("cuda") and not torch.cuda.is_available():
            raise CapabilityError(f"no {context.device} device here", "use device cpu")
        task = _Task(self, train, context)
        settings = LoopSettings(
            self.epochs, self.learning_rate, self.optimiser, self.schedule, self.weight_decay, self.patience
        )
        result = run(task, settings, context)
        task.module.eval()
        return FitResult(
            task.scorer(), result.history, result.best_epoch, result.stopped_because, time.perf_counter() - started
        )


class _Task:
    """The network, its steps and its validation, as the loop wants them."""

    watch = "ndcg@10"
    lower_is_better = False

    def __init__(self, model: Hetero, train: Interactions, context: FitContext) -> None:
        self.model, self.context, self.scale = model, context, train.scale
        if context.valid is not None:
            BipartiteGraph.build(train).require_without(context.valid.target, context.valid.users)
        self.sides = Sides.of(
            train, context, min_tag_movies=model.min_tag_movies, min_title_movies=model.min_title_movies
        )
        self.data = self.sides.hetero_data(train.matrix()).to(context.device)
        self.steps = Steps.of(model, train, self.sides, self.data, context)
        self.module = HeteroNetwork(
            self.data,
            traits=len(self.sides.traits()),
            dim=model.dim,
            layers=model.layers,
            conv=model.conv,
            dropout=model.dropout,
            draw=torch_generator(context.seed, "init"),
        ).to(context.device)
        self.fingerprint: Mapping[str, Any] = _fingerprint(model, train, context)

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Everybody with at least two ratings once, shuffled."""
        self.module.hide = torch_generator(self.context.seed, "dropout", epoch)
        return self.steps.batches(epoch)

    def loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The objective, twice: there is no penalty to report without."""
        loss = objective(self.module, batch, self.model.all_weight, self.model.stars_weight)
        return loss, loss

    def validate(self) -> Mapping[str, float]:
        """NDCG@10 of up to 1,000 of the validation part's people; relevant are the movies they like."""
        part = None if self.context.valid is None else _watched(self.context.valid, LIKED * self.scale.high)
        if part is None:
            return {}
        report = evaluate(self.scorer(), part, 10, metrics=("ndcg",), relevant_from=LIKED * self.scale.high)
        return {"ndcg@10": report["ndcg@10"].mean}

    @torch.no_grad()
    def scorer(self) -> HeteroScorer:
        """The scorer of the parameters now in the module."""
        steps, names = self.steps, []
        items = self.module(self.data, steps.warm_there)
        middle = np.where(steps.warm, steps.middle, _numpy(items.level)).astype(np.float32)
        genre = np.zeros((0, self.model.dim), np.float32)
        if "genre" in self.sides.movies:
            names = list(self.sides.movies["genre"].names)
            lone = self.sides.lone_genres().hetero_data().to(self.context.device)
            genre = _numpy(self.module(lone, None).seen)
        vectors = {name: _numpy(getattr(items, name)) for name in ("target", "bias", "taste", "level", "seen", "judged")}
        return HeteroScorer(
            **vectors,
            middle=middle,
            profile=_numpy(self.module.profile),
            genre=genre,
            mean=steps.mean,
            damping=self.model.user_damping,
            low=self.scale.low,
            high=self.scale.high,
            traits=self.sides.traits(),
            genres=names,
        )


def _watched(part: EvalPart, liked: float) -> EvalPart | None:
    """The first people with a liked movie to find, or None where there are none."""
    found = np.flatnonzero(np.bincount(part.target.nonzero()[0][part.target.data >= liked], minlength=len(part)))
    if not len(found):
        return None
    some = found[:_WATCHED]
    return EvalPart(part.users[some], part.history[some], part.target[some], part.seen[some], candidates=part.candidates)


def _numpy(tensor: torch.Tensor) -> AnyArray:
    array: AnyArray = tensor.detach().cpu().numpy().astype(np.float32)
    return np.ascontiguousarray(array)


def _fingerprint(model: Hetero, train: Interactions, context: FitContext) -> dict[str, Any]:
    digest = hashlib.sha256()
    for column in (train.user_row, train.item_row, train.rating):
        digest.update(np.ascontiguousarray(column).tobytes())
    for known in (context.catalogue, context.profiles):
        digest.update(b"" if known is None else repr(dataclasses.astuple(known)).encode())
    settings = dataclasses.asdict(model)
    if model.schedule == "constant":
        del settings["epochs"]  # a finished run may then be resumed for more
    return {"model": model.name, "settings": settings, "seed": context.seed, "train_sha256": digest.hexdigest()}
