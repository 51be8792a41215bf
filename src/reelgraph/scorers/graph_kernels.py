"""Compiled loops over pairs of ratings of one person: the item graph, and products with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from reelgraph._util.numba_jit import jit, parallel_for
from reelgraph.core import NO_TIME, FloatArray, IntArray, Matrix

_ROWS = 32  # of the graph, taken together by one thread
_MIN_TIME_SCALE = 0.03  # seconds; with this one and all below, times a second apart have nothing in common
_FIRST_UNKNOWN = np.iinfo(np.int32).min + 2  # segment of the first rating without a time, before all others
_SPAN = {np.dtype(np.float64): 300.0, np.dtype(np.float32): 40.0}  # time scales whose exponentials stay in range


class TimeFactors(NamedTuple):
    r"""What :math:`e^{-|t_a - t_b| / \tau}` is a product of, so that no pair of ratings needs an exponential.

    Time is cut into segments of ``span`` time scales; x is the time since the start of a rating's segment. Each rating
    without a time has a segment of its own, far from all others: it has nothing in common with any rating but itself.

    Args:
        rise: ``(nnz,)`` float64 or float32, :math:`e^{x / \tau}`.
        fall: ``(nnz,)`` likewise, :math:`e^{-x / \tau}`.
        segment: ``(nnz,)`` int32.
        step: :math:`e^{-span}`, from one segment to the next.
    """

    rise: FloatArray
    fall: FloatArray
    segment: IntArray
    step: float

    @classmethod
    def of(
        cls, times: IntArray, time_scale: float, dtype: type[np.floating], *, unknown_before: int = 0
    ) -> TimeFactors:
        """The factors of times in seconds; ratings more than two segments apart count as having nothing in common.

        That is below :math:`e^{-300}` in float64 and below :math:`e^{-40}` in float32.

        Args:
            times: ``(nnz,)`` int64 Unix seconds, `NO_TIME` where unknown.
            time_scale: seconds.
            dtype: of the factors.
            unknown_before: number of ratings whose factors are compared with these ones, made apart from them.
        """
        span, time_scale = _SPAN[np.dtype(dtype)], max(time_scale, _MIN_TIME_SCALE)
        rise, fall, segment = np.empty(len(times), dtype), np.empty(len(times), dtype), np.empty(len(times), np.int32)
        _time_factors(times, time_scale, span * time_scale, unknown_before, rise, fall, segment)
        return cls(rise, fall, segment, float(np.exp(-span)))

    def at(self, places: IntArray) -> TimeFactors:
        """The factors of some ratings, in another order."""
        return TimeFactors(self.rise[places], self.fall[places], self.segment[places], self.step)


@jit
def _time_factors(
    times: IntArray,
    time_scale: float,
    span: float,
    unknown_before: int,
    rise: FloatArray,
    fall: FloatArray,
    segment: IntArray,
) -> None:
    for place in range(times.shape[0]):
        if times[place] == NO_TIME:
            rise[place], fall[place] = 1.0, 1.0
            segment[place] = np.int32(_FIRST_UNKNOWN + 2 * (unknown_before + place))  # no two are neighbours
            continue
        index = np.floor(times[place] / span)
        exponent = (times[place] - index * span) / time_scale
        rise[place], fall[place] = np.exp(exponent), np.exp(-exponent)
        segment[place] = np.int32(np.int64(index))


class Targets(NamedTuple):
    """The ratings of some items, item by item: each adds to a row of the graph.

    Args:
        indptr: ``(n + 1,)``.
        users: ``(nnz,)`` user rows.
        ends: ``(nnz,)``: of the ratings of that person, those before this place count.
        values: ``(nnz,)`` entries.
        factors: of their times; None without a time kernel.
    """

    indptr: IntArray
    users: IntArray
    ends: IntArray
    values: FloatArray
    factors: TimeFactors | None

    @classmethod
    def of(cls, rated: Matrix, factors: TimeFactors | None, bounds: IntArray, *, ends_at_own: bool = False) -> Targets:
        """The items of ``rated``.

        Args:
            rated: ``(n_users, n)`` CSR, entries.
            factors: of its times.
            bounds: ``(n_users,)``: of each person, the ratings before this place count.
            ends_at_own: those up to the rating itself count instead, ``bounds`` is not read: a lower triangle.
        """
        places = np.arange(rated.nnz, dtype=rated.indptr.dtype)
        by_item = sparse.csr_array((places, rated.indices, rated.indptr), rated.shape).tocsc()
        order = by_item.data
        ends = order + 1 if ends_at_own else bounds[by_item.indices]
        return cls(by_item.indptr, by_item.indices, ends, rated.data[order], factors and factors.at(order))

    def part(self, start: int, stop: int) -> Targets:
        """The items from ``start`` to ``stop``, without copying."""
        return self._replace(indptr=self.indptr[start : stop + 1])


def add_gram(
    out: FloatArray,
    targets: Targets,
    rated: Matrix,
    factors: TimeFactors | None,
    weight: FloatArray,
    session_weight: float,
    *,
    is_lower: bool,
) -> None:
    """Add ``sum_u w_u X_u' ((1 - s) 11' + s K_u) X_u`` to ``out``, its rows the targets and its columns ``rated``.

    Rows are summed one by one in float64, in the order of the people, on all processors: the result does not depend on
    how many there are.

    Args:
        out: ``(n, n_items)`` float32 or float64.
        targets: of the rows.
        rated: ``(n_users, n_items)`` CSR, entries.
        factors: of the times of ``rated``; None without a time kernel.
        weight: ``(n_users,)`` float64, w.
        session_weight: s; not read without a time kernel.
        is_lower: rows and columns are the same items, and only the lower triangle is wanted.

    Cost: O(pairs of ratings of one person that count), 2 ns each.
    """
    longest = int(np.diff(rated.indptr).max(initial=0))
    nothing = np.empty(0, rated.data.dtype)
    rise, fall, segment, step = factors or (nothing, nothing, np.empty(0, np.int32), 0.0)
    t_rise, t_fall, t_segment, _ = targets.factors or (nothing, nothing, np.empty(0, np.int32), 0.0)

    columns = rated.indices.astype(np.uint32)  # unsigned: an index that may be negative costs a test each

    def add(block: int) -> None:
        start, stop = block * _ROWS, min((block + 1) * _ROWS, len(out))
        _add_rows(
            start, stop, targets.indptr, targets.users, targets.ends, targets.values, t_rise, t_fall, t_segment,
            rated.indptr, columns, rated.data, rise, fall, segment, step, weight,
            session_weight if factors else 0.0, is_lower,
            np.empty(longest, rated.data.dtype), np.empty(out.shape[1]), out,
        )  # fmt: skip

    parallel_for(add, -(-len(out) // _ROWS))


@jit
def _add_rows(
    start: int,
    stop: int,
    target_indptr: IntArray,
    target_users: IntArray,
    target_ends: IntArray,
    target_values: FloatArray,
    target_rise: FloatArray,
    target_fall: FloatArray,
    target_segment: IntArray,
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    rise: FloatArray,
    fall: FloatArray,
    segment: IntArray,
    step: float,
    weight: FloatArray,
    session_weight: float,
    is_lower: bool,
    terms: FloatArray,
    row: FloatArray,
    out: FloatArray,
) -> None:
    """Rows ``start`` to ``stop``: the row being summed stays in the cache, and people's ratings are read in order."""
    nought = rise.dtype.type(0.0)
    for item in range(start, stop):
        width = min(item + 1, out.shape[1]) if is_lower else out.shape[1]
        row[:width] = 0.0
        for rating in range(target_indptr[item], target_indptr[item + 1]):
            user = target_users[rating]
            first, end = indptr[user], target_ends[rating]
            columns, entries = indices[first:end], values[first:end]
            factor = terms.dtype.type(weight[user] * target_values[rating])
            if session_weight > 0.0:
                apart = terms.dtype.type((1.0 - session_weight) * factor)
                together = terms.dtype.type(session_weight * factor)
                up, down = target_rise[rating], target_fall[rating]
                later, earlier = terms.dtype.type(down * step), terms.dtype.type(up * step)
                own = target_segment[rating]
                before, after = np.int32(own - 1), np.int32(own + 1)
                rises, falls, segments = rise[first:end], fall[first:end], segment[first:end]
                for place in range(end - first):  # without branches, so that the compiler makes vectors of it
                    similarity = min(up * falls[place], rises[place] * down) if segments[place] == own else nought
                    similarity += rises[place] * later if segments[place] == before else nought
                    similarity += earlier * falls[place] if segments[place] == after else nought
                    terms[place] = entries[place] * (apart + together * similarity)
            else:
                for place in range(end - first):
                    terms[place] = entries[place] * factor
            for place in range(end - first):
                row[columns[place]] += terms[place]
        for column in range(width):
            out[item, column] += row[column]


