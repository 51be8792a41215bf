"""Import a person's ratings from the export of another service, matched to the movies of a catalogue."""

from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.import_export import ImportedMovie, ImportResult, MovieKey, import_export
from reelgraph.importers.report import (
    doubtful_csv,
    letterboxd_list,
    ratings_csv,
    read_confirmations,
    report_dict,
    watchlist_ids,
)

__all__ = [
    "ExportEntry",
    "ImportResult",
    "ImportedMovie",
    "MovieKey",
    "doubtful_csv",
    "import_export",
    "letterboxd_list",
    "ratings_csv",
    "read_confirmations",
    "report_dict",
    "watchlist_ids",
]
