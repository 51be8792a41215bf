"""The settings of each model that are worth tuning, and the search range of each setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelgraph.core import config
from reelgraph.core.errors import ConfigError
from reelgraph.models import model_class, model_reference
from reelgraph.pipeline import make_model


@dataclass(frozen=True)
class Range:
    """All numbers between two ends, both included; whole numbers where both ends are whole.

    Args:
        low: smallest value.
        high: largest value.
        log: search evenly over the logarithm, for settings whose order of magnitude counts.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        config.validate(self)
        if not self.low < self.high:
            raise ConfigError("low", f"{self.low!r} is not valid: expected less than high, {self.high!r}")
        if self.log and self.low <= 0:
            raise ConfigError("low", f"{self.low!r} is not valid with log = true: expected more than 0")

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def ends(self) -> tuple[Any, ...]:
        """Values that a model must accept for all between them to be accepted."""
        return self.low, self.high


@dataclass(frozen=True)
class Choice:
    """One of a few values.

    Args:
        values: texts, numbers or true / false.
    """

    values: tuple[str | int | float | bool, ...]

    def __post_init__(self) -> None:
        config.validate(self)
        if not self.values:
            raise ConfigError("values", "there is nothing to choose from")

    def ends(self) -> tuple[Any, ...]:
        """All the values."""
        return self.values


Space = Mapping[str, Range | Choice]

_YES_NO = Choice((True, False))

#: model -> default space, of reelgraph's own models; others have it in a class attribute, see `default_space`.
SPACES: Mapping[str, Space] = {
    "bias": {"item_damping": Range(0.5, 50.0, log=True), "user_damping": Range(0.5, 50.0, log=True)},
    "gcn": {
        "dim": Choice((16, 32, 64, 128)),
        "layers": Range(1, 4),
        "learning_rate": Range(5e-4, 2e-2, log=True),
        "l2": Range(1e-3, 0.5, log=True),
        "edge_dropout": Range(0.0, 0.5),
    },
    "bayes-gcn": {
        "dim": Choice((4, 8, 16, 32)),
        "output": Choice(("ordinal", "gaussian")),
        "neighbours": _YES_NO,
        "features": _YES_NO,
        "dates": _YES_NO,
        "session_effects": _YES_NO,
        "personal_noise": _YES_NO,
    },
    "lightgcn": {
        "dim": Choice((32, 64, 128, 256)),
        "loss": Choice(("softmax", "unrated-softmax")),
        "layers": Range(1, 3),
        "temperature": Range(0.08, 0.4, log=True),
        "learning_rate": Range(1e-3, 3e-2, log=True),
        "edge_dropout": Range(0.0, 0.8),
        "person_power": Range(0.0, 1.0),
    },
    "hetero": {
        "dim": Choice((32, 64, 128)),
        "neighbours": Choice((25, 50, 100, 300)),
        "feature_ridge": Range(3.0, 100.0, log=True),
        "rating_power": Range(0.0, 3.0),
        "alignment": Range(0.0, 0.6),
        "popularity": Range(0.0, 1.0),
        "tags": _YES_NO,
        "choose": Choice((False,)),  # else the model would replace the settings of the trial
    },
    "recent-popularity": {"days": Range(1.0, 365.0, log=True)},
    "genre-popularity": {
        "ridge": Range(1.0, 100.0, log=True),
        "personal": Range(0.0, 2.0),
        "damping": Range(1.0, 100.0, log=True),
    },
    "feature-knn": {"neighbours": Choice((30, 100, 300, 1000)), "power": Range(1.0, 6.0)},
    "graph-filter": {
        "user_weight": Range(0.0, 1.0),
        "ridge": Range(5.0, 1000.0, log=True),
        "dropout": Range(0.0, 0.6),
        "session_weight": Range(0.0, 1.0),
        "time_scale": Range(300.0, 86_400.0, log=True),
        "feature_weight": Range(0.0, 1.0),
        "rating_power": Range(0.0, 2.0),
        "choose": Choice((False,)),  # else the model would replace the settings of the trial
    },
    "next": {
        "ridge": Range(100.0, 10_000.0, log=True),
        "dropout": Range(0.0, 0.6),
        "popularity_power": Range(-0.2, 0.4),
    },
}


