"""A person's own export of another service to ratings of a catalogue's films."""

from reelgraph.importers.import_export import Film, FilmKey, Imported, import_export
from reelgraph.importers.report import (
    as_record,
    doubtful_csv,
    letterboxd_list,
    ratings_csv,
    read_confirm,
    watchlist_ids,
)

__all__ = [
    "Film",
    "FilmKey",
    "Imported",
    "as_record",
    "doubtful_csv",
    "import_export",
    "letterboxd_list",
    "ratings_csv",
    "read_confirm",
    "watchlist_ids",
]
