"""What the page says of an import: what became of every row of the file, and the movies left to settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reelgraph.importers.entry_collector import GAMES, SERIES, UNREADABLE
from reelgraph.importers.episodes import PROBABLY_EPISODES
from reelgraph.importers.netflix import TRAILERS
from reelgraph.importers.profiles import OTHER_PROFILES
from reelgraph.serve.api.routes.imports import ImportResponse
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.messages import Translator
from reelgraph.serve.web.movie_view import MovieView, movie_views
from reelgraph.serve.web.note_translation import translated_note
from reelgraph.store import NewRating, PersonState, Store
from reelgraph.store.records import VIEW

_MAX_NAMED = 5_000  # movies of each kind that an import report names
_MAX_CANDIDATES = 5
_KINDS_LEFT_OUT = {
    SERIES: "not_film",
    PROBABLY_EPISODES: "not_film",
    GAMES: "not_film",
    TRAILERS: "not_film",
    UNREADABLE: "unreadable",
    OTHER_PROFILES: "other_person",
}
_NOT_WATCHED = "not_watched"  # all other rows: played briefly, given up, in a list of something else


@dataclass(frozen=True, slots=True)
class LeftOutMovie:
    """A movie of an export that was not taken over."""

    title: str
    year: int | None


@dataclass(frozen=True, slots=True)
class DoubtfulMovie:
    """A movie of an export that may be one of several of the catalogue; ``stars`` on its scale, null if not rated.

    ``at``: when it was rated or watched, Unix seconds UTC, null where unknown.
    """

    title: str
    year: int | None
    stars: float | None
    on_watchlist: bool
    at: int | None
    candidates: Sequence[MovieView]


@dataclass(frozen=True, slots=True)
class TakenCounts:
    """Movies that were taken over: ``rated``, ``seen`` and ``watchlist`` are new; ``same`` and ``changed`` were there.

    ``changed`` have other stars now, or stars after a mark as seen.
    """

    rated: int
    seen: int
    watchlist: int
    same: int
    changed: int


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of the rows of an export.

    ``rows`` = ``rated`` + ``seen`` + ``watchlist`` + ``same`` + ``changed`` + ``doubtful_count`` + ``missing_count`` +
    all of ``left_out``.

    Args:
        csrf: the token for the next change.
        service: that wrote the file.
        rows: of the file.
        rated: ratings taken over.
        seen: movies taken over without a rating.
        watchlist: movies new on the watchlist.
        same: movies that were there already.
        changed: movies that were there already, and have other stars now.
        doubtful: movies to be settled by yes and no.
        doubtful_count: their number.
        missing: movies that the catalogue does not have.
        missing_count: their number.
        left_out: reason -> number of rows: ``repeated``: about a movie that an earlier row is about; ``not_film``;
            ``unreadable``; ``other_person``; ``not_watched``.
        notes: on how the file was read.
    """

    csrf: str
    service: str
    rows: int
    rated: int
    seen: int
    watchlist: int
    same: int
    changed: int
    doubtful: Sequence[DoubtfulMovie]
    doubtful_count: int
    missing: Sequence[LeftOutMovie]
    missing_count: int
    left_out: Mapping[str, int]
    notes: Sequence[str]


def take_over(loaded: LoadedBundle, export: ImportResponse, store: Store, user_id: str, now: int) -> TakenCounts:
    """Store the ratings, the movies seen and the watchlist of an export, at the times that it states.

    Args:
        loaded: the bundle in use; without stars every movie rated or seen is stored as a view.
        export: matched to the bundle.
        store: to write to.
        user_id: the visitor; created if new.
        now: the time of what has none in the export, Unix seconds UTC.

    Raises:
        StoreError: the store cannot be written.
    """
    person = store.person(user_id) or PersonState(user_id, now, {})
    ratings, seen = export.ratings, export.seen
    if loaded.bundle.scale is None:
        ratings, seen = dict.fromkeys(seen, VIEW), ()
    times = export.timestamps
    if ratings:
        store.rate([NewRating(user_id, item, stars, times.get(item, now)) for item, stars in ratings.items()])
    known_items = person.ratings.keys() | person.seen
    new_seen = [item for item in seen if item not in known_items]
    new_wishes = [item for item in export.watchlist if item not in known_items | person.watchlist]
    store.mark_all(user_id, new_seen, "seen", times)
    store.mark_all(user_id, new_wishes, "watchlist")
    same = sum(item in person.ratings and person.ratings[item].stars == stars for item, stars in ratings.items())
    new_ratings = len(ratings.keys() - known_items)
    unchanged_marks = len(seen) - len(new_seen) + len(export.watchlist) - len(new_wishes)
    return TakenCounts(
        rated=new_ratings if loaded.bundle.scale is not None else 0,
        seen=len(new_seen) + (0 if loaded.bundle.scale is not None else new_ratings),
        watchlist=len(new_wishes),
        same=same + unchanged_marks,
        changed=len(ratings) - new_ratings - same,
    )


def import_summary(
    loaded: LoadedBundle, export: ImportResponse, taken: TakenCounts, csrf: str, t: Translator
) -> ImportSummary:
    """The summary for the page, in the language of the visitor."""
    report = export.report
    doubtful, missing = report["doubtful"], report["missing"]
    left_out = {"repeated": report["repeated"] + sum(movie["rows"] - 1 for movie in (*doubtful, *missing))}
    for reason, count in report["set_aside"].items():
        kind = _KINDS_LEFT_OUT.get(reason, _NOT_WATCHED)
        left_out[kind] = left_out.get(kind, 0) + count
    return ImportSummary(
        csrf=csrf,
        service=report["service"],
        rows=report["rows"],
        **asdict(taken),
        doubtful=[_doubtful_movie(loaded, movie) for movie in doubtful[:_MAX_NAMED]],
        doubtful_count=len(doubtful),
        missing=[LeftOutMovie(movie["title"], movie["year"]) for movie in missing[:_MAX_NAMED]],
        missing_count=len(missing),
        left_out={kind: count for kind, count in left_out.items() if count},
        notes=[translated_note(note, t) for note in report["notes"]],
    )


def _doubtful_movie(loaded: LoadedBundle, movie: Mapping[str, Any]) -> DoubtfulMovie:
    rows = [loaded.item_rows[candidate["item_id"]] for candidate in movie["candidates"][:_MAX_CANDIDATES]]
    return DoubtfulMovie(
        movie["title"], movie["year"], movie["stars"], movie["on_watchlist"], movie["timestamp"],
        movie_views(loaded, rows),
    )  # fmt: skip
