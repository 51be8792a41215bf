"""A model whose best setting is known, and data whose every rating is 3."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    Catalogue,
    Dataset,
    EpochRecord,
    FitContext,
    FitResult,
    FloatArray,
    Interactions,
    Matrix,
    Progress,
    Ratings,
    RatingScale,
)
from reelgraph.core.errors import TrainingError
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import PROTOCOLS, PreparedData
from reelgraph.scorers import ConstantScorer
from reelgraph.tuning import Choice, Range, TuningResult, tune

STRONG, TEMPORAL = PROTOCOLS["strong"], PROTOCOLS["temporal"]


@dataclasses.dataclass(frozen=True)
class Toy:
    """Predicts 3 + (x - 0.3)^2 + penalty; all true ratings are 3, so its MSE is the square of the rest."""

    name: ClassVar[str] = "toy"
    fits: ClassVar[list[dict[str, Any]]] = []
    before: ClassVar[Callable[[int], None] | None] = None
    x: float = 0.0
    kind: str = "good"
    fails: bool = False
    epochs: int = 0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        assert context is not None
        Toy.fits.append(dataclasses.asdict(self))
        if Toy.before is not None:
            Toy.before(len(Toy.fits))
        if self.fails:
            raise TrainingError("it will not train")
        error = (self.x - 0.3) ** 2 + (self.kind == "bad")
        history = []
        for epoch in range(1, self.epochs + 1):
            history.append(EpochRecord(epoch, 0.0, {}, 0.0))
            if context.progress is not None:
                context.progress(Progress("train", epoch, self.epochs, "epochs", {"rmse": error}))
        return FitResult(ConstantScorer(3.0 + error, train.n_items), tuple(history))


def dataset(rating: float = 3.0) -> Dataset:
    """20 people, 15 movies, everything rated, one second after the other."""
    user, item = (column.ravel() for column in np.meshgrid(np.arange(20), np.arange(15), indexing="ij"))
    order = np.random.default_rng(3).permutation(len(user))
    ratings = Ratings(
        user[order], item[order], np.full(len(user), rating), np.arange(len(user)), RatingScale(1, 5, 1), "by hand"
    )
    return Dataset("by hand", ratings, Catalogue.from_ids(np.arange(15)), None, "f" * 64)


def prepared(how: Any = None, seed: int = 0) -> PreparedData:
    data = dataset()
    return PreparedData(split(index(data.ratings), how or PerUser(0.2, 0.2), seed), data)


SPACE: Mapping[str, Range | Choice] = {"x": Range(-1.0, 1.0), "kind": Choice(("good", "bad"))}


def search(**settings: Any) -> TuningResult:
    return tune("toy", STRONG, prepared(), **{"metric": "mse", "space": SPACE, "trials": 25, **settings})


class Listening:
    """Scores by row and remembers every (user row, item row) that it is shown."""

    kind: ClassVar[str] = "spy"

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    def score(self, history: Matrix) -> FloatArray:
        Spy.histories.append(history)
        return np.tile(np.arange(self.n_items, dtype=np.float32), (history.shape[0], 1))


@dataclasses.dataclass(frozen=True)
class Spy:
    name: ClassVar[str] = "spy"
    shown: ClassVar[list[Any]] = []
    histories: ClassVar[list[Matrix]] = []
    x: float = 0.0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        Spy.shown.extend([train, context])
        return FitResult(Listening(train.n_items))  # type: ignore[arg-type]
