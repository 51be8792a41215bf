"""A compact item filter after people have been put in or taken out: its matrices, and what is made from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers.item_filter.compact_arrays import CompactFilterArrays
from reelgraph.scorers.item_filter.compact_vectors import compact_vectors
from reelgraph.scorers.item_filter.compact_weights import HeadWeights, compact_weights, fields_of
from reelgraph.scorers.item_filter.graph_directions import directions_of_graph, kept_directions, scaled_graph
from reelgraph.scorers.item_filter.inverse_updates import PeopleChange, updated_later
from reelgraph.scorers.item_filter.item_vectors import (
    leading_directions_of_graph,
    leading_vectors,
    n_vector_directions,
    vectors_of,
)
from reelgraph.scorers.item_filter.kept_graph import packed, updated_inverse
from reelgraph.scorers.item_filter.low_pass import filter_of, low_pass, n_directions_for

_TAIL_BLOCK = 512  # columns of the tail taken together
_MIN_ITEMS_TO_GO_ON = 1024  # below it starting anew takes no time


def changed_fields(scorer: CompactFilterArrays, changes: Sequence[PeopleChange]) -> dict[str, Any]:
    """The arrays of a scorer that a change of people changes, as fields.

    Where more is put in than taken out, the low pass and thin matrices go on from those before the change. Of
    people who are taken out nothing is left even there: all is made from A and C alone, by the steps of a fit.

    Args:
        scorer: with its inverse.
        changes: people, one after the other.

    Raises:
        CapabilityError: the ratings that are taken out cannot have been in, or there are no times.

    Cost: that of `updated_inverse`, and O(n_head^2) for each factor and direction.
    """
    inverse, graph = updated_inverse(scorer.inverse, scorer.graph, scorer.row_of_item, changes, scorer)
    later = updated_later(scorer.later, scorer.row_of_item, changes, scorer) if len(scorer.later) else scorer.later
    kept_inverse, diagonal, knows_graph = packed(inverse, scorer.inverse.dtype), np.diag(inverse).copy(), len(graph) > 0
    is_growing = sum(change.sign * change.history.nnz for change in changes) > 0
    goes_on = is_growing and knows_graph and len(scorer.head) >= _MIN_ITEMS_TO_GO_ON
    cutoff = scorer.low_pass_cutoff if scorer.low_pass_weight else 0
    scaled = scaled_graph(graph, diagonal) if knows_graph and (cutoff or len(scorer.vectors)) else None
    if knows_graph:
        inverse = inverse.astype(np.float32, copy=False)
    factors = directions = None
    if cutoff and scaled is not None:
        start = scorer.directions if goes_on and len(scorer.directions) else None
        directions = directions_of_graph(scaled, n_directions_for(len(scorer.head), cutoff), start)
    if cutoff:
        factors = (
            low_pass(inverse, cutoff, scorer.low_pass_weight)
            if directions is None
            else filter_of(directions, diagonal, cutoff, scorer.low_pass_weight)
        )
    head_weights = HeadWeights(
        len(scorer.head),
        inverse,
        scorer.closed_form,
        factors,
        later=later if len(later) else None,
        later_weight=scorer.later_weight,
    )
    similar_right = scorer.right[scorer.head] * scorer.right_scale[scorer.head, None] if goes_on else None
    weights = compact_weights(
        scorer.n_items, scorer.head, head_weights, _tail_columns(scorer), scorer.left.shape[1], scorer.weights_per_item,
        similar_right,
    )  # fmt: skip
    vectors = scorer.vectors
    if len(vectors):
        if directions is None or len(directions.values) < n_vector_directions(len(scorer.head)):
            vectors = leading_vectors(inverse) if scaled is None else vectors_of(leading_directions_of_graph(scaled))
        else:
            vectors = vectors_of(directions)
        vectors = compact_vectors(vectors, diagonal, weights, scorer.head, scorer.ridge)
    changed = fields_of(weights) | {"inverse": kept_inverse, "graph": graph, "later": later, "vectors": vectors}
    return changed if directions is None else changed | {"directions": kept_directions(directions, cutoff)}


def _tail_columns(scorer: CompactFilterArrays) -> Iterator[tuple[IntArray, FloatArray]]:
    """The columns of the tail as they are, for `compact_weights`."""
    tail = np.flatnonzero(scorer.is_target)
    columns, left = scorer.sparse.tocsc(), scorer.left.astype(np.float32) * scorer.left_scale[:, None]
    for start in range(0, len(tail), _TAIL_BLOCK):
        item_rows = tail[start : start + _TAIL_BLOCK]
        right = scorer.right[item_rows].astype(np.float32) * scorer.right_scale[item_rows, None]
        rest = columns[:, item_rows][scorer.head].toarray() * scorer.data_scale[scorer.head, None]
        yield item_rows, right @ left.T + rest.T
