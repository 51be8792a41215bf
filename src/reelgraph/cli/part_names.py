"""Names of the fitted parts of a bundle as options and documentation have them: those of the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MODEL_OF_KIND = {  # of the parts that a blend can have
    "item-filter": "graph-filter",
    "compact-filter": "graph-filter",
    "low-rank-filter": "graph-filter",
    "recent-item-filter": "graph-filter",
    "recent-compact-filter": "graph-filter",
    "recent-low-rank-filter": "graph-filter",
    "embedding": "lightgcn",
    "fold-in": "gcn",
    "bayes": "bayes-gcn",
}


def part_name(kind: str, model: str) -> str:
    """The model that made a fitted part.

    Args:
        kind: of its scorer.
        model: name of the model of the bundle; of a blend the parts have models of their own, and of "" it is unknown.
    """
    return _MODEL_OF_KIND.get(kind, kind) if model in ("", "blend") else model


def model_name(info: Mapping[str, Any]) -> str:
    """The name of the model of a bundle by its ``info``; "" in those that do not say."""
    return str(info.get("model", {}).get("name", ""))
