"""From the rows of an export to one person's ratings, films seen and watchlist, by the ids of a catalogue."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reelgraph.core import Catalogue, IdIndex, RatingScale
from reelgraph.core.errors import ConfigError
from reelgraph.importers.entry import Entry, Export
from reelgraph.importers.match import Match, Matcher, doubt_of
from reelgraph.importers.read import read_export

FilmKey = tuple[str, int]
"""A film as the export names it: title and year, 0 where it gives none."""

REPEATED = "rows about a film that another row settles"
_DETAIL = re.compile(r" \(\d+\)$")  # the year of a film that is one off
_STEP = 0.5
_HIGH = 5.0


@dataclass(frozen=True)
class Film:
    """One film of an export and what became of it.

    Args:
        title: as in the export.
        year: 0 where the export has none.
        status: ``matched``, ``doubtful`` or ``missing``.
        reason: why.
        item_id: of the catalogue, None unless matched.
        candidates: (item id, title) of films it may be, the likeliest first.
        where: its first row in the export.
        rows: how many rows are about it.
    """

    title: str
    year: int
    status: str
    reason: str
    item_id: int | str | None
    candidates: tuple[tuple[int | str, str], ...]
    where: str
    rows: int


@dataclass(frozen=True)
class Imported:
    """One person's taste, ready for `Recommender.recommend`.

    The report adds up: ``rows`` is ``len(ratings) + len(seen) + len(watchlist)`` and the rows that are repeated,
    doubtful, missing or set aside.

    Args:
        service: where the export comes from.
        ratings: stars by item id.
        seen: ids of the films seen without a rating.
        watchlist: ids of the films on the watchlist that were not seen.
        timestamps: Unix seconds UTC of rating or watching by item id, where known.
        films: every film of the export, in its order.
        rows: rows of the export.
        repeated: rows about a film that another row settles: rewatches, other files, wishes since seen.
        set_aside: why other rows were not taken -> how many.
        notes: what was assumed or changed.
    """

    service: str
    ratings: Mapping[int | str, float]
    seen: tuple[int | str, ...]
    watchlist: tuple[int | str, ...]
    timestamps: Mapping[int | str, int]
    films: tuple[Film, ...]
    rows: int
    repeated: int
    set_aside: Mapping[str, int]
    notes: tuple[str, ...]

    def of(self, status: str) -> tuple[Film, ...]:
        """The films that are ``matched``, ``doubtful`` or ``missing``."""
        return tuple(film for film in self.films if film.status == status)

    def reasons(self) -> dict[str, int]:
        """By what the matched films were matched -> how many, the most frequent first."""
        counts = Counter(_DETAIL.sub("", film.reason) for film in self.of("matched"))
        return dict(counts.most_common())


def import_export(
    path: str | Path,
    catalogue: Catalogue,
    *,
    confirm: Mapping[FilmKey, int | str | None] | None = None,
    scale: RatingScale | None = None,
) -> Imported:
    """Read a person's export and match it to a catalogue.

    Letterboxd (zip, folder or single CSV), IMDb, Trakt (JSON or zip), Netflix and plain CSV are known by what they
    hold. Ratings of 1 to 10 become stars by ``rating / 2``; 0 is unrated; of several ratings of one film the one in
    force counts, else the last. See `match` for what is sure, doubtful and missing: only what is sure is taken.

    Args:
        path: the export.
        catalogue: the films, such as ``Bundle.load(...).catalogue``.
        confirm: (title, year) as in the export -> item id, or None for a film that the catalogue has not; goes before
            everything else.
        scale: of the catalogue's ratings; stars are stretched to its highest. None for 5 stars.

    Raises:
        DataFormatError: the export is of no known kind, damaged or over a limit.
        ConfigError: ``confirm`` names a film that is not in the export.
        UnknownIdError: ``confirm`` names an item that is not in the catalogue.
        CapabilityError: rapidfuzz is needed and not installed.

    Cost: a few seconds for 20,000 rows and 87,000 titles.
    """
    export = read_export(path)
    matches = Matcher(catalogue).match(export.entries)
    matches = _confirmed(export.entries, matches, confirm or {}, IdIndex(catalogue.item_id, "item"))
    matches = _contested(export.entries, matches)
    return _gather(export, matches, catalogue, scale)


def film_key(entry: Entry) -> FilmKey:
    """How a film is named in reports and confirmations; by its id where it has no title."""
    name = entry.title or entry.other_title or entry.imdb_id or entry.item_id or f"TMDB {entry.tmdb_id}"
    return name.strip(), entry.year


def _confirmed(
    entries: Sequence[Entry], matches: list[Match], confirm: Mapping[FilmKey, int | str | None], items: IdIndex
) -> list[Match]:
    wanted = {(title.strip(), year): item for (title, year), item in confirm.items()}
    unknown = wanted.keys() - {film_key(entry) for entry in entries}
    if unknown:
        title, year = min(unknown)
        raise ConfigError("confirm", f"no film {title!r} of {year or 'no year'} in the export")
    rows = {key: -1 if item is None else items.row(item) for key, item in wanted.items()}
    return [
        Match(rows[key], "confirmed" if rows[key] >= 0 else "confirmed: not in the catalogue") if key in rows else match
        for entry, match in zip(entries, matches, strict=True)
        for key in [film_key(entry)]
    ]


def _contested(entries: Sequence[Entry], matches: list[Match]) -> list[Match]:
    """Where two names of an export claim one film, the better evidence keeps it and the other is doubtful."""
    addresses: dict[FilmKey, set[str]] = defaultdict(set)
    claims: dict[int, dict[FilmKey, int]] = defaultdict(dict)
    for entry, match in zip(entries, matches, strict=True):
        if entry.key:
            addresses[film_key(entry)].add(entry.key)
        if match.row >= 0:
            claims[match.row][film_key(entry)] = match.rank
    kept = []
    for entry, match in zip(entries, matches, strict=True):
        key = film_key(entry)
        rivals = claims.get(match.row, {})
        if match.row < 0 or match.rank == 0:  # by an id, or by the person themself
            kept.append(match)
        elif len(addresses[key]) > 1:
            kept.append(_doubted(match, "two films of the export have this title and year"))
        elif len(rivals) > 1 and match.doubt and match.doubt >= min(map(doubt_of, rivals.values())):
            other = min((name for name in rivals if name != key), key=lambda name: rivals[name])
            kept.append(_doubted(match, f"{match.reason}, but so is {other[0]} ({other[1] or 'no year'})"))
        else:
            kept.append(match)
    return kept


def _doubted(match: Match, reason: str) -> Match:
    return replace(match, row=-1, reason=reason, candidates=match.candidates or (match.row,))


def _gather(export: Export, matches: Sequence[Match], catalogue: Catalogue, scale: RatingScale | None) -> Imported:
    by_row: dict[int, list[Entry]] = defaultdict(list)
    for entry, match in zip(export.entries, matches, strict=True):
        if match.row >= 0:
            by_row[match.row].append(entry)
    ratings: dict[int | str, float] = {}
    times: dict[int | str, int] = {}
    seen: list[int | str] = []
    watchlist: list[int | str] = []
    for row, entries in by_row.items():
        item: int | str = catalogue.item_id[row].item()
        last = _last([entry for entry in entries if entry.stars is not None])
        watched = _last([entry for entry in entries if not entry.wish])
        chosen = last or watched
        if last is not None and last.stars is not None:
            ratings[item] = last.stars
        elif watched is not None:
            seen.append(item)
        else:
            watchlist.append(item)
        if chosen is not None and chosen.timestamp is not None:
            times[item] = chosen.timestamp
    notes = list(export.notes)
    ratings = _on_scale(ratings, scale, notes)
    taken = len(ratings) + len(seen) + len(watchlist)
    return Imported(
        export.service,
        ratings,
        tuple(seen),
        tuple(watchlist),
        times,
        _films(export.entries, matches, catalogue),
        len(export.entries) + sum(export.set_aside.values()),
        sum(map(len, by_row.values())) - taken,
        export.set_aside,
        (*notes, *(f"cannot be read: {text}" for text in export.unreadable)),
    )


def _last(entries: Sequence[Entry]) -> Entry | None:
    """The entry in force, else the latest; the last row among equals."""
    return max(
        reversed(entries),
        key=lambda entry: (entry.current, entry.timestamp is not None, entry.timestamp or 0),
        default=None,
    )


def _on_scale(
    ratings: Mapping[int | str, float], scale: RatingScale | None, notes: list[str]
) -> dict[int | str, float]:
    halves = {item: max(_STEP, round(stars / _STEP) * _STEP) for item, stars in ratings.items()}
    rounded = sum(abs(halves[item] - stars) > 1e-9 for item, stars in ratings.items())
    if rounded:
        notes.append(f"{rounded:,} ratings rounded to the nearest half star")
    if scale is None:
        return halves
    if scale.high != _HIGH:
        notes.append(f"stars are stretched to the catalogue's scale, which ends at {scale.high:g}")
        return {item: stars * scale.high / _HIGH for item, stars in halves.items()}
    between = sum(stars % scale.step != 0 for stars in halves.values())
    if between:
        notes.append(f"{between:,} half stars kept as they are; the catalogue's own ratings are whole stars")
    return halves


def _films(entries: Sequence[Entry], matches: Sequence[Match], catalogue: Catalogue) -> tuple[Film, ...]:
    def named(row: int) -> tuple[int | str, str]:
        return catalogue.item_id[row].item(), str(catalogue.title[row])

    first: dict[tuple[FilmKey, Match], str] = {}
    counts: Counter[tuple[FilmKey, Match]] = Counter()
    for entry, match in zip(entries, matches, strict=True):
        first.setdefault((film_key(entry), match), entry.where)
        counts[film_key(entry), match] += 1
    return tuple(
        Film(
            title,
            year,
            match.status,
            match.reason,
            named(match.row)[0] if match.row >= 0 else None,
            tuple(map(named, match.candidates)) if match.row < 0 else (),
            where,
            counts[(title, year), match],
        )
        for ((title, year), match), where in first.items()
    )
