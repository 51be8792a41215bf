"""Thinned draws of one chain, and the scorer made of the draws of all chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.problem import PreparedProblem
from reelgraph.models.bayes_gcn.sessions import STRETCHES
from reelgraph.scorers.bayes.prior import allocate
from reelgraph.scorers.bayes.scorer import BayesScorer

_HALF_PRECISION = ("item", "neighbour", "profile", "date")  # names of the arrays that grow with the data

Draw = Mapping[str, FloatArray]  # the arrays of the scorer for one state, by name


class ThinnedDraws:
    """Draws of one sweep after the other, evenly spread over all of them although their number is not known before.

    Up to twice as many as wanted are held; when these are reached, every second one is dropped.

    Args:
        keep: sweeps whose draws are wanted.
    """

    def __init__(self, keep: int) -> None:
        self._keep, self._stride = keep, 1
        self.steps = 0  # sweeps so far
        self.kept: list[Draw] = []  # of the sweeps that are multiples of the stride, those of all chains together

    def add(self, drawn: Sequence[Draw]) -> None:
        """The draws of all chains after the next sweep."""
        self.steps += 1
        if self.steps % self._stride:
            return
        chains = len(drawn)
        if len(self.kept) >= 2 * self._keep * chains:
            self._stride *= 2
            self.kept = [draw for n, draw in enumerate(self.kept) if n // chains % 2]
            if self.steps % self._stride:
                return
        self.kept += drawn

    def restore(self, draws: list[Draw], steps: int) -> None:
        """The state of a checkpoint after so many sweeps."""
        self.kept, self.steps = draws, steps
        while self.steps // self._stride > 2 * self._keep:
            self._stride *= 2

    def chosen(self, chains: int) -> list[Draw]:
        """At most ``keep`` times ``chains`` draws, evenly spread, the last one among them."""
        sweeps = len(self.kept) // chains
        count = min(self._keep, sweeps)
        places = np.ceil(np.arange(1, count + 1) * sweeps / max(count, 1)).astype(int) - 1
        return [draw for place in places.tolist() for draw in self.kept[place * chains : (place + 1) * chains]]


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
            neighbour_mean, neighbour_covariance = _moments_over_users(chain)
        else:
            profile.append(weights)
    if profile:
        rows["profile"] = np.concatenate(profile)
    state = {
        "item": chain.table[chain.parts[1]],
        "neighbour": rows["neighbours"],
        "neighbour_mean": neighbour_mean,
        "neighbour_covariance": neighbour_covariance,
        "prior_mean": chain.mean[0][0],
        "prior_precision": chain.precision[0][0],
        "profile": rows["profile"],
        "date": date,
        "moment_mean": np.zeros(0) if chain.sessions is None else chain.sessions.mean,
        "moment_precision": np.zeros(0) if chain.sessions is None else chain.sessions.precision,
        "offset": np.array(chain.offset),
        "noise": np.array(chain.noise),
        "shape": np.array(chain.shape if problem.personal_noise else 0.0),
        "cuts": chain.cuts,
    }
    return {name: value.astype(np.float32) for name, value in state.items()}


def _moments_over_users(chain: Chain) -> tuple[FloatArray, FloatArray]:
    """Mean ``(width,)`` and covariance ``(width, width)``, over the users with ratings, of the neighbours' terms."""
    field, ids = chain.problem.fields[0], chain.weights[0][0]
    others = np.zeros(ids.shape)
    for group, weights in zip(field.groups[1:], chain.weights[0][1:], strict=True):
        if group.name != "neighbours":
            group.times(weights, others)
    terms = (chain.table[chain.parts[0]] - ids - others)[np.diff(field.indptr) > 0]
    mean: FloatArray = terms.mean(axis=0)
    return mean, (terms - mean).T @ (terms - mean) / len(terms)


def _one_date_a_draw(date: FloatArray, setup: PreparedProblem) -> FloatArray:
    """Dates of training ratings, ``(draws, width)``, one in each draw of all of them, ``(draws, dates, width)``."""
    if not date.shape[1]:
        return np.zeros((date.shape[0], date.shape[2]), np.float32)
    counts = next(np.diff(field.indptr) for field in setup.problem.fields if field.name == "date")
    dates: FloatArray = date[np.arange(len(date)), allocate(counts, len(date))]
    return dates


def _halved(array: FloatArray) -> FloatArray:
    """The array in half precision, if its numbers are within that range."""
    largest = float(np.abs(array).max(initial=0.0))
    return array.astype(np.float16) if largest < np.finfo(np.float16).max else array


def scorer(draws: Sequence[Draw], setup: PreparedProblem, point: str) -> BayesScorer:
    """The scorer of the thinned draws of all chains, its large arrays in half precision.

    Args:
        draws: of all chains.
        setup: of the problem.
        point: the mean or the median.
    """
    stacked: dict[str, Any] = {name: np.stack([draw[name] for draw in draws]) for name in draws[0]}
    date_drawn = _one_date_a_draw(stacked["date"], setup)
    stacked |= {name: _halved(stacked[name]) for name in _HALF_PRECISION}
    return BayesScorer(
        **stacked,
        date_drawn=date_drawn,
        profile_indptr=setup.profile.indptr.astype(np.int64),
        profile_indices=setup.profile.indices.astype(np.int32),
        date_day=setup.days,
        moment_seconds=np.array(() if setup.problem.sessions is None else STRETCHES, np.int64),
        levels=setup.levels,
        centre=setup.centre,
        unit=setup.unit,
        point=point,
    )
