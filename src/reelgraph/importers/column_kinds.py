"""What a column holds by its name alone, in any of many languages."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reelgraph.importers import column_words as vocabulary
from reelgraph.importers.row_state import state_of_text
from reelgraph.importers.state_words import DROPPED, HIDDEN, WISH

UNKNOWN, IGNORED, AVERAGE = "", "ignored", "average"
"""Columns of unknown names, of known names that say nothing about the person, and of other people's ratings."""

ENGLISH_TITLE, PLAIN_TITLE, LOCAL_TITLE = range(3)
PERSONAL_RATING, PLAIN_RATING, WEAK_RATING, QUALIFIED_RATING = range(4)
RELEASE_YEAR, PLAIN_YEAR, RELEASE_DATE = range(3)
WATCHED_TIME, RATED_TIME, PLAIN_TIME, ADDED_TIME, OTHER_TIME = range(5)
_MIN_STEM = 6  # letters
_KIND_OF_WHAT = frozenset(
    (
        "title",
        "media",
        "movie",
        "film",
        "item",
        "content",
        "video",
        "entry",
        "list",
        "series",
        "anime",
        "entity",
        "record",
    )
)
_TIME_DETAILS = vocabulary.word_set(
    "unix iso utc local first last latest rewatch review reviewed event ts started progressed entry log logged start "
    "end"
)
_WATCH_TIMES = frozenset(
    ("datewatched", "watcheddate", "watchedat", "sehdatum", "lastplayed", "lastwatched", "lastseen")
)
_SCALE = re.compile(
    r"(?:\b[01]\s*(?:-|–|to|bis|:|a|à)\s*|(?:out of|/|\bof|\bvon|\bsur|\bsu|\bde|\bиз|\bav|\bmax\.?)\s*)(\d{1,3})\b"
)
_ITEM_IDS = frozenset(("movieid", "itemid", "filmid", "item"))
_PLAY_COUNTS = frozenset(
    ("plays", "playcount", "viewcount", "viewings", "watchcount", "timeswatched", "timesseen", "watches")
)
_IMDB = frozenset(("imdb", "imdbid", "imdburl", "imdblink", "const", "tconst", "imdbconst"))
_TMDB = frozenset(("tmdb", "tmdbid", "themoviedb", "themoviedbid", "moviedb", "moviedbid", "tmdburl", "tmdblink"))
_PICTURES = frozenset(("poster", "image", "cover", "backdrop", "thumbnail", "photo"))


@dataclass(frozen=True)
class ColumnKind:
    """What a column holds.

    Args:
        role: such as ``title`` or ``rating``; `UNKNOWN`, `IGNORED` or `AVERAGE` if it says nothing about the person.
        rank: of the columns of a role, the one with the lowest rank is preferred.
        highest: the highest rating, if the name says it ("Rating10"), otherwise 0.
    """

    role: str
    rank: int = 0
    highest: float = 0.0


class _Name:
    """A column name and its words."""

    def __init__(self, name: str) -> None:
        self.text = vocabulary.simplify(name)
        words = vocabulary.words_in(name)
        self.numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 3]
        self.words = frozenset(next(iter(_stems(word)), word) for word in words if not word.isdecimal())
        self.key = "".join(words)
        self.core_key = "".join(word for word in words if word not in vocabulary.FILLER)
        self.core = self.words - vocabulary.FILLER
        # Chinese, Japanese and Korean names are not split into words.
        self.is_unspaced = any("\u1100" <= letter <= "\u11ff" or letter >= "\u2e80" for letter in self.text)

    def has(self, words: AbstractSet[str], parts: tuple[str, ...] = ()) -> bool:
        """Whether the name has one of the words, or one of the parts anywhere."""
        return bool(self.words & words) or self.key in words or any(part in self.text for part in parts)

    def is_within(self, *groups: AbstractSet[str]) -> bool:
        """Whether all words but fillers are of the groups, or the name cannot be split into words."""
        return self.is_unspaced or self.core <= frozenset().union(*groups)


def _stems(word: str) -> list[str]:
    """Words for ratings of which this is a form: "értékelésem" -> értékelés."""
    return [stem for end in (1, 2, 3) if len(stem := word[:-end]) >= _MIN_STEM and stem in vocabulary.RATING]


