"""Import an export: the ratings, seen movies and watchlist of one person, by the ids of a catalogue."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelgraph.core import Catalogue, IdIndex, RatingScale
from reelgraph.core.argument_checks import require_path, require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.importers.episodes import without_episodes
from reelgraph.importers.evidence import uncertainty_of
from reelgraph.importers.export_entry import ExportEntry, ParsedExport
from reelgraph.importers.foreign_ids import match_without_foreign_ids
from reelgraph.importers.import_result import ImportedMovie, ImportResult, MovieKey
from reelgraph.importers.match import Match, Matcher
from reelgraph.importers.options import ImportOptions
from reelgraph.importers.read import read_export

_STEP = 0.5
_HIGHEST = 5.0
_DAY = 86_400


def import_export(
    path: str | Path,
    catalogue: Catalogue,
    *,
    confirm: Mapping[MovieKey, int | str | None] | None = None,
    scale: RatingScale | None = None,
    file_scale: RatingScale | None = None,
    columns: Mapping[str, str] | None = None,
    profile: str | None = None,
    importer: Any = None,
    titles: TitleIndex | None = None,
    popularity: Sequence[float] | None = None,
) -> ImportResult:
    """Read a person's export and match it to a catalogue.

    Exports of many services, tables and lists of one's own are recognised by their contents. Ratings of 1 to 10 become
    stars by ``rating / 2``; 0 is unrated; of several ratings of a movie the current one counts, otherwise the latest.
    Wishes, hidden, unfinished and unseen movies are never ratings nor seen, and series are counted and not taken. Only
    matched movies are imported, not doubtful ones; see `match`.

    Args:
        path: the export.
        catalogue: the movies, such as ``Bundle.load(...).catalogue``.
        confirm: (title, year) as in the export -> item id, or None for a movie that is not in the catalogue; takes
            precedence over the matching.
        scale: of the catalogue's ratings; stars are scaled to its highest value. None for 5 stars.
        file_scale: of the ratings in the export; None to take that of the service, or to infer it.
        columns: role -> name of the column that holds it, for tables whose names are not understood; the roles are
            title, original_title, year, rating, id, imdb_id, tmdb_id, item_id, time, kind, status and user.
        profile: whose rows to read, if the export is of several people.
        importer: for the export of another service, see `reelgraph.importers.read.read_export`.
        titles: index of the catalogue's titles, such as ``recommender.titles.index``; None to build it.
        popularity: (n_items,), number of ratings of each movie: of movies that fit equally well the most rated one is
            the first candidate. None for the order of the catalogue.

    Raises:
        DataFormatError: the export is of no known kind, of several people, damaged or over a limit.
        ConfigError: ``confirm`` names a movie that is not in the export, or ``columns`` or ``profile`` something that
            is not in the file.
        UnknownIdError: ``confirm`` names an item that is not in the catalogue.

    Cost: a few seconds for 20,000 rows and 87,000 titles.
    """
    require_path("import_export", "path", path)
    require_type("import_export", "catalogue", catalogue, Catalogue)
    require_type("import_export", "scale", scale, RatingScale, optional=True)
    require_type("import_export", "file_scale", file_scale, RatingScale, optional=True)
    export = read_export(path, ImportOptions(columns or {}, file_scale, profile), importer)
    matcher, items = Matcher(catalogue, titles, popularity), IdIndex(catalogue.item_id, "item")
    export, matches = match_without_foreign_ids(export, matcher, items)
    export, matches = without_episodes(export, matches, matcher)
    matches = _apply_confirmations(export.entries, matches, confirm or {}, items)
    matches = _resolve_conflicts(export.entries, matches)
    if matcher.note:
        export = replace(export, notes=(*export.notes, matcher.note))
    return _to_result(export, matches, catalogue, scale)


def movie_key(entry: ExportEntry) -> MovieKey:
    """The title and year of a movie in reports and confirmations; its id if it has no title."""
    title = entry.title or entry.original_title or entry.imdb_id or entry.item_id or f"TMDB {entry.tmdb_id}"
    return title.strip(), entry.year


def _apply_confirmations(
    entries: Sequence[ExportEntry],
    matches: list[Match],
    confirm: Mapping[MovieKey, int | str | None],
    items: IdIndex,
) -> list[Match]:
    item_by_key = {(title.strip(), year): item for (title, year), item in confirm.items()}
    unknown = item_by_key.keys() - {movie_key(entry) for entry in entries}
    if unknown:
        title, year = min(unknown)
        raise ConfigError("confirm", f"no movie {title!r} of {year or 'no year'} in the export")
    confirmed = {
        key: Match(-1, "confirmed: not in the catalogue") if item is None else Match(items.row(item), "confirmed")
        for key, item in item_by_key.items()
    }
    return [confirmed.get(movie_key(entry), match) for entry, match in zip(entries, matches, strict=True)]


def _resolve_conflicts(entries: Sequence[ExportEntry], matches: list[Match]) -> list[Match]:
    """If two titles of an export match one movie, the one with the better evidence gets it; the other is doubtful."""
    unique_keys: dict[MovieKey, set[str]] = defaultdict(set)
    claims: dict[int, dict[MovieKey, int]] = defaultdict(dict)  # row -> evidence rank of each title
    for entry, match in zip(entries, matches, strict=True):
        if entry.unique_key:
            unique_keys[movie_key(entry)].add(entry.unique_key)
        if match.row >= 0:
            claims[match.row][movie_key(entry)] = match.evidence_rank
    resolved = []
    for entry, match in zip(entries, matches, strict=True):
        key = movie_key(entry)
        rivals = claims.get(match.row, {})
        if match.row < 0 or match.evidence_rank == 0:  # matched by an id, or confirmed
            resolved.append(match)
        elif len(unique_keys[key]) > 1:
            resolved.append(_as_doubtful(match, "two movies of the export have this title and year"))
        elif len(rivals) > 1 and match.uncertainty and match.uncertainty >= min(map(uncertainty_of, rivals.values())):
            title, year = min((rival for rival in rivals if rival != key), key=lambda rival: rivals[rival])
            resolved.append(_as_doubtful(match, f"{match.reason}, but so is {title} ({year or 'no year'})"))
        else:
            resolved.append(match)
    return resolved


def _as_doubtful(match: Match, reason: str) -> Match:
    return replace(match, row=-1, reason=reason, candidates=match.candidates or (match.row,))


def _to_result(
    export: ParsedExport, matches: Sequence[Match], catalogue: Catalogue, scale: RatingScale | None
) -> ImportResult:
    entries_by_row: dict[int, list[ExportEntry]] = defaultdict(list)
    for entry, match in zip(export.entries, matches, strict=True):
        if match.row >= 0:
            entries_by_row[match.row].append(entry)
    ratings: dict[int | str, float] = {}
    timestamps: dict[int | str, int] = {}
    seen: list[int | str] = []
    watchlist: list[int | str] = []
    for row, entries in entries_by_row.items():
        item: int | str = catalogue.item_id[row].item()
        rated = _latest([entry for entry in entries if entry.stars is not None])
        watched = _latest([entry for entry in entries if not entry.on_watchlist])
        if rated is not None and rated.stars is not None:
            ratings[item] = rated.stars
        elif watched is not None:
            seen.append(item)
        else:
            watchlist.append(item)
        timestamp = _timestamp(rated, watched)
        if timestamp is not None:
            timestamps[item] = timestamp
    possible = {item: seconds for item, seconds in timestamps.items() if 0 <= seconds <= time.time() + _DAY}
    notes = list(export.notes)
    if n_impossible := len(timestamps) - len(possible):
        notes.append(f"{counted(n_impossible, 'time')} before 1970 or in the future, taken as unknown")
    return ImportResult(
        service=export.service,
        ratings=_to_scale(ratings, scale, notes),
        seen=tuple(seen),
        watchlist=tuple(watchlist),
        timestamps=possible,
        movies=_movies(export.entries, matches, catalogue, scale),
        rows=len(export.entries) + sum(export.skipped.values()),
        repeated=sum(map(len, entries_by_row.values())) - len(ratings) - len(seen) - len(watchlist),
        skipped=export.skipped,
        notes=(*notes, *(f"cannot be read: {row}" for row in export.unreadable)),
    )


def _latest(entries: Sequence[ExportEntry]) -> ExportEntry | None:
    """The current entry, otherwise the latest; the last row among equals."""
    return max(
        reversed(entries),
        key=lambda entry: (entry.is_current, entry.timestamp is not None, entry.timestamp or 0),
        default=None,
    )


def _timestamp(*entries: ExportEntry | None) -> int | None:
    """The time of the first entry that has one."""
    times = (entry.timestamp for entry in entries if entry is not None)
    return next((time for time in times if time is not None), None)


def _to_scale(
    ratings: Mapping[int | str, float], scale: RatingScale | None, notes: list[str]
) -> dict[int | str, float]:
    """The ratings in half stars, scaled to the catalogue's highest rating; adds to ``notes``."""
    half_stars = {item: max(_STEP, round(stars / _STEP) * _STEP) for item, stars in ratings.items()}
    n_rounded = sum(abs(half_stars[item] - stars) > 1e-9 for item, stars in ratings.items())
    if n_rounded:
        notes.append(f"{counted(n_rounded, 'rating')} rounded to the nearest half star")
    if scale is None:
        return half_stars
    if scale.high != _HIGHEST:
        notes.append(f"stars are scaled to the catalogue's highest rating, {scale.high:g}")
        return {item: stars * scale.high / _HIGHEST for item, stars in half_stars.items()}
    n_off_step = sum(scale.step == 1 and stars % 1 != 0 for stars in half_stars.values())
    if n_off_step:
        notes.append(
            f"{counted(n_off_step, 'rating')} with half a star kept as "
            "given; the catalogue's own ratings are whole stars"
        )
    return half_stars


def _movies(
    entries: Sequence[ExportEntry], matches: Sequence[Match], catalogue: Catalogue, scale: RatingScale | None
) -> tuple[ImportedMovie, ...]:
    def id_and_title(row: int) -> tuple[int | str, str]:
        return catalogue.item_id[row].item(), str(catalogue.title[row])

    groups: dict[tuple[MovieKey, Match], list[ExportEntry]] = defaultdict(list)
    for entry, match in zip(entries, matches, strict=True):
        groups[movie_key(entry), match].append(entry)
    movies = []
    for ((title, year), match), group in groups.items():
        rated = _latest([entry for entry in group if entry.stars is not None])
        stars = {} if rated is None or rated.stars is None else _to_scale({0: rated.stars}, scale, [])
        movies.append(
            ImportedMovie(
                title,
                year,
                match.status,
                match.reason,
                id_and_title(match.row)[0] if match.row >= 0 else None,
                tuple(map(id_and_title, match.candidates)) if match.row < 0 else (),
                group[0].where,
                len(group),
                stars.get(0),
                all(entry.on_watchlist for entry in group),
                _timestamp(rated, _latest([entry for entry in group if not entry.on_watchlist])),
            )
        )
    return tuple(movies)
