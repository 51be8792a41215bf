"""Models by name. A new one is a file, a line here and its class in `reelgraph`; the contract suite then runs on it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from reelgraph.core.errors import CapabilityError, ConfigError

#: name -> "module:class"; imported when asked for, since some need torch.
_IMPORT_PATHS: Mapping[str, str] = {
    "constant": "reelgraph.models.baselines:Constant",
    "popularity": "reelgraph.models.baselines:Popularity",
    "bias": "reelgraph.models.baselines:Bias",
    "genre-popularity": "reelgraph.models.content_based:GenrePopularity",
    "feature-knn": "reelgraph.models.content_based:FeatureKNN",
    "gcn": "reelgraph.models.gcn.model:GCN",
    "lightgcn": "reelgraph.models.lightgcn.model:LightGCN",
    "hetero": "reelgraph.models.hetero.model:Hetero",
    "blend": "reelgraph.models.blend:Blend",
    "bayes-gcn": "reelgraph.models.bayes_gcn.model:BayesGCN",
    "graph-filter": "reelgraph.models.graph_filter.model:GraphFilter",
}

MODELS: tuple[str, ...] = tuple(_IMPORT_PATHS)


def model_class(name: str) -> type[Any]:
    """The class of hyper-parameters of the model called ``name``.

    Raises:
        ConfigError: no such model.
        CapabilityError: the model needs an optional part that is not installed.

    Examples:
        >>> import reelgraph as rg
        >>> rg.model_class("bias")(item_damping=10.0)
        Bias(item_damping=10.0, user_damping=5.0)
    """
    if name not in _IMPORT_PATHS:
        raise ConfigError.unknown(name, _IMPORT_PATHS, "model")
    module, _, attribute = _IMPORT_PATHS[name].partition(":")
    try:
        cls: type[Any] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise CapabilityError.missing(f"the model {name!r}", "torch", extra="train") from None
    return cls