def kind_of_column(name: str) -> ColumnKind:
    """What a column of this name holds."""
    words = _Name(name)
    if not words.key:
        return ColumnKind(UNKNOWN)
    for classify in (_of_episode, _of_id, _of_time, _of_rating, _of_state, _of_year, _of_description, _of_title):
        kind = classify(words)
        if kind is not None:
            return kind
    is_ignored = words.key in vocabulary.IGNORED or (
        bool(words.core) and words.core <= vocabulary.IGNORED | vocabulary.TITLE
    )
    return ColumnKind(IGNORED if is_ignored or words.has(frozenset(), vocabulary.IGNORED_CJK) else UNKNOWN)


def _of_episode(name: _Name) -> ColumnKind | None:
    if not name.has(vocabulary.EPISODE, vocabulary.EPISODE_CJK):
        return None
    is_about_them = name.has(vocabulary.RATING | vocabulary.WATCH | vocabulary.ADDED) or name.has(vocabulary.TIME)
    return ColumnKind(IGNORED if is_about_them else "episode")


def _of_id(name: _Name) -> ColumnKind | None:
    for role, names in (("imdb_id", _IMDB), ("tmdb_id", _TMDB)):
        if name.has(names):
            if not name.has(vocabulary.RATING | vocabulary.WEAK_RATING | vocabulary.COUNT):
                return ColumnKind(role)
            return None
    if name.key in _ITEM_IDS:
        return ColumnKind("item_id")
    if name.key in ("mediaid", "id", "titleid", "uniqueid"):
        return ColumnKind("media_id" if name.key == "mediaid" else "id")
    return None


def _of_time(name: _Name) -> ColumnKind | None:
    if {"run", "screen", "runtime"} & name.words:
        return ColumnKind(IGNORED)
    if "last" in name.words and name.has(vocabulary.WATCH) and name.is_within(vocabulary.WATCH, {"last"}):
        return ColumnKind("time", WATCHED_TIME)
    is_release = name.has(vocabulary.RELEASE - {"start"}, vocabulary.RELEASE_CJK)
    if is_release or not name.has(vocabulary.TIME, vocabulary.TIME_CJK):
        return None
    is_of_person = name.is_within(
        vocabulary.TIME, vocabulary.WATCH, vocabulary.ADDED, vocabulary.RATING, vocabulary.WEAK_RATING,
        vocabulary.PERSONAL, vocabulary.TITLE, _TIME_DETAILS,
    )  # fmt: skip
    if not is_of_person:
        return None
    if name.has(vocabulary.WATCH | _WATCH_TIMES, vocabulary.WATCH_CJK):
        return ColumnKind("time", WATCHED_TIME)
    if name.has(vocabulary.RATING | vocabulary.WEAK_RATING, vocabulary.RATING_CJK) or name.has(
        {"ratedat", "daterated"}
    ):
        return ColumnKind("time", RATED_TIME)
    is_added = name.has(vocabulary.ADDED | {"dateadded"}, vocabulary.ADDED_CJK)
    return ColumnKind("time", ADDED_TIME if is_added else PLAIN_TIME)


def _of_rating(name: _Name) -> ColumnKind | None:
    is_plain = name.has(vocabulary.RATING, vocabulary.RATING_CJK)
    is_average = name.has(vocabulary.AVERAGE, vocabulary.AVERAGE_CJK) or name.key in vocabulary.AVERAGE_ALONE
    is_weak = name.has(vocabulary.WEAK_RATING)
    if not (is_plain or is_weak or name.key in vocabulary.AVERAGE_ALONE):
        return ColumnKind(IGNORED) if name.core and name.core <= vocabulary.COUNT - {"no"} else None
    if name.has(vocabulary.AGE_RATING | {"key", "id"}) or name.words & (vocabulary.COUNT - vocabulary.WEAK_RATING):
        return ColumnKind(IGNORED)
    highest = _highest_in(name)
    if name.has(vocabulary.STRONG_PERSONAL, vocabulary.PERSONAL_CJK):
        return ColumnKind("rating", PERSONAL_RATING, highest)
    if is_average:
        return ColumnKind(AVERAGE)
    is_personal = name.has(vocabulary.PERSONAL) or name.key in ("userrating", "yourrating", "myrating", "myscore")
    if is_personal or name.key in ("userscore", "personalrating", "yourated"):
        return ColumnKind("rating", PERSONAL_RATING, highest)
    is_qualified = not name.is_within(
        vocabulary.RATING, vocabulary.WEAK_RATING, vocabulary.TITLE, vocabulary.NUMBERS.keys(),
        {"max", "von", "sur", "of", "scale", "value"},
    )  # fmt: skip
    if is_qualified:
        return ColumnKind("rating", QUALIFIED_RATING, highest)
    is_weak = not is_plain or name.key in ("rated", "рейтинг", "stars")
    return ColumnKind("rating", PLAIN_RATING if not is_weak or name.key == "stars" else WEAK_RATING, highest)


