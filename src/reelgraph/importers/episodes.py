"""Decide after the matching which titles with a colon are movies, and which are episodes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from reelgraph.data.titles import title_parsing
from reelgraph.importers.entry_collector import SERIES
from reelgraph.importers.export_entry import ExportEntry, ParsedExport
from reelgraph.importers.match import Match, Matcher
from reelgraph.importers.title_kinds import has_two_colons

PROBABLY_EPISODES = "titles with a colon that no movie of the catalogue has, probably episodes"


def without_episodes(
    export: ParsedExport, matches: Sequence[Match], matcher: Matcher
) -> tuple[ParsedExport, list[Match]]:
    """The export without entries that are probably about episodes, and the matches of the others.

    A title "Name: rest" stays if the whole title is that of a movie. If it is not, it is that of an episode if several
    titles begin with the name, if there is another colon, or if no movie has a distinctive name like it; otherwise it
    is doubtful.

    Args:
        export: entries whose `ExportEntry.show` is the name before the colon.
        matches: of the entries.
        matcher: of the catalogue.
    """
    names = list(dict.fromkeys(entry.show for entry in export.entries if entry.show))
    name_entries = [ExportEntry("", name) for name in names if title_parsing.is_distinctive(name)]
    name_matches = dict(zip((entry.title for entry in name_entries), matcher.match(name_entries), strict=True))
    skipped = Counter(export.skipped)
    entries: list[ExportEntry] = []
    kept_matches: list[Match] = []
    for entry, match in zip(export.entries, matches, strict=True):
        if entry.show and match.row < 0:
            name_match = name_matches.get(entry.show)
            rows = (
                ()
                if name_match is None
                else name_match.candidates or ((name_match.row,) if name_match.row >= 0 else ())
            )
            is_series = entry.is_series or has_two_colons(entry.title)
            if is_series or not rows:
                skipped[SERIES if is_series else PROBABLY_EPISODES] += 1
                continue
            if not match.candidates:
                match = Match(-1, "a movie has the name before the colon: it, another movie, or an episode", rows)
        entries.append(entry)
        kept_matches.append(match)
    return dataclasses.replace(export, entries=tuple(entries), skipped=dict(skipped)), kept_matches
