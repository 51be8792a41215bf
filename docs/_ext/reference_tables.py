"""Tables that are read from the code while the documentation is built, so that they cannot go stale.

- ``{model-settings} NAME``: the settings of a model with default, allowed values and meaning.
- ``{public-names}``: the names of ``reelgraph.__all__``, each with its first sentence and a link to its entry.
- ``{protocols}``: the named protocols with what each of them masks, folds in and draws.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from docutils import nodes
from pydantic import TypeAdapter
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_CONSTANTS = {"MODELS": "Names of the models.", "PROTOCOLS": "The named protocols, by name."}
_PACKAGES = (
    "core", "core.errors", "data", "graph", "models", "evaluation", "bundle", "recommend", "importers",
    "bridges", "tracking", "tuning", "unlearning.exact", "unlearning.receipt", "retraining",
)  # fmt: skip


def rst_table(head: Sequence[str], rows: Iterable[Sequence[str]], widths: str) -> str:
    """A reStructuredText list table; a cell is one paragraph."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (head, *rows):
        for number, cell in enumerate(row):
            lines.append(f"   {'* -' if number == 0 else '  -'} {_as_text(cell)}")
    return "\n".join(lines)


def _as_text(cell: str) -> str:
    """One paragraph; a cell such as ``p.`` is no item of a list."""
    text = " ".join(cell.split())
    return f"\\{text}" if re.match(r"\w+[.)](\s|$)", text) else text


def documented_arguments(cls: type) -> dict[str, str]:
    """Name -> meaning, from the ``Args:`` section of a Google docstring."""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", inspect.getdoc(cls) or "", flags=re.DOTALL | re.MULTILINE)
    if section is None:
        return {}
    entries = re.findall(r"^    (\w+): (.*?)(?=^    \w|\Z)", section[1], flags=re.DOTALL | re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def allowed_values(hint: Any) -> str:
    """What a setting may be, for people: its range, its choices or its type."""
    return _allowed(TypeAdapter(hint).json_schema())


def _allowed(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_allowed(option) for option in schema["anyOf"])
    if "const" in schema:
        return f"``{schema['const']}``"
    if "enum" in schema:
        return ", ".join(f"``{value}``" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list: {_allowed(schema.get('items', {}))}"
    bounds = [
        f"{sign} {schema[key]:g}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in schema
    ]
    kinds = {"integer": "whole number", "number": "number", "boolean": "true or false", "object": "table"}
    kind = kinds.get(schema.get("type", ""), schema.get("type", "any"))
    return " ".join([kind, ", ".join(bounds)]).strip()


class ModelSettings(SphinxDirective):
    """The settings of a model: name, default, allowed values, meaning."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table, read from the dataclass of the model."""
        from reelgraph.models import model_class

        cls = model_class(self.arguments[0])
        hints, meaning = typing.get_type_hints(cls, include_extras=True), documented_arguments(cls)
        rows = [
            (f"``{field.name}``", f"``{_default(field)}``", allowed_values(hints[field.name]), meaning[field.name])
            for field in dataclasses.fields(cls)
        ]
        if not rows:
            return self.parse_text_to_nodes("This model has no settings.")
        return _parsed(self, rst_table(("setting", "default", "allowed", "meaning"), rows, "18 14 24 44"))


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


class PublicNames(SphinxDirective):
    """The names that ``import reelgraph as rg`` gives."""

    def run(self) -> list[nodes.Node]:
        """The table, read from ``reelgraph.__all__``."""
        import reelgraph

        rows = []
        for name in sorted(reelgraph.__all__, key=str.casefold):
            value = getattr(reelgraph, name)
            text = inspect.getdoc(value) if callable(value) or inspect.ismodule(value) else None
            rows.append((f":py:obj:`{name} <{_home(name)}.{name}>`", _summary(text or _CONSTANTS[name])))
        return _parsed(self, rst_table(("name", "what it is"), rows, "30 70"))


def _home(name: str) -> str:
    """The module under whose name the reference has the entry."""
    for package in _PACKAGES:
        if hasattr(importlib.import_module(f"reelgraph.{package}"), name):
            return f"reelgraph.{package}"
    return "reelgraph"


def _summary(text: str) -> str:
    """The first sentence of a docstring."""
    return " ".join(text.split("\n\n")[0].split())


class Protocols(SphinxDirective):
    """The named protocols."""

    def run(self) -> list[nodes.Node]:
        """The table, read from `reelgraph.evaluation.PROTOCOLS`."""
        from reelgraph.evaluation import PROTOCOLS

        rows = [
            (f"``{name}``", f"{protocol.n_ratings:,} ratings" if protocol.n_ratings else "any", protocol.text)
            for name, protocol in PROTOCOLS.items()
        ]
        return _parsed(self, rst_table(("protocol", "data", "what it does"), rows, "22 16 62"))


def _parsed(directive: SphinxDirective, rst: str) -> list[nodes.Node]:
    # The pages are Markdown, the docstrings are reStructuredText: their formulas need its roles.
    return directive.parse_text_to_nodes(f"```{{eval-rst}}\n{rst}\n```")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("model-settings", ModelSettings)
    app.add_directive("public-names", PublicNames)
    app.add_directive("protocols", Protocols)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