def _highest_in(name: _Name) -> float:
    stated = _SCALE.search(name.text)
    if stated is not None and int(stated.group(1)) > 1:
        return float(stated.group(1))
    numbers = [*name.numbers, *(vocabulary.NUMBERS[word] for word in name.words & vocabulary.NUMBERS.keys())]
    return float(max((number for number in numbers if number in (5, 10, 20, 100)), default=0))


def _of_state(name: _Name) -> ColumnKind | None:
    is_count = name.has(vocabulary.COUNT) or "times" in name.words
    if name.key in _PLAY_COUNTS or (is_count and name.is_within(vocabulary.PLAYS, vocabulary.COUNT)):
        return ColumnKind("plays") if name.has(vocabulary.PLAYS) or name.key in _PLAY_COUNTS else None
    state = state_of_text(name.text)
    if state == WISH or {name.key, name.core_key} & vocabulary.WISH:
        return ColumnKind("wish")
    if state in (HIDDEN, DROPPED) or {name.key, name.core_key} & vocabulary.HIDDEN:
        return ColumnKind("hidden")
    if name.has(vocabulary.PROGRESS, vocabulary.PROGRESS_CJK):
        return ColumnKind("progress")
    if name.has(vocabulary.STATUS, vocabulary.STATUS_CJK) and name.is_within(
        vocabulary.STATUS, vocabulary.WATCH, vocabulary.TITLE, {"list", "view"}
    ):
        return ColumnKind("status")
    is_watched = bool(name.core) and name.core <= vocabulary.WATCH - {"end"}
    return ColumnKind("watched") if is_watched or name.has(frozenset(), vocabulary.WATCH_CJK) else None


def _of_year(name: _Name) -> ColumnKind | None:
    is_year = name.has(vocabulary.YEAR, vocabulary.YEAR_CJK)
    is_release = name.has(vocabulary.RELEASE - {"start"}, vocabulary.RELEASE_CJK)
    if not (is_year or is_release):
        return None
    if not name.is_within(vocabulary.YEAR, vocabulary.RELEASE, vocabulary.TITLE, vocabulary.TIME):
        return ColumnKind(IGNORED) if name.has(vocabulary.WATCH) else None
    return ColumnKind("year", RELEASE_DATE if not is_year else RELEASE_YEAR if is_release else PLAIN_YEAR)


def _of_description(name: _Name) -> ColumnKind | None:
    if name.words & _PICTURES:
        return ColumnKind(IGNORED)
    if name.key in vocabulary.SHOW:
        return ColumnKind("show")
    is_kind = name.has(vocabulary.KIND, vocabulary.KIND_CJK)
    if is_kind and name.is_within(vocabulary.KIND, _KIND_OF_WHAT, vocabulary.TITLE):
        return ColumnKind("kind")
    if name.key in vocabulary.USER or name.has(frozenset(), vocabulary.USER_CJK):
        return ColumnKind("user")
    if name.key in vocabulary.SOURCE:
        return ColumnKind("source")
    return ColumnKind("link") if name.has(vocabulary.LINK, vocabulary.LINK_CJK) else None


def _of_title(name: _Name) -> ColumnKind | None:
    is_original = name.has(vocabulary.ORIGINAL, vocabulary.ORIGINAL_CJK)
    is_title = name.has(vocabulary.TITLE, vocabulary.TITLE_CJK)
    if not (is_title or is_original):
        return None
    if not name.is_within(vocabulary.TITLE, vocabulary.ORIGINAL, vocabulary.ENGLISH, vocabulary.LOCAL):
        return None if not name.has(frozenset(), vocabulary.TITLE_CJK) else ColumnKind("title", PLAIN_TITLE)
    if is_original:
        return ColumnKind("original_title")
    if name.has(vocabulary.ENGLISH, vocabulary.ENGLISH_CJK):
        return ColumnKind("title", ENGLISH_TITLE)
    is_local = name.has(vocabulary.LOCAL, vocabulary.LOCAL_CJK)
    return ColumnKind("title", LOCAL_TITLE if is_local else PLAIN_TITLE)
