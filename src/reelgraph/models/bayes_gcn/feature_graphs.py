"""The fields of a rating (person, movie, date, moment) and the sparse feature graph of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix, read_only
from reelgraph.scorers.bayes.prior import neighbour_weight

DAY = 86_400  # seconds


@dataclass(frozen=True)
class FeatureGroup:
    """Features that share a prior: one column of F each, so one weight row each.

    Args:
        name: such as ``genres``.
        indptr: ``(features + 1,)`` int64, where each feature's entities begin.
        entity: ``(nnz,)`` int32 entities that have the feature.
        value: ``(nnz,)`` float64, :math:`F_{ej}`.
        disjoint: no entity has two of the features, so their rows are independent given the rest.
    """

    name: str
    indptr: IntArray
    entity: IntArray
    value: FloatArray
    disjoint: bool

    def __post_init__(self) -> None:
        for part in (self.indptr, self.entity, self.value):
            read_only(part)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def of(cls, name: str, matrix: Matrix) -> FeatureGroup:
        """The group of a matrix ``(entities, features)`` CSR."""
        columns = sparse.csc_array(matrix)
        columns.sort_indices()
        disjoint = bool((np.diff(matrix.indptr) <= 1).all())
        return cls(
            name,
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32),
            columns.data.astype(np.float64),
            disjoint,
        )

    @classmethod
    def ids(cls, entities: int, name: str = "id") -> FeatureGroup:
        """One feature for each entity."""
        return cls(
            name,
            np.arange(entities + 1, dtype=np.int64),
            np.arange(entities, dtype=np.int32),
            np.ones(entities),
            disjoint=True,
        )

    def times(self, weights: FloatArray, out: FloatArray) -> None:
        """Add F W to ``out``, ``(entities, width)``, in a fixed order. Cost: O(nnz * width)."""
        matrix = sparse.csc_array((self.value, self.entity, self.indptr), shape=(len(out), len(self)))
        out += matrix @ weights


@dataclass(frozen=True)
class RatingField:
    """One field of a rating: user, item, date or moment.

    Args:
        name: ``user``, ``item``, ``date`` or ``moment``.
        code: ``(n,)`` int32 entity of each rating.
        groups: the feature graph, column block by column block; the first one holds the ids.
        entities: number of entities.
        bias_only: the field has no vector.
        order: ``(n,)`` int32 ratings sorted by entity.
        indptr: ``(entities + 1,)`` int64 where each entity's ratings begin in ``order``.
    """

    name: str
    code: IntArray
    groups: tuple[FeatureGroup, ...]
    entities: int
    bias_only: bool
    order: IntArray
    indptr: IntArray

    @classmethod
    def of(
        cls, name: str, code: IntArray, entities: int, groups: tuple[FeatureGroup, ...], bias_only: bool = False
    ) -> RatingField:
        """The field with ratings sorted by entity."""
        counts = np.bincount(code, minlength=entities)
        return cls(
            name,
            code.astype(np.int32),
            tuple(group for group in groups if len(group)),
            entities,
            bias_only,
            np.argsort(code, kind="stable").astype(np.int32),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        )


def neighbours(matrix: Matrix) -> Matrix:
    """The rows' neighbours with their `neighbour_weight`: CSR float64, the pattern of ``matrix``."""
    degree = np.diff(matrix.indptr)
    value = np.repeat(neighbour_weight(degree), degree)
    return Matrix((value, matrix.indices, matrix.indptr), shape=matrix.shape)


def spans(time: IntArray, days: float) -> IntArray:
    """Which stretch of ``days`` days each time, Unix seconds, lies in; counted from 1970."""
    return np.floor_divide(time, round(days * DAY)).astype(np.int64)


def one_hot(name: str, code: AnyArray) -> FeatureGroup:
    """One feature for each distinct value of ``code``, ``(entities,)``."""
    _, column = np.unique(code, return_inverse=True)
    n = len(code)
    shape = (n, int(column.max(initial=-1)) + 1)
    return FeatureGroup.of(name, Matrix((np.ones(n), column.astype(np.int64), np.arange(n + 1)), shape=shape))
