"""Models from a name, a config file and single settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelgraph.core import Model, config
from reelgraph.core.errors import ConfigError
from reelgraph.models import model_class, model_names, model_reference


def make_model(
    name: str | type[Any] | None, config_file: Path | None = None, settings: Mapping[str, Any] | None = None
) -> Model:
    """A model from its name, a config file and single settings; the latter win over the former.

    A config file is TOML with ``model = "gcn"`` and a table ``[settings]``. A file never makes a module be imported: a
    model that it names as ``package.module:Class`` must be named by the caller, too.

    Args:
        name: a name, ``package.module:Class`` or a class, see `reelgraph.models.model_class`; None for the file's.
        config_file: its path, or None.
        settings: by name.

    Raises:
        ConfigError: a model or setting is unknown or off, or the file names another model.
    """
    file_settings: dict[str, Any] = {}
    if config_file is not None:
        file_model, file_settings = _read_config(config_file)
        name = _same_model(name, file_model, config_file)
    if name is None:
        where = "model" if config_file is None else f"{config_file}: model"
        raise ConfigError(where, f'is not named; give model = "NAME", one of {", ".join(model_names())}')
    cls = model_class(name)
    named = config.current_names(cls, file_settings) | config.current_names(cls, settings or {})
    model: Model = config.from_dict(cls, named)
    return model


def _same_model(name: str | type[Any] | None, file_model: str | None, config_file: Path) -> str | type[Any] | None:
    """The model that the caller and the file name."""
    if name is None:
        if file_model is not None and ":" in file_model:
            hint = "name it yourself, too: --model, or in Python the first argument"
            raise ConfigError(f"{config_file}: model", f"{file_model!r} is not registered by a package; {hint}")
        return file_model
    reference = name if isinstance(name, str) else model_reference(name)
    if file_model not in (None, reference):
        raise ConfigError("model", f"{config_file} is for {file_model!r}, not for {reference!r}")
    return name


def _read_config(path: Path) -> tuple[str | None, dict[str, Any]]:
    """The model's name, where the file gives one, and its settings."""
    document = config.read_toml(path)
    for key in document:
        if key not in ("model", "settings"):
            suggestion = ConfigError.unknown(key, ("model", "settings")).did_you_mean
            raise ConfigError(f"{path}: {key}", "unknown setting; known are model, settings", suggestion)
    name, settings = document.get("model"), document.get("settings", {})
    if not isinstance(name, str | None) or not isinstance(settings, dict):
        raise ConfigError(str(path), 'expected model = "NAME" and a table [settings]')
    return name, settings
