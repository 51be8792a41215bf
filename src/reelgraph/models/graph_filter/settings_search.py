"""Settings of a graph filter by their ranking of the validation people: one setting after another, up or down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Matrix
from reelgraph.evaluation.full_ranking import hits_in, rank_all
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import Source
from reelgraph.scorers import ItemFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import user_weights

if TYPE_CHECKING:
    from reelgraph.models.graph_filter.model import GraphFilter

_ITEMS = 4000  # the most rated movies are searched on; a hidden rating of another counts as missed
_PEOPLE = 2000
_K = 10
_GAIN = 1e-4  # a setting moves for a larger gain only, and for one above its own standard error

#: In this order; a setting's own value joins its rungs.
_LADDERS: dict[str, Callable[[float], tuple[float, ...]]] = {
    "user_weight": lambda here: (0.0, 0.25, 0.5, 0.75, 1.0),
    "ridge": lambda here: tuple(here * 2.0**step for step in range(-6, 7)),
    "dropout": lambda here: (0.0, 0.1, 0.2, 0.33, 0.5),
    "sitting": lambda here: (0.0, 0.5, 0.8, 0.9),
    "feature_weight": lambda here: (0.0, 0.1, 0.5, 2.0),
    "rating_power": lambda here: (0.0, 0.5, 1.0),
    "spectral_weight": lambda here: (0.0, 0.03, 0.1, 0.3),
}


@dataclass(frozen=True)
class Choice:
    """What was chosen, and on what.

    Args:
        model: with the settings chosen.
        start: NDCG@10 on the validation people with the settings given.
        best: with those chosen.
        trials: settings tried.
        people: validation people asked.
        n_items: movies searched on.
    """

    model: GraphFilter
    start: float
    best: float
    trials: int
    people: int
    n_items: int

    def __str__(self) -> str:
        names = [name for name in _LADDERS if name in _open(self.model)]
        settings = ", ".join(f"{name} {getattr(self.model, name):.4g}" for name in names)
        return (
            f"chosen by NDCG@10 of {self.people:,} validation people on the {self.n_items:,} most rated movies in "
            f"{self.trials} trials ({self.start:.4f} as given, {self.best:.4f} as chosen): {settings}"
        )


def choose(
    model: GraphFilter, source: Source, valid: EvalPart, seed: int, told: Callable[[int, float], None]
) -> Choice | None:
    """Climb from the settings of ``model``, one setting at a time, while the validation people gain.

    A step must gain more than the standard error of its gain over the people, so that few people move little. It
    reads the training ratings and ``valid``, nothing else.

    Args:
        model: where to start.
        source: the training ratings.
        valid: the validation part.
        seed: draws the people, where there are more than 2,000.
        told: called after each trial with its number and the best NDCG@10 so far.

    Returns:
        None where the part has nobody to ask.

    Cost: some 15 trials, each one factorisation of at most 4,000 movies.
    """
    asked = np.flatnonzero(np.diff(valid.target.indptr))
    if not len(asked):
        return None
    if len(asked) > _PEOPLE:
        draw = np.random.default_rng(np.random.SeedSequence([seed, _PEOPLE]))
        asked = np.sort(draw.choice(asked, _PEOPLE, replace=False))
    counts = np.bincount(source.stars.indices, minlength=source.stars.shape[1])
    items = np.sort(np.argsort(-counts, kind="stable")[:_ITEMS])
    search = _Search(source.within(items), _within(valid, asked, items), np.diff(valid.target.indptr)[asked], seed)
    climb = _Climb(model, search, source.counts, told)
    start = climb.best
    missing = ["sitting"] if source.times is None else []
    missing += [] if source.sides.shape[1] else ["feature_weight"]
    for name in _open(model):
        if name not in missing:
            climb.along(name)
    return Choice(climb.model, start, climb.best, climb.trials, len(asked), len(items))


class _Climb:
    """The best settings so far and what they gave."""

    def __init__(
        self, model: GraphFilter, search: _Search, counts: IntArray, told: Callable[[int, float], None]
    ) -> None:
        self.model, self.trials, self._each = model, 1, search.ndcg(model)
        self._search, self._counts, self._told = search, counts, told
        told(self.trials, self.best)

    @property
    def best(self) -> float:
        """Mean NDCG@10 of the people under the best settings."""
        return float(self._each.mean())

    def along(self, name: str) -> None:
        """Move one setting up, rung by rung, while it gains; down where up gains nothing."""
        rungs = sorted({*_LADDERS[name](getattr(self.model, name)), getattr(self.model, name)})
        start = place = rungs.index(getattr(self.model, name))
        for step in (1, -1):
            while 0 <= place + step < len(rungs) and self._better(
                _moved(self.model, name, rungs[place + step], self._counts)
            ):
                place += step
            if place != start:
                return

    def _better(self, model: GraphFilter) -> bool:
        found = self._search.ndcg(model)
        gain = found - self._each
        better = bool(gain.mean() > max(_GAIN, gain.std() / np.sqrt(len(gain))))
        if better:
            self.model, self._each = model, found
        self.trials += 1
        self._told(self.trials, self.best)
        return better


def _open(model: GraphFilter) -> tuple[str, ...]:
    """Settings that are to be chosen: those that change something, and that the model leaves open."""
    shut = [] if model.closed_form else ["ridge", "dropout", "spectral_weight"]
    if model.exact_updates:
        shut.append("spectral_weight")
    return tuple(name for name in _LADDERS if name not in shut)


def _moved(model: GraphFilter, name: str, value: float, counts: IntArray) -> GraphFilter:
    """The model with one setting moved; under other weights of people the ridge stays the same share of their mean."""
    changed: dict[str, Any] = {name: value}
    if name == "user_weight":
        old, new = (np.mean(user_weights(counts, exponent)) for exponent in (model.user_weight, value))
        changed["ridge"] = float(model.ridge * new / old)
    return dataclasses.replace(model, **changed)


def _within(part: EvalPart, people: IntArray, items: IntArray) -> EvalPart:
    def cut(matrix: Matrix) -> Matrix:
        kept = matrix[people][:, items]
        kept.sort_indices()
        return Matrix(kept)

    allowed = None
    if part.candidates is not None:
        allowed = np.flatnonzero(np.isin(items, part.candidates))
    return EvalPart(part.users[people], cut(part.history), cut(part.target), cut(part.seen), candidates=allowed)


class _Search:
    """Trials on one source and part; graphs are kept as long as only what comes after them changes."""

    def __init__(self, source: Source, part: EvalPart, n_relevant: IntArray, seed: int) -> None:
        self.source, self.part, self.n_relevant, self.seed = source, part, n_relevant, seed
        self._grams: dict[tuple[float, ...], FloatArray] = {}
        self._spectral: tuple[tuple[float, ...], FloatArray] | None = None
        self._sides = (source.sides @ source.sides.T).toarray() if source.sides.shape[1] else None

    def ndcg(self, model: GraphFilter) -> FloatArray:
        """NDCG@10 of each person under the settings of ``model``, ``(n_people,)``."""
        gram = self._gram(model)
        extra = np.zeros(gram.shape, np.float32)
        if model.spectral_weight:
            extra += np.float32(model.spectral_weight) * self._low_pass(model, gram)
        if model.chebyshev_weight:
            coefficients = closed_forms.plateau(model.degree, model.flatness)
            extra += np.float32(model.chebyshev_weight) * closed_forms.polynomial(
                closed_forms.mirrored(gram), coefficients
            )
        if model.closed_form:
            made = np.empty_like(extra)
            kernels.autoencoder(closed_forms.inverse(gram, model.ridge, model.dropout), model.closed_form, made)
            extra += made
        unit = self.source.unit_stars
        scorer = ItemFilterScorer(np.empty(0), extra, 0.0, 0.0, 0.0, 0.0, 1.0, model.rating_power, unit)
        items = rank_all(scorer, self.part, _K).items
        return ndcg(hits_in(items, self.part.target), self.n_relevant)

    def _gram(self, model: GraphFilter) -> FloatArray:
        """The graph's lower triangle, a new array, as a sum of graphs that are kept."""
        plain = self._kept(model, 0.0)
        sitting = model.sitting if self.source.times is not None else 0.0
        gram = (1.0 - sitting) * plain
        if sitting:
            gram += sitting * self._kept(model, 1.0)
        if model.feature_weight and self._sides is not None:
            gram += model.feature_weight * self._sides
        return gram

    def _kept(self, model: GraphFilter, sitting: float) -> FloatArray:
        key = (model.user_weight, model.rating_power, model.time_scale, sitting)
        if key not in self._grams:
            if len(self._grams) >= 4:  # those of the best settings and those of the trial
                del self._grams[next(iter(self._grams))]
            graph = self.source.graph(
                user_weight=model.user_weight,
                rating_power=model.rating_power,
                sitting=sitting,
                time_scale=model.time_scale,
                feature_weight=0.0,
            )
            self._grams[key] = graph.dense()
        return self._grams[key]

    def _low_pass(self, model: GraphFilter, gram: FloatArray) -> FloatArray:
        names = ("user_weight", "rating_power", "time_scale", "sitting", "feature_weight", "cutoff")
        key = tuple(float(getattr(model, name)) for name in names)
        if self._spectral is None or self._spectral[0] != key:
            self._spectral = (key, closed_forms.spectral(closed_forms.mirrored(gram), model.cutoff, self.seed))
        return self._spectral[1]
