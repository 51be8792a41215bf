"""Ids of movies as tables have them: alone, as numbers, or as the addresses of pages."""

from __future__ import annotations

import re
from typing import Any

from reelgraph.enrichment.refusals import Refuse
from reelgraph.enrichment.tables import text_of
from reelgraph.importers.field_parsers import parse_imdb_id

_TMDB = re.compile(
    r"(?:[^?#]*themoviedb\.org/(?:[a-z-]+/)?movie/(\d{1,12})(?:[-/?#].*)?|(\d{1,12})(?:\.0*)?)", re.ASCII
)
_WIKIDATA = re.compile(r"(?:https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/|wd:)(Q\d+)/?|(Q\d{3,})", re.ASCII)


def imdb_id_of(value: Any, refuse: Refuse) -> str:
    """The id of IMDb in a cell such as "tt0114709", "0114709" or "https://www.imdb.com/title/tt0114709/"; "" for none.

    A cell that has another text is refused.
    """
    text = text_of(value)
    imdb_id = parse_imdb_id(text)
    if text and not imdb_id:
        refuse("ids of IMDb that cannot be read", text)
    return imdb_id


def tmdb_id_of(value: Any, refuse: Refuse) -> int:
    """The id of TMDB in a cell such as "862", "862.0" or "https://www.themoviedb.org/movie/862-toy-story"; 0 for none.

    A cell that has another text is refused.
    """
    text = text_of(value)
    match = _TMDB.fullmatch(text)
    tmdb_id = int(match[1] or match[2]) if match else 0
    if text and not match:
        refuse("ids of TMDB that cannot be read", text)
    return tmdb_id


def wikidata_id_of(text: str) -> str:
    """The id of Wikidata that a text is, "Q42198" of "http://www.wikidata.org/entity/Q42198"; "" for another text.

    Examples:
        >>> wikidata_id_of("wd:Q1"), wikidata_id_of("Q172241"), wikidata_id_of("Q2")
        ('Q1', 'Q172241', '')
    """
    match = _WIKIDATA.fullmatch(text)
    return (match[1] or match[2]) if match else ""
