"""What was understood of a phrase, and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reelgraph.core.errors import ConfigError
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.rerank.options import AS_RANKED, RerankOptions

_DIALS = {
    "niche": {1: "less known movies first", -1: "well known movies first"},
    "bold": {1: "movies whose stars are less certain first", -1: "movies whose stars are most certain first"},
    "diversity": {1: "movies unlike each other"},
}


@dataclass(frozen=True, slots=True)
class Chip:
    """Some words of a phrase and what they are taken to mean.

    Args:
        kind: ``genre``, ``not_genre``, ``mood``, ``not_mood``, ``years``, ``minutes``, ``like``, ``unlike``,
            ``person``, ``not_person``, ``seen``, ``watchlist``, ``niche``, ``bold``, ``diversity`` or ``recent``.
        words: as they stand in the phrase.
        values: what they mean: names of genres, of which one must fit; a title; from and to, 0 where open; a weight.
        start: of the words in the phrase.
        end: behind them.
    """

    kind: str
    words: str
    values: tuple[str | int | float, ...]
    start: int
    end: int

    @property
    def meaning(self) -> str:
        """What the words are taken to mean, in plain English."""
        first = self.values[0] if self.values else ""
        named = " or ".join(map(str, self.values))
        if self.kind in ("years", "minutes"):
            return _range_text(self.kind, *map(int, self.values))
        if self.kind in _DIALS:
            weight = float(first)
            return f"{_DIALS[self.kind][1 if weight > 0 else -1]} ({self.kind} {weight:g})"
        return {
            "genre": named, "not_genre": f"no {named}", "mood": f"mood: {first}", "not_mood": f"not the mood: {first}",
            "like": f"like {first}", "unlike": f"unlike {first}", "person": f"with {first}",
            "not_person": f"without {first}", "watchlist": "on the watchlist",
            "recent": "more like what was rated or seen last",
            "seen": {"hidden": "not rated or seen", "also": "also rated or seen", "only": "rated or seen before"}.get(
                str(first), ""
            ),
        }[self.kind]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.words!r}: {self.meaning}"


def _range_text(kind: str, low: int, high: int) -> str:
    unit = " minutes" if kind == "minutes" else ""
    if low and high:
        return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
    if kind == "years":
        return f"{low} or later" if low else f"{high} or earlier"
    return f"at least {low}{unit}" if low else f"at most {high}{unit}"


_REASONS: Mapping[str, str] = {
    "unknown": "no genre, year, length, person or title that is known here",
    "genre": "no movie here has the genre {0}",
    "mood": "no movie here has the mood {0}",
    "person": "nobody of this name takes part in a movie here",
    "people": "several people have this name: {0}",
    "no_people": "the catalogue does not say who takes part in its movies",
    "title": "{0}",
    "no_minutes": "the catalogue does not have the lengths of its movies",
    "no_years": "the catalogue does not have the years of its movies",
    "people_or": "all people who are named must take part: give one of them",
    "nothing_named": "it is not said what or whom",
    "not_years": "years and lengths can be narrowed to one span, and none be left out of it",
    "contradiction": "contradicts another part of the phrase",
    "two_lists": "one list of genres joined by 'or' can be asked for at a time",
    "no_watchlist": "there is no watchlist here",
    "no_times": "the order in which movies were rated or seen is not known",
    "no_spread": "the model does not say how certain its stars are",
}


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Some words of a phrase that nothing is made of.

    Args:
        words: as they stand in the phrase.
        code: why not, a key of the reasons.
        values: what the reason names.
    """

    words: str
    code: str = "unknown"
    values: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why nothing is made of the words, in plain English."""
        return _REASONS[self.code].format(*self.values)

    def __str__(self) -> str:
        return f"{self.words!r}: {self.reason}"


@dataclass(frozen=True)
class ParsedPhrase:
    """What a phrase asks for.

    Args:
        text: the phrase.
        filters: which movies may be listed.
        like: item rows of movies that the list should be like.
        unlike: item rows of movies that it should not be like.
        rerank: the dials.
        recent: more like what the person rated or saw last.
        watchlist: only what is on the person's watchlist.
        understood: what was understood, in the order of the phrase.
        not_understood: what was not.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    rerank: RerankOptions = AS_RANKED
    recent: bool = False
    watchlist: bool = False
    understood: tuple[Chip, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()

    def require_something(self) -> None:
        """Refuse a phrase of which nothing is understood.

        Raises:
            ConfigError: nothing is.
        """
        if not self.understood:
            problem = "; ".join(map(str, self.not_understood)) or "there is no word that says what to list"
            raise ConfigError("words", f"nothing of {self.text!r} is understood: {problem}")

    def without(self, chip: Chip) -> str:
        """The phrase without the words of a chip."""
        remaining_text = " ".join(f"{self.text[: chip.start]} {self.text[chip.end :]}".split())
        return remaining_text.replace(" ,", ",").replace(",,", ",").strip(" ,;")

    def combined(self, filters: Filters) -> Filters:
        """Filters under which an item must meet both ``filters`` and those of the phrase.

        Raises:
            ConfigError: both name several genres of which one must fit.
        """
        phrase_filters = self.filters
        genres, all_genres = filters.genres or phrase_filters.genres, (*filters.all_genres, *phrase_filters.all_genres)
        if filters.genres and phrase_filters.genres:
            if len(phrase_filters.genres) > 1 and len(filters.genres) > 1:
                raise ConfigError("words", "name several genres, and so do the filters: give them in one place")
            single, genres = sorted((filters.genres, phrase_filters.genres), key=len)
            all_genres = (*all_genres, *single)
        return replace(
            filters,
            genres=genres,
            all_genres=all_genres,
            not_genres=(*filters.not_genres, *phrase_filters.not_genres),
            people=(*filters.people, *phrase_filters.people),
            not_people=(*filters.not_people, *phrase_filters.not_people),
            moods=(*filters.moods, *phrase_filters.moods),
            not_moods=(*filters.not_moods, *phrase_filters.not_moods),
            year_from=_most(filters.year_from, phrase_filters.year_from),
            year_to=_least(filters.year_to, phrase_filters.year_to),
            runtime_from=_most(filters.runtime_from, phrase_filters.runtime_from),
            runtime_to=_least(filters.runtime_to, phrase_filters.runtime_to),
            seen=filters.seen if phrase_filters.seen == "hidden" else phrase_filters.seen,
        )

    def reranked(self, options: RerankOptions) -> RerankOptions:
        """The dials of the phrase, and those ``options`` that it does not set."""
        phrase_dials = {name: getattr(self.rerank, name) for name in ("diversity", "niche", "bold")}
        return replace(options, **{name: value for name, value in phrase_dials.items() if value})


def _most(*values: int | None) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)
