"""Search for the settings of `LightGCN` that rank the validation part best, by short fits of narrow networks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import EvalPart, FitContext, FloatArray, Interactions, Progress, Scorer, Shard
from reelgraph.core.display import counted
from reelgraph.evaluation.full_ranking import rank_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models import neural_fit
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.models.validation_gain import counted_people, is_gain

TRIAL_DIM = 64  # length of the embeddings in the trials
_EPOCHS, _PATIENCE = 30, 3
_MAX_PEOPLE = 20_000  # whose training ratings a trial learns from
_MAX_VALID_PEOPLE = 2000

#: What is tried, in this order; within one line the first that gains most is taken.
_STEPS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"edge_dropout": 0.8}, {"targets": "later"}),
    ({"temperature": 0.2}, {"temperature": 0.3}),
    ({"dim": 256},),
)

_LIMITS: dict[str, Any] = {"choose": False, "epochs": _EPOCHS, "patience": _PATIENCE}

FitTrial = Callable[[Any, Interactions, FitContext], Scorer]


@dataclass(frozen=True)
class ShortFitsResult:
    """The settings found, and what they were measured on.

    Args:
        settings: name -> value of those that were searched.
        initial_ndcg: NDCG@10 of the validation people with the settings the search started from.
        best_ndcg: the same with the best settings.
        n_trials: number of fits.
        n_people: number of validation people, or of their targets where each is ranked on its own.
        people: how many they are, in words.
        n_train_people: number of people whose ratings were learnt from.
    """

    settings: dict[str, Any]
    initial_ndcg: float
    best_ndcg: float
    n_trials: int
    n_people: int
    people: str
    n_train_people: int

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        return (
            f"chosen by NDCG@10 of {self.people}, "
            f"from the ratings of {counted(self.n_train_people, 'person')}, "
            f"in {counted(self.n_trials, 'short fit')} ({self.initial_ndcg:.4f} at the start, {self.best_ndcg:.4f} as "
            f"chosen): {values}"
        )


def search_settings(
    model: Any, fit_trial: FitTrial, train: Interactions, context: FitContext
) -> ShortFitsResult | None:
    """Try the settings of `_STEPS` one after another, from those of ``model`` with a narrow network.

    A step must gain more than the standard error of its gain over the people, so that few people move nothing.

    Args:
        model: `LightGCN`.
        fit_trial: fits a model in one process, without checkpoints.
        train: the edges.
        context: gives the validation part and the seed.

    Returns:
        None without validation people.

    Cost: six fits of some 15 epochs, of at most 20,000 people and 64 numbers a movie, the last one of 256.
    """
    valid = neural_fit.validation_people(context, _MAX_VALID_PEOPLE)
    if valid is None:
        return None
    sample = _sample(train, context.seed)
    search = _Search(fit_trial, sample, valid, context)
    fixed = {field.name for field in dataclasses.fields(model) if getattr(model, field.name) != field.default}
    settings: dict[str, Any] = {} if "dim" in fixed else {"dim": TRIAL_DIM}
    best = initial = search.ndcg_of(dataclasses.replace(model, **settings, **_LIMITS))
    for step in _steps(model, sample, fixed):
        start, start_settings = best, settings
        for change in step:
            changed = {**start_settings, **change}
            user_ndcg = search.ndcg_of(dataclasses.replace(model, **changed, **_LIMITS))
            if is_gain(user_ndcg - start) and user_ndcg.mean() > best.mean():
                best, settings = user_ndcg, changed
    return ShortFitsResult(
        settings,
        float(initial.mean()),
        float(best.mean()),
        search.n_trials,
        len(valid),
        counted_people(valid.users),
        len(np.unique(sample.user_row)),
    )


def _steps(model: Any, train: Interactions, fixed: Collection[str]) -> Sequence[Sequence[dict[str, Any]]]:
    """The steps without what has no effect and without what the caller has set."""
    no_effect = set() if model.can_cut and TimeCuts.of_train(train) is not None else {"targets"}
    no_effect |= set() if model.cosine else {"temperature"}
    return [[change for change in step if not set(change) & (no_effect | set(fixed))] for step in _STEPS]


class _Search:
    """Fits trials and ranks the validation people."""

    def __init__(self, fit_trial: FitTrial, train: Interactions, valid: EvalPart, context: FitContext) -> None:
        self._fit_trial, self._train, self._valid = fit_trial, train, valid
        self._report = context.progress
        self._context = dataclasses.replace(
            context, valid=valid, checkpoint_dir=None, resume=False, progress=None, shard=Shard()
        )
        self.n_trials, self._best = 0, 0.0

    def ndcg_of(self, model: Any) -> FloatArray:
        """NDCG@10 of each validation person after a short fit."""
        scorer = self._fit_trial(model, self._train, self._context)
        hits = rank_hits(scorer, self._valid, self._valid.target, 10).hits
        user_ndcg = ndcg(hits, np.diff(self._valid.target.indptr))
        self.n_trials += 1
        self._best = max(self._best, float(np.mean(user_ndcg)))
        if self._report is not None:
            self._report(Progress("choose", self.n_trials, None, "trials", {"ndcg@10": self._best}))
        return user_ndcg


def _sample(train: Interactions, seed: int) -> Interactions:
    """The ratings of at most `_MAX_PEOPLE` people, drawn by the seed."""
    people = np.unique(train.user_row)
    if len(people) <= _MAX_PEOPLE:
        return train
    is_kept = np.zeros(train.n_users, np.bool_)
    is_kept[subsample(people, _MAX_PEOPLE, np.random.default_rng(np.random.SeedSequence([seed, _MAX_PEOPLE])))] = True
    return train.take(is_kept[train.user_row])
