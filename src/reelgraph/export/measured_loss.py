"""What a page loses against its bundle: NDCG@10 on ratings that the bundle was not fitted on, paired over people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, EvalPart, IntArray, Matrix, Metric
from reelgraph.evaluation import evaluate, paired
from reelgraph.export.page_model import PageModel

_MAX_PEOPLE = 1000
_MIN_PEOPLE = 30
_METRIC = "ndcg@10"


@dataclass(frozen=True)
class MeasuredLoss:
    """The ranking of a page beside that of its bundle.

    Args:
        bundle: NDCG@10 of the bundle.
        difference: page less bundle, paired, with its 95 % interval.
        n_people: on whom both were measured.
        stars: mean absolute error of the stars of the page less that of the bundle, in stars; None without stars.
    """

    bundle: Metric
    difference: Metric
    n_people: int
    stars: Metric | None = None


def measured_loss(bundle: Bundle, model: PageModel) -> MeasuredLoss | None:
    """The difference of the two, on at most `_MAX_PEOPLE` people; None where the bundle holds nobody's ratings back.

    Cost: two rankings of all movies for these people.
    """
    part = held_back_part(bundle)
    if part is None:
        return None
    metrics = [_METRIC] if model.stars is None else [_METRIC, "mae"]
    of_page, of_bundle = (evaluate(scorer, part, metrics=metrics) for scorer in (model.scorer, bundle.scorer))
    stars = None if model.stars is None else paired(of_page, of_bundle, "mae")
    difference = paired(of_page, of_bundle, _METRIC)
    return MeasuredLoss(of_bundle.summary[_METRIC], difference, len(part.users), stars)


def held_back_part(bundle: Bundle) -> EvalPart | None:
    """What the bundle was fitted on as history, and what it was not fitted on as target; None for too few people."""
    if not bundle.has_people or bundle.is_train is None:
        return None
    is_train = bundle.is_train
    users = np.repeat(np.arange(bundle.history.shape[0]), np.diff(bundle.history.indptr))
    n_users = bundle.history.shape[0]
    has_both = (np.bincount(users[is_train], minlength=n_users) > 0) & (
        np.bincount(users[~is_train], minlength=n_users) > 0
    )
    people = np.flatnonzero(has_both)
    if len(people) < _MIN_PEOPLE:
        return None
    people = np.sort(np.random.default_rng(0).permutation(people)[:_MAX_PEOPLE])
    history, target = (_of_people(bundle.history, people, mask) for mask in (is_train, ~is_train))
    return EvalPart(users=people.astype(np.int32), history=history, target=target, seen=history)


def _of_people(history: Matrix, people: IntArray, mask: BoolArray) -> Matrix:
    """The ratings of some people that a mask, of all ratings, chooses."""
    indptr = np.concatenate([[0], np.cumsum(mask)])[history.indptr]
    chosen = Matrix((history.data[mask].astype(np.float32), history.indices[mask], indptr), shape=history.shape)
    return Matrix(chosen[people])
