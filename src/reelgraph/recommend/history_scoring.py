"""Scores for histories whose entries have weights: means over histories without them, and for each part of a blend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from scipy import sparse

from reelgraph.core import (
    AnyArray,
    CombinesScorers,
    FloatArray,
    IntArray,
    Matrix,
    Scorer,
    depends_on_order,
    scores_of,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.recommend.scorer_inputs import learns_from_views
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer


def needs_weighted_parts(histories: Sequence[WeightedHistory], scorer: Scorer) -> bool:
    """Whether ``scorer`` needs more of the histories than their ratings: weights, or their order."""
    if all(history.is_plain for history in histories):
        return any(history.order is not None for history in histories) and depends_on_order(scorer)
    return True


def unweighted_scorer(histories: Sequence[WeightedHistory], scorer: Scorer) -> tuple[Scorer, Matrix] | None:
    """A scorer and histories ``(len(histories), n_items)`` for it, which it scores as ``scorer`` does with weights.

    Returns:
        None where there is none: the scores are then means over the `layers` of a history.
    """
    if not needs_weighted_parts(histories, scorer):
        return scorer, _stacked([history.ratings for history in histories])
    if isinstance(scorer, CombinesScorers):
        combined = with_weighted_parts(scorer, [WeightedPart(part, histories) for part in scorer.parts], histories)
        return combined, _stacked([history.ratings for history in histories])
    return None


def score_histories(histories: Sequence[WeightedHistory], scorer: Scorer) -> FloatArray:
    """Scores of all items for each history, ``(len(histories), n_items)`` float32."""
    raise_if_interrupted()
    unweighted = unweighted_scorer(histories, scorer)
    if unweighted is not None:
        return unweighted[0].score(unweighted[1])
    if not learns_from_views(scorer):
        histories = [history.rated() for history in histories]
    layers = [(n, *layer) for n, history in enumerate(histories) for layer in history.layers_for(scorer)]
    ratings = _stacked([histories[n].subset(positions) for n, _, positions in layers])
    order = None
    if depends_on_order(scorer) and any(history.order is not None for history in histories):
        if any(history.order is None for history in histories):
            return np.concatenate([score_histories([history], scorer) for history in histories])
        places = [histories[n].order_at(positions) for n, _, positions in layers]
        order = _stacked([place for place in places if place is not None])
    scores = scores_of(scorer, ratings, order)
    if len(layers) == len(histories):
        return scores
    total = np.zeros((len(histories), scores.shape[1]))
    owners, shares = np.array([n for n, _, _ in layers]), np.array([share for _, share, _ in layers])
    np.add.at(total, owners, shares[:, None] * scores)
    return total.astype(np.float32)


class WeightedPart:
    """A part of a blend that scores histories with weights, in place of the ratings that the blend gives it.

    Args:
        part: the fitted model.
        histories: of the people whom the blend scores, in their order.
    """

    def __init__(self, part: Scorer, histories: Sequence[WeightedHistory]) -> None:
        self.part, self.histories = part, histories
        self.kind, self.n_items = part.kind, part.n_items

    def score(self, history: Matrix) -> FloatArray:
        """Scores of the histories, ``(len(histories), n_items)``."""
        return score_histories(self.histories, self.part)

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        """Expected stars of ``items``, all when None, for the histories, ``(len(histories), n)``."""
        stars = [person.mean_stars(self.part, items) for person in self.histories]
        if any(row is None for row in stars):
            raise CapabilityError(f"the model {self.kind!r} predicts no stars")
        return np.array(stars, np.float32)

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the part."""
        return self.part.arrays()

    def settings(self) -> dict[str, Any]:
        """Those of the part."""
        return self.part.settings()


def with_weighted_parts(
    scorer: CombinesScorers, parts: Sequence[WeightedPart], histories: Sequence[WeightedHistory]
) -> Scorer:
    """The combination of ``parts``, which score ``histories``; movies seen without a rating are no ratings in it."""
    combined = scorer.with_parts([cast(Scorer, part) for part in parts])
    if isinstance(combined, LikedOrderScorer):
        return replace(combined, rated=_stacked([history.rated().ratings for history in histories]))
    return combined


def _stacked(rows: Sequence[Matrix]) -> Matrix:
    return rows[0] if len(rows) == 1 else Matrix(sparse.vstack(rows, format="csr"))
