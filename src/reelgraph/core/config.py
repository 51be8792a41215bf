"""Strict settings: frozen dataclasses validated on construction, filled from TOML and ``key=value`` arguments.

Defaults live in the dataclass and nowhere else. An unknown key is an error with a suggestion; it is never ignored.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
import typing
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from reelgraph.core.errors import ConfigError

_Config = TypeVar("_Config")


@functools.cache
def _adapters(cls: type) -> dict[str, TypeAdapter[Any]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: TypeAdapter(hints[field.name]) for field in dataclasses.fields(cls) if field.init}


def validate(instance: Any) -> None:
    """Validate every field of a dataclass against its annotation (type, range, choices).

    Args:
        instance: a dataclass; call this from its ``__post_init__``.

    Raises:
        ConfigError: names the first invalid field and what it should be.
    """
    cls: type = type(instance)
    for key, adapter in _adapters(cls).items():
        value = getattr(instance, key)
        try:
            adapter.validate_python(value, strict=True)
        except ValidationError as error:
            raise ConfigError(key, f"{value!r} is not valid: {error.errors()[0]['msg'].lower()}") from None


def current_names(cls: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a ``cls`` under the current names of its settings; ``cls.renamed_settings`` maps old names to new.

    Raises:
        ConfigError: a setting is given under both names.
    """
    renamed: Mapping[str, str] = getattr(cls, "renamed_settings", {})
    for old, new in renamed.items():
        if old in values and new in values:
            raise ConfigError(old, f"is the old name of {new}, which is given too")
    return {renamed.get(key, key): value for key, value in values.items()}


def from_dict(cls: type[_Config], values: Mapping[str, Any]) -> _Config:
    """Create a ``cls`` from ``values``; fields that are not named keep their defaults.

    A setting that was renamed is still read under its old name, see `current_names`. One of ``cls.removed_settings``
    has no effect, and gives a `FutureWarning`.

    Raises:
        ConfigError: a key is unknown (the nearest known one is suggested) or a value is invalid.
    """
    values = _without_removed(cls, current_names(cls, values))
    names = [field.name for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
    for key in values:
        if key not in names:
            raise ConfigError.unknown(key, names, renamed=getattr(cls, "renamed_settings", {}))
    # TOML and JSON have no tuples, so tuples are written as lists.
    instance = cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
    validate(instance)  # for a class that does not do so itself
    return instance


def _without_removed(cls: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    removed = [key for key in values if key in getattr(cls, "removed_settings", ())]
    if removed:
        text = (
            f"{cls.__name__} has no setting {', '.join(removed)} any more: without effect, an error in the next release"
        )
        warnings.warn(text, FutureWarning, stacklevel=3)
    return {key: value for key, value in values.items() if key not in removed}


def read_toml(path: Path) -> dict[str, Any]:
    """The settings in a TOML file.

    Raises:
        ConfigError: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), "no such config file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read: {error.strerror}") from None


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Settings from arguments such as ``dim=32`` or ``loss=huber``; a value that is not JSON is text.

    Raises:
        ConfigError: an argument has no ``=``.
    """
    settings: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.strip():
            raise ConfigError(assignment, "expected key=value")
        try:
            settings[key.strip()] = json.loads(text)
        except json.JSONDecodeError:
            settings[key.strip()] = text
    return settings
