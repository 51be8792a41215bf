"""The arrays of the model of the stars in a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.export.array_archive import ArrayArchive
from reelgraph.export.star_draws import codes_of
from reelgraph.scorers.bayes.prior import VarianceFactors
from reelgraph.scorers.bayes.scorer import BayesScorer


def add_stars(archive: ArrayArchive, scorer: BayesScorer, love: float) -> dict[str, Any]:
    """Add the arrays of a model of the stars; returns what a script has to know of them.

    Args:
        archive: gets the arrays.
        scorer: as `few_draws` makes it: its tables are whole multiples of their steps.
        love: weight of the stars in the order of liking.
    """
    draws, _, width = scorer.item.shape
    has_neighbours = bool(scorer.neighbour.shape[1])
    for name, table in (("item", scorer.item), *([("neighbour", scorer.neighbour)] if has_neighbours else [])):
        codes, step = codes_of(table)
        archive.add(f"stars.{name}", codes.ravel())
        archive.add(f"stars.{name}_step", step.ravel())
    factors = VarianceFactors.of(
        np.eye(width) / scorer.prior_precision[:, None, :] + scorer.profile_covariance, scorer.neighbour_covariance
    )
    has_moments = len(scorer.moment_seconds) > 0
    tables: dict[str, FloatArray] = {
        "date": scorer.date_drawn,
        "mean": scorer.prior_mean + scorer.average_profile,
        "neighbour_mean": scorer.neighbour_mean,
        "whiten": factors.whiten,
        "extra": factors.extra,
        "moment_mean": scorer.moment_mean.sum(axis=1),
        "moment_variance": (1.0 / scorer.moment_precision).sum(axis=1),
        "offset": scorer.offset,
        "noise": scorer.noise,
        "shape": scorer.shape,
        "edges": scorer._edges,
        "levels": scorer.levels,
        "std": 1.0 / np.sqrt(scorer.prior_precision),
    }
    for name, table in tables.items():
        archive.add(f"stars.{name}", table.astype(np.float64).ravel())
    return {
        "draws": draws, "width": width, "ordinal": bool(scorer.cuts.shape[1]), "centre": scorer.centre,
        "unit": scorer.unit, "neighbours": has_neighbours, "moments": has_moments, "love": love,
        "similar": scorer.similar_weight, "similarDraws": scorer.draws_of_similarity.tolist(),
    }  # fmt: skip
