"""People put into or taken out of the inverse that the weights of an item filter are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import entries, user_block, user_weights
from reelgraph.scorers.item_filter.symmetric_inverse import invert_in_place
from reelgraph.scorers.later_ratings import add_people, weights_of_breaks_after

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
    """Make ``(A + sum of sign * the people's blocks)^-1`` of ``inverse`` = A^-1, in place.

    Args:
        inverse: ``(n, n)``, float32 or float64.
        row_of_item: ``(n_items,)`` the row of each item in ``inverse``; -1 for items that it does not have.
        changes: people, one after the other.
        settings: of the graph.

    Raises:
        CapabilityError: the ratings that are taken out cannot have been in, or there are no times.

    Cost: O(n^2 n_u + n_u^3) a person of n_u ratings; from n ratings of all on two inversions, O(n^3).
    """
    for change in changes:
        require_times(settings, change.times)
    n_ratings = sum(int(np.count_nonzero(row_of_item[change.history.indices] >= 0)) for change in changes)
    if n_ratings < len(inverse):
        for change in changes:
            for rows, block in _blocks(row_of_item, change, settings):
                _update(inverse, rows, block, change.sign)
        return
    matrix = _inverted(inverse.astype(np.float64))
    for change in changes:
        _add_blocks(matrix, row_of_item, change, settings)
    inverse[:] = _inverted(matrix)
    kernels.mirror(inverse)


def updated_later(
    later: FloatArray, row_of_item: IntArray, changes: Sequence[PeopleChange], settings: GraphSettings
) -> FloatArray:
    """T after the changes, ``(n, n)``, see `later_ratings <reelgraph.scorers.later_ratings>`.

    Args:
        later: T, ``(n, n)``, not changed.
        row_of_item: as for `update_people`.
        changes: people with times, one after the other.
        settings: of the graph.

    Cost: O(n^2), and O(n_u^2) a person of n_u ratings.
    """
    updated = later.copy()
    for change in changes:
        require_times(settings, change.times)
        assert change.times is not None
        history = change.history
        add_people(
            history.indptr,
            row_of_item[history.indices].astype(np.int64),
            entries(history.data, settings.rating_power, settings.unit_stars),
            weights_of_breaks_after(history.indptr, change.times.data.astype(np.int64)),
            change.sign,
            updated,
        )
    return updated


def _inverted(matrix: FloatArray) -> FloatArray:
    """The lower triangle of the inverse, in place of the matrix."""
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


def _add_blocks(matrix: FloatArray, row_of_item: IntArray, change: PeopleChange, settings: GraphSettings) -> None:
    """Add the blocks of `_blocks`, times the sign, to the lower triangle of A."""
    history, times, session_weight = change.history, change.times, settings.session_weight
    has_times = times is not None and session_weight > 0.0
    kernels.add_user_blocks(
        history.indptr,
        row_of_item[history.indices].astype(np.int64),
        entries(history.data, settings.rating_power, settings.unit_stars),
        times.data.astype(np.int64) if has_times and times is not None else np.zeros(history.nnz, np.int64),
        change.sign * user_weights(np.diff(history.indptr), settings.user_weight),
        session_weight if has_times else 0.0,
        settings.time_scale,
        settings.dropout / (1.0 - settings.dropout),
        matrix,
    )


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
