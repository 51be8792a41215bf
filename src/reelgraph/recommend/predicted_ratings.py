"""Predicted stars of single items, with their spread."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import IntArray, PredictsRating, TopK, require_scale
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.list_rows import make_rows, with_stars
from reelgraph.recommend.weighted_history import WeightedHistory


@dataclass(frozen=True)
class PredictedRating:
    """The predicted rating of one item.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        stars: predicted stars, on the scale.
        low: the person's stars are from ``low`` to ``high``, levels of the scale, with a probability of 80 % or more;
            None when the model predicts no distribution.
        high: see ``low``.
        liked: probability of a rating of at least `RatingScale.liked_from`; None when the model predicts no
            distribution.
    """

    item_id: int | str
    title: str
    stars: float
    low: float | None = None
    high: float | None = None
    liked: float | None = None


@dataclass(frozen=True, repr=False)
class PredictedRatings(Tabular, Sequence[PredictedRating]):
    """Predicted ratings of several items, in the order that they were asked for.

    Args:
        ratings: one an item.
        predicted_by: kind of the scorer.
    """

    ratings: tuple[PredictedRating, ...]
    predicted_by: str

    def __len__(self) -> int:
        return len(self.ratings)

    @overload
    def __getitem__(self, index: int) -> PredictedRating: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[PredictedRating, ...]: ...

    def __getitem__(self, index: int | slice) -> PredictedRating | tuple[PredictedRating, ...]:
        return self.ratings[index]

    def to_dict(self) -> dict[str, Any]:
        """One row an item, one column for each field of `PredictedRating`."""
        names = [field.name for field in dataclasses.fields(PredictedRating)]
        return {name: [getattr(rating, name) for rating in self.ratings] for name in names}

    def _display(self) -> Table:
        return Table(f"PredictedRatings: stars of {counted(len(self), 'movie')} by {self.predicted_by}", self.to_dict())


def predicted_ratings(bundle: Bundle, history: WeightedHistory, item_rows: IntArray) -> PredictedRatings:
    """The stars that a person would give to items.

    Args:
        bundle: a bundle of a model that predicts stars.
        history: the person; without ratings, what the model expects of anybody.
        item_rows: ``(n,)``.

    Raises:
        CapabilityError: the model predicts no stars, or the data have none.
    """
    scale = require_scale(bundle.scale, "a prediction of stars")
    prediction = history.rate(bundle.scorer, item_rows)
    if prediction is None and not isinstance(bundle.scorer, PredictsRating):
        raise CapabilityError(
            f"the model {bundle.scorer.kind!r} ranks and predicts no stars", "train bayes-gcn or blend"
        )
    if prediction is None:
        return PredictedRatings((), bundle.scorer.kind)
    no_scores = TopK(item_rows[None, :].copy(), np.zeros((1, len(item_rows)), np.float32))
    rows = with_stars(make_rows(bundle, np.zeros(len(bundle.items), np.bool_), no_scores), prediction, scale)
    return PredictedRatings(
        tuple(PredictedRating(r.item_id, r.title, float(r.stars or 0), r.low, r.high, r.liked) for r in rows),
        bundle.scorer.kind,
    )
