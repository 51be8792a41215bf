"""The fields of a rating (person, movie, date) and the sparse feature graph of each."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray, Matrix, read_only
from reelgraph.models.bayes_gcn.rating_order import row_starts, stable_order
from reelgraph.scorers.bayes.prior import neighbour_weight

DAY = 86_400  # seconds


@dataclass(frozen=True)
class FeatureGroup:
    """Features that share a prior: one column of F each, so one weight row each.

    Args:
        name: such as ``genres``.
        indptr: ``(features + 1,)`` int64, where each feature's entities begin.
        entity: ``(nnz,)`` int32 entities that have the feature.
        value: ``(nnz,)`` float32, :math:`F_{ej}`.
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
            columns.data.astype(np.float32),
            disjoint,
        )

    @classmethod
    def ids(cls, entities: int, name: str = "id") -> FeatureGroup:
        """One feature for each entity."""
        return cls(
            name,
            np.arange(entities + 1, dtype=np.int64),
            np.arange(entities, dtype=np.int32),
            np.ones(entities, np.float32),
            disjoint=True,
        )

    def times(self, weights: FloatArray, out: FloatArray) -> None:
        """Add F W to ``out``, ``(entities, 1 + dim)``, in a fixed order. Cost: O(nnz * width)."""
        _add_product(self.indptr, self.entity, self.value, weights, out)


@jit
def _add_product(
    indptr: IntArray,
    entity: IntArray,
    value: FloatArray,
    weights: FloatArray,
    out: FloatArray,
) -> None:
    for j in range(weights.shape[0]):
        row = weights[j]
        for p in range(indptr[j], indptr[j + 1]):
            target, f = out[entity[p]], value[p]
            for a in range(row.shape[0]):
                target[a] += f * row[a]


@dataclass(frozen=True)
class RatingField:
    """One field of a rating: user, item or date.

    Args:
        name: ``user``, ``item`` or ``date``.
        groups: the feature graph, column block by column block; the first one holds the ids.
        entities: number of entities.
        order: ``(n,)`` int32 ratings sorted by entity; empty if they are so already.
        indptr: ``(entities + 1,)`` int64 where each entity's ratings begin in ``order``.
        partners: ``(fields - 1, n)`` int32 entities of the other fields, in the order of ``order``.
    """

    name: str
    groups: tuple[FeatureGroup, ...]
    entities: int
    order: IntArray
    indptr: IntArray
    partners: IntArray

    @classmethod
    def of(cls, name: str, codes: IntArray, k: int, entities: int, groups: tuple[FeatureGroup, ...]) -> RatingField:
        """Field k of ratings with ``codes``, ``(fields, n)`` int32; the ratings must be sorted by field 0."""
        indptr = row_starts(codes[k], entities)
        order = stable_order(codes[k], indptr) if k > 0 else np.zeros(0, np.int32)
        partners = codes[1:] if k == 0 else np.stack([codes[m][order] for m in range(len(codes)) if m != k])
        return cls(name, tuple(group for group in groups if len(group)), entities, order, indptr, partners)

    def with_group(self, group: FeatureGroup) -> RatingField:
        """The field with one more group, after the ids."""
        ids, *others = self.groups
        return dataclasses.replace(self, groups=(ids, group, *others))


def with_neighbours(user: RatingField, item: RatingField) -> tuple[RatingField, RatingField]:
    """Both fields with the graph of their neighbours among the ratings, weighed by `neighbour_weight`.

    The entities of the groups are the columns that the fields hold anyway.
    """
    fields = []
    for field, other in ((user, item), (item, user)):
        weight = neighbour_weight(np.diff(field.indptr)).astype(np.float32)
        entity = other.partners[0]
        group = FeatureGroup("neighbours", other.indptr, entity, weight[entity], disjoint=False)
        fields.append(field.with_group(group))
    return fields[0], fields[1]


def spans(time: IntArray, days: float) -> IntArray:
    """Which stretch of ``days`` days each time, Unix seconds, lies in; counted from 1970."""
    return np.floor_divide(time, round(days * DAY)).astype(np.int64, copy=False)