def default_space(model: str | type[Any]) -> Space | None:
    """The search space that comes with a model, or None.

    The class of a model of another package has it as the attribute or class method ``search_space``: setting ->
    `Range`, `Choice`, a list of values, or a mapping with ``low``, ``high`` and, if wanted, ``log``.

    Args:
        model: a name or a class, see `reelgraph.models.model_class`.

    Raises:
        ConfigError: no such model, or its space is not one.
    """
    cls = model_class(model)
    declared = getattr(cls, "search_space", None)
    declared = declared() if callable(declared) else declared
    if declared is None:
        return SPACES.get(cls.name) if model_reference(cls) == cls.name else None
    if not isinstance(declared, Mapping):
        raise ConfigError(f"{cls.__name__}.search_space", f"{declared!r} is not valid: expected settings and ranges")
    return {name: _entry(f"{cls.__name__}.search_space: {name}", value) for name, value in declared.items()}


def space_of(model: str | type[Any], fixed: Mapping[str, Any], custom_space: Space | None = None) -> Space:
    """What to search for a model: the given space or its default, without the settings that are fixed.

    Args:
        model: a name or a class, see `reelgraph.models.model_class`.
        fixed: settings that every trial has.
        custom_space: replaces the default space.

    Raises:
        ConfigError: no such model or setting, the model takes no such value, or there is nothing left to tune.
    """
    make_model(model, settings=fixed)  # refuses an unknown model or a wrong fixed setting
    cls = model_class(model)
    name_of_model = model_reference(cls)
    fixed = config.current_names(cls, fixed)
    space = default_space(cls) if custom_space is None else config.current_names(cls, custom_space)
    if space is None:
        raise _no_space(cls, name_of_model)
    searched = {name: candidates for name, candidates in space.items() if name not in fixed}
    if not searched:
        raise ConfigError(name_of_model, "nothing is left to tune: every setting of its space is fixed")
    whose = "the default space" if custom_space is None else "the space"
    for name, candidates in searched.items():
        for value in candidates.ends():
            try:
                make_model(model, settings={**fixed, name: value})
            except ConfigError as error:
                raise ConfigError(
                    f"{whose} of {name_of_model}: {error.key}", error.message.partition(": ")[2]
                ) from None
    return searched


def _no_space(cls: type[Any], name: str) -> ConfigError:
    settings = [setting.name for setting in dataclasses.fields(cls)]
    if not settings:
        return ConfigError(name, "there is nothing to tune: it has no settings")
    how = "give one: a file (--space), the argument space, or the class attribute search_space"
    return ConfigError(name, f"has no search space; its settings are {', '.join(settings)}; {how}")


def read_space(path: Path, model: str) -> Space:
    """The space in a TOML file: a table ``[space]``, a list of values or ``{ low, high, log }`` for each setting.

    Args:
        path: such as ``[space]``, ``layers = { low = 1, high = 4 }``, ``dim = [16, 64]``.
        model: a file that says ``model = "NAME"`` must name this one.

    Raises:
        ConfigError: the file is missing, is not TOML, is for another model or holds something else.
    """
    document = config.read_toml(path)
    for key in document:
        if key not in ("model", "space"):
            raise ConfigError(f"{path}: {key}", "unknown setting; known are model, space")
    if document.get("model", model) != model:
        raise ConfigError("model", f"{path} is for {document['model']!r}, not for {model!r}")
    table = document.get("space")
    if not isinstance(table, dict) or not table:
        raise ConfigError(str(path), "expected a table [space] with a line for each setting to tune")
    return {name: _entry(f"{path}: {name}", value) for name, value in table.items()}


def _entry(where: str, value: Any) -> Range | Choice:
    try:
        if isinstance(value, Range | Choice):
            return value
        if isinstance(value, list | tuple):
            return Choice(tuple(value))
        if isinstance(value, Mapping) and {"low", "high"} <= set(value):
            return config.from_dict(Range, value)
    except ConfigError as error:
        raise ConfigError(where, str(error)) from None
    raise ConfigError(where, f"{value!r} is not valid: expected a list of values or {{ low = , high = }}")
