"""The closed form on the most rated movies alone, for catalogues whose whole matrix does not fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph.core import FloatArray, IntArray
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import GraphSource, ItemGraph
from reelgraph.models.graph_filter.later import rated_earlier, with_later_part
from reelgraph.models.graph_filter.settings import MIN_HEAD_RATINGS, FilterSettings
from reelgraph.scorers import CompactFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_kernels import Targets, add_gram
from reelgraph.scorers.item_filter.compact_vectors import compact_vectors
from reelgraph.scorers.item_filter.compact_weights import HeadWeights, compact_weights, fields_of
from reelgraph.scorers.item_filter.graph_directions import kept_directions
from reelgraph.scorers.item_filter.item_vectors import leading_vectors, n_vector_directions, vectors_of
from reelgraph.scorers.item_filter.kept_graph import packed
from reelgraph.scorers.item_filter.low_pass import Directions, filter_of, smallest_directions

_MIN_TAIL_RATINGS = 10  # of a movie of the tail, for it to be a target
_TAIL_BLOCK = 512  # movies of the tail taken together


def most_rated(counts: IntArray, n_head: int) -> IntArray:
    """Rows of the ``n_head`` movies with the most ratings, ascending; of equal ones the first are taken.

    Args:
        counts: ``(n_items,)`` ratings of each movie.
        n_head: as many.
    """
    return np.sort(np.argsort(-counts, kind="stable")[:n_head]).astype(np.int32)


def fit_head(
    settings: FilterSettings, source: GraphSource, head: IntArray, seed: int, *, keep_forgetting: bool
) -> CompactFilterScorer:
    r"""The filter of the movies of a head, with the others as targets.

    G of the head is made, factorised and inverted in place, in float32. For a movie t of the tail with ten ratings or
    more, or for each where the whole tail has fewer than three, the regression on the head is exact on the head and t:
    :math:`W_{Ht} = C_{HH} G_{Ht}`.

    Args:
        settings: of the graph, all of them chosen.
        source: the training ratings.
        head: ``(n_head,)`` int32 item rows, ascending: the most rated movies.
        seed: of the first vectors of the low pass.
        keep_forgetting: keep what single people can be taken out of the closed form with.

    Raises:
        TrainingError: the matrix is not positive definite.

    Cost: O(sum of squared ratings a person + n_head^3 + n_head^2 n_tail), 4 bytes x n_head^2 of memory, and
    half of that again where the inverse is kept.
    """
    counts = np.bincount(source.stars.indices, minlength=source.stars.shape[1])
    head_source = source.within(head)
    graph = head_source.graph_of(settings)
    gram = graph.dense(np.float32)
    low_pass_factors = None
    if settings.spectral_weight:
        kernels.mirror(gram)
        spectrum = closed_forms.Spectrum.of(
            lambda block: gram @ block.astype(np.float32), len(head), settings.cutoff, seed
        )
        left, right = spectrum.filtered(np.full_like(spectrum.values, settings.spectral_weight))
        low_pass_factors = left.astype(np.float32), right.astype(np.float32)
    inverse, kept = inverted_graph(settings, gram, keep_forgetting=keep_forgetting)
    if settings.low_pass_weight:
        low_pass_factors = kept.low_pass(inverse, settings)
    tail = np.setdiff1d(np.arange(len(counts)), head)
    is_seldom_rated = len(tail) > 0 and bool(counts[tail].max() < MIN_HEAD_RATINGS)
    tail = tail[counts[tail] >= (0 if is_seldom_rated else _MIN_TAIL_RATINGS)]
    head_weights = HeadWeights(len(head), inverse, settings.closed_form, low_pass_factors)
    head_weights = with_later_part(head_weights, settings, head_source, seed)
    sums = _tail_sums(head_weights, graph, source.within(tail).graph_of(settings), tail)
    if head_weights.later is not None:
        sums = _with_later_sums(sums, head_weights, source, head, settings.rating_power)
    columns = ((item_rows, block @ inverse) for item_rows, block in sums)
    return compact_scorer(
        settings, graph, source, head, head_weights, columns, kept, with_vectors=is_seldom_rated
    )  # fmt: skip


def compact_scorer(
    settings: FilterSettings,
    graph: ItemGraph,
    source: GraphSource,
    head: IntArray,
    head_weights: HeadWeights,
    tail_columns: Iterable[tuple[IntArray, FloatArray]],
    kept: KeptForUpdates,
    *,
    with_vectors: bool = False,
) -> CompactFilterScorer:
    """The scorer of the weights of a head and its targets.

    Args:
        settings: of the graph.
        graph: of the head.
        source: the training ratings.
        head: ``(n_head,)`` item rows, ascending.
        head_weights: W on the head; with ``with_vectors`` its inverse is destroyed.
        tail_columns: of W, see `compact_weights`.
        kept: what is kept of the graph; its directions are added.
        with_vectors: make the item vectors of `ItemFilterScorer`, O(n_head^3 / 3).
    """
    weights = compact_weights(
        source.stars.shape[1], head, head_weights, tail_columns, settings.factors, settings.weights_per_item
    )
    inverse = head_weights.inverse
    keeps = bool(len(kept.graph))
    empty = np.empty(0, np.float32 if inverse is None else inverse.dtype)
    packed_inverse = packed(inverse, inverse.dtype) if keeps and inverse is not None else empty
    vectors, directions = np.empty((0, 0), np.float16), kept.directions
    if with_vectors and inverse is not None:
        diagonal = np.diag(inverse).copy()
        is_enough = directions is not None and len(directions.values) >= n_vector_directions(len(head))
        of_head = vectors_of(directions) if directions is not None and is_enough else leading_vectors(inverse)
        vectors = compact_vectors(of_head, diagonal, weights, head, settings.ridge)
    return CompactFilterScorer(
        **fields_of(weights),
        head=head,
        vectors=vectors,
        inverse=packed_inverse,
        weights_per_item=settings.weights_per_item,
        **graph_fields(settings, graph, source.unit_stars),
        later_weight=head_weights.later_weight,
        later=head_weights.later if keeps and head_weights.later is not None else np.empty((0, 0), np.float32),
        graph=kept.graph,
        directions=np.empty((0, 0), np.float16)
        if directions is None
        else kept_directions(directions, settings.low_pass_cutoff),
    )


def graph_fields(settings: FilterSettings, graph: ItemGraph, unit_stars: float) -> dict[str, Any]:
    """The fields of a scorer that say how its item graph and C were made.

    Args:
        settings: of the graph.
        graph: the weights of its times and features, which may be 0 where the data have none.
        unit_stars: of the rating that counts 1.
    """
    names = ("closed_form", "user_weight", "dropout", "time_scale", "rating_power", "ridge")
    of_settings = {name: getattr(settings, name) for name in (*names, "low_pass_weight", "low_pass_cutoff")}
    of_graph = {"session_weight": graph.session_weight, "feature_weight": graph.feature_weight}
    return of_settings | of_graph | {"unit_stars": unit_stars}


@dataclass
class KeptForUpdates:
    """What is kept beside the inverse for updates, see `CompactFilterScorer`.

    Args:
        graph: A, rows of its lower triangle; empty where nothing is kept.
        directions: of the low pass; None before it is made, or where nothing is kept.
    """

    graph: FloatArray
    directions: Directions | None = None

    def low_pass(self, inverse: FloatArray, settings: FilterSettings) -> tuple[FloatArray, FloatArray]:
        """L and R of `low_pass <reelgraph.scorers.item_filter.low_pass.low_pass>`; the directions are kept."""
        directions = smallest_directions(inverse, settings.low_pass_cutoff)
        if len(self.graph):
            self.directions = directions
        return filter_of(directions, np.diag(inverse), settings.low_pass_cutoff, settings.low_pass_weight)


def inverted_graph(
    settings: FilterSettings, gram: FloatArray, *, keep_forgetting: bool
) -> tuple[FloatArray, KeptForUpdates]:
    """C, the whole symmetric matrix, in place of the lower triangle of G, and A if it is to be kept.

    Args:
        settings: of the graph.
        gram: G, ``(n, n)``, destroyed.
        keep_forgetting: keep what updates need, if all parts are made from C.

    Raises:
        TrainingError: the matrix is not positive definite.
    """
    graph = closed_forms.regularised(gram, settings.ridge, settings.dropout)
    keeps = keep_forgetting and not settings.parts_until_next_fit
    kept = KeptForUpdates(packed(graph, graph.dtype) if keeps else np.empty(0, graph.dtype))
    inverse = closed_forms.inverse_of(graph)
    kernels.mirror(inverse)
    return inverse, kept


def _tail_sums(
    weights: HeadWeights, graph: ItemGraph, tail_graph: ItemGraph, tail: IntArray
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Item rows of the tail, some at a time, and their part of the graph, ``(b, n_head)`` float32, times its weight."""
    rated, factors = graph.rated.astype(np.float32), graph.time_factors(np.float32)
    tail_factors = tail_graph.time_factors(np.float32, unknown_before=rated.nnz)
    targets = Targets.of(tail_graph.rated.astype(np.float32), tail_factors, rated.indptr[1:])
    for start in range(0, len(tail), _TAIL_BLOCK):
        stop = min(start + _TAIL_BLOCK, len(tail))
        cross = np.zeros((stop - start, graph.n_items), np.float32)
        add_gram(cross, targets.part(start, stop), rated, factors, graph.weight, graph.session_weight, is_lower=False)
        if graph.feature_weight:
            features = tail_graph.item_features[start:stop] @ graph.item_features.T
            cross += np.float32(graph.feature_weight) * features.toarray().astype(np.float32)
        yield tail[start:stop], np.float32(weights.closed_form) * cross


def _with_later_sums(
    sums: Iterable[tuple[IntArray, FloatArray]],
    weights: HeadWeights,
    source: GraphSource,
    head: IntArray,
    rating_power: float,
) -> Iterator[tuple[IntArray, FloatArray]]:
    """The same and what is rated later, ``T_Ht``, times its weight."""
    head_source = source.within(head)
    for item_rows, block in sums:
        earlier = rated_earlier(source.within(item_rows), head_source, rating_power)
        yield item_rows, block + np.float32(weights.later_weight) * earlier
