"""What to say where no movie may be listed: what was asked for, and how many fit without each condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from reelgraph.core.display import counted
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.recommend.filters import Filters

_CONDITIONS = {
    "genres": ("genres", "all_genres", "not_genres"),
    "years": ("year_from", "year_to"),
    "length": ("runtime_from", "runtime_to"),
    "number of viewers": ("min_viewers",),
    "people": ("people", "not_people"),
    "moods": ("moods", "not_moods"),
    "directors": ("directors",),
    "cast": ("cast",),
    "languages": ("languages",),
    "countries": ("countries",),
    "movies to choose from": ("include",),
    "movies left out": ("exclude",),
}
_DEFAULTS = {field.name: field.default for field in fields(Filters)}
_ALL_SEEN = "no movie is left: all are rated, seen or not wanted"
_MAX_LETTERS = 300  # of what was asked for


def nothing_fits(filters: Filters, count: Callable[[Filters], int]) -> str:
    """A sentence for an empty list.

    Args:
        filters: that no movie passes.
        count: the number of movies that may be listed with other filters.

    Examples:
        >>> from reelgraph import Filters
        >>> filters = Filters(directors=["Agnès Varda"], runtime_to=20)
        >>> nothing_fits(filters, lambda other: 7 if other.runtime_to is None else 0)
        'no movie fits length to 20 minutes and directors Agnès Varda: 7 without the length'
        >>> nothing_fits(Filters(), lambda other: 0)
        'no movie is left: all are rated, seen or not wanted'
    """
    n_fitting = count(filters)
    if n_fitting:
        return f"the model can rank none of the {counted(n_fitting, 'movie')} that fit: ask for others"
    options = sorted(_options(filters, count), key=lambda option: -option[0])
    conditions = " and ".join(_requests(filters))[:_MAX_LETTERS].replace(";", ",")
    if not conditions and not options:
        return _ALL_SEEN
    more = (
        ", ".join(f"{n:,} {change}" for n, change in options) or "none without any one of these, so take several away"
    )
    return f"no movie fits {conditions or 'among those not seen yet'}: {more}"


def _options(filters: Filters, count: Callable[[Filters], int]) -> Iterator[tuple[int, str]]:
    """How many movies fit without each condition, and how to say it; only where there are some."""
    for name, names in _CONDITIONS.items():
        without: dict[str, Any] = {key: _DEFAULTS[key] for key in names if getattr(filters, key) != _DEFAULTS[key]}
        raise_if_interrupted()
        if without and (n := count(replace(filters, **without))):
            yield n, f"without the {name}"
    if filters.seen != "also" and (n := count(replace(filters, seen="also"))):
        yield n, "with those seen" if filters.seen == "hidden" else "with those not seen"


def _requests(filters: Filters) -> Iterator[str]:
    """What is asked for, in words."""
    genres = [*filters.all_genres, *filters.genres, *(f"not {genre}" for genre in filters.not_genres)]
    people = [*filters.people, *(f"not {person}" for person in filters.not_people)]
    moods = [*filters.moods, *(f"not {mood}" for mood in filters.not_moods)]
    spans = ((filters.year_from, filters.year_to), (filters.runtime_from, filters.runtime_to))
    years, minutes = (
        " ".join(f"{word} {end}" for word, end in zip(("from", "to"), span, strict=True) if end is not None)
        for span in spans
    )
    values = {
        "genres": ", ".join(genres),
        "years": years,
        "length": f"{minutes} minutes" if minutes else "",
        "people": ", ".join(people),
        "moods": ", ".join(moods),
        **{name: ", ".join(getattr(filters, name)) for name in ("directors", "cast", "languages", "countries")},
    }
    yield from (f"{name} {value}" for name, value in values.items() if value)
    if filters.min_viewers:
        yield f"at least {counted(filters.min_viewers, 'viewer')}"
    if filters.include is not None:
        yield f"one of {counted(len(filters.include), 'movie')} named"
    if filters.seen == "only":
        yield "seen already"
