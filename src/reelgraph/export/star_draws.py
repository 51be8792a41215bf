"""The model of the stars in little room: a few of its draws, its large tables in numbers of 8 bits."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.scorers.bayes.scorer import BayesScorer
from reelgraph.scorers.quantised import QuantisedVectors


def few_draws(scorer: BayesScorer, n_draws: int) -> BayesScorer:
    """The scorer with some of its draws, evenly spaced, and its tables of movies as they are after rounding.

    Args:
        scorer: the model of the stars; without the profiles of known users in the result.
        n_draws: at most; all where it has fewer.
    """
    chosen = np.unique(np.linspace(0, len(scorer.item) - 1, n_draws).round().astype(np.int64))
    anonymous = scorer.without_users()
    names = (
        "neighbour_mean", "neighbour_covariance", "prior_mean", "prior_precision", "profile", "date", "date_drawn",
        "moment_mean", "moment_precision", "offset", "noise", "shape", "cuts", "average_profile", "profile_covariance",
    )  # fmt: skip
    small = {name: getattr(anonymous, name)[chosen].copy() for name in names}
    item = rounded_columns(anonymous.item[chosen])
    neighbour = rounded_columns(anonymous.neighbour[chosen])
    return dataclasses.replace(anonymous, item=item, neighbour=neighbour, **small)


def codes_of(table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(draws, n, d)`` numbers as whole multiples of one step a draw and column.

    Returns:
        Codes ``(draws, d, n)`` int8, and steps ``(draws, d)`` float32.
    """
    draws, n, width = table.shape
    columns = np.ascontiguousarray(table.astype(np.float32).transpose(0, 2, 1)).reshape(draws * width, n)
    rounded = QuantisedVectors.of(columns)
    return rounded.codes.reshape(draws, width, n), rounded.step.reshape(draws, width)


def rounded_columns(table: FloatArray) -> FloatArray:
    """The numbers of `codes_of`, ``(draws, n, d)`` float32."""
    if not table.shape[1]:
        return table.astype(np.float32)
    codes, step = codes_of(table)
    values: FloatArray = (codes.astype(np.float32) * step[:, :, None]).transpose(0, 2, 1)
    return np.ascontiguousarray(values)
