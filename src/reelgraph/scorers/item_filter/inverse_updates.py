"""People put into or taken out of the inverse that the weights of an item filter are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import entries, user_block, user_weights
from reelgraph.scorers.graph_kernels import Targets, TimeFactors, add_gram
from reelgraph.scorers.item_filter.symmetric_inverse import invert_in_place
from reelgraph.scorers.later_ratings import add_rated_later, weights_of_breaks_after

_NOT_PART = "only ratings of the training data can be taken out, and these were not part of it"
_MIN_RATIO = 1e-13  # eigenvalues below this share of the largest count as 0


class GraphSettings(Protocol):
    """How a person's ratings enter the item graph; fields as those of `ItemFilterScorer`."""

    @property
    def user_weight(self) -> float:
        """Exponent of the weights of people."""
        ...

    @property
    def dropout(self) -> float:
        """Of the closed form, p."""
        ...

    @property
    def session_weight(self) -> float:
        """Weight of the time kernel."""
        ...

    @property
    def time_scale(self) -> float:
        """Of the time kernel, seconds."""
        ...

    @property
    def rating_power(self) -> float:
        """Exponent of the ratings."""
        ...

    @property
    def unit_stars(self) -> float:
        """Stars that count 1."""
        ...

    @property
    def later_weight(self) -> float:
        """Of what is rated later."""
        ...


def require_times(settings: GraphSettings, times: Matrix | None) -> None:
    """Check that there are times where the graph needs them.

    Raises:
        CapabilityError: there are none.
    """
    if (settings.session_weight or settings.later_weight) and times is None:
        raise CapabilityError(
            "this graph-filter weighs ratings by their times, so it needs those of the person",
            "give times, or fit with session_weight=0 and later_weight=0",
        )


@dataclass(frozen=True)
class PeopleChange:
    """People that are put into the graph, or taken out of it.

    Args:
        history: ``(people, n_items)`` CSR, stars; the weight of a person is that of all their ratings.
        times: CSR with the pattern of ``history``, or None.
        sign: 1 to put people in, -1 to take them out.
    """

    history: Matrix
    times: Matrix | None
    sign: float


def update_people(
    inverse: FloatArray, row_of_item: IntArray, changes: Sequence[PeopleChange], settings: GraphSettings
) -> None:
    """Make ``(A + sum of sign * the people's blocks)^-1`` of ``inverse`` = A^-1, in place, where A is not at hand.

    Args:
        inverse: ``(n, n)``, float32 or float64.
        row_of_item: ``(n_items,)`` the row of each item in ``inverse``; -1 for items that it does not have.
        changes: people, one after the other.
        settings: of the graph.

    Raises:
        CapabilityError: the ratings that are taken out cannot have been in, or there are no times.

    Cost: O(n^2 n_u + n_u^3) a person of n_u ratings; from n ratings of all on two inversions, O(n^3).
    """
    if n_ratings_of(changes, row_of_item) < len(inverse):
        update_by_blocks(inverse, row_of_item, changes, settings)
        return
    graph = inverted(inverse.astype(np.float64))
    add_to_graph(graph, row_of_item, changes, settings)
    inverse[:] = inverted(graph)
    kernels.mirror(inverse)


def n_ratings_of(changes: Sequence[PeopleChange], row_of_item: IntArray) -> int:
    """Number of ratings of the items that a graph has."""
    return sum(int(np.count_nonzero(row_of_item[change.history.indices] >= 0)) for change in changes)


def update_by_blocks(
    inverse: FloatArray, row_of_item: IntArray, changes: Sequence[PeopleChange], settings: GraphSettings
) -> None:
    """As `update_people`, person by person: O(n^2 n_u + n_u^3) for n_u ratings."""
    for change in changes:
        require_times(settings, change.times)
        for rows, block in _blocks(row_of_item, change, settings):
            _update(inverse, rows, block, change.sign)


def add_to_graph(
    graph: FloatArray, row_of_item: IntArray, changes: Sequence[PeopleChange], settings: GraphSettings
) -> None:
    """Add the blocks of people, see `user_block`, to the lower triangle of A, or take them out of it.

    Args:
        graph: A, ``(n, n)`` float64 or float32; its lower triangle is changed.
        row_of_item: as for `update_people`.
        changes: people, of whom those with sign -1 are taken out.
        settings: of the graph.

    Cost: that of `add_gram` for the people, and O(n^2).
    """
    for change in changes:
        require_times(settings, change.times)
    dtype = graph.dtype.type
    parts = [_within(change.history, change.history.data, row_of_item, len(graph)) for change in changes]
    rated = _stacked([entries(part.data, settings.rating_power, settings.unit_stars) for part in parts], parts)
    weights = np.concatenate(
        [change.sign * user_weights(np.diff(change.history.indptr), settings.user_weight) for change in changes]
    )
    factors = None
    if settings.session_weight:
        times = [_within(change.history, _times(change), row_of_item, len(graph)).data for change in changes]
        factors = TimeFactors.of(np.concatenate(times), settings.time_scale, dtype)
    on_diagonal = np.repeat(weights, np.diff(rated.indptr)) * rated.data**2
    rated = rated.astype(dtype)
    targets = Targets.of(rated, factors, rated.indptr[:-1], ends_at_own=True)
    add_gram(graph, targets, rated, factors, weights, settings.session_weight, is_lower=True)
    share = settings.dropout / (1.0 - settings.dropout)
    graph[np.diag_indices_from(graph)] += share * np.bincount(rated.indices, on_diagonal, minlength=len(graph))


