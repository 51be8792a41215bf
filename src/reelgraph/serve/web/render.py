"""Render the HTML templates; everything that comes from a catalogue is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from reelgraph._version import __version__
from reelgraph.core import RatingScale
from reelgraph.recommend.scorer_inputs import counts_ages
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.language import VARY, request_language
from reelgraph.serve.web.messages import element, language_names, messages_digest, translator
from reelgraph.serve.web.script_strings import script_strings


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reelgraph.serve.web", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["genre"] = lambda name, translator: translator.genre(name)
    environment.globals["element"] = element
    return environment


def html(request: Request, loaded: LoadedBundle, template: str, status: int = 200, **values: Any) -> Response:
    """A page, the same for all visitors with the same language: scripts fetch what belongs to one of them.

    Templates write messages with ``t("key", name=value)``, numbers with ``t.number(value)``; see `Translator`.
    """
    tmdb = request.app.state.posters is not None
    t = translator(request_language(request), loaded.bundle.scale is not None)
    strings = script_strings(t.language, t.has_stars).path
    origin = f"{request.url.scheme}://{request.url.netloc}"
    tag_parts = (origin, __version__, loaded.digest, f"{loaded.recommender.seen_weight}", template, request.url.path)
    headers = {
        **etag_headers(*tag_parts, "tmdb" if tmdb else "", t.language, messages_digest(t.language), strings),
        "Vary": VARY, "Content-Language": t.language,
    }  # fmt: skip
    if status == 200 and is_unchanged(request, headers):
        return not_modified(headers)
    shared: dict[str, Any] = {
        "path": request.url.path, "service": _service_values(loaded), "version": __version__, "tmdb": tmdb,
        "t": t, "origin": origin, "strings": strings, "languages": language_names(),
    }  # fmt: skip
    text = _environment().get_template(template).render(**shared, **values)
    return HTMLResponse(text, status, headers if status == 200 else {"Vary": VARY, "Content-Language": t.language})


def _service_values(loaded: LoadedBundle) -> Mapping[str, Any]:
    """What the scripts of every page need to know of the bundle."""
    bundle = loaded.bundle
    years = bundle.catalogue.year[bundle.catalogue.year > 0]
    return {
        "scale": None if bundle.scale is None else _scale_values(bundle.scale),
        "genres": orjson.dumps(genres(loaded)).decode(),
        "years": (int(years.min()), int(years.max())) if len(years) else (1900, 2030),
        "movies": len(bundle.items),
        "people": len(bundle.users) or bundle.item_statistics.n_users,
        "ratings": int(bundle.item_statistics.counts.sum()),
        "feedback": bundle.feedback,
        "takes_recent": counts_ages(bundle.scorer),
    }


def _scale_values(scale: RatingScale) -> Mapping[str, float | str]:
    """The scale as the scripts need it: ``step`` is that of the levels, ``input_step`` that of a rating or "any"."""
    input_step = "any" if scale.step is None else scale.step
    return {
        "low": scale.low,
        "high": scale.high,
        "step": scale.level_step,
        "input_step": input_step,
        "liked": round(scale.liked_from, 6),
    }


def genres(loaded: LoadedBundle) -> list[str]:
    """All genres of the catalogue, the most frequent first."""
    counts = Counter(genre for movie_genres in loaded.bundle.catalogue.genres for genre in movie_genres)
    return sorted(counts, key=lambda genre: (-counts[genre], genre))
