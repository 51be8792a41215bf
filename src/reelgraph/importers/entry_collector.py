"""Collect the entries of an export, and count the rows that are skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reelgraph.core.errors import DataFormatError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.core.plain_text import plain_text
from reelgraph.importers.export_entry import MAX_ROWS, MAX_TITLE, ExportEntry
from reelgraph.importers.spreadsheet_cells import unescape_formula

UNREADABLE = "rows that cannot be read"
SERIES = "series, seasons and episodes"
GAMES = "video games, podcasts and music videos"
_EXAMPLES = 5


@dataclass
class EntryCollector:
    """Collects the entries of an export, and counts the rows that are skipped.

    Args:
        entries: the entries so far.
        skipped: reason -> number of rows that were skipped.
        unreadable: up to five rows that could not be read.
        notes: assumptions made while reading.
        item_id_column: name of the column that may have ids of the catalogue.
    """

    entries: list[ExportEntry] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    item_id_column: str = ""

    def add(self, entry: ExportEntry) -> None:
        """Add an entry; one with a title of more than `MAX_TITLE` letters is counted as unreadable.

        Raises:
            DataFormatError: there are more than `MAX_ROWS`.
        """
        raise_if_interrupted()
        if max(len(entry.title), len(entry.original_title)) > MAX_TITLE:
            self.add_unreadable(f"{entry.where}: a title of {len(entry.title):,} letters")
            return
        self.entries.append(_printable(entry))
        if len(self.entries) > MAX_ROWS:
            raise DataFormatError(entry.where, f"refused: more than {MAX_ROWS:,} rows in total")

    @property
    def n_rows(self) -> int:
        """Number of rows so far, including skipped ones."""
        return len(self.entries) + self.skipped.total()

    def add_unreadable(self, description: str) -> None:
        """Count a row that cannot be read."""
        raise_if_interrupted()
        self.skipped[UNREADABLE] += 1
        if len(self.unreadable) < _EXAMPLES:
            self.unreadable.append(description)

    def add_malformed_lines(self, source: str, lines: Sequence[str]) -> None:
        """Count the malformed lines of a table."""
        for line in lines:
            self.add_unreadable(f"{source}, {line}")


def _printable(entry: ExportEntry) -> ExportEntry:
    """The entry with unprintable characters of the titles replaced, and without the apostrophe before formulas."""
    titles = [plain_text(unescape_formula(title), "\ufffd") for title in (entry.title, entry.original_title)]
    if titles == [entry.title, entry.original_title]:
        return entry
    return replace(entry, title=titles[0], original_title=titles[1])
