"""The OpenAPI description as an HTML page, without scripts and without anything from other hosts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, h3 { font-family: ui-monospace, monospace } h3 { margin: 2rem 0 0; overflow-wrap: anywhere }
dt { font-family: ui-monospace, monospace; font-weight: 600 } dd { margin: 0 0 .4rem 1.5rem }
.key { opacity: .7 }
"""

_Field = tuple[str, Any, str]  # name, schema, description


def add_docs_page(app: FastAPI) -> None:
    """Add ``/api/docs`` to the application."""

    @app.get("/api/docs", include_in_schema=False)
    async def page(request: Request) -> Response:
        return HTMLResponse(html(app.openapi()))

    @app.get("/api/docs.css", include_in_schema=False)
    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css")


def html(description: Mapping[str, Any]) -> str:
    """The page for an OpenAPI description."""
    about = "".join(f"<p>{escape(part)}</p>" for part in description["info"]["description"].split("\n\n"))
    routes = [
        _route_html(method.upper(), path, route, description["components"]["schemas"])
        for path, methods in description["paths"].items()
        for method, route in methods.items()
    ]
    title = f"{escape(description['info']['title'])} {escape(description['info']['version'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/docs.css">'
        f'<main><h1>{title}</h1>{about}<p>For programs: <a href="/api/openapi.json">openapi.json</a></p>'
        f"{''.join(routes)}</main></html>"
    )


def _route_html(method: str, path: str, route: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parameters = route.get("parameters", ())
    request = [(parameter["name"], parameter["schema"], parameter.get("description", "")) for parameter in parameters]
    request += _body_fields(route.get("requestBody", {}), schemas)
    response = _body_fields(route["responses"].get("200", route["responses"].get("201", {})), schemas)
    key = '<p class="key">needs a key</p>' if route.get("security") else ""
    return (
        f"<h3>{method} {escape(path)}</h3><p>{escape(route.get('summary', ''))}. "
        f"{escape(route.get('description', ''))}</p>{key}{_field_list('request', request)}"
        f"{_field_list('response', response)}"
    )


def _body_fields(body: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[_Field]:
    for content in body.get("content", {}).values():
        schema = content.get("schema", {})
        schema = schema.get("items", schema)
        schema = schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
        fields = schema.get("properties", {}).items()
        return [(name, field, field.get("description", "")) for name, field in fields]
    return []


def _field_list(title: str, fields: list[_Field]) -> str:
    if not fields:
        return ""
    rows = [
        f"<dt>{escape(name)} {escape(_type_name(schema))}</dt><dd>{escape(description)}</dd>"
        for name, schema, description in fields
    ]
    return f"<p>{title}</p><dl>{''.join(rows)}</dl>"


def _type_name(schema: Mapping[str, Any]) -> str:
    """The type of a value in a word or two."""
    if "anyOf" in schema:
        return " or ".join(_type_name(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    name = str(schema.get("type", ""))
    return f"list of {_type_name(schema['items'])}" if name == "array" and "items" in schema else name
