"""Layouts of tables of known services: their highest rating, and columns whose names do not tell what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PLAIN = "plain"


@dataclass(frozen=True)
class ServiceLayout:
    """The layout of the tables of a service.

    Args:
        service: its name.
        required: sets of column keys; a table that has all keys of one set is of this layout.
        highest: the highest rating; 0 where the column says it or it is inferred.
        columns: role -> key of its column, where the name does not tell; "" for a role that no column has.
        absent: keys of columns that a table of this layout does not have.
    """

    service: str
    required: tuple[frozenset[str], ...]
    highest: float = 0.0
    columns: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


def _layout(service: str, required: Sequence[str], highest: float = 0.0, **columns: str) -> ServiceLayout:
    return ServiceLayout(service, tuple(frozenset(keys.split()) for keys in required), highest, columns)


_LAYOUTS = (
    _layout("tmdb", ["tmdbid imdbid type name releasedate yourrating"], 10, rating="yourrating"),
    _layout("trakt", ["traktid traktrating", "traktid ratedat", "traktid watchedat", "traktid listedat"], 10),
    _layout("yamtrack", ["mediaid source mediatype"], 10),
    ServiceLayout(
        "movary",
        tuple(frozenset(("title", "year", "tmdbid", "imdbid", key)) for key in ("userrating", "watchedat", "addedat")),
        10,
        absent=frozenset(("type",)),
    ),
    _layout("movielens", ["movieid imdbid tmdbid averagerating"], 5),
    _layout("kinopoisk", ["nameeng namerus", "nameeng ratingdate releaseyear"], 10),
    _layout("kinorium", ["title originaltitle type year myrating"], 10),
    _layout("filmweb", ["pltitle", "userrating globalrating originaltitle"], 10),
    ServiceLayout("douban", (frozenset(("标题", "我的评分")), frozenset(("标题", "豆瓣评分"))), 5, {"year": "简介"}),
    _layout("simkl", ["simklid"], 10, status="watchlist"),
    _layout("myanimelist", ["seriesanimedbid"], 10, title="seriestitle", kind="seriestype", show="", episode=""),
    _layout("criticker", ["filmid filmname rating tier"], 100, item_id=""),
    _layout("emby", ["name productionyear played", "name productionyear playcount"], 10),
    _layout("plex", ["ratingkey title type"], 10, kind="type"),
    _layout("tautulli", ["fulltitle grandparenttitle"], 10, title="fulltitle"),
)


def find_layout(keys: Sequence[str]) -> ServiceLayout:
    """The layout of the service that has these columns; one without rules if none is known."""
    present = frozenset(keys)
    for layout in _LAYOUTS:
        if any(required <= present for required in layout.required) and not layout.absent & present:
            return layout
    return ServiceLayout(PLAIN, ())
