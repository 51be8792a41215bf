"""Ratings held by other libraries, without importing them: data sets of LensKit, Hugging Face and PyTorch Geometric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import AnyArray
from reelgraph.core.display import Tabular, counted
from reelgraph.core.errors import DataFormatError

_RATINGS, _TIMES = ("rating", "edge_label", "edge_attr"), ("timestamp", "time")


def table_of(source: Any, name: str) -> Any:
    """The table in an object of another library; None if it is of none that is known.

    Args:
        source: a ``lenskit.data.Dataset``; a ``datasets.Dataset``, or anything else with a method ``to_polars``; or a
            ``torch_geometric.data.HeteroData`` with edges of one type, or of one and its reverse.
        name: the name of the table in messages.

    Raises:
        DataFormatError: it has several tables, or edges of several types.
    """
    if callable(getattr(source, "interaction_table", None)):
        return source.interaction_table(format="arrow", original_ids=True)
    if hasattr(source, "edge_types") and hasattr(source, "node_types"):
        return _edges(source, name)
    if isinstance(source, Mapping) and source and all(_makes_polars(part) for part in source.values()):
        parts = ", ".join(map(str, source))
        raise DataFormatError(
            name, f"one table, found those of {parts}", hint=f"give one: data[{next(iter(source))!r}]"
        )
    return source.to_polars() if _makes_polars(source) else None


def _makes_polars(source: Any) -> bool:
    return callable(getattr(source, "to_polars", None)) and not isinstance(source, pl.DataFrame | pl.Series | Tabular)


def _edges(graph: Any, name: str) -> pl.DataFrame:
    """The edges from users to items: ids are the numbers of the nodes."""
    forward = [kind for kind in graph.edge_types if not str(kind[1]).startswith("rev_")]
    if len(forward) != 1:
        edge_types = ", ".join("-".join(map(str, kind)) for kind in forward) or "none"
        raise DataFormatError(name, f"edges of one type from users to items, found {edge_types}")
    edges = graph[forward[0]]
    users, items = _array(edges.edge_index)
    columns = {"user_id": users, "item_id": items}
    for column, candidates in (("rating", _RATINGS), ("timestamp", _TIMES)):
        key = next((key for key in candidates if key in edges), None)
        if key is not None:
            columns[column] = _one_value_each(_array(edges[key]), len(users), key, name)
    return pl.DataFrame(columns)


def _one_value_each(values: AnyArray, n: int, key: str, name: str) -> AnyArray:
    if values.size != n:
        shape = " x ".join(map(str, values.shape))
        hint = "put the rating alone into edges.rating, a tensor of one number for each edge"
        raise DataFormatError(
            name, f"one number for each of {counted(n, 'edge')}, found {shape}", column=key, hint=hint
        )
    return values.reshape(n)


def _array(tensor: Any) -> AnyArray:
    array: AnyArray = np.asarray(tensor.detach().cpu().numpy())
    return array
