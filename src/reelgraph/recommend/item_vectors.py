"""The vectors of items by which `similar` compares them, to be searched by other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reelgraph.core import AnyArray, FloatArray, IntArray
from reelgraph.core.display import Table, Tabular, counted

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class ItemVectors(Tabular):
    """One vector of length 1 for each item: the inner product of two is the cosine that `Recommender.similar` shows.

    Args:
        item_id: ``(n,)`` external ids.
        title: ``(n,)`` titles.
        year: ``(n,)`` int64, 0 where unknown.
        vector: ``(n, dim)`` float32; zeros for an item that the model knows nothing about, whose cosines are all 0.
    """

    item_id: AnyArray
    title: AnyArray
    year: IntArray
    vector: FloatArray

    def __len__(self) -> int:
        return len(self.vector)

    def to_dict(self) -> dict[str, Any]:
        """One row an item: ``item_id``, ``title``, ``year`` and ``vector``, a list of numbers."""
        return {"item_id": self.item_id, "title": self.title, "year": self.year, "vector": list(self.vector)}

    def to_polars(self) -> pl.DataFrame:
        """As `to_dict`; ``vector`` is an array column of fixed width, which ``to_numpy`` gives back as a matrix."""
        import polars as pl

        columns: dict[str, Any] = {"item_id": self.item_id, "title": self.title, "year": self.year}
        return pl.DataFrame(
            {**columns, "vector": pl.Series(self.vector, dtype=pl.Array(pl.Float32, self.vector.shape[1]))}
        )

    def _display(self) -> Table:
        columns = {"item_id": self.item_id.tolist(), "title": self.title.tolist(), "year": self.year.tolist()}
        return Table(
            f"ItemVectors: {counted(len(self), 'item')}, {counted(self.vector.shape[1], 'dimension')}", columns
        )
