"""Models by name: reelgraph's own, and those of other packages, which register them by entry points."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from reelgraph.core import plugins
from reelgraph.core.argument_checks import wrong_type
from reelgraph.core.errors import CapabilityError, ConfigError, PluginError

#: name -> "module:class"; imported when asked for, since some need torch.
_IMPORT_PATHS: Mapping[str, str] = {
    "constant": "reelgraph.models.baselines:Constant",
    "popularity": "reelgraph.models.baselines:Popularity",
    "bias": "reelgraph.models.baselines:Bias",
    "recent-popularity": "reelgraph.models.baselines:RecentPopularity",
    "genre-popularity": "reelgraph.models.content_based:GenrePopularity",
    "feature-knn": "reelgraph.models.content_based:FeatureKNN",
    "gcn": "reelgraph.models.gcn.model:GCN",
    "lightgcn": "reelgraph.models.lightgcn.model:LightGCN",
    "hetero": "reelgraph.models.hetero.model:Hetero",
    "blend": "reelgraph.models.blend:Blend",
    "bayes-gcn": "reelgraph.models.bayes_gcn.model:BayesGCN",
    "graph-filter": "reelgraph.models.graph_filter.model:GraphFilter",
    "next": "reelgraph.models.next_item.model:NextItem",
}

#: Names of reelgraph's own models; `model_names` has those of other packages, too.
MODELS: tuple[str, ...] = tuple(_IMPORT_PATHS)


def model_names() -> tuple[str, ...]:
    """Names of all models: reelgraph's own, then those that installed packages register (``reelgraph.models``)."""
    outside = dict.fromkeys(plugin.name for plugin in plugins.installed(plugins.MODELS))
    return (*MODELS, *(name for name in outside if name not in _IMPORT_PATHS))


def model_class(model: str | type[Any]) -> type[Any]:
    """The class of hyper-parameters of a model.

    Args:
        model: a name, see `model_names`; ``package.module:Class``; or the class itself.

    Raises:
        ConfigError: no such model, or the class is not one of a model.
        CapabilityError: the model needs an optional part that is not installed.
        PluginError: the package that registers the model cannot be used.

    Examples:
        >>> import reelgraph as rg
        >>> rg.model_class("bias")(item_damping=10.0)
        Bias(item_damping=10.0, user_damping=5.0)
    """
    if not isinstance(model, str | type) and callable(getattr(model, "fit", None)):
        model = type(model)
    if not isinstance(model, str | type):
        raise wrong_type("model_class", "model", model, "Model")
    if isinstance(model, type):
        return _checked(model, plugins.import_path_of(model))
    if model in _IMPORT_PATHS:
        return _imported(model)
    if ":" in model:
        return _checked(plugins.import_object(model), model)
    plugin = plugins.find(plugins.MODELS, model)
    if plugin is None:
        raise ConfigError.unknown(model, model_names(), "model")
    cls = _checked(plugin.load(), str(plugin))
    if cls.name != model:
        raise PluginError(
            f"{plugin}: the model {plugin.import_path} calls itself {cls.name!r}", "both names must agree"
        )
    return cls


def model_reference(cls: type[Any]) -> str:
    """How `model_class` finds this class again: its name if it is known by it, else ``package.module:Class``."""
    name = str(cls.name)
    is_known = name in _IMPORT_PATHS or plugins.find(plugins.MODELS, name) is not None
    return name if is_known and model_class(name) is cls else plugins.import_path_of(cls)


def _imported(name: str) -> type[Any]:
    module, _, attribute = _IMPORT_PATHS[name].partition(":")
    try:
        cls: type[Any] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise CapabilityError.missing(f"the model {name!r}", "torch", extra="train") from None
    return cls


def _checked(candidate: Any, where: str) -> type[Any]:
    """The class, if it has what every model has."""
    if not isinstance(candidate, type):
        raise ConfigError(where, f"is {candidate!r}, expected the class of a model")
    lacking = [
        requirement
        for requirement, is_there in {
            "be a dataclass": dataclasses.is_dataclass(candidate),
            "have a text `name`": isinstance(getattr(candidate, "name", None), str),
            "have a method `fit`": callable(getattr(candidate, "fit", None)),
        }.items()
        if not is_there
    ]
    if lacking:
        raise ConfigError(where, f"{candidate.__name__} is not a model: it must {' and '.join(lacking)}")
    return candidate
