"""The OpenAPI description as a page: no script, nothing from elsewhere."""

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


def attach(app: FastAPI) -> None:
    """Put ``/api/docs`` into the application."""

    @app.get("/api/docs", include_in_schema=False)
    async def page(request: Request) -> Response:
        return HTMLResponse(html(app.openapi()))

    @app.get("/api/docs.css", include_in_schema=False)
    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css")


def html(description: Mapping[str, Any]) -> str:
    """The whole page."""
    about = "".join(f"<p>{escape(part)}</p>" for part in description["info"]["description"].split("\n\n"))
    routes = [
        _route(method.upper(), path, route, description["components"]["schemas"])
        for path, methods in description["paths"].items()
        for method, route in methods.items()
    ]
    title = f"{escape(description['info']['title'])} {escape(description['info']['version'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/docs.css">'
        f'<main><h1>{title}</h1>{about}<p>For machines: <a href="/api/openapi.json">openapi.json</a></p>'
        f"{''.join(routes)}</main></html>"
    )


def _route(method: str, path: str, route: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    fields = [(one["name"], one["schema"], one.get("description", "")) for one in route.get("parameters", ())]
    fields += _fields(route.get("requestBody", {}), schemas)
    answer = _fields(route["responses"].get("200", route["responses"].get("201", {})), schemas)
    key = '<p class="key">needs a key</p>' if route.get("security") else ""
    return (
        f"<h3>{method} {escape(path)}</h3><p>{escape(route.get('summary', ''))}. "
        f"{escape(route.get('description', ''))}</p>{key}{_list('asks', fields)}{_list('answers', answer)}"
    )


def _fields(holder: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Name, schema and description of each field of a body."""
    for content in holder.get("content", {}).values():
        schema = content.get("schema", {})
        schema = schema.get("items", schema)
        named = schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
        return [(name, one, one.get("description", "")) for name, one in named.get("properties", {}).items()]
    return []


def _list(title: str, fields: list[tuple[str, Any, str]]) -> str:
    if not fields:
        return ""
    rows = [f"<dt>{escape(name)} {escape(_kind(schema))}</dt><dd>{escape(told)}</dd>" for name, schema, told in fields]
    return f"<p>{title}</p><dl>{''.join(rows)}</dl>"


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in a word or two."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    kind = str(schema.get("type", ""))
    return f"list of {_kind(schema['items'])}" if kind == "array" and "items" in schema else kind
