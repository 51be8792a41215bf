"""A list as an Atom feed (RFC 4287): a feed reader shows what is new in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree

from reelgraph.bridges.listed_movie import ListedMovie

_NAMESPACE = "http://www.w3.org/2005/Atom"
# Characters that XML 1.0 does not have, not even as references; titles are other people's text.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ElementTree.register_namespace("", _NAMESPACE)


def atom_feed(movies: Sequence[ListedMovie], title: str, feed_id: str, created: int, updated: int = 0) -> bytes:
    """The feed. An entry keeps its id as long as the feed exists, so a reader shows each movie once.

    Args:
        movies: best first.
        title: of the feed.
        feed_id: tells the feeds of several people apart.
        created: when the feed was made, Unix seconds UTC; entries have this time, for nobody knows when one joined.
        updated: when the list may have changed last, Unix seconds UTC; not before ``created``.
    """
    feed = ElementTree.Element(f"{{{_NAMESPACE}}}feed")
    _add(feed, "id", f"urn:reelgraph:feed:{quote(feed_id, safe='')}")
    _add(feed, "title", title)
    _add(feed, "updated", _time(max(created, updated)))
    _add(_add(feed, "author"), "name", "reelgraph")
    for movie in movies:
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:reelgraph:feed:{quote(feed_id, safe='')}:{quote(movie.item_id, safe='')}")
        _add(entry, "title", f"{movie.title} ({movie.year})" if movie.year else movie.title)
        _add(entry, "updated", _time(created))
        if movie.url:
            _add(entry, "link").set("href", movie.url)
        for genre in movie.genres:
            _add(entry, "category").set("term", _text(genre))
        _add(entry, "content", movie.reason or "no reason is known").set("type", "text")
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
    element.text = None if text is None else _text(text)
    return element


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
