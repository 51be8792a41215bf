"""The diary of a visitor: what was suggested, shown, watched and rated, from the log of the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, movie_view
from reelgraph.store import Event, Impression, Outcome, PersonState, Store, Suggestion

MAX_EVENTS, MAX_LISTS, MAX_SUGGESTIONS = 5_000, 500, 500
_MANY = 8  # ratings or marks of one second are those of an import
_MAX_NAMED = 4  # films of such an entry that are named
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One entry.

    Args:
        at: time, Unix seconds UTC.
        kind: ``rated``; ``seen`` without a rating; ``suggested`` for an evening; ``imported``: many at once;
            ``shown``: all lists of one day (UTC).
        films: of the entry; of an import and of lists the first ones. Films that the bundle lacks are left out.
        count: number of films.
        stars: of ``rated``; null for views.
        rank: of the rated film in the list that led to it, from 1; null if none did.
        outcome: of ``suggested``, null if nothing is known.
        company: number of people of ``suggested``.
        lists: number of lists of ``shown``.
    """

    at: int
    kind: Literal["rated", "seen", "suggested", "imported", "shown"]
    films: Sequence[MovieView]
    count: int = 1
    stars: float | None = None
    rank: int | None = None
    outcome: Outcome | None = None
    company: int = 1
    lists: int = 0


@dataclass(frozen=True, slots=True)
class DiaryPage:
    """A page of the diary, newest first; ``more``: whether there are older entries."""

    entries: Sequence[DiaryEntry]
    more: bool


def diary_page(loaded: LoadedBundle, store: Store, user_id: str | None, offset: int, n: int) -> DiaryPage:
    """A page of the diary of a visitor, from the last 5,000 events, 500 lists and 500 suggestions.

    Args:
        loaded: the bundle in use.
        store: has the log.
        user_id: of the visitor; None before their first rating.
        offset: number of entries to skip.
        n: number of entries.

    Raises:
        StoreError: the store cannot answer.
    """
    person = None if user_id is None else store.person(user_id)
    if user_id is None or person is None:
        return DiaryPage((), False)
    lists = store.impressions_of(user_id, MAX_LISTS)
    entries = [
        *_event_entries(loaded, person, store.events_of(user_id, MAX_EVENTS), lists),
        *(_suggestion_entry(loaded, suggestion) for suggestion in store.suggestions.of(user_id, MAX_SUGGESTIONS)),
        *_list_entries(loaded, lists),
    ]
    entries.sort(key=lambda entry: -entry.at)
    return DiaryPage(entries[offset : offset + n], len(entries) > offset + n)


def _event_entries(
    loaded: LoadedBundle, person: PersonState, events: Sequence[Event], lists: Sequence[Impression]
) -> Iterator[DiaryEntry]:
    """Ratings and films seen that still hold: the latest of each film."""
    lists_by_id = {impression.recommendation_id: impression for impression in lists}
    latest: dict[str, Event] = {}
    for event in events:  # newest first
        item_id = event.item_id or ""
        is_rated = event.kind == "rated" and item_id in person.ratings
        is_seen = event.kind == "marked" and event.mark == "seen" and item_id in person.seen - person.ratings.keys()
        if is_rated or is_seen:
            latest.setdefault(item_id, event)
    events_by_time = sorted(latest.values(), key=lambda event: (event.at, event.kind), reverse=True)
    for (at, kind), group in groupby(events_by_time, key=lambda event: (event.at, event.kind)):
        together = list(group)
        if len(together) >= _MANY:
            films = _films(loaded, [event.item_id or "" for event in together])
            yield DiaryEntry(at, "imported", films[:_MAX_NAMED], len(together))
            continue
        for event in together:
            films = _films(loaded, [event.item_id or ""])
            if kind == "marked":
                yield DiaryEntry(at, "seen", films)
                continue
            impression = lists_by_id.get(event.recommendation_id or "")
            rank = (
                impression.items.index(event.item_id) + 1 if impression and event.item_id in impression.items else None
            )
            stars = None if loaded.bundle.scale is None else event.stars
            yield DiaryEntry(at, "rated", films, 1, stars, rank)


def _suggestion_entry(loaded: LoadedBundle, suggestion: Suggestion) -> DiaryEntry:
    films = _films(loaded, [suggestion.item_id])
    return DiaryEntry(
        suggestion.at, "suggested", films, outcome=suggestion.outcome, company=suggestion.company
    )  # fmt: skip


def _list_entries(loaded: LoadedBundle, lists: Sequence[Impression]) -> Iterator[DiaryEntry]:
    """One entry for the lists of each day, with the films on top of the last one."""
    for _, group in groupby(lists, key=lambda impression: impression.at // _DAY):
        lists_of_day = list(group)  # newest first
        n_films = len({item_id for impression in lists_of_day for item_id in impression.items})
        films = _films(loaded, list(lists_of_day[0].items))[:_MAX_NAMED]
        yield DiaryEntry(lists_of_day[0].at, "shown", films, n_films, lists=len(lists_of_day))


def _films(loaded: LoadedBundle, item_ids: Sequence[str]) -> list[MovieView]:
    rows = loaded.item_rows
    return [movie_view(loaded, rows[item_id]) for item_id in item_ids if item_id in rows]
