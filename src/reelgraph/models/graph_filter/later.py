"""The part of what is rated later: which movies people rated after a break, given what they had rated before it."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import FloatArray, Matrix
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.item_filter.compact_weights import HeadWeights
from reelgraph.scorers.later_ratings import add_rated_later

_SCALE_PEOPLE = 500  # whose scores the scale is measured on


def has_breaks(source: GraphSource) -> bool:
    """Whether anybody rated a movie after a break."""
    return source.breaks_after is not None and bool(np.any(source.breaks_after > 0.0))


def rated_later(source: GraphSource, rating_power: float, dtype: type[np.floating]) -> FloatArray:
    r"""T, ``(n_items, n_items)``: T_ab counts, with weights, the people who rated b on a later side of a break than a.

    .. math:: T = \sum_t w_t X_t' Y_t

    over the breaks t of all people: X_t the entries of what a person had rated before it, Y_t ones for what they rated
    after it, w_t its weight, see `weights_of_breaks_after
    <reelgraph.scorers.later_ratings.weights_of_breaks_after>`.

    Cost: O(sum of squared ratings a person), whatever the number of breaks.
    """
    after = source.breaks_after
    assert after is not None
    later = np.zeros((source.stars.shape[1],) * 2, dtype)
    add_rated_later(later, _entries(source, rating_power), after, _entries(source, 0.0), after, 1.0)
    return later


def rated_earlier(tail: GraphSource, head: GraphSource, rating_power: float) -> FloatArray:
    """The columns of T for movies of the tail, as rows: what of the head came before each, ``(n_tail, n_head)``."""
    assert tail.breaks_after is not None
    assert head.breaks_after is not None
    earlier = np.zeros((tail.stars.shape[1], head.stars.shape[1]), np.float32)
    before = _entries(head, rating_power)
    add_rated_later(earlier, _entries(tail, 0.0), tail.breaks_after, before, head.breaks_after, -1.0)
    return earlier


def _entries(source: GraphSource, power: float) -> Matrix:
    stars = source.stars
    return Matrix((entries(stars.data, power, source.unit_stars), stars.indices, stars.indptr), shape=stars.shape)


def with_later_part(weights: HeadWeights, settings: FilterSettings, source: GraphSource, seed: int) -> HeadWeights:
    """The weights of the head with the part of what is rated later, if it is asked for and known.

    Args:
        weights: all other parts; the whole symmetric inverse among them.
        settings: of the graph.
        source: the training ratings of the items of ``weights``.
        seed: of the people whose scores the scale is measured on.

    Cost: that of `rated_later`.
    """
    if not settings.later_weight or not has_breaks(source) or weights.inverse is None:
        return weights
    later = rated_later(source, settings.rating_power, weights.inverse.dtype.type)
    part = HeadWeights(weights.n_items, weights.inverse, 0.0, later=later, later_weight=1.0)
    scale = settings.later_scale
    if not scale:
        people = drawn_people(source, settings.rating_power, seed)
        scale = scale_between(weights.transposed_product(people), part.transposed_product(people))
    return dataclasses.replace(weights, later=later, later_weight=settings.later_weight * scale)


def drawn_people(source: GraphSource, rating_power: float, seed: int) -> FloatArray:
    """The entries of at most 500 people with ratings, drawn by ``seed``, ``(n_items, n_people)`` float32."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, _SCALE_PEOPLE]))
    people = subsample(np.flatnonzero(np.diff(source.stars.indptr)), _SCALE_PEOPLE, rng)
    of_people: FloatArray = _entries(source, rating_power)[people].toarray().T.astype(np.float32, order="C")
    return of_people


def scale_between(scores: FloatArray, part_scores: FloatArray) -> float:
    """The factor by which a part's scores come to vary as much as the others do, on the mean over people.

    Args:
        scores: ``(n_items, n_people)``.
        part_scores: likewise; where they are all 0 so is the factor.
    """
    deviation = float(part_scores.std(axis=0).mean())
    return float(scores.std(axis=0).mean()) / deviation if deviation > 0.0 else 0.0
