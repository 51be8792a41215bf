"""``{rest-routes}``: every route of the service, read from its OpenAPI description while the documentation is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def description() -> dict[str, Any]:
    """The OpenAPI description. It does not depend on the bundle or the store, so neither is opened."""
    from reelgraph.serve import ServeSettings, create_app

    return create_app(ServeSettings(bundle=Path("bundle"), store="people.db"), MagicMock(), MagicMock()).openapi()


class RestRoutes(SphinxDirective):
    """A section for each tag, an entry for each route."""

    def run(self) -> list[nodes.Node]:
        """The sections, as Markdown."""
        openapi = description()
        by_tag: dict[str, list[str]] = {}
        for path, operations in openapi["paths"].items():
            for method, operation in operations.items():
                lines = by_tag.setdefault(operation.get("tags", ["other"])[0], [])
                lines += [*_route(method.upper(), path, operation, openapi["components"]["schemas"]), ""]
        text = "\n".join(f"## {tag.capitalize()}\n\n" + "\n".join(lines) for tag, lines in by_tag.items())
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def _route(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{method} {path}`\n"
    summary = operation.get("summary", "")
    yield f"{summary}{'' if summary.endswith('?') else '.'} {' '.join(operation.get('description', '').split())}\n"
    if operation.get("security"):
        yield "Needs a key in the header `X-API-Key`, unless the service runs with `--open`.\n"
    parameters = [(p["name"], p["in"], p["schema"], p.get("description", "")) for p in operation.get("parameters", ())]
    body = [(*field[:1], "body", *field[1:]) for field in _fields(operation.get("requestBody", {}), schemas)]
    if parameters or body:
        yield "| parameter | in | type | meaning |\n| --- | --- | --- | --- |"
        for name, place, schema, meaning in (*parameters, *body):
            yield f"| `{name}` | {place} | {_cell(_type(schema))} | {_cell(meaning)} |"
        yield ""
    answer = _fields(operation["responses"].get("200", operation["responses"].get("201", {})), schemas)
    if answer:
        yield f"Answer: {', '.join(f'`{name}`' for name, _, _ in answer)}.\n"
    yield f"Statuses: {', '.join(sorted(operation['responses']))}."


def _fields(holder: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Name, schema and description of each field of a body or an answer."""
    for content in holder.get("content", {}).values():
        schema = content.get("schema", {})
        schema = schema.get("items", schema)
        schema = schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
        return [(name, field, field.get("description", "")) for name, field in schema.get("properties", {}).items()]
    return []


def _type(schema: Mapping[str, Any]) -> str:
    """What a value may be, for people."""
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"] if option.get("type") != "null")
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    bounds = [f"{schema[key]:,}" if key in schema else "" for key in ("minimum", "maximum")]
    kind = str(schema.get("type", "any"))
    return f"{kind}, {' to '.join(bounds)}" if all(bounds) else kind


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("rest-routes", RestRoutes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