@jit
def add_kernel_product(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    times: IntArray,
    weight: FloatArray,
    time_scale: float,
    block: FloatArray,
    out: FloatArray,
) -> None:
    """Add ``sum_u w_u X_u' K_u X_u block`` to ``out``, ``(n_items, k)``; the ratings of a person ascend in time.

    Going forth and back, the sum over all earlier ratings fades by one factor from each rating to the next. Ratings
    without a time come first, and nothing of them reaches another rating.
    """
    width = block.shape[1]
    faded = np.empty(width)
    for user in range(indptr.shape[0] - 1):
        first, end = indptr[user], indptr[user + 1]
        faded[:] = 0.0
        for a in range(first, end):
            fading = 0.0
            if a > first and times[a - 1] != NO_TIME:
                fading = np.exp(-(times[a] - times[a - 1]) / time_scale)
            item, value = indices[a], values[a]
            for k in range(width):
                faded[k] = faded[k] * fading + value * block[item, k]
                out[item, k] += weight[user] * value * faded[k]
        faded[:] = 0.0
        for a in range(end - 2, first - 1, -1):
            fading = np.exp(-(times[a + 1] - times[a]) / time_scale) if times[a] != NO_TIME else 0.0
            later, value_later = indices[a + 1], values[a + 1]
            item, value = indices[a], values[a]
            for k in range(width):
                faded[k] = fading * (faded[k] + value_later * block[later, k])
                out[item, k] += weight[user] * value * faded[k]
