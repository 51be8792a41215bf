"""Find out whether the ids in an export are those of the catalogue or of another site."""

from __future__ import annotations

import dataclasses

from reelgraph.core import IdIndex
from reelgraph.importers.export_entry import ParsedExport
from reelgraph.importers.match import Match, Matcher

_NOTE = "columns not used: {}; most of its ids belong to movies with other titles in the catalogue"


def match_without_foreign_ids(
    export: ParsedExport, matcher: Matcher, items: IdIndex
) -> tuple[ParsedExport, list[Match]]:
    """The matches of an export, without its item ids if most of them contradict the titles.

    Args:
        export: entries with item ids and titles.
        matcher: of the catalogue.
        items: ids of the catalogue.
    """
    with_both = [entry for entry in export.entries if entry.item_id in items and entry.title]
    if not with_both:
        return export, matcher.match(export.entries)
    by_title = matcher.match([dataclasses.replace(entry, item_id="") for entry in with_both])
    agreements = [
        items.row(entry.item_id) == match.row
        for entry, match in zip(with_both, by_title, strict=True)
        if match.row >= 0
    ]
    if 2 * sum(agreements) >= len(agreements):
        return export, matcher.match(export.entries)
    entries = tuple(dataclasses.replace(entry, item_id="") for entry in export.entries)
    notes = (*export.notes, _NOTE.format(export.item_id_column or "the item ids"))
    return dataclasses.replace(export, entries=entries, notes=notes), matcher.match(entries)
