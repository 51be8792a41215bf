"""Thinned draws of one chain, and the scorer made of the draws of all chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.problem import MOMENTS, PreparedProblem
from reelgraph.scorers.bayes.prior import allocate
from reelgraph.scorers.bayes.scorer import BayesScorer

Draw = Mapping[str, FloatArray]  # the arrays of the scorer for one state, by name


def take(chain: Chain, setup: PreparedProblem) -> Draw:
    """The scorer's arrays for the chain's current state, float32."""
    problem, width = setup.problem, 1 + setup.problem.dim
    by_name = {field.name: k for k, field in enumerate(problem.fields)}
    date = chain.table[chain.parts[by_name["date"]]] if "date" in by_name else np.zeros((0, width))
    rows: dict[str, FloatArray] = {"neighbours": np.zeros((0, width)), "profile": np.zeros((0, width))}
    neighbour_mean: FloatArray = np.zeros(width)
    neighbour_covariance: FloatArray = np.zeros((width, width))
    profile = []
    for group, weights in zip(problem.fields[0].groups[1:], chain.weights[0][1:], strict=True):
        if group.name == "neighbours":
            rows["neighbours"] = weights
            neighbour_mean, neighbour_covariance = _moments_over_users(problem.fields[0], group, weights)
        else:
            profile.append(weights)
    if profile:
        rows["profile"] = np.concatenate(profile)
    moment = by_name.get("moment")
    means = [] if moment is None else [mean[0] for mean in chain.mean[moment]]
    precisions = [] if moment is None else [precision[0] for precision in chain.precision[moment]]
    state = {
        "item": chain.table[chain.parts[1]],
        "neighbour": rows["neighbours"],
        "neighbour_mean": neighbour_mean,
        "neighbour_covariance": neighbour_covariance,
        "prior_mean": chain.mean[0][0],
        "prior_precision": chain.precision[0][0],
        "profile": rows["profile"],
        "date": date,
        "moment_mean": np.array(means),
        "moment_precision": np.array(precisions),
        "offset": np.array(chain.offset),
        "noise": np.array(chain.noise),
        "shape": np.array(chain.shape if problem.personal_noise else 0.0),
        "cuts": chain.cuts,
    }
    return {name: value.astype(np.float32) for name, value in state.items()}


def _moments_over_users(field: RatingField, group: FeatureGroup, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean ``(width,)`` and covariance ``(width, width)``, over the users with ratings, of a group's terms."""
    terms = np.zeros((field.entities, weights.shape[1]))
    group.times(weights, terms)
    terms = terms[np.diff(field.indptr) > 0]
    mean: FloatArray = terms.mean(axis=0)
    return mean, (terms - mean).T @ (terms - mean) / len(terms)


def _one_date_a_draw(date: FloatArray, setup: PreparedProblem) -> FloatArray:
    """Dates of training ratings, ``(draws, width)``, one in each draw of all of them, ``(draws, dates, width)``."""
    if not date.shape[1]:
        return np.zeros((date.shape[0], date.shape[2]), np.float32)
    code = next(field.code for field in setup.problem.fields if field.name == "date")
    dates: FloatArray = date[np.arange(len(date)), allocate(np.bincount(code), len(date))]
    return dates


def scorer(draws: Sequence[Draw], setup: PreparedProblem, point: str) -> BayesScorer:
    """The scorer of the thinned draws of all chains; ``point`` is the mean or the median."""
    stacked = {name: np.stack([draw[name] for draw in draws]) for name in draws[0]}
    return BayesScorer(
        **stacked,
        date_drawn=_one_date_a_draw(stacked["date"], setup),
        profile_indptr=setup.profile.indptr.astype(np.int64),
        profile_indices=setup.profile.indices.astype(np.int32),
        date_day=setup.days,
        moment_seconds=np.array(MOMENTS if setup.moment_keys else (), np.int64),
        levels=setup.levels,
        centre=setup.centre,
        unit=setup.unit,
        point=point,
    )
