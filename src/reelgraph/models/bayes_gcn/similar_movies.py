"""How much a person's ratings of similar movies say beyond the draws."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.models.bayes_gcn.convergence import SamplePeople
from reelgraph.scorers.bayes.scorer import BayesScorer

_MIN_STANDARD_ERRORS = 2.0


def with_similar_movies(scorer: BayesScorer, people: SamplePeople) -> BayesScorer:
    r"""The scorer with the weight of similar movies that predicts best what some people's other ratings are.

    With y the held stars less those predicted, and D what the term with weight 1 adds to these, the weight is

    .. math:: w = \frac{D \cdot y}{D \cdot D}

    It is 0 where that is below two standard errors, clustered by person.

    Args:
        scorer: without the term.
        people: whose targets are predicted from their histories.
    """
    if people.target.nnz == 0:
        return scorer
    base, unit = (_stars(dataclasses.replace(scorer, similar_weight=weight), people) for weight in (0.0, 1.0))
    effect, missing = unit - base, people.target.data - base
    square = float(effect @ effect)
    if square == 0.0:
        return scorer
    weight = float(effect @ missing) / square
    person = np.repeat(np.arange(people.target.shape[0]), np.diff(people.target.indptr))
    by_person = np.bincount(person, effect * (missing - weight * effect))
    error = math.sqrt(float(by_person @ by_person)) / square
    return dataclasses.replace(scorer, similar_weight=weight) if weight > _MIN_STANDARD_ERRORS * error else scorer


def _stars(scorer: BayesScorer, people: SamplePeople) -> FloatArray:
    """Mean stars of the targets, ``(targets,)``."""
    predicted = dataclasses.replace(scorer, point="mean").rate_at(
        people.history,
        people.target,
        history_time=people.history_time,
        target_time=people.target_time,
        users=people.users,
    )
    stars: FloatArray = predicted.stars[0].astype(np.float64)
    return stars
