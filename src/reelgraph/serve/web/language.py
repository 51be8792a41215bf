"""The language of a request: the visitor's choice, otherwise the first of the browser's languages that the page has."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.messages import DEFAULT_LANGUAGE, LANGUAGES, Translator, translator

LANGUAGE_COOKIE = "language"
VARY = "Accept-Language, Cookie"
_MAX_RANGES = 20  # of the header that are read


def request_language(request: Request) -> str:
    """The code of the language, one of `LANGUAGES`."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else _accepted_language(request.headers.get("accept-language", ""))


def _accepted_language(header: str) -> str:
    """The best language of a header ``Accept-Language``: "de-AT, en;q=0.8" -> "de"."""
    weighted = []
    for position, language_range in enumerate(header.split(",")[:_MAX_RANGES]):
        tag, _, weight = language_range.partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = _quality(weight)
        if language in LANGUAGES and quality > 0:
            weighted.append((-quality, position, language))
    return min(weighted)[2] if weighted else DEFAULT_LANGUAGE


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0


def request_translator(request: Request) -> Translator:
    """The translator of a request."""
    return translator(request_language(request), request.app.state.service.loaded.bundle.scale is not None)


def request_bundle(request: Request) -> LoadedBundle:
    """The bundle in use, with titles in the language of a request where they are known."""
    loaded: LoadedBundle = request.app.state.service.loaded
    return loaded.in_language(request_language(request))


LocalBundleDep = Annotated[LoadedBundle, Depends(request_bundle)]
TranslatorDep = Annotated[Translator, Depends(request_translator)]
