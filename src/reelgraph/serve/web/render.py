"""From templates to pages; everything that comes from a catalogue is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from reelgraph._version import __version__
from reelgraph.serve.api.etag import fresh, tag, unchanged
from reelgraph.serve.state.loaded_bundle import LoadedBundle


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reelgraph.serve.web", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["number"] = lambda value: f"{value:,}"
    return made


def html(request: Request, model: LoadedBundle, template: str, status: int = 200, **values: Any) -> Response:
    """A page, the same for everybody: what is a visitor's own is fetched by its scripts."""
    tmdb = request.app.state.posters is not None
    known = tag(__version__, model.digest, template, request.url.path, "tmdb" if tmdb else "")
    if status == 200 and unchanged(request, known):
        return fresh(known)
    shared: dict[str, Any] = {
        "path": request.url.path,
        "service": _service(model),
        "version": __version__,
        "tmdb": tmdb,
    }
    text = _environment().get_template(template).render(**shared, **values)
    return HTMLResponse(text, status, known if status == 200 else None)


def _service(model: LoadedBundle) -> Mapping[str, Any]:
    """What every page's scripts need to know of the bundle."""
    fitted = model.recommender.bundle
    years = fitted.catalogue.year[fitted.catalogue.year > 0]
    return {
        "scale": {"low": fitted.scale.low, "high": fitted.scale.high, "step": fitted.scale.step},
        "genres": orjson.dumps(genres(model)).decode(),
        "years": (int(years.min()), int(years.max())) if len(years) else (1900, 2030),
        "movies": len(fitted.items),
        "people": len(fitted.users),
        "ratings": int(fitted.history.nnz),
    }


def genres(model: LoadedBundle) -> list[str]:
    """All genres of the catalogue, the commonest first."""
    counts: dict[str, int] = {}
    for each in model.recommender.catalogue.genres:
        for genre in each:
            counts[genre] = counts.get(genre, 0) + 1
    return sorted(counts, key=lambda genre: (-counts[genre], genre))