def updated_later(
    later: FloatArray, row_of_item: IntArray, changes: Sequence[PeopleChange], settings: GraphSettings
) -> FloatArray:
    """T after the changes, ``(n, n)``, see `later_ratings <reelgraph.scorers.later_ratings>`.

    Args:
        later: T, ``(n, n)``, not changed.
        row_of_item: as for `update_people`.
        changes: people with times, one after the other.
        settings: of the graph.

    Cost: that of `add_rated_later` for the people, and O(n^2).
    """
    updated, n_rows = later.copy(), len(later)
    parts, values, after = [], [], []
    for change in changes:
        require_times(settings, change.times)
        history = change.history
        breaks = weights_of_breaks_after(history.indptr, _times(change))
        parts.append(_within(history, history.data, row_of_item, n_rows))
        values.append(change.sign * entries(parts[-1].data, settings.rating_power, settings.unit_stars))
        after.append(_within(history, breaks, row_of_item, n_rows).data)
    signed, ones = _stacked(values, parts), _stacked([np.ones(part.nnz) for part in parts], parts)
    add_rated_later(updated, signed, np.concatenate(after), ones, np.concatenate(after), 1.0)
    return updated


def _times(change: PeopleChange) -> IntArray:
    assert change.times is not None
    times: IntArray = change.times.data.astype(np.int64)
    return times


def _within(history: Matrix, values: AnyArray, row_of_item: IntArray, n_rows: int) -> Matrix:
    """``values`` of ratings, ``(nnz,)``, at the rows of their items, ``(people, n_rows)``, the others left out."""
    rows = row_of_item[history.indices]
    is_kept = rows >= 0
    indptr = np.concatenate([[0], np.cumsum(is_kept)])[history.indptr]
    return Matrix((values[is_kept], rows[is_kept].astype(np.int32), indptr), shape=(history.shape[0], n_rows))


def _stacked(values: Sequence[FloatArray], parts: Sequence[Matrix]) -> Matrix:
    """The people of all parts one below the other, with other values, CSR."""
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    indices = np.concatenate([part.indices for part in parts])
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return Matrix((np.concatenate(values), indices, indptr), shape=(len(lengths), parts[0].shape[1]))


def inverted(matrix: FloatArray) -> FloatArray:
    """The lower triangle of the inverse, in place of the matrix.

    Raises:
        CapabilityError: it is not positive definite.
    """
    lower = invert_in_place(matrix)
    if lower is None:
        raise CapabilityError(_NOT_PART)
    return lower


def _blocks(
    row_of_item: IntArray, change: PeopleChange, settings: GraphSettings
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Rows of the inverse and what is added there to A, for each person with a rating among them."""
    history, times = change.history, change.times
    weights = user_weights(np.diff(history.indptr), settings.user_weight)
    values = entries(history.data, settings.rating_power, settings.unit_stars)
    for person in range(history.shape[0]):
        places = np.arange(history.indptr[person], history.indptr[person + 1])
        places = places[row_of_item[history.indices[places]] >= 0]
        if not len(places):
            continue
        block = user_block(
            values[places],
            None if times is None else times.data[places],
            weights[person],
            session_weight=settings.session_weight,
            time_scale=settings.time_scale,
            dropout=settings.dropout,
        )
        yield row_of_item[history.indices[places]], block


def _update(inverse: FloatArray, rows: IntArray, block: FloatArray, sign: float) -> None:
    """Make ``(A + sign * S)^-1`` of ``inverse`` = A^-1, in place, where S is ``block`` at ``rows``."""
    values, vectors = linalg.eigh(block)
    is_positive = values > _MIN_RATIO * max(values[-1], 0.0)
    root = vectors[:, is_positive] * np.sqrt(values[is_positive])
    columns = inverse[:, rows] @ root
    inner = np.eye(root.shape[1]) + sign * (root.T @ columns[rows])
    try:
        factor = linalg.cholesky(inner, lower=True)
    except linalg.LinAlgError:
        raise CapabilityError(_NOT_PART) from None
    half = linalg.solve_triangular(factor, columns.T, lower=True).astype(inverse.dtype, copy=False)
    inverse -= sign * (half.T @ half)
