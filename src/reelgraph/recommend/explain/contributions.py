"""What each movie of a person contributes to a score: exactly for sums, by leaving ratings out for other models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from reelgraph.core import (
    CombinesScorers,
    Contributions,
    Explains,
    FloatArray,
    HasItemVectors,
    IntArray,
    Matrix,
    PredictsRating,
    Scorer,
    contributions_of,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.history_scoring import WeightedPart, needs_weighted_parts, score_histories, with_weighted_parts
from reelgraph.recommend.item_similarity import cosines
from reelgraph.recommend.scorer_inputs import learns_from_views
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_ratings import LikedRatingsScorer

MAX_LEFT_OUT = 50  # ratings left out one by one, at most


def weighted_contributions(history: WeightedHistory, scorer: Scorer, item_rows: IntArray) -> Contributions:
    """`Contributions` of entries that have weights: ``(n, nnz)`` in the order of ``history.ratings.indices``.

    Raises:
        CapabilityError: the scores are not sums over the ratings.
    """
    if not isinstance(scorer, Explains):
        raise CapabilityError(f"the scores of the model {scorer.kind!r} are not sums over a person's ratings")
    if isinstance(scorer, CombinesScorers) and needs_weighted_parts([history], scorer):
        return _combined_contributions(history, scorer, item_rows)
    shares = np.zeros((len(item_rows), history.ratings.nnz))
    is_used = np.ones(history.ratings.nnz, np.bool_) if learns_from_views(scorer) else ~history.is_unrated
    used_positions = np.flatnonzero(is_used)
    used = history.at(used_positions)
    baseline_terms: defaultdict[str, FloatArray] = defaultdict(lambda: np.zeros(len(item_rows)))
    conditions: list[str] = []
    for layer_share, positions in used.layers_for(scorer):
        layer = contributions_of(scorer, used.subset(positions), item_rows, used.order_at(positions))
        shares[:, used_positions[positions]] += layer_share * layer.ratings
        for name, term in layer.baseline_terms.items():
            baseline_terms[name] = baseline_terms[name] + layer_share * term
        conditions.append(layer.conditioned_on)
    return Contributions(shares, dict(baseline_terms), "; ".join(dict.fromkeys(filter(None, conditions))))


class _ExplainedWeightedPart(WeightedPart):
    """A part of a blend whose scores are sums over the ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each entry of the only history adds to the scores of ``items``."""
        return weighted_contributions(self.histories[0], self.part, items)


def _combined_contributions(history: WeightedHistory, scorer: CombinesScorers, item_rows: IntArray) -> Contributions:
    """`Contributions` to the scores of a blend whose parts score the weighted history."""
    parts = [
        (_ExplainedWeightedPart if isinstance(part, Explains) else WeightedPart)(part, [history])
        for part in scorer.parts
    ]
    combined = with_weighted_parts(scorer, parts, [history])
    assert isinstance(combined, Explains)
    return combined.contributions(history.ratings, item_rows)


def leave_one_out(history: WeightedHistory, scorer: Scorer, item_row: int) -> tuple[float, FloatArray, IntArray]:
    """The value of an item, in stars when the scorer predicts them, and what it loses without each rating.

    At most `MAX_LEFT_OUT` ratings are left out one by one: those of the items most similar to ``item_row``, or the
    first ones when the scorer has no item vectors.

    Returns:
        The value, the effects ``(m,)`` and the positions of the ratings within ``history.ratings``, ``(m,)``.

    Cost: the fold-in of m + 1 people.
    """
    ratings = history.ratings
    positions = np.flatnonzero(history.weights > 0)
    if len(positions) > MAX_LEFT_OUT:
        by_similarity = _most_similar_first(scorer, item_row, ratings.indices[positions])
        positions = np.sort(positions[by_similarity[:MAX_LEFT_OUT]])
    all_positions = np.arange(ratings.nnz)
    subsets = [all_positions, *(np.delete(all_positions, position) for position in positions)]
    variants = [history.at(subset) for subset in subsets]
    values = _values(variants, scorer, item_row)
    return float(values[0]), values[0] - values[1:], positions


def _most_similar_first(scorer: Scorer, item_row: int, other_rows: IntArray) -> IntArray:
    if isinstance(scorer, LikedRatingsScorer):
        scorer = scorer.scorer
    if not isinstance(scorer, HasItemVectors):
        return np.arange(len(other_rows))
    return np.argsort(-cosines(scorer.item_vectors(), item_row)[other_rows], kind="stable")


def _values(histories: Sequence[WeightedHistory], scorer: Scorer, item_row: int) -> FloatArray:
    """Stars of the item for each history, or scores when the scorer predicts no stars, ``(n,)`` float64."""
    if not isinstance(scorer, PredictsRating):
        return score_histories(histories, scorer)[:, item_row].astype(np.float64)
    layers = [(n, *layer) for n, history in enumerate(histories) for layer in history.rated().layer_ratings()]
    ratings = Matrix(sparse.vstack([layer_ratings for _, _, layer_ratings in layers], format="csr"))
    values = scorer.rate(ratings, np.array([item_row])).stars[:, 0]
    owners = np.array([n for n, _, _ in layers])
    shares = np.array([share for _, share, _ in layers])
    return np.asarray(np.bincount(owners, shares * values), np.float64)
