"""Packages whose public names are imported at their first use (PEP 562), so that importing the package is cheap."""

from __future__ import annotations

import ast
import difflib
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_exports(
    package: str, renamed: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for the ``__init__`` module of ``package``.

    The names are those that the module's source imports under ``if TYPE_CHECKING:``. Type checkers and editors read the
    same lines, so what they see and what exists at run time cannot differ.

    Args:
        package: the ``__name__`` of the calling module.
        renamed: names of earlier versions and their new names, for the error message.

    Source: the form of SPEC 1 (scientific-python.org/specs), with one list of names instead of a stub file.
    """
    module = sys.modules[package]
    origins = _typed_imports(package)

    def load(name: str) -> Any:
        if name not in origins:
            near = difflib.get_close_matches(name, [*vars(module), *origins], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            if renamed and name in renamed:
                hint = f"; it is now called {renamed[name]!r}"
            # With ``obj`` set, Python would add a suggestion of its own, but not in notebooks.
            raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}", name=name, obj=None)
        source, attribute = origins[name]
        if source == package:  # a submodule
            return importlib.import_module(f"{package}.{attribute}")
        value = getattr(importlib.import_module(source), attribute)
        setattr(module, name, value)  # the next use does not come here
        return value

    def names() -> list[str]:
        return sorted({*vars(module), *origins})

    return load, names


def _typed_imports(package: str) -> dict[str, tuple[str, str]]:
    """Name -> module and attribute, of every ``from module import attribute`` under ``if TYPE_CHECKING:``."""
    spec = sys.modules[package].__spec__
    loader: Any = spec.loader if spec is not None else None
    blocks = [
        node
        for node in ast.parse(loader.get_source(package)).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return {
        alias.asname or alias.name: (line.module, alias.name)
        for block in blocks
        for line in block.body
        if isinstance(line, ast.ImportFrom) and line.module is not None and line.module.startswith(package)
        for alias in line.names
    }
