"""Scorers of other packages in a bundle: what the manifest says of them, and which of them may be imported.

A bundle is data. A manifest that names a class must not make the reader import it: importing runs code, and the bundle
may come from a stranger. So a class is used only if somebody on this machine has chosen it: by installing a package
that registers it (entry points ``reelgraph.scorers`` and ``reelgraph.models``), or by name (`allow_scorers`,
``allow=``).
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelgraph.core import Scorer, plugins
from reelgraph.core.errors import BundleError
from reelgraph.scorers import SCORERS, BlendScorer, StarredBlendScorer, rebuild

Allowed = type | str  #: a class of scorers, or its ``package.module:Class``

_allowed: list[Allowed] = []


def allow_scorers(*scorers: Allowed) -> None:
    """Let every `Bundle.load` of this process load these scorers of other packages.

    Args:
        *scorers: classes, or ``package.module:Class``.
    """
    _allowed.extend(scorers)


def manifest_entries(scorer: Scorer) -> dict[str, Any]:
    """What the manifest says of the scorers of other packages in ``scorer``: kind -> where its class is defined.

    Raises:
        BundleError: one of them could not be loaded again.
    """
    entries = {}
    for part in _plugin_parts(scorer):
        _require_restorable(part)
        import_path = plugins.import_path_of(type(part))
        plugin = _registration(part.kind, import_path)
        entries[part.kind] = {"class": import_path, "package": plugin.distribution if plugin else ""}
    return {"outside": entries} if entries else {}


def plugin_classes(scorer: Scorer) -> dict[str, type]:
    """The classes of the scorers of other packages in ``scorer``, itself or the parts of a blend: kind -> class."""
    return {part.kind: type(part) for part in _plugin_parts(scorer)}


def classes_named_in(path: Path, scorer_entry: Any, allow: Sequence[Allowed]) -> dict[str, type]:
    """The classes of the scorers of other packages that a manifest names: kind -> class.

    Args:
        path: of the bundle.
        scorer_entry: what the manifest says of the scorer.
        allow: scorers that may be loaded.

    Raises:
        BundleError: one is not allowed, or is not a scorer of that kind.
    """
    classes = {}
    for kind, entry in _entries(path, scorer_entry).items():
        import_path = entry["class"]
        scorer_class = _allowed_class(kind, import_path, (*allow, *_allowed))
        if scorer_class is None:
            package = f" of {entry['package']}" if entry.get("package") else ""
            raise BundleError(
                f"{path}: its scorer {kind!r} is the class {import_path}{package}, which is not part of reelgraph",
                f"install the package that registers it, or, if you trust it, name it: "
                f"Bundle.load(path, allow=[{import_path!r}]), in the shell reelgraph --allow {import_path}",
            )
        if not _is_scorer_class(scorer_class, kind):
            raise BundleError(f"{path}: {import_path} is not a class of scorers of kind {kind!r}")
        classes[kind] = scorer_class
    return classes


def _entries(path: Path, scorer_entry: Any) -> Mapping[str, Mapping[str, str]]:
    entries = scorer_entry.get("outside", {}) if isinstance(scorer_entry, Mapping) else {}
    if isinstance(entries, Mapping) and all(
        isinstance(entry, Mapping) and isinstance(entry.get("class"), str) for entry in entries.values()
    ):
        return entries
    raise BundleError(f"{path} does not match its manifest: it does not say where its scorers are defined")


def _allowed_class(kind: str, import_path: str, allow: Sequence[Allowed]) -> Any:
    """The class that somebody on this machine has chosen for ``kind``, or None. Nothing else is imported."""
    for allowed in allow:
        if isinstance(allowed, type) and getattr(allowed, "kind", None) == kind:
            return allowed
        if allowed == import_path:
            return plugins.import_object(import_path)
    plugin = _registration(kind, import_path)
    if plugin is None:
        return None
    registered = plugin.load()
    if plugin.group == plugins.SCORERS:
        return registered
    _, _, name = import_path.partition(":")  # in the module of a registered model, which is imported now
    try:
        return functools.reduce(getattr, name.split("."), sys.modules[plugin.module])
    except AttributeError:
        return None


def _registration(kind: str, import_path: str) -> plugins.Plugin | None:
    """The entry point of the scorer, or else that of a model in the same module."""
    module = import_path.partition(":")[0]
    models = (plugin for plugin in plugins.installed(plugins.MODELS) if plugin.module == module)
    return plugins.find(plugins.SCORERS, kind) or next(models, None)


def _is_scorer_class(candidate: object, kind: str) -> bool:
    methods = (getattr(candidate, name, None) for name in ("score", "arrays", "settings"))
    return isinstance(candidate, type) and getattr(candidate, "kind", None) == kind and all(map(callable, methods))


def _plugin_parts(scorer: Scorer) -> Iterator[Scorer]:
    if isinstance(scorer, BlendScorer | StarredBlendScorer):
        for part in scorer.parts:
            yield from _plugin_parts(part)
    elif type(scorer) is not SCORERS.get(scorer.kind):
        yield scorer


def _require_restorable(scorer: Scorer) -> None:
    """Refuse a scorer that could not be loaded: its class takes its own arrays and settings by name."""
    refusal = f"not saved: the scorer {scorer.kind!r} of {plugins.import_path_of(type(scorer))}"
    if scorer.kind in SCORERS:
        raise BundleError(f"{refusal}: the kind {scorer.kind!r} is one of reelgraph's own", "give it another kind")
    try:
        settings = json.loads(json.dumps(scorer.settings(), allow_nan=False))
        rebuild(scorer.kind, scorer.arrays(), settings, {scorer.kind: type(scorer)})
    except Exception as error:
        raise BundleError(
            f"{refusal} cannot be loaded from its arrays and settings: {type(error).__name__}: {error}",
            "its class must take all of them as arguments of these names",
        ) from error
