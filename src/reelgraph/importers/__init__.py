"""Import a person's ratings from the export of another service, matched to the movies of a catalogue."""

from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.import_export import import_export
from reelgraph.importers.import_result import ImportedMovie, ImportResult, MovieKey
from reelgraph.importers.item_id_table import has_item_ids
from reelgraph.importers.movie_list import import_movie_list, is_list_of_names
from reelgraph.importers.options import COLUMN_ROLES, parse_columns
from reelgraph.importers.report import (
    doubtful_csv,
    letterboxd_list,
    named_lines,
    ratings_csv,
    read_confirmations,
    report_dict,
    summary_lines,
    watchlist_ids,
)

__all__ = [
    "COLUMN_ROLES",
    "ExportEntry",
    "ImportResult",
    "ImportedMovie",
    "MovieKey",
    "doubtful_csv",
    "has_item_ids",
    "import_export",
    "import_movie_list",
    "is_list_of_names",
    "letterboxd_list",
    "named_lines",
    "parse_columns",
    "ratings_csv",
    "read_confirmations",
    "report_dict",
    "summary_lines",
    "watchlist_ids",
]
