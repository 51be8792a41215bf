"""Lists in the forms that other programs read: Radarr, Trakt, Stremio, feed readers and calendars."""

from reelgraph.bridges.atom import atom_feed
from reelgraph.bridges.calendar import evening_calendar
from reelgraph.bridges.json_lists import radarr_list, stremio_catalog, stremio_manifest, trakt_list
from reelgraph.bridges.listed_movie import ListedMovie, listed_movies

__all__ = [
    "ListedMovie",
    "atom_feed",
    "evening_calendar",
    "listed_movies",
    "radarr_list",
    "stremio_catalog",
    "stremio_manifest",
    "trakt_list",
]
