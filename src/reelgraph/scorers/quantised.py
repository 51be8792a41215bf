"""Upper bounds of scores from item vectors of one byte a number, where the scores are products of vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import AnyArray, FloatArray

_LEVELS = 127  # of the largest number of an item's vector
_ROUNDING = 1e-5  # share of the largest possible sum by which one of 32-bit floats may be off, for up to 1,000 numbers
_ROWS = 2048  # items taken together


@dataclass(frozen=True)
class QuantisedVectors:
    r"""Item vectors rounded to whole multiples of a step of each item: :math:`|v_{ic} - s_i q_{ic}| \le s_i / 2`.

    So a product with a vector u is at most :math:`s_i (u \cdot q_i + \|u\|_1 / 2)`.

    Args:
        codes: ``(n_items, k)`` int8, q.
        step: ``(n_items,)`` float32, s; 0 for a vector of zeros.
    """

    codes: AnyArray
    step: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray) -> QuantisedVectors:
        """Round ``(n_items, k)`` vectors."""
        codes, step = np.empty(vectors.shape, np.int8), np.empty(len(vectors), np.float32)
        for start in range(0, len(vectors), _ROWS):
            rows = slice(start, start + _ROWS)
            block = vectors[rows].astype(np.float32)
            step[rows] = np.abs(block).max(axis=1, initial=0.0) / _LEVELS
            scaled = block / np.where(step[rows] > 0, step[rows], 1.0)[:, None]
            codes[rows] = np.clip(np.rint(scaled), -_LEVELS, _LEVELS)
        return cls(codes, step)

    def vectors(self) -> FloatArray:
        """The rounded vectors, ``(n_items, k)`` float32."""
        rounded: FloatArray = self.codes.astype(np.float32) * self.step[:, None]
        return rounded

    def bounds(self, people: FloatArray) -> FloatArray:
        """Numbers that no entry of ``people @ vectors.T`` is above, rounded to 32 bits, ``(batch, n_items)`` float32.

        Args:
            people: ``(batch, k)`` float64.

        Cost: O(batch * n_items * k), reading one byte a number.
        """
        out = np.empty((len(people), len(self.codes)), np.float32)
        length = np.abs(people).sum(axis=1)
        slack = (length * (0.5 + 2 * _ROUNDING * _LEVELS)).astype(np.float32)
        _bounds(people.astype(np.float32), slack, self.codes, self.step, out)
        return out


@jit
def _bounds(people: FloatArray, slack: FloatArray, codes: AnyArray, step: FloatArray, out: FloatArray) -> None:
    n_items, size = codes.shape
    for start in range(0, n_items, _ROWS):
        for person in range(people.shape[0]):
            vector = people[person]
            for item in range(start, min(start + _ROWS, n_items)):
                total = np.float32(0.0)
                for place in range(size):
                    total += vector[place] * np.float32(codes[item, place])
                out[person, item] = step[item] * (total + slack[person])
