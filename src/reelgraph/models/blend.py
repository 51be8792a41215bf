"""Several models as one: a ranking blended of some, the stars of another."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from reelgraph.core import EvalPart, FitContext, FitResult, FloatArray, Interactions, Scorer, config
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.full_ranking import batches, hits_in, top_k
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer, standardised

_PEOPLE = 2000  # validation people asked for the weights
_STEPS = 10  # weights are tenths
_BYTES_A_SCORE = 24  # of each part, with its working copies

RankerName = Literal["graph-filter", "lightgcn", "popularity", "bayes-gcn", "gcn"]


_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Blend:
    """Ranks by a weighted sum of the standardised scores of several models, and predicts stars with another.

    What a person will watch and how much they will love it are two questions: ``rankers`` answer the first,
    ``stars`` the second, and ``love`` says how much the stars count in the order.

    Args:
        rankers: models whose scores are blended.
        weights: one a ranker, or ``validation``: those of the best NDCG@10 on the validation part among all tenths
            that add up to 1; equal ones where there is no validation part.
        stars: the model of the stars; ``none`` for a blend that only ranks.
        love: weight of the standardised expected stars in the order.
        settings: model name -> its settings, where they are not the defaults.

    Cost: the fits of all parts, and one ranking of the validation people for every mixture of weights tried.
    """

    name: ClassVar[str] = "blend"
    rankers: Annotated[tuple[RankerName, ...], Field(min_length=1)] = ("graph-filter",)
    weights: Annotated[tuple[_Weight, ...], Field(min_length=1)] | Literal["validation"] = "validation"
    stars: Literal["bayes-gcn", "none"] = "bayes-gcn"
    love: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config.validate(self)
        if self.weights != "validation" and len(self.weights) != len(self.rankers):
            raise ConfigError("weights", f"expected {len(self.rankers)} numbers, got {len(self.weights)}")
        if self.weights != "validation" and not max(self.weights) > 0:
            raise ConfigError("weights", "all are 0, so nothing would be ranked")
        if len(set(self.rankers)) != len(self.rankers):
            raise ConfigError("rankers", "a model is named twice")
        for name in self.settings:
            if name not in self._names:
                raise ConfigError.unknown(name, self._names)
        for name in self._names:
            self._part(name)  # wrong settings of a part are refused here, not after the first fit

    @property
    def _names(self) -> tuple[str, ...]:
        """All parts, each once, the one of the stars last."""
        others = tuple(name for name in self.rankers if name != self.stars)
        return others + (() if self.stars == "none" else (self.stars,))

    def _part(self, name: str) -> Any:
        from reelgraph.models import model_class  # here: it knows this module

        return config.from_dict(model_class(name), self.settings.get(name, {}))

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Fit all parts on ``train``, then choose the weights.

        Raises:
            TrainingError: a part cannot be fitted.
            LeakError: a part's graph holds an edge of the validation part.
        """
        started, context = time.perf_counter(), context or FitContext()
        fits = {name: self._part(name).fit(train, _within(context, name)) for name in self._names}
        scorers = {name: one.scorer for name, one in fits.items()}
        weights, words = self._choose([scorers[name] for name in self.rankers], context.valid)
        by_name: dict[str, float] = dict(zip(self.rankers, weights, strict=True))
        if self.stars != "none":
            by_name[self.stars] = by_name.get(self.stars, 0.0) + self.love
        made = StarredBlendScorer if self.stars != "none" else BlendScorer
        scorer = made(tuple(scorers[name] for name in self._names), tuple(by_name[name] for name in self._names))
        stopped = "; ".join([words, *(f"{name}: {one.stopped_because}" for name, one in fits.items())])
        return FitResult(scorer, stopped_because=stopped, seconds=time.perf_counter() - started)

    def _choose(self, parts: Sequence[Scorer], valid: EvalPart | None) -> tuple[tuple[float, ...], str]:
        """Weights of the rankers, and how they were found."""
        if self.weights != "validation":
            return tuple(map(float, self.weights)), "weights as given"
        equal = (1.0 / len(parts),) * len(parts)
        if len(parts) == 1 or valid is None or valid.target.nnz == 0:
            return equal, "equal weights"
        asked = np.flatnonzero(np.diff(valid.target.indptr))[:_PEOPLE]
        tried = dict.fromkeys(_mixtures(len(parts)), 0.0)
        for rows in batches(len(asked), valid.target.shape[1] * _BYTES_A_SCORE * (len(parts) + 1)):
            scores = [standardised(part.score(valid.history[asked[rows]])) for part in parts]
            for mix in tried:
                tried[mix] += _ndcg(mix, scores, valid, asked[rows]) / len(asked)
        best = max(tried, key=lambda mix: tried[mix])
        shown = ", ".join(f"{name} {weight:g}" for name, weight in zip(self.rankers, best, strict=True))
        return best, f"weights by NDCG@10 of {len(asked):,} validation people ({tried[best]:.4f}): {shown}"


def _within(context: FitContext, name: str) -> FitContext:
    """The circumstances of one part: checkpoints in a folder of its own."""
    if context.checkpoint_dir is None:
        return context
    return dataclasses.replace(context, checkpoint_dir=context.checkpoint_dir / name)


def _mixtures(parts: int) -> Iterator[tuple[float, ...]]:
    """All tuples of tenths that add up to 1."""
    for tenths in itertools.product(range(_STEPS + 1), repeat=parts - 1):
        if sum(tenths) <= _STEPS:
            yield tuple(share / _STEPS for share in (*tenths, _STEPS - sum(tenths)))


def _ndcg(mix: Sequence[float], scores: Sequence[FloatArray], valid: EvalPart, asked: Any) -> float:
    blended = np.zeros_like(scores[0])
    for weight, one in zip(mix, scores, strict=True):
        blended += np.float32(weight) * one
    items = top_k(blended, valid.seen[asked], 10, valid.candidates).items
    target = valid.target[asked]
    return float(np.sum(ndcg(hits_in(items, target), np.diff(target.indptr))))
