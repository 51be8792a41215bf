"""Models, scorers, readers and importers of other packages: found by their entry points, imported when used."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from reelgraph.core.errors import ConfigError, PluginError, ReelgraphError

MODELS = "reelgraph.models"
SCORERS = "reelgraph.scorers"
READERS = "reelgraph.readers"
IMPORTERS = "reelgraph.importers"
GROUPS = (MODELS, SCORERS, READERS, IMPORTERS)


@dataclass(frozen=True)
class Plugin:
    """An entry point of an installed package.

    Args:
        group: one of `GROUPS`.
        name: as registered.
        import_path: ``package.module:Class``.
        distribution: name and version of the package that registers it.
    """

    group: str
    name: str
    import_path: str
    distribution: str

    def __str__(self) -> str:
        return f"entry point {self.name!r} ({self.group}) of {self.distribution}"

    @property
    def module(self) -> str:
        """The module it is in."""
        return self.import_path.partition(":")[0]

    def load(self) -> Any:
        """Import the object.

        Raises:
            PluginError: it cannot be imported.
        """
        try:
            return EntryPoint(self.name, self.import_path, self.group).load()
        except Exception as error:
            raise PluginError(
                f"{self}: {self.import_path} cannot be imported: {type(error).__name__}: {error}",
                "repair or uninstall the package",
            ) from error


def installed(group: str) -> tuple[Plugin, ...]:
    """The entry points of ``group`` in this environment, by name. Cost: about 5 ms."""
    plugin_set = {
        Plugin(group, point.name, point.value, f"{point.dist.name} {point.dist.version}" if point.dist else "?")
        for point in entry_points(group=group)
    }
    return tuple(sorted(plugin_set, key=lambda plugin: (plugin.name, plugin.distribution)))


def find(group: str, name: str) -> Plugin | None:
    """The entry point called ``name``, or None.

    Raises:
        PluginError: several packages register the name.
    """
    matches = [plugin for plugin in installed(group) if plugin.name == name]
    if len(matches) > 1:
        raise PluginError(
            f"{name!r} ({group}) is registered by {' and by '.join(plugin.distribution for plugin in matches)}",
            "uninstall all but one",
        )
    return matches[0] if matches else None


def import_object(import_path: str) -> Any:
    """The object at ``package.module:Name``, which somebody on this machine has asked for by name.

    Raises:
        ConfigError: there is no such module or object, or the module fails when it is imported.
    """
    module_name, _, attribute = import_path.partition(":")
    if not module_name or not attribute:
        raise ConfigError(import_path, "expected package.module:Class")
    try:
        return functools.reduce(getattr, attribute.split("."), importlib.import_module(module_name))
    except Exception as error:
        raise ConfigError(import_path, f"cannot be imported: {type(error).__name__}: {error}") from error


def import_path_of(cls: type) -> str:
    """Where a class is defined: ``package.module:Class``."""
    return f"{cls.__module__}:{cls.__qualname__}"


def is_of_other_package(cls: type) -> bool:
    """Whether a class is defined by another package than reelgraph."""
    return cls.__module__.partition(".")[0] != "reelgraph"


def plugin_candidate(group: str, files: object) -> Plugin | None:
    """The installed reader or importer whose ``matches(files)`` is true, or None.

    Raises:
        PluginError: several match, or one fails.
    """
    matching = [plugin for plugin in installed(group) if call(plugin, plugin.load(), "matches", files)]
    if len(matching) > 1:
        raise PluginError(
            f"the files match {' and '.join(map(str, matching))}", "uninstall all but one, or pass the right one"
        )
    return matching[0] if matching else None


def call(plugin: Plugin | None, target: Any, method: str, *args: object) -> Any:
    """Call a method of an object of another package; whatever it raises by mistake names the entry point.

    Args:
        plugin: where the object is registered; None if it was passed by the caller.
        target: the object.
        method: its name.
        *args: of the method.

    Raises:
        PluginError: the object has no such method, or an error other than a `ReelgraphError` was raised.
    """
    object_name = str(plugin or type(target).__name__)
    function = getattr(target, method, None)
    if not callable(function):
        raise PluginError(f"{object_name}: {target!r} has no method {method!r}")
    try:
        return function(*args)
    except ReelgraphError:
        raise
    except Exception as error:
        raise PluginError(f"{object_name}: {method} failed: {type(error).__name__}: {error}") from error
