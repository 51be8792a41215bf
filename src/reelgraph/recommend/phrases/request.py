"""What a phrase asks for, collected word by word."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from reelgraph.core.errors import ConfigError
from reelgraph.recommend.filters import Filters, Seen
from reelgraph.recommend.phrases.parsed import Chip, NotUnderstood, ParsedPhrase
from reelgraph.recommend.rerank.options import RerankOptions
from reelgraph.recommend.tonight.moods import MoodName

Span = tuple[int, int, int, int]
"""Where words begin and end in the phrase, in letters, and then in words."""


@dataclass(frozen=True)
class Abilities:
    """What the data, the model and the person allow a phrase to ask for.

    Args:
        minutes: the lengths of movies are known.
        years: their years are.
        order: the order in which the person rated or saw movies is known.
        spread: the model says how certain its stars are.
        watchlist: the person has a watchlist.
    """

    minutes: bool = True
    years: bool = True
    order: bool = True
    spread: bool = True
    watchlist: bool = False


@dataclass
class _GenreGroup:
    """Genres of which one must fit, and where they stand."""

    names: list[str]
    start: int
    end: int


@dataclass
class Request:
    """Collects what is understood of a phrase, and what is not.

    Args:
        text: the phrase.
        can: what it may ask for.
    """

    text: str
    can: Abilities
    _chips: list[Chip] = field(default_factory=list)
    _rejected: list[tuple[int, NotUnderstood]] = field(default_factory=list)
    _genres: list[_GenreGroup] = field(default_factory=list)
    _spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    _lists: dict[str, list[str]] = field(default_factory=dict)
    _rows: dict[str, list[int]] = field(default_factory=dict)
    _dials: dict[str, float] = field(default_factory=dict)
    _seen: Seen = "hidden"
    _recent: bool = False
    _watchlist: bool = False
    _list_end: int = -1  # the word at which a list of genres may go on
    _joined: bool = False

    def reject(self, span: Span, code: str, values: tuple[str, ...]) -> None:
        """Words that nothing is made of."""
        self._rejected.append((span[0], NotUnderstood(self.text[span[0] : span[1]], code, values)))

    def pass_filler(self, place: int, length: int) -> None:
        """Words without a meaning of their own, within a list or not."""
        if place == self._list_end:
            self._list_end += length

    def join(self, place: int, length: int) -> None:
        """Words such as "or"."""
        if place == self._list_end:
            self._list_end, self._joined = place + length, True

    def add_genre(self, span: Span, names: tuple[str, ...], negative: bool) -> None:
        """One genre, or some that all must fit."""
        start, end, first, last = span
        if negative:
            self._add("not_genres", names)
            self._chip("not_genre", span, *names)
            return
        comma = first == self._list_end and "," in self.text[self._genres[-1].end : start] if self._genres else False
        if self._genres and first == self._list_end and (self._joined or comma) and len(names) == 1:
            self._genres[-1].names += names
            self._genres[-1].end = end
        else:
            self._genres += [_GenreGroup([name], start, end) for name in names]
        self._list_end, self._joined = last, False

    def add_mood(self, span: Span, mood: MoodName, negative: bool) -> None:
        """A mood."""
        self._add("not_moods" if negative else "moods", (mood,))
        self._chip("not_mood" if negative else "mood", span, mood)

    def add_person(self, span: Span, name: str, negative: bool) -> None:
        """A person by full name."""
        self._add("not_people" if negative else "people", (name,))
        self._chip("not_person" if negative else "person", span, name)

    def add_title(self, span: Span, row: int, title: str, negative: bool) -> None:
        """A movie that the list should be like, or not."""
        kind = "unlike" if negative else "like"
        self._rows.setdefault(kind, []).append(row)
        self._chip(kind, span, title)

    def narrow(self, span: Span, kind: str, low: int, high: int) -> None:
        """Years or minutes from ``low`` to ``high``, 0 where open."""
        if not getattr(self.can, kind):
            return self.reject(span, f"no_{kind}", ())
        own_low, own_high = self._spans.get(kind, (0, 0))
        low_now, high_now = max(low, own_low), min(high or own_high, own_high or high)
        if high_now and low_now > high_now:
            return self.reject(span, "contradiction", ())
        self._spans[kind] = low_now, high_now
        return self._chip(kind, span, low, high)

    def set_dial(self, span: Span, name: str, weight: float) -> None:
        """A weight of `RerankOptions`."""
        if name == "bold" and not self.can.spread:
            return self.reject(span, "no_spread", ())
        if self._dials.get(name, weight) != weight or (name == "diversity" and weight < 0):
            return self.reject(span, "contradiction", ())
        self._dials[name] = weight
        return self._chip(name, span, weight)

    def set_seen(self, span: Span, value: str) -> None:
        """Which of the movies that the person has seen are listed."""
        if self._seen not in ("hidden", value):
            return self.reject(span, "contradiction", ())
        self._seen = cast(Seen, value)
        return self._chip("seen", span, value)

    def set_watchlist(self, span: Span) -> None:
        """Only movies of the watchlist."""
        if not self.can.watchlist:
            return self.reject(span, "no_watchlist", ())
        self._watchlist = True
        return self._chip("watchlist", span)

    def set_recent(self, span: Span) -> None:
        """More like what the person rated or saw last."""
        if not self.can.order:
            return self.reject(span, "no_times", ())
        self._recent = True
        return self._chip("recent", span)

    def parsed(self) -> ParsedPhrase:
        """All that was collected."""
        genres, all_genres = self._sorted_genres()
        years, minutes = self._spans.get("years", (0, 0)), self._spans.get("minutes", (0, 0))
        filters = Filters(
            genres=genres,
            all_genres=all_genres,
            year_from=years[0] or None,
            year_to=years[1] or None,
            runtime_from=minutes[0] or None,
            runtime_to=minutes[1] or None,
            seen=self._seen,
            **{name: tuple(dict.fromkeys(values)) for name, values in self._lists.items()},  # type: ignore[arg-type]
        )
        return ParsedPhrase(
            self.text,
            filters,
            tuple(dict.fromkeys(self._rows.get("like", ()))),
            tuple(dict.fromkeys(self._rows.get("unlike", ()))),
            RerankOptions(**self._dials),
            self._recent,
            self._watchlist,
            tuple(sorted(self._chips, key=lambda chip: chip.start)),
            tuple(words for _, words in sorted(self._rejected, key=lambda pair: pair[0])),
        )

    def _sorted_genres(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Genres of which one must fit, and those that all must."""
        lists = [group for group in self._genres if len(group.names) > 1]
        for group in lists[1:]:
            self.reject((group.start, group.end, 0, 0), "two_lists", ())
        for group in self._genres:
            if group not in lists[1:]:
                self._chip("genre", (group.start, group.end, 0, 0), *group.names)
        single = list(dict.fromkeys(group.names[0] for group in self._genres if len(group.names) == 1))
        if lists:
            return tuple(dict.fromkeys(lists[0].names)), tuple(single)
        return (tuple(single), ()) if len(single) == 1 else ((), tuple(single))

    def _add(self, name: str, values: tuple[str, ...]) -> None:
        self._lists.setdefault(name, []).extend(values)

    def _chip(self, kind: str, span: Span, *values: str | int | float) -> None:
        self._chips.append(Chip(kind, self.text[span[0] : span[1]], values, span[0], span[1]))


MAX_LETTERS = 300
"""Letters of a phrase, at most."""


def require_phrase(text: str) -> None:
    """Refuse a phrase that is too long.

    Raises:
        ConfigError: it is.
    """
    if len(text) > MAX_LETTERS:
        raise ConfigError("words", f"{len(text)} letters are too many: expected {MAX_LETTERS} at most")
